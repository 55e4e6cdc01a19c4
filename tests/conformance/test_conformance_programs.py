"""Programs with a fault planted, and callables judged by the command: each fault is named."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import stdplus_ref
from stdplus_ref.conformance.__main__ import main

ROOT = Path(stdplus_ref.__file__).parents[1]

PROGRAM = """
import array, math, os, sys

def log_stdplus(x):
    if x != x or math.isinf(x): return x
    if abs(x) < 1e-4: return x * math.sqrt(0.5) - x * x / 6
    if x > 1e8: return math.log(x)
    if x < -8: return -(x * x + 1) / 2
    t = math.asinh(x / 2)
    for _ in range(8):
        e = math.expm1(2 * t)
        t -= (e - 2 * t - x * x) / (2 * e)
    return t

def stdplus(x):
    t = log_stdplus(x)
    return math.exp(t) if t < 700 else x

def values(data, type=None):
    v = array.array(type or TYPE)
    v.frombytes(data[: len(data) // v.itemsize * v.itemsize])
    return v

def give(results, type=None):
    sys.stdout.buffer.write(array.array(type or TYPE, results).tobytes())
    sys.stdout.buffer.flush()

def swapped(v):
    v.byteswap()
    return v

read = sys.stdin.buffer.read
known = {}
def f(x):
    if x not in known: known[x] = stdplus(x)
    return known[x]
"""


def judge(
    body: str,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    dtype: str = "float32",
    *more: str,
    tier: str = "ulp:2",
) -> tuple[int, str]:
    """Exit code and what was said of a program that ends with `body`."""
    file = folder / "port.py"
    kind = "d" if dtype == "float64" else "f"
    file.write_text(f"TYPE = {kind!r}\n{PROGRAM}\n{body}\n", encoding="utf-8")
    # a right logarithm of some hundred needs a few more bits for its exponential
    tier = "ulp:2000" if dtype == "float64" else tier
    line = f"{sys.executable} -S -E {file}"
    asked = "--function", "stdplus", "--dtype", dtype, "--tier", tier, *more
    code = main(["--command", line, *asked])
    printed = capsys.readouterr()
    return code, " ".join((printed.out + printed.err).split())


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "body",
    [
        "give(f(x) for x in values(read()))",
        "while data := read(4096 * values(b'').itemsize): give(f(x) for x in values(data))",
    ],
)
def test_a_right_program_passes(
    body: str, dtype: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = judge(body, tmp_path, capsys, dtype)
    assert code == 0
    assert not re.search("Broken|Diagnosis|Special|in another order", said)


FAULTS = {
    "a wrong remainder loop": (
        "v = values(read()); n = len(v) // 4 * 4\n"
        "give([f(x) for x in v[:n]] + [2 * f(x) for x in v[n:]])",
        "Diagnosis: depends on the length: results are wrong in arrays of 1, 2, 3, 7, 9, 63 and "
        "65 values, of each only the last 3.",
        "Look at the loop over what is left of a block",
    ),
    "a single value": (
        "v = values(read()); give([f(x) * (1 + (len(v) == 1)) for x in v])",
        "results are wrong in arrays of 1 value.",
        "the path for few values. Witness: 0x",
    ),
    "right in the first block only": (
        "k = 0\nwhile data := read(4096 * 4):\n    give([f(x) + k for x in values(data)]); k = 1",
        "Diagnosis: state between calls: the same values, later in the stream, give other results.",
        "Look at what one block leaves for the next",
    ),
    "state between blocks": (
        "k = 0\n"
        "while data := read(1000 * 4):\n"
        "    give([f(x) * (1 + (k > 6)) for x in values(data)]); k += 1",
        "Diagnosis: state between calls",
        "Witness: 0x",
    ),
    "fails on no values": (
        "v = values(read()); m = max(v); give(f(x) for x in v)",
        "Broken: fails on empty: given no values, it fails: it gave all results but did not end "
        "well (exit status 1)",
        "Look at what takes a first element",
    ),
    "fails on few values": (
        "v = values(read()); v[0], v[3]; give(f(x) for x in v)",
        "Broken: fails on short arrays: given few values (1), it fails: it ended after 0 bytes of "
        "results; expected 4",
        "given none, too",
    ),
    "softplus": (
        "give(math.log1p((math.e - 1) * math.exp(min(x, 700))) if x < 700 else x"
        " for x in values(read()))",
        "Diagnosis: shifted softplus: the results are those of log(1 + exp(x + log(e − 1)))",
        "Look at what is called: stdplus is not softplus",
    ),
    "√2·x": (
        "give(f(2**0.5 * x) for x in values(read()))",
        "Diagnosis: argument scaled: the results are those of stdplus(√2·x).",
        "Look at what is passed in",
    ),
    "the logarithm": (
        "give(log_stdplus(x) for x in values(read()))",
        "Diagnosis: another function: the results are those of log_stdplus, where the plain",
        "Look at which of the two is called",
    ),
    "a series cut short": (
        "give(1 + x / 2**0.5 + x * x / 12 if abs(x) < 0.125 else f(x) for x in values(read()))",
        "Diagnosis: series cut short: the error grows from the centre to |x| = 0.12",
        "Look at the series for small arguments: more terms, or a narrower range. Witness: 0x",
    ),
    "big-endian results": (
        "give(swapped(array.array(TYPE, (f(x) for x in values(read())))))",
        "Diagnosis: byte order: the bytes of the results are in reverse order.",
        "Look at the byte order: values are little-endian both ways. Witness: 0x",
    ),
    "big-endian arguments": (
        "give(f(x) for x in swapped(values(read())))",
        "Diagnosis: byte order: the bytes of the arguments are read in reverse order.",
        "Look at the byte order",
    ),
    "big-endian": (
        "give(swapped(array.array(TYPE, (f(x) for x in swapped(values(read()))))))",
        "Diagnosis: byte order: the bytes of arguments and results are in reverse order.",
        "Look at the byte order",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_a_program(
    fault: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    body, says, looks = FAULTS[fault]
    code, said = judge(body, tmp_path, capsys)
    assert code == 1
    assert says in said
    assert looks in said
    assert said.count("Diagnosis: ") + said.count("Broken: fails") == 1


@pytest.mark.parametrize(("dtype", "inner"), [("float64", "float32"), ("float32", "float64")])
def test_a_program_for_another_type(
    dtype: str, inner: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kind = "d" if inner == "float64" else "f"
    body = f"give([f(x) for x in values(read(), {kind!r})], {kind!r})"
    code, said = judge(body, tmp_path, capsys, dtype)
    assert code == 1
    assert f"another type: the results are those of a {inner} port, run as {dtype}." in said
    assert f"Look at the type: run it with --dtype {inner}" in said
    assert re.search(rf"Witness: as {inner} 0x\w+ gave 0x\w+, as it should", said)
    assert said.count("Diagnosis: ") == 1


def test_a_program_that_computes_in_float32(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    body = "v = array.array('f', values(read())); give(array.array('f', (f(x) for x in v)))"
    code, said = judge(body, tmp_path, capsys, "float64")
    assert code == 1
    assert "Diagnosis: lower precision: the results are float32 numbers" in said


@pytest.mark.parametrize(("kind", "said"), [("d", "it writes a wider type"), ("e", "narrower")])
def test_results_of_another_width(
    kind: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    body = "import struct\nfor x in values(read()): sys.stdout.buffer.write(struct.pack('<"
    code, printed = judge(body + kind + "', min(f(x), 6e4)))", tmp_path, capsys)
    assert code == 2
    assert said in printed


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("print('Loading model', flush=True); give(f(x) for x in values(read()))",
         "Among the results is the text 'Loading model': print such things to standard error"),
        ("give(f(x) for x in values(read())); print('done')", "is the text 'done':"),
        ("v = values(read()); give(f(x) for x in v[:4000])\n"
         "print('a warning from the middle', flush=True); give(f(x) for x in v[4000:])",
         "a warning from the middle"),
        ("for x in values(read()): print(f(x))", "is the text"),
        ("print(f(0.5))", "is the text '1.37"),
    ],
)  # fmt: skip
def test_stray_output_is_shown(
    body: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, printed = judge(body, tmp_path, capsys)
    assert code == 2
    assert said in printed


def test_all_special_values_of_a_program(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    body = "give(x if x != x or x == 0 or math.isinf(x) else f(x) for x in values(read()))"
    code, said = judge(body, tmp_path, capsys)
    assert code == 1
    assert said.count("Special value: ") == 3
    assert "special values alone: special values are wrong, and nothing else is." in said
    for special, got, want in (
        ("0xff800000 (-inf)", "0xff800000 (-inf)", "0x00000000 (0)"),
        ("0x80000000 (-0)", "0x80000000 (-0)", "0x3f800000 (1)"),
        ("0x00000000 (0)", "0x00000000 (0)", "0x3f800000 (1)"),
    ):
        assert f"Special value: input {special}, got {got}, want {want}." in said


CALLABLES = """
import numpy as np
import stdplus_ref

calls = []

def f(x): return stdplus_ref.stdplus(x)
def remainder(x):
    y = f(x); y[x.size - x.size % 4 :] = 0; return y
def once(x):
    calls.append(1); return f(x) if len(calls) == 1 else x * 0
def overwrites(x):
    y = f(x); x *= 0; return y
def buffer(x, b=np.empty(10**5, np.float32)):
    b[: x.size] = f(x); return b[: x.size]
def first(x): x[0]; return f(x)
def squeezed(x): return np.squeeze(f(x))
def masked(x): return np.ma.masked_invalid(f(x))
def crashes(x):
    import os
    if x.size == 3: os.abort()
    return f(x)
"""


@pytest.mark.parametrize(
    ("port", "code", "said"),
    [
        ("f", 0, "The strictest tier met here: exact."),
        ("remainder", 1, "depends on the length: results are wrong in arrays of 1, 2, 3, 7, 9,"),
        ("once", 1, "state between calls: the same array, given again, gives other results."),
        ("overwrites", 1, "Broken: argument overwritten: it overwrites its argument."),
        ("buffer", 1, "Broken: result overwritten: a later call overwrites the result of an"),
        ("first", 1, "Broken: fails on empty: given no values, it fails: IndexError: index 0"),
        ("squeezed", 1, "fails on short arrays: given few values (1), it fails: given an array"),
        ("masked", 2, "must return a numpy.ndarray, but it returned a masked array: look at"),
        ("crashes", 2, "in call 4, with 3 values: it ended after 0 bytes of results"),
    ],
)
def test_a_callable_in_its_process(
    port: str,
    code: int,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "ports.py").write_text(CALLABLES)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    assert main([f"ports:{port}", "--function", "stdplus", "--dtype", "float32"]) == code
    printed = capsys.readouterr()
    assert said in " ".join((printed.out + printed.err).split())


def test_the_help_tells_the_protocol(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    said = " ".join(capsys.readouterr().out.split())
    for sentence in (
        "reads raw little-endian values from standard input until it ends",
        "writes one result for each, of the same type, to standard output",
        "nothing else",
        "ends with exit status 0",
        "no values at all",
        "1, 2, 3, 7, 9, 63 and 65",
        "two bytes",
        "one-dimensional array",
        "must not change it",
    ):
        assert sentence in said


@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler called cc")
def test_the_protocol_of_the_help_in_c(tmp_path: Path) -> None:
    """No values in, none out, exit status 0: what the page's program does without a case for it."""
    page = (ROOT / "docs" / "conformance.md").read_text(encoding="utf-8")
    (found,) = re.findall(r"^```c\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    (tmp_path / "my_port.c").write_text(found)
    port = tmp_path / "my_port"
    subprocess.run(["cc", "-O2", "-o", port, tmp_path / "my_port.c", "-lm"], check=True)
    done = subprocess.run([port], input=b"", capture_output=True)
    assert (done.returncode, done.stdout) == (0, b"")


def test_long_arrays_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One run, and what it cannot show."""
    body = (
        "open(sys.argv[0] + '.runs', 'a').write('run ')\n"
        "v = values(read()); give([f(x) * (1 + (len(v) == 1)) for x in v])"
    )
    code, said = judge(body, tmp_path, capsys, "float32", "--long-only")
    assert code == 0
    assert "in order, shuffled, and again, but not in short arrays" in said
    runs = tmp_path / "port.py.runs"
    assert runs.read_text() == "run "
    code, said = judge(body, tmp_path, capsys)
    assert code == 1
    assert runs.read_text() == "run " * 10
