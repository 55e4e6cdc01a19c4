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


RESULT = "func_retval0"
"""What PTX calls the result of a function."""


@dataclass
class Translation:
    """The LLVM function for one PTX kernel or function, under construction."""

    widths: dict[str, int] = field(default_factory=dict)  # of registers
    parameters: dict[str, int] = field(default_factory=dict)  # with their widths
    depots: dict[str, int] = field(default_factory=dict)  # local memory, in bytes
    passed: dict[str, str] = field(default_factory=dict)  # to or from a called function
    result: int = 0  # width; 0: none
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
        if operand in self.depots:
            return self.value(f'ptrtoint [{self.depots[operand]} x i8]* %"{operand}" to i64')
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
            self.load_parameter(target, sources[0].strip("[]").partition("+")[0])
        elif head == "st.param":
            self.store_parameter(target.strip("[]").partition("+")[0], sources[0], ptx)
        elif re.fullmatch(r"ld(\.global|\.local)?(\.v\d)?", head):
            for register, where in self.places(target, sources[0], ptx):
                self.write(register, ptx, self.value(f"load {kind}, {kind}* {where}"))
        elif re.fullmatch(r"st(\.global|\.local)?(\.v\d)?", head):
            for register, where in self.places(sources[0], target, ptx):
                self.lines.append(f"store {kind} {self.read(register, ptx)}, {kind}* {where}")
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
        elif head == "mul.hi":
            extend, width = "sext" if ptx[0] == "s" else "zext", int(ptx[1:])
            double = f"i{2 * width}"
            wide = [self.value(f"{extend} {kind} {self.read(s, ptx)} to {double}") for s in sources]
            product = self.value(f"mul {double} {wide[0]}, {wide[1]}")
            high = self.value(f"lshr {double} {product}, {width}")
            self.write(target, ptx, self.value(f"trunc {double} {high} to {kind}"))
        elif head in ("shl", "shr"):
            self.write(target, ptx, self.shifted(head, ptx, *sources))
        else:
            values = [self.read(source, ptx) for source in sources]
            self.write(target, ptx, self.arithmetic(head, ptx, kind, values))

    def places(self, registers: str, operand: str, ptx: str) -> Iterator[tuple[str, str]]:
        """A register, or each of several in braces, and the pointer to its place in memory."""
        register, _, offset = operand.strip("[]").partition("+")
        for number, name in enumerate(registers.strip("{}").split()):
            at = int(offset or 0) + number * WIDTHS.get(ptx, int(ptx[1:])) // 8
            yield name, self.address(f"{register}+{at}", llvm_type(ptx))

    def load_parameter(self, target: str, name: str) -> None:
        """Set a register to a parameter, or to what a called function returned."""
        value = f'%"{name}"' if name in self.parameters else self.passed[name]
        width = self.widths[target]
        if self.parameters.get(name, width) > width:  # the lower half
            value = self.value(f"trunc i{self.parameters[name]} {value} to i{width}")
        self.write(target, f"b{width}", value)

    def store_parameter(self, name: str, source: str, ptx: str) -> None:
        """Keep what is passed to the next function called, or the function's own result."""
        value = self.read(source, ptx)
        if name == RESULT:
            self.write(name, ptx, value)
            return
        if ptx[0] == "f":
            value = self.value(f"bitcast {llvm_type(ptx)} {value} to i{ptx[1:]}")
        self.passed[name] = f"i{ptx[1:]} {value}"

    def call(self, result: str, function: str, arguments: list[str]) -> None:
        """Call a function with what was kept for it."""
        passed = ", ".join(self.passed[name] for name in arguments)
        self.passed = {result: self.value(f'call i32 @"{function}"({passed})')}  # their status

    def shifted(self, head: str, ptx: str, source: str, amount: str) -> str:
        """A shift; by the width of the number or more it gives 0 or the sign."""
        kind, width, value = llvm_type(ptx), int(ptx[1:]), self.read(source, ptx)
        operation = INTEGER["shl"] if head == "shl" else INTEGER[f"shr.{ptx[0]}"]
        if amount.isdigit():
            return self.value(f"{operation} {kind} {value}, {amount}")
        by = self.read(amount, "b32")
        beyond = self.value(f"icmp uge i32 {by}, {width}")
        by = self.value(f"select i1 {beyond}, i32 {width - 1}, i32 {by}")
        if width != 32:
            by = self.value(f"{'zext' if width > 32 else 'trunc'} i32 {by} to {kind}")
        result = self.value(f"{operation} {kind} {value}, {by}")
        if operation == "ashr":
            return result
        return self.value(f"select i1 {beyond}, {kind} 0, {kind} {result}")

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
        if head in ("mov", "cvta.to.global", "cvta.local", "cvta.to.local"):
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
        if ptx[0] == "s" and head == "neg":
            return self.value(f"sub {kind} 0, {values[0]}")
        if ptx[0] == "s" and head == "abs":
            return self.value(f"call {kind} @llvm.abs.{kind}({typed}, i1 false)")
        if head == "mad.lo":
            product = self.value(f"mul {kind} {values[0]}, {values[1]}")
            return self.value(f"add {kind} {product}, {values[2]}")
        if head == "not":
            return self.value(f"xor {kind} {values[0]}, -1")
        integer = INTEGER.get(head) or INTEGER.get(f"{head}.{ptx[0]}")
        if ptx[0] != "f" and integer:
            return self.value(f"{integer} {both}")
        raise ValueError(f"unknown PTX instruction {head}.{ptx}")


