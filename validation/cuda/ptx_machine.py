"""Runs PTX on the processor: each instruction becomes the LLVM instruction of the same meaning.

The arithmetic of PTX that says `.rn` is IEEE arithmetic, and so is LLVM's: what the text of a
kernel computes can be seen without a GPU. What this cannot show is that ptxas and the hardware do
what the text says. Only the instructions that the kernels use are known; others raise ValueError.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from llvmlite import binding as llvm

WIDTHS = {"pred": 1, "b16": 16, "b32": 32, "f32": 32, "b64": 64, "f64": 64}
SPECIAL = {"%tid.x": "tid", "%ntid.x": "ntid", "%ctaid.x": "ctaid"}
INTEGER = {
    "add": "add", "sub": "sub", "mul.lo": "mul", "and": "and", "or": "or", "xor": "xor",
    "shl": "shl", "div.s": "sdiv", "div.u": "udiv", "rem.s": "srem", "rem.u": "urem",
    "shr.s": "ashr", "shr.b": "lshr", "shr.u": "lshr",
}  # fmt: skip
FLOATING = {"add": "fadd", "sub": "fsub", "mul": "fmul", "mul.rn": "fmul", "div.rn": "fdiv"}
ORDERED = {"eq": "oeq", "ne": "one", "lt": "olt", "le": "ole", "gt": "ogt", "ge": "oge"}
UNORDERED = {"equ": "ueq", "neu": "une", "ltu": "ult", "leu": "ule", "gtu": "ugt", "geu": "uge"}
COMPARISON = {**ORDERED, **UNORDERED, "nan": "uno", "num": "ord"}

WRAPPER = """
define void @run(i32 %blocks, i32 %threads{parameters}) {{
entry:
  br label %block
block:
  %b = phi i32 [0, %entry], [%b1, %block.end]
  br label %thread
thread:
  %t = phi i32 [0, %block], [%t1, %thread]
  call void @kernel(i32 %t, i32 %threads, i32 %b{arguments})
  %t1 = add i32 %t, 1
  %more = icmp ult i32 %t1, %threads
  br i1 %more, label %thread, label %block.end
block.end:
  %b1 = add i32 %b, 1
  %again = icmp ult i32 %b1, %blocks
  br i1 %again, label %block, label %exit
exit:
  ret void
}}
declare double @llvm.fma.f64(double, double, double)
declare double @llvm.sqrt.f64(double)
declare double @llvm.fabs.f64(double)
declare float @llvm.fma.f32(float, float, float)
declare float @llvm.sqrt.f32(float)
declare float @llvm.fabs.f32(float)
declare i64 @llvm.smax.i64(i64, i64)
declare i64 @llvm.smin.i64(i64, i64)
"""


def llvm_type(ptx: str) -> str:
    """The LLVM type an instruction of this PTX type works on."""
    if ptx == "pred":
        return "i1"
    return {"f32": "float", "f64": "double"}.get(ptx, f"i{ptx[1:]}")


@dataclass
class Translation:
    """The LLVM function for one PTX kernel, under construction."""

    widths: dict[str, int] = field(default_factory=dict)  # of registers
    parameters: list[tuple[str, int]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    count: int = 0

    def value(self, expression: str) -> str:
        """A new LLVM value."""
        self.count += 1
        self.lines.append(f"%v{self.count} = {expression}")
        return f"%v{self.count}"

    def read(self, operand: str, ptx: str) -> str:
        """The operand of an instruction of type `ptx`."""
        kind = llvm_type(ptx)
        if operand in SPECIAL:
            return f"%{SPECIAL[operand]}"
        if operand not in self.widths:
            return self.constant(operand, kind)
        stored = f"i{self.widths[operand]}"
        loaded = self.value(f'load {stored}, {stored}* %"{operand}"')
        return loaded if stored == kind else self.value(f"bitcast {stored} {loaded} to {kind}")

    def constant(self, operand: str, kind: str) -> str:
        """An immediate operand."""
        if found := re.fullmatch(r"0[dD]([0-9A-Fa-f]{16})|0[fF]([0-9A-Fa-f]{8})", operand):
            number, width = int(found[1] or found[2], 16), 64 if found[1] else 32
            return self.value(f"bitcast i{width} {number} to {kind}")
        return str(int(operand, 0))

    def write(self, register: str, ptx: str, result: str) -> None:
        """Set a register to a value of type `ptx`."""
        kind, stored = llvm_type(ptx), f"i{self.widths[register]}"
        if kind != stored:
            result = self.value(f"bitcast {kind} {result} to {stored}")
        self.lines.append(f'store {stored} {result}, {stored}* %"{register}"')

    def address(self, operand: str, kind: str) -> str:
        """The pointer that [register] or [register+offset] is."""
        register, _, offset = operand.strip("[]").partition("+")
        number = self.value(f"add i64 {self.read(register, 'b64')}, {offset or 0}")
        return self.value(f"inttoptr i64 {number} to {kind}*")

    def instruction(self, name: str, operands: list[str]) -> None:
        """Translate one instruction that is no jump."""
        head, _, ptx = name.rpartition(".")
        kind = llvm_type(ptx)
        target, *sources = operands
        if head == "ld.param":
            self.write(target, ptx, f"%{sources[0].strip('[]')}")
        elif head == "ld.global":
            where = self.address(sources[0], kind)
            self.write(target, ptx, self.value(f"load {kind}, {kind}* {where}"))
        elif head == "st.global":
            where = self.address(target, kind)
            self.lines.append(f"store {kind} {self.read(sources[0], ptx)}, {kind}* {where}")
        elif head.startswith("setp."):
            a, b = (self.read(source, ptx) for source in sources)
            test = head.removeprefix("setp.")
            compare = f"fcmp {COMPARISON[test]}" if ptx[0] == "f" else f"icmp {_order(test, ptx)}"
            self.write(target, "pred", self.value(f"{compare} {kind} {a}, {b}"))
        elif head == "selp":
            a, b = (self.read(source, ptx) for source in sources[:2])
            test = self.read(sources[2], "pred")
            self.write(target, ptx, self.value(f"select i1 {test}, {kind} {a}, {kind} {b}"))
        elif head.startswith("cvt.") and head.count(".") > 0:
            self.convert(head.split(".")[-1], ptx, target, sources[0])
        elif head.startswith("mul.wide"):
            extend = "sext" if ptx[0] == "s" else "zext"
            wide = [self.value(f"{extend} {kind} {self.read(s, ptx)} to i64") for s in sources]
            self.write(target, "b64", self.value(f"mul i64 {wide[0]}, {wide[1]}"))
        else:
            values = [self.read(source, ptx) for source in sources]
            self.write(target, ptx, self.arithmetic(head, ptx, kind, values))

    def convert(self, to: str, ptx: str, target: str, source: str) -> None:
        """cvt.to.ptx."""
        kind, wanted, value = llvm_type(ptx), llvm_type(to), self.read(source, ptx)
        if kind == "double" and wanted == "float":
            how = "fptrunc"
        elif kind == "float" and wanted == "double":
            how = "fpext"
        elif wanted in ("float", "double"):
            how = "sitofp" if ptx[0] == "s" else "uitofp"
        elif int(to[1:]) < int(ptx[1:]):
            how = "trunc"
        else:
            how = "sext" if ptx[0] == "s" else "zext"
        self.write(target, to, self.value(f"{how} {kind} {value} to {wanted}"))

    def arithmetic(self, head: str, ptx: str, kind: str, values: list[str]) -> str:
        """The result of an instruction whose operands and result have one type."""
        both = f"{kind} {', '.join(values)}"
        typed = ", ".join(f"{kind} {value}" for value in values)
        if head in ("mov", "cvta.to.global"):
            return values[0]
        if ptx[0] == "f" and head in ("fma.rn", "sqrt.rn", "abs"):
            function = {"fma.rn": "fma", "sqrt.rn": "sqrt", "abs": "fabs"}[head]
            return self.value(f"call {kind} @llvm.{function}.{ptx}({typed})")
        if ptx[0] == "f" and head == "rcp.rn":
            return self.value(f"fdiv {kind} 1.0, {values[0]}")
        if ptx[0] == "f" and head == "neg":
            return self.value(f"fneg {both}")
        if ptx[0] == "f" and head in FLOATING:
            return self.value(f"{FLOATING[head]} {both}")
        if ptx == "s64" and head in ("max", "min"):
            return self.value(f"call i64 @llvm.s{head}.i64({typed})")
        if ptx == "s64" and head == "neg":
            return self.value(f"sub {kind} 0, {values[0]}")
        if head == "not":
            return self.value(f"xor {kind} {values[0]}, -1")
        integer = INTEGER.get(head) or INTEGER.get(f"{head}.{ptx[0]}")
        if ptx[0] != "f" and integer:
            if head in ("shl", "shr"):
                assert values[1].isdigit(), "shifts by a register clamp in PTX, not in LLVM"
            return self.value(f"{integer} {both}")
        raise ValueError(f"unknown PTX instruction {head}.{ptx}")


def _order(test: str, ptx: str) -> str:
    """LLVM's name of an integer comparison."""
    return test if test in ("eq", "ne") else f"{'s' if ptx[0] == 's' else 'u'}{test}"


