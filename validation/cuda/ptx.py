"""The GPU code without a GPU: PTX of every kernel, its instructions, and what ptxas makes of it.

    python -m validation.cuda.ptx    # write validation/data/cuda_ptx.json, and docs/cuda.md's table

Needs numba-cuda, and NVIDIA's compilers as wheels, but neither GPU nor driver:

    pip install numba-cuda nvidia-cuda-nvrtc nvidia-cuda-nvcc
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from stdplus_ref import spec
from stdplus_ref.source import KERNELS
from stdplus_ref.source.routes import double_routes, evaluate_short, single_routes
from validation.cuda.limits import PAGE, with_table

Capability = tuple[int, int]

CAPABILITIES: tuple[Capability, ...] = ((7, 5), (8, 0), (8, 6), (9, 0), (10, 0))
"""From Turing to Blackwell; each stands for its generation."""

SINGLE: Capability = (8, 6)
"""One that looks at float32 arguments in float32 first."""

DATA = Path(__file__).parents[1] / "data" / "cuda_ptx.json"

_ARITHMETIC = re.compile(
    r"^\s*(?:@\S+\s+)?(fma|add|sub|mul|div|rcp|sqrt)[\w.]*\.f(16|32|64)\s", re.MULTILINE
)


def capability_name(capability: Capability) -> str:
    """For example "8.6"."""
    return "{}.{}".format(*capability)


def assemblies(
    function: Callable[..., Any],
    signature: Any,
    device: bool,
    capabilities: Sequence[Capability] = CAPABILITIES,
) -> dict[Capability, str]:
    """PTX of a kernel, or of a device function, for several capabilities.

    Types are inferred once and not for each: that is most of the time. numba-cuda has no public
    name for it.
    """
    from numba import cuda

    abi = "c" if device else "numba"
    options: dict[str, Any] = {"device": device, "abi": abi, "cc": capabilities[0]}
    try:
        from numba.cuda.compiler import _compile_pyfunc_with_fixup as compile_once

        library, _ = compile_once(function, signature, **options)
        return {cc: library.get_asm_str(cc=cc) for cc in capabilities}
    except (ImportError, AttributeError):
        return {
            cc: cuda.compile(function, signature, **{**options, "cc": cc})[0] for cc in capabilities
        }


@cache
def kernel_assemblies(name: str, dtype: str) -> dict[Capability, str]:
    """PTX of the kernel for contiguous arrays, for all CAPABILITIES."""
    from stdplus_ref.cuda._kernels import first_in_float32, kernel

    real = np.dtype(dtype)
    kinds: dict[bool, list[Capability]] = {}
    for cc in CAPABILITIES:
        kinds.setdefault(first_in_float32(real, cc), []).append(cc)
    found: dict[Capability, str] = {}
    for in_float32, some in kinds.items():
        found |= assemblies(*kernel(name, real, in_float32, 0), device=False, capabilities=some)
    return {cc: found[cc] for cc in CAPABILITIES}


def operations(ptx: str, bits: int = 64) -> Counter[str]:
    """How often the arithmetic operations on so many bits occur; a difference is a sum."""
    heads = (head for head, width in _ARITHMETIC.findall(ptx) if width == str(bits))
    return Counter("add" if head == "sub" else head for head in heads)


_INEXACT = (
    r"\.approx|\.ftz|\.full|\.sat|\.r[zmp]\.|\.f16|\.bf16|"
    r"\b(?:fma|div|rcp|sqrt)(?!\.rn|\.[su]\d\d)|\bmul\.f32"
)
_MEMORY = r"\.local|\bcall\b"


def faults(ptx: str) -> list[str]:
    """Lines that must not be there: approximations, flushing to zero, local memory, calls.

    Nor products in float32 that may be contracted: there none is exact.
    """
    return _matching(f"{_INEXACT}|{_MEMORY}", ptx)


def inexact(ptx: str) -> list[str]:
    """Those of `faults` that concern numbers: the last phase may call, and use local memory."""
    return _matching(_INEXACT, ptx)


def _matching(wrong: str, ptx: str) -> list[str]:
    lines = (line for line in ptx.splitlines() if not line.startswith(("//", "\t//")))
    return [line.strip() for line in lines if re.search(wrong, _without_names(line))]


_CODE = re.compile(r"^[^\n/]*\.(entry|func)\b[^;{]*?^\{.*?^\}", re.DOTALL | re.MULTILINE)


def first_phase(ptx: str) -> str:
    """The kernel itself, without the functions of the last phase."""
    return "\n".join(found[0] for found in _CODE.finditer(ptx) if found[1] == "entry")


def last_phase(ptx: str) -> str:
    """The functions that the kernel calls for elements that the first phase leaves in doubt."""
    return "\n".join(found[0] for found in _CODE.finditer(ptx) if found[1] == "func")


def local_bytes(ptx: str) -> int:
    """Local memory that the functions in `ptx` ask for."""
    return sum(map(int, re.findall(r"\.local\b.*\[(\d+)\]", ptx)))


def calls(ptx: str) -> int:
    """How many calls are in `ptx`."""
    return len(re.findall(r"^\s*call\b", ptx, re.MULTILINE))


def inexact_products(ptx: str) -> list[str]:
    """Products and fma in float64 that do not have a power of two for a factor: none may be
    contracted in the last phase, where all are exact."""
    lines = _matching(r"\b(?:mul|fma)\S*\.f64", ptx)
    return [line for line in lines if not re.search(r"0d[0-9A-F]{2}[0-9A-F]0{13}\b", line)]


def _without_names(line: str) -> str:
    """The line without mangled names, which may contain anything."""
    return re.sub(r"\b\w{60,}\b|\bnvvm\w*", "", line)


def ptxas() -> str | None:
    """Where ptxas is: in the wheel nvidia-cuda-nvcc, or on the path."""
    for entry in sys.path:
        for found in sorted(Path(entry or ".").glob("nvidia/*/bin/ptxas")):
            return str(found)
    return shutil.which("ptxas")


def assemble(ptx: str, capability: Capability, contract: bool = True) -> tuple[bytes, str]:
    """The machine code, an ELF file, and what ptxas says about it.

    `contract` is ptxas's --fmad: whether it may turn a product and a sum into an fma.
    """
    from stdplus_ref.cuda._kernels import REGISTERS

    program = ptxas()
    if program is None:
        raise FileNotFoundError("ptxas: pip install nvidia-cuda-nvcc")
    with tempfile.TemporaryDirectory() as folder:
        source, result = Path(folder, "kernel.ptx"), Path(folder, "kernel.cubin")
        source.write_text(ptx)
        options = [f"--gpu-name=sm_{capability[0]}{capability[1]}", "--verbose"]
        options.append(f"--maxrregcount={REGISTERS}")
        command = [program, *options, f"--fmad={str(contract).lower()}", str(source)]
        done = subprocess.run(
            [*command, "-o", str(result)], capture_output=True, text=True, check=True
        )
        return result.read_bytes(), done.stderr


def same_operations(elf: bytes, other: bytes) -> bool:
    """Whether two kernels have each operation as often: neither has an fma more."""
    first, second = (Counter(word & 0x1FF for word in _words(code(e))) for e in (elf, other))
    return first == second


def contracted(ptx: str, capability: Capability) -> bool:
    """Whether ptxas makes an fma of any product and sum."""
    elf, other = (assemble(ptx, capability, contract)[0] for contract in (True, False))
    return not same_operations(elf, other)


def resources(told: str) -> dict[str, int]:
    """From what ptxas says about a kernel: registers, and bytes of stack, functions that it calls
    included; and bytes of spills, once of the kernel itself and once of those functions."""
    frames = re.findall(
        r"Function properties for (\S+)\s+(\d+) bytes stack frame, (\d+) bytes spill stores, "
        r"(\d+) bytes spill loads",
        told,
    )
    entries = re.findall(r"Compiling entry function '(\S+)'", told)
    registers = re.findall(r"Used (\d+) registers", told)
    if len(entries) != 1 or len(registers) != 1:
        raise ValueError(f"ptxas was expected to report on one kernel, not:\n{told}")
    own = [list(map(int, numbers)) for name, *numbers in frames if name == entries[0]]
    called = [list(map(int, numbers)) for name, *numbers in frames if name != entries[0]]
    (stack, stores, loads), *_ = own
    return {
        "registers": int(registers[0]),
        "stack": stack,
        "spill_stores": stores,
        "spill_loads": loads,
        "last_phase_spills": sum(stores + loads for _, stores, loads in called),
    }


MOST_LOCAL = 2048
"""Bytes of local memory a thread for the last phase of float64."""

MOST_SPILLED = 16
"""Bytes that a float64 kernel may put there itself: what it keeps while it calls the last phase."""


def excessive(dtype: str, found: Mapping[str, int]) -> bool:
    """Whether a kernel takes more than it should of `resources`: in float32 any local memory."""
    if dtype == "float32":
        return any(number for what, number in found.items() if what != "registers")
    spilled = max(found["spill_stores"], found["spill_loads"])
    return found["stack"] > MOST_LOCAL or spilled > MOST_SPILLED


def code(elf: bytes) -> bytes:
    """The instructions in an ELF file of 64 bits: its section .text.*."""
    offset, size, count, names = (
        int.from_bytes(elf[start:end], "little")
        for start, end in ((40, 48), (58, 60), (60, 62), (62, 64))
    )
    headers = [elf[offset + i * size :][:size] for i in range(count)]

    def content(header: bytes) -> bytes:
        start, length = (int.from_bytes(header[i : i + 8], "little") for i in (24, 32))
        return elf[start : start + length]

    strings = content(headers[names])
    found = [
        content(header)
        for header in headers
        if strings[int.from_bytes(header[:4], "little") :].startswith(b".text.")
    ]
    if len(found) != 1:
        raise ValueError(f"expected one kernel, found {len(found)}")
    return found[0]


def short_route(name: str, dtype: str) -> Callable[[float], Any]:
    """The function of the source that most elements go through, without a branch."""
    routes_of = single_routes if dtype == "float32" else double_routes
    return evaluate_short(routes_of(KERNELS[name]).short)


def core_operations(name: str, dtype: str) -> Counter[str]:
    """The float64 operations an element costs that needs no second look, as PTX says for 9.0."""
    from numba import types

    from stdplus_ref.cuda._intrinsics import link

    function = link(short_route(name, dtype)).py_func
    result = types.float64 if dtype == "float32" else types.UniTuple(types.float64, 2)
    return operations(assemblies(function, result(types.float64), True, [(9, 0)])[(9, 0)])


@cache
def only_in_float32(name: str) -> str:
    """PTX for SINGLE of a kernel that looks only in float32: x where that decides nothing."""
    from numba import types

    from stdplus_ref.cuda._intrinsics import inlined
    from stdplus_ref.cuda._kernels import grid_function, with_pairs

    real = types.float32
    function, signature = grid_function(f"{name}_only", with_pairs(name, inlined(_same)), real)
    return assemblies(function, signature, False, [SINGLE])[SINGLE]


def _same(x: Any) -> Any:
    return x


def _words(machine_code: bytes) -> Iterator[int]:
    """The low 16 bits of every instruction: the operation and the form of its operands (9 and 3
    bits), and the condition. An instruction has 16 bytes from capability 7.0 on."""
    for start in range(0, len(machine_code), 16):
        yield int.from_bytes(machine_code[start : start + 2], "little")


_EXIT = 0x794D  # without a condition


def on_the_way(machine_code: bytes) -> int:
    """How many instructions lie before the kernel's end; behind it are rare subroutines."""
    for count, word in enumerate(_words(machine_code), start=1):
        if word == _EXIT:
            return count
    raise ValueError("a kernel must have an end")