def _order(test: str, ptx: str) -> str:
    """LLVM's name of an integer comparison."""
    return test if test in ("eq", "ne") else f"{'s' if ptx[0] == 's' else 'u'}{test}"


_CALL = re.compile(r"\bcall(?:\.uni)?\s+\((\w+)\),\s*(\w+),\s*\(([\w\s,]*)\)\s*;")
_FUNCTION = re.compile(
    r"^[^\n/]*\.(?P<kind>entry|func)\s+(?:\(\.param \.b(?P<result>\d+) \w+\)\s*)?(?P<name>\w+)\s*"
    r"\((?P<parameters>[^)]*)\)\s*(?:\.\w+ [^\n]*\s*)*^\{(?P<body>.*?)^\}",
    re.DOTALL | re.MULTILINE,
)


def _statements(body: str) -> Iterator[str]:
    body = re.sub(r"//.*", "", body)
    body = _CALL.sub(_call_in_a_line, body)
    for statement in re.split(r"[;\n]", body):
        if text := statement.strip():
            yield text


def _call_in_a_line(found: re.Match[str]) -> str:
    result, function, arguments = found.groups()
    return f"call {result} {function} {arguments.replace(',', ' ')};".replace("\n", " ")


def translate(ptx: str) -> tuple[str, list[int]]:
    """LLVM assembly of the one kernel in `ptx`, and the sizes of its parameters in bits."""
    functions = {found["name"]: found for found in _FUNCTION.finditer(ptx)}
    kernels = [name for name, found in functions.items() if found["kind"] == "entry"]
    assert len(kernels) == 1, "no kernel"
    states = {name: _function(found) for name, found in functions.items()}
    texts = [_define(name, state, name in kernels) for name, state in states.items()]
    widths = states[kernels[0]].parameters
    parameters = "".join(f', i{width} %"{name}"' for name, width in widths.items())
    wrapper = WRAPPER.format(parameters=parameters, arguments=parameters)
    return "\n".join(texts) + wrapper, list(widths.values())


def _function(found: re.Match[str]) -> Translation:
    """The translation of a function, or of a kernel."""
    state = Translation()
    for width, name in re.findall(r"\.param \.[bu](\d+)[^,]*?(\w+)\s*(?:,|$)", found["parameters"]):
        state.parameters[name] = int(width)
    if found["result"]:
        state.result = state.widths[RESULT] = int(found["result"])
    for text in _statements(found["body"]):
        _statement(state, text)
    return state


def _define(name: str, state: Translation, kernel: bool) -> str:
    """LLVM assembly of a function."""
    slots = [f'%"{register}" = alloca i{width}' for register, width in state.widths.items()]
    slots += [
        f'%"{place}" = alloca [{size} x i8], align 16' for place, size in state.depots.items()
    ]
    parameters = [f'i{width} %"{parameter}"' for parameter, width in state.parameters.items()]
    if kernel:
        name, parameters = "kernel", ["i32 %tid", "i32 %ntid", "i32 %ctaid", *parameters]
    kind = f"i{state.result}" if state.result else "void"
    lines = [
        f'define internal {kind} @"{name}"({", ".join(parameters)}) {{',
        "entry:", *slots, *state.lines, "unreachable", "}",
    ]  # fmt: skip
    return "\n".join(lines)


def _statement(state: Translation, text: str) -> None:
    if text in "{}" or text.startswith((".param", ".pragma", ".reg .b32 temp_param_reg")):
        return
    if declared := re.fullmatch(r"\.reg \.(\w+)\s+(%\w+?)(?:<(\d+)>)?", text):
        kind, name, count = declared.groups()
        names = [f"{name}{number}" for number in range(int(count))] if count else [name]
        state.widths |= dict.fromkeys(names, WIDTHS[kind])
        return
    if declared := re.fullmatch(r"\.local .*?(\w+)\[(\d+)\]", text):
        state.depots[declared[1]] = int(declared[2])
        return
    if label := re.fullmatch(r"(\$?\w+):", text):
        state.lines += [f'br label %"{label[1]}"', f'"{label[1]}":']
        return
    if text.startswith("call "):
        result, function, *arguments = text.split()[1:]
        state.call(result, function, arguments)
        return
    parts = re.fullmatch(r"(?:@(!?%p\d+)\s+)?([a-z][\w.]*)\s*(.*)", text)
    assert parts, f"not understood: {text}"
    guard, name, rest = parts.groups()
    rest = re.sub(r"\{(.*?)\}", lambda found: found[0].replace(",", " "), rest)  # a vector is one
    operands = [part.strip() for part in rest.split(",")] if rest else []
    if name == "ret":
        assert not guard
        result = "void"
        if state.result:
            result = f"i{state.result} {state.read(RESULT, f'b{state.result}')}"
        state.lines += [f"ret {result}", f"after{state.count}:"]
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