def _statements(body: str) -> Iterator[str]:
    for statement in re.split(r"[;\n]", body):
        if text := re.sub(r"//.*", "", statement).strip():
            yield text


def translate(ptx: str) -> tuple[str, list[int]]:
    """LLVM assembly of the one kernel in `ptx`, and the sizes of its parameters in bits."""
    found = re.search(r"\.entry\s+\S+?\((.*?)\)\s*(?:\.\w+ .*\s*)*\{(.*)\}", ptx, re.DOTALL)
    assert found, "no kernel"
    state = Translation()
    for kind, name in re.findall(r"\.param \.([bu]\d+).*?(\w+)(?:,|$)", found[1], re.MULTILINE):
        state.parameters.append((name, int(kind[1:])))
    for text in _statements(found[2]):
        _statement(state, text)
    slots = [f'%"{name}" = alloca i{width}' for name, width in state.widths.items()]
    parameters = "".join(f", i{width} %{name}" for name, width in state.parameters)
    kernel = [
        f"define internal void @kernel(i32 %tid, i32 %ntid, i32 %ctaid{parameters}) {{",
        "entry:", *slots, *state.lines, "unreachable", "}",
    ]  # fmt: skip
    wrapper = WRAPPER.format(parameters=parameters, arguments=parameters)
    return "\n".join(kernel) + wrapper, [width for _, width in state.parameters]