def records() -> Iterator[tuple[str, dict[str, Any]]]:
    """What is kept of each kernel: operations on the way most elements go, and resources."""
    for name in spec.NAMES:
        for dtype in spec.DTYPES:
            found = {
                capability_name(cc): resources(assemble(ptx, cc)[1])
                for cc, ptx in kernel_assemblies(name, dtype).items()
            }
            record: dict[str, Any] = {"core": ordered(core_operations(name, dtype))}
            if dtype == "float32":
                ptx = only_in_float32(name)
                record["pairs"] = ordered(operations(ptx, 32))
                record["pairs, instructions"] = on_the_way(code(assemble(ptx, SINGLE)[0]))
            yield f"{name} {dtype}", {**record, "ptxas": found}


def ordered(operations: Counter[str]) -> dict[str, int]:
    """By name."""
    return dict(sorted(operations.items()))


def versions() -> dict[str, str]:
    """The compilers' versions."""
    names = ("numba", "llvmlite", "numba-cuda", "nvidia-nvvm", "nvidia-cuda-nvcc")
    return {name: version(name) for name in names}


def main() -> int:
    """Write the data file and the table that is made from it."""
    kernels = {}
    for title, record in records():
        print(title, record["ptxas"], flush=True)
        kernels[title] = record
    what = "what validation/cuda/ptx.py found, without a GPU; python -m validation.cuda.ptx"
    DATA.parent.mkdir(exist_ok=True)
    text = json.dumps({"what": what, "versions": versions(), "kernels": kernels}, indent=1)
    DATA.write_text(text + "\n", encoding="utf-8")
    page = with_table(PAGE.read_text("utf-8"), kernels)
    PAGE.write_text(page, encoding="utf-8")
    print(f"wrote {DATA} and {PAGE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