def _statement(state: Translation, text: str) -> None:
    if declared := re.fullmatch(r"\.reg \.(\w+)\s+(%\w+)<(\d+)>", text):
        for number in range(int(declared[3])):
            state.widths[f"{declared[2]}{number}"] = WIDTHS[declared[1]]
        return
    if label := re.fullmatch(r"(\$?\w+):", text):
        state.lines += [f'br label %"{label[1]}"', f'"{label[1]}":']
        return
    parts = re.fullmatch(r"(?:@(!?%p\d+)\s+)?([a-z][\w.]*)\s*(.*)", text)
    assert parts, f"not understood: {text}"
    guard, name, rest = parts.groups()
    operands = [part.strip() for part in rest.split(",")] if rest else []
    if name == "ret":
        assert not guard
        state.lines += ["ret void", f"after{state.count}:"]
        state.count += 1
    elif name.startswith("bra"):
        _jump(state, guard, operands[0])
    else:
        assert not guard, f"unexpected guard: {text}"
        state.instruction(name, operands)


def _jump(state: Translation, guard: str | None, label: str) -> None:
    state.count += 1
    following = f"next{state.count}"
    if guard is None:
        state.lines.append(f'br label %"{label}"')
    else:
        test = state.read(guard.removeprefix("!"), "pred")
        there, here = f'label %"{label}"', f"label %{following}"
        first, second = (here, there) if guard.startswith("!") else (there, here)
        state.lines.append(f"br i1 {test}, {first}, {second}")
    state.lines.append(f"{following}:")


_alive: list[llvm.ExecutionEngine] = []


def load(ptx: str) -> Callable[..., None]:
    """The kernel in `ptx` as a function of (blocks, threads in a block, parameters …)."""
    source, widths = translate(ptx)
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    module = llvm.parse_assembly(source)
    module.verify()
    features = llvm.get_host_cpu_features().flatten()
    machine = llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=features, opt=2
    )
    builder = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(2))
    builder.getModulePassManager().run(module, builder)
    engine = llvm.create_mcjit_compiler(module, machine)
    engine.finalize_object()
    _alive.append(engine)
    kinds = {32: ctypes.c_int32, 64: ctypes.c_int64}
    prototype = ctypes.CFUNCTYPE(
        None, ctypes.c_int32, ctypes.c_int32, *(kinds[width] for width in widths)
    )
    return prototype(engine.get_function_address("run"))
