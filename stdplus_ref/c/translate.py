"""Python source to C: one function, by its syntax tree; names, branches and comments stay.

Knows the little Python that the source is written in: assignments, `if`, `while`, `for` over a
range, `return`, arithmetic, calls, tuples, NamedTuples. All else is an error that names file and
line. Types come from the annotations: Double, Single, Int64, bool, structs for tuples of them, and
Words, which are local arrays and pointers to them.
"""

from __future__ import annotations

import ast
import inspect
import io
import tokenize
import typing
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from pathlib import Path
from types import FunctionType, GenericAlias, ModuleType
from typing import Any, Final

import numpy as np

from stdplus_ref.source.operations import Words

WIDTH: Final = 100
DOUBLE, SINGLE, INT64, BOOL = "double", "float", "sp_int64", "sp_bool"
WORDS, NOTHING = "sp_int64 *", "void"
_SCALARS: Final[dict[Any, str]] = {
    float: DOUBLE, np.float32: SINGLE, int: INT64, bool: BOOL, Words: WORDS, type(None): NOTHING,
}  # fmt: skip
_ARITHMETIC: Final[dict[type[ast.AST], tuple[str, int]]] = {
    ast.Add: ("+", 12), ast.Sub: ("-", 12), ast.Mult: ("*", 13), ast.Div: ("/", 13),
}  # fmt: skip
_WRAPPING: Final[dict[type[ast.AST], str]] = {
    ast.Add: "sp_add", ast.Sub: "sp_sub", ast.Mult: "sp_times", ast.FloorDiv: "sp_floor_divide",
    ast.LShift: "sp_shift_left", ast.RShift: "sp_shift_right",
}  # fmt: skip
# Of constants, whose results are known to fit.
_FIXED: Final[dict[type[ast.AST], str]] = {
    ast.LShift: "<<", ast.RShift: ">>", ast.Add: "+", ast.Sub: "-", ast.Mult: "*",
}  # fmt: skip
_BITWISE: Final[dict[type[ast.AST], str]] = {ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^"}
_LOGICAL: Final[dict[type[ast.AST], str]] = {ast.BitAnd: "sp_both", ast.BitOr: "sp_either"}
_COMPARISONS: Final[dict[type[ast.AST], str]] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip
_ATOM, _UNARY, _OTHER = 20, 14, 0


class TranslationError(Exception):
    """The source has what the translation does not know."""


class Module:
    """A module of the source: its tree and its comments."""

    def __init__(self, module: ModuleType) -> None:
        self.module = module
        self.name = module.__name__.rpartition(".")[2]
        self.path = Path(inspect.getsourcefile(module) or "")
        self.text = self.path.read_text(encoding="utf-8")
        self.lines = self.text.splitlines()
        self.tree = ast.parse(self.text)

    @cached_property
    def comments(self) -> dict[int, str]:
        """The comment of each line that has one, without its mark."""
        tokens = tokenize.generate_tokens(io.StringIO(self.text).readline)
        return {
            token.start[0]: token.string.lstrip("# ").rstrip()
            for token in tokens
            if token.type == tokenize.COMMENT
        }

    def own_line(self, line: int) -> bool:
        """Whether that line is a comment alone."""
        return self.lines[line - 1].lstrip().startswith("#")

    def above(self, line: int) -> list[str]:
        """The comments on the lines just above that line."""
        first = line
        while first > 1 and first - 1 in self.comments and self.own_line(first - 1):
            first -= 1
        return [self.comments[number] for number in range(first, line)]

    def beside(self, line: int) -> str | None:
        """The comment at the end of that line."""
        return None if self.own_line(line) else self.comments.get(line)

    @cached_property
    def definitions(self) -> dict[str, ast.stmt]:
        """The statements at the top that define a name."""
        found: dict[str, ast.stmt] = {}
        for node in self.tree.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                found[node.name] = node
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                found[node.target.id] = node
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                found[node.targets[0].id] = node
        return found

    def function(self, function: FunctionType) -> ast.FunctionDef:
        """Its statement, by its line."""
        for node in ast.walk(self.tree):
            if not isinstance(node, ast.FunctionDef) or node.name != function.__name__:
                continue
            if node.lineno == function.__code__.co_firstlineno:
                return node
        raise TranslationError(f"{self.path}: no function {function.__qualname__}")

    @cached_property
    def imports(self) -> dict[str, tuple[str, str]]:
        """Imported names: the module and the name there."""
        return {
            alias.asname or alias.name: (node.module or "", alias.name)
            for node in self.tree.body
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }

    def error(self, node: ast.AST, message: str) -> TranslationError:
        """The error that names this file and the line of `node`."""
        return TranslationError(f"{self.path}:{getattr(node, 'lineno', 0)}: {message}")


@dataclass(frozen=True)
class Struct:
    """A tuple in C."""

    name: str
    fields: tuple[tuple[str, str], ...]  # name, type
    comments: tuple[str, ...] = ()
    doc: str = ""


Type = str | Struct


def type_name(kind: Type) -> str:
    """How C calls it."""
    return kind if isinstance(kind, str) else kind.name


def declaration(kind: Type, name: str) -> str:
    """A variable or a parameter of that type."""
    spelled = type_name(kind)
    return f"{spelled}{name}" if spelled.endswith("*") else f"{spelled} {name}"


@dataclass(frozen=True)
class Constant:
    """A value known when the header is written: a tuple of coefficients."""

    module: str
    name: str
    value: Any


@dataclass(frozen=True)
class Code:
    """An expression in C."""

    text: str
    type: Type
    binding: int = _ATOM  # how tightly its outermost operator binds
    fixed: bool = False  # whether it is made of constants alone

    def within(self, binding: int) -> str:
        """The text as an operand of an operator that binds so tightly."""
        return self.text if self.binding >= binding else f"({self.text})"


def float_literal(value: float, kind: Type = DOUBLE) -> str:
    """A hexadecimal literal without trailing zeros."""
    if value != value or abs(value) == float("inf"):
        bits = int(np.float64(value).view(np.int64)) & 0xFFFFFFFFFFFFFFFF
        return f"sp_from_bits((sp_int64)0x{bits:X})"
    mantissa, exponent = value.hex().split("p")
    digits = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    digits = digits + "0" if digits.endswith("x") else digits
    return f"{digits}p{exponent}" + ("f" if kind == SINGLE else "")


def comment_block(text: str, indent: str = "") -> list[str]:
    """A docstring as a C comment."""
    lines = inspect.cleandoc(text).replace("*/", "* /").splitlines()
    first, *rest = lines
    body = [f"{indent}/* {first}", *(f"{indent}   {line}".rstrip() for line in rest)]
    body[-1] += " */"
    return body


def wrapped(line: str) -> list[str]:
    """A line of code broken at commas and operators if it is too long; its comment moves above."""
    code, mark, comment = line.partition("  // ")
    if len(line) <= WIDTH:
        return [line]
    indent = " " * (len(line) - len(line.lstrip()))
    lines = [f"{indent}// {comment}"] if mark else []
    while len(code) > WIDTH:
        at = _break(code)
        lines.append(code[:at].rstrip())
        code = f"{indent}    {code[at:].lstrip()}"
    return [*lines, code]


def _break(code: str) -> int:
    """Where to break it: the last place in the first line among those least deep in brackets."""
    depth, start = 0, len(code) - len(code.lstrip())
    best, least = 0, 1000
    for at, character in enumerate(code[:WIDTH]):
        depth += (character in "({") - (character in ")}")
        here = code[at + 1 :].startswith(" ") and character == ","
        here = here or code[at:].startswith((" ? ", " : ", " + ", " - "))
        if here and at > start + 4 and depth <= least:
            best, least = at + (character == ","), depth
    return best or code.rindex(" ", start + 1, WIDTH)


class Program(typing.Protocol):
    """What a function asks of the whole header while it is translated."""

    def module(self, name: str) -> Module: ...

    def struct(self, shape: Any, at: Callable[[str], TranslationError]) -> Struct: ...

    def constant(self, module: Module, name: str) -> Code: ...

    def function(
        self,
        function: FunctionType,
        kinds: Sequence[Type | Constant],
        known_as: tuple[Module, str] | None = None,
    ) -> tuple[str, Type]: ...

    def words(self) -> str: ...

    def before(self, function: FunctionType) -> str: ...

    def horner2(self, constant: Constant, kind: Type) -> str: ...


@dataclass
class _Block:
    """Statements of one pair of braces."""

    lines: list[str] = field(default_factory=list)


class FunctionTranslator:
    """One function for one choice of argument types and constant arguments.

    Parameters
    ----------
    program : Program
    function : function
    kinds : sequence of Type or Constant
        What the parameters are; those that are constants vanish.
    name : str
        In C.
    """

    def __init__(
        self,
        program: Program,
        function: FunctionType,
        kinds: Sequence[Type | Constant],
        name: str,
    ) -> None:
        module = program.module(function.__module__)
        self.program, self.module, self.name = program, module, name
        self.before = program.before(function)
        self.node = node = module.function(function)
        self.hints = typing.get_type_hints(function)
        cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
        self.enclosed = {name: cell.cell_contents for name, cell in cells}
        names = [argument.arg for argument in node.args.args]
        if len(names) != len(kinds):
            raise module.error(node, f"{node.name} takes {len(names)} arguments, not {len(kinds)}")
        self.constants = {
            n: k for n, k in zip(names, kinds, strict=True) if isinstance(k, Constant)
        }
        self.parameters: dict[str, Type] = {
            n: k for n, k in zip(names, kinds, strict=True) if not isinstance(k, Constant)
        }
        self.variables: dict[str, Type] = dict(self.parameters)
        self.literals: dict[str, Code] = {}  # names bound to constants
        self.returned: Type | None = None
        self.statement: ast.stmt = node  # that is being translated
        self.about: Sequence[str] | None = None  # what stands above it, if not the docstring

    # The whole

    def translate(self) -> tuple[list[str], Type]:
        """The lines of the function and the type it returns."""
        body = list(self.node.body)
        doc = ast.get_docstring(self.node, clean=True)
        if doc is not None:
            body = body[1:]
        lines = self._block(body, "    ", {**dict.fromkeys(self.parameters, True)})
        used = {n.id for n in ast.walk(self.node) if isinstance(n, ast.Name)}
        unused = [f"    (void){self._local(n)};" for n in self.parameters if n not in used]
        if self.returned is None and self._declared_result() == NOTHING:
            self.returned = NOTHING
        if self.returned is None:
            raise self.module.error(self.node, "returns nothing")
        arguments = ", ".join(declaration(k, self._local(n)) for n, k in self.parameters.items())
        head = f"{self.before} {type_name(self.returned)} {self.name}({arguments})"
        above = self.about if self.about is not None else comment_block(doc) if doc else []
        return [*above, *wrapped(head), "{", *unused, *lines, "}"], self.returned

    @staticmethod
    def _local(name: str) -> str:
        return "unused" if name == "_" else name

    def _error(self, node: ast.AST, message: str) -> TranslationError:
        return self.module.error(node, message)

    # Statements

    def _block(self, body: Sequence[ast.stmt], indent: str, declared: dict[str, bool]) -> list[str]:
        """The lines of a block; `declared` are the variables of the blocks around it."""
        lines: list[str] = []
        for statement in body:
            self.statement = statement
            lines += [f"{indent}// {text}" for text in self.module.above(statement.lineno)]
            made = self._statement(statement, indent, declared)
            lines += [line for whole in made for line in wrapped(whole)]
        return lines

    def _statement(self, node: ast.stmt, indent: str, declared: dict[str, bool]) -> list[str]:
        match node:
            case ast.Return(value=value) if value is not None:
                return self._beside(node, [f"{indent}return {self._result(value)};"])
            case ast.Return() if self._declared_result() == NOTHING:
                return [f"{indent}return;"]
            case ast.Expr(value=ast.Call() as call):
                return self._beside(node, [f"{indent}{self._code(call, alone=True).text};"])
            case ast.If():
                return self._if(node, indent, declared)
            case ast.While(orelse=[]):
                head = f"{indent}while ({self._condition(node.test)}) {{"
                return self._repeated(node, head, {}, indent, declared)
            case ast.For(target=ast.Name(id=name), iter=iterated, orelse=[]):
                head = self._range(node, self._local(name), iterated, indent, declared)
                return self._repeated(node, head, {name: INT64}, indent, declared)
            case ast.Assign(targets=[ast.Subscript() as place], value=value):
                to, code = self._code(place), self._code(value)
                if code.type != INT64:
                    raise self._error(node, f"a word is {INT64}, not {code.type}")
                return self._beside(node, [f"{indent}{to.text} = {code.text};"])
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                return self._beside(node, self._assign(name, self._code(value), indent, declared))
            case ast.AnnAssign(target=ast.Name(id=name), value=value) if value is not None:
                code = self._code(value)
                wanted = self._annotated(node)
                if code.type != wanted:
                    raise self._error(node, f"{name} is {code.type}, annotated {wanted}")
                return self._beside(node, self._assign(name, code, indent, declared))
            case ast.Assign(targets=[ast.Tuple(elts=targets)], value=value):
                return self._beside(node, self._unpack(node, targets, value, indent, declared))
        raise self._error(node, f"no translation for {type(node).__name__}")

    def _beside(self, node: ast.stmt, lines: list[str]) -> list[str]:
        """The comment at the end of the statement goes to the end of its last line."""
        last = node.end_lineno or node.lineno
        comments = [self.module.beside(n) for n in range(node.lineno, last + 1)]
        found = [comment for comment in comments if comment]
        if found and lines:
            lines = [*lines[:-1], f"{lines[-1]}  // {'; '.join(found)}"]
        return lines

    def _condition(self, node: ast.expr) -> str:
        code = self._code(node)
        if code.type != BOOL:
            raise self._error(node, f"{ast.unparse(node)} is no condition")
        return code.text

    def _range(
        self, node: ast.For, name: str, iterated: ast.expr, indent: str, declared: dict[str, bool]
    ) -> str:
        """The head of a loop over a range, whose end must not change meanwhile."""
        match iterated:
            case ast.Call(func=ast.Name(id="range"), args=[last], keywords=[]):
                first = Code("0", INT64)
            case ast.Call(func=ast.Name(id="range"), args=[start, last], keywords=[]):
                first = self._code(start)
            case _:
                raise self._error(node, f"no translation for a loop over {ast.unparse(iterated)}")
        end = self._code(last)
        if (first.type, end.type) != (INT64, INT64):
            raise self._error(node, f"{ast.unparse(iterated)} is not of integers")
        read = {n.id for n in ast.walk(last) if isinstance(n, ast.Name)}
        if read & set(self._assigned(node.body)) or self._calls(last):
            raise self._error(node, f"{ast.unparse(last)} may change while the loop runs")
        if name in declared:
            raise self._error(node, f"{name} is a variable already")
        test = f"{name} < {end.within(12)}"
        return f"{indent}for (sp_int64 {name} = {first.text}; {test}; {name}++) {{"

    @staticmethod
    def _calls(node: ast.expr) -> bool:
        return any(isinstance(part, ast.Call | ast.Subscript) for part in ast.walk(node))

    def _repeated(
        self,
        node: ast.For | ast.While,
        head: str,
        counter: dict[str, Type],
        indent: str,
        declared: dict[str, bool],
    ) -> list[str]:
        """A loop; what is first assigned in it is not known after it."""
        before = dict(self.variables)
        self.variables.update(counter)
        comment = self.module.beside(node.lineno)
        body = self._block(node.body, indent + "    ", dict(declared))
        self._restore(before)
        return [head + (f"  // {comment}" if comment else ""), *body, f"{indent}}}"]

    def _if(self, node: ast.If, indent: str, declared: dict[str, bool]) -> list[str]:
        lines: list[str] = []
        shared = [name for name in self._leaving(node) if name not in declared]
        kinds: dict[str, Type] = {}
        arms: list[str] = []
        branch: ast.If | None = node
        word = "if"
        inner = {**declared, **dict.fromkeys(shared, True)}
        before = dict(self.variables)
        while branch is not None:
            condition = self._code(branch.test)
            comment = self.module.beside(branch.lineno)
            arms.append(
                f"{indent}{word} ({condition.text}) {{" + (f"  // {comment}" if comment else "")
            )
            arms += self._block(branch.body, indent + "    ", dict(inner))
            self._collect(shared, kinds, branch)
            self._restore(before)
            word, rest = "} else if", branch.orelse
            if len(rest) == 1 and isinstance(rest[0], ast.If):
                branch = rest[0]
                continue
            branch = None
            if rest:
                arms.append(f"{indent}}} else {{")
                arms += self._block(rest, indent + "    ", dict(inner))
                self._collect(shared, kinds, node)
                self._restore(before)
        by_type: dict[Type, list[str]] = {}
        for name in shared:
            by_type.setdefault(kinds[name], []).append(name)
        for kind, names in by_type.items():
            lines.append(f"{indent}{type_name(kind)} {', '.join(names)};")
        for name in shared:
            self.variables[name] = kinds[name]
            declared[name] = True
        return [*lines, *arms, f"{indent}}}"]

    def _collect(self, names: Sequence[str], kinds: dict[str, Type], node: ast.AST) -> None:
        for name in names:
            kind = self.variables.get(name)
            if kind is not None and kinds.setdefault(name, kind) != kind:
                raise self._error(node, f"{name} has two types")

    def _restore(self, before: dict[str, Type]) -> None:
        self.variables = dict(before)

    def _leaving(self, node: ast.If) -> list[str]:
        """Variables assigned in arms that end without `return`, in order."""
        names: dict[str, None] = {}
        for body in self._arms(node):
            if body and not isinstance(body[-1], ast.Return):
                names.update(dict.fromkeys(self._assigned(body)))
        return list(names)

    @staticmethod
    def _arms(node: ast.If) -> Iterator[list[ast.stmt]]:
        while True:
            yield node.body
            match node.orelse:
                case [ast.If() as inner]:
                    node = inner
                case rest:
                    yield rest
                    return

    @staticmethod
    def _assigned(body: Sequence[ast.stmt]) -> Iterator[str]:
        for statement in body:
            for node in ast.walk(statement):
                match node:
                    case ast.Name(id=name, ctx=ast.Store()) if name != "_":
                        yield name

    def _assign(self, name: str, code: Code, indent: str, declared: dict[str, bool]) -> list[str]:
        known = self.variables.get(name)
        if name in declared and known is not None and known != code.type:
            raise self._error(self.statement, f"{name} changes its type")
        self.variables[name] = code.type
        if name in declared:
            if code.type == WORDS:
                raise self._error(self.statement, f"{name} is made twice")
            return [f"{indent}{name} = {code.text};"]
        declared[name] = True
        if code.type == WORDS:  # only `words()` makes them
            return [f"{indent}sp_int64 {name}[{code.text}];"]
        return [f"{indent}{declaration(code.type, name)} = {code.text};"]

    def _unpack(
        self,
        node: ast.Assign,
        targets: Sequence[ast.expr],
        value: ast.expr,
        indent: str,
        declared: dict[str, bool],
    ) -> list[str]:
        if isinstance(value, ast.Name) and value.id in self.constants:
            self._bind(targets, self.constants[value.id].value)
            return []
        names = [target.id if isinstance(target, ast.Name) else "" for target in targets]
        if "" in names:
            raise self._error(node, "only names can be unpacked into")
        if isinstance(value, ast.Tuple):
            if len(value.elts) != len(names):
                raise self._error(node, "unpacked into another number of names")
            reads = [
                {n.id for n in ast.walk(element) if isinstance(n, ast.Name)}
                for element in value.elts
            ]
            if any(name in later for i, name in enumerate(names) for later in reads[i + 1 :]):
                code = self._tuple(value, None)
            else:
                codes = [self._code(element) for element in value.elts]
                return [
                    line
                    for name, code in zip(names, codes, strict=True)
                    for line in self._assign(name, code, indent, declared)
                ]
        else:
            code = self._code(value)
        struct = code.type
        if not isinstance(struct, Struct) or len(struct.fields) != len(names):
            raise self._error(node, f"{ast.unparse(value)} is not a tuple of {len(names)}")
        whole = "_".join(name for name in names if name != "_")
        lines = self._assign(whole, code, indent, declared)
        parts = [
            line
            for name, (part, kind) in zip(names, struct.fields, strict=True)
            if name != "_"
            for line in self._assign(name, Code(f"{whole}.{part}", kind), indent, declared)
        ]
        return [*lines, *_joined(parts, indent)]

    def _bind(self, targets: Sequence[ast.expr], value: Any) -> None:
        """Give the parts of a constant their names; they are written where they are used."""
        if len(targets) != len(value):
            raise self._error(targets[0], "a constant unpacked into another number of names")
        for target, part in zip(targets, value, strict=True):
            match target:
                case ast.Tuple(elts=inner):
                    self._bind(inner, part)
                case ast.Name(id=name) if isinstance(part, float):
                    self.literals[name] = Code(float_literal(part), DOUBLE, _ATOM, True)
                case _:
                    raise self._error(target, "no such constant")

    def _annotated(self, node: ast.AnnAssign) -> Type:
        hint = eval(ast.unparse(node.annotation), vars(self.module.module))
        return self._type(hint, node)

    def _type(self, hint: Any, node: ast.AST) -> Type:
        if hint in _SCALARS:
            return _SCALARS[hint]
        return self.program.struct(hint, lambda message: self._error(node, message))

    def _result(self, value: ast.expr) -> str:
        code = (
            self._tuple(value, self._declared_result())
            if isinstance(value, ast.Tuple)
            else (self._code(value))
        )
        wanted = self._declared_result()
        if code.type != wanted:
            raise self._error(value, f"returns {code.type}, declared {wanted}")
        self.returned = code.type
        return code.text

    def _declared_result(self) -> Type:
        bound = self._type_variables()
        return self._type(substituted(self.hints["return"], bound), self.node)

    def _type_variables(self) -> dict[Any, Any]:
        back = {kind: hint for hint, kind in _SCALARS.items()}
        return {
            self.hints[name]: back[kind]
            for name, kind in self.parameters.items()
            if isinstance(self.hints[name], typing.TypeVar) and isinstance(kind, str)
        }

    # Expressions

    def _tuple(self, node: ast.Tuple, struct: Type | None) -> Code:
        codes = [self._code(element) for element in node.elts]
        if struct is None:
            back = {kind: hint for hint, kind in _SCALARS.items()}
            shape: Any = GenericAlias(tuple, tuple(back[type_name(code.type)] for code in codes))
            struct = self.program.struct(shape, lambda message: self._error(node, message))
        return self._made(node, struct, codes)

    def _made(self, node: ast.AST, struct: Type, codes: Sequence[Code]) -> Code:
        if not isinstance(struct, Struct):
            raise self._error(node, f"a tuple is wanted to be {struct}")
        wanted = [kind for _, kind in struct.fields]
        if [code.type for code in codes] != wanted:
            raise self._error(node, f"{struct.name} takes {wanted}, not {[c.type for c in codes]}")
        return Code(f"{struct.name}_of({', '.join(code.text for code in codes)})", struct)

    def _code(self, node: ast.expr, alone: bool = False) -> Code:
        """An expression; `alone` if it is a statement, whose value is not wanted."""
        match node:
            case ast.Constant(value=bool() as value):
                return Code(str(int(value)), BOOL, fixed=True)
            case ast.Constant(value=int() as value):
                text = ast.get_source_segment(self.module.text, node) or str(value)
                return Code(text, INT64, fixed=True)
            case ast.Constant(value=float() as value):
                text = ast.get_source_segment(self.module.text, node) or repr(value)
                return Code(text, DOUBLE, fixed=True)
            case ast.Name(id=name):
                return self._name(node, name)
            case ast.Attribute(value=ast.Name(id=owner), attr=name):
                return self._attribute(node, owner, name)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                code = self._code(operand)
                if code.type == INT64 and not code.fixed:
                    return Code(f"sp_sub(0, {code.text})", INT64)
                if code.type not in (DOUBLE, SINGLE, INT64):
                    raise self._error(node, f"the negative of {code.type}")
                return Code(f"-{code.within(_ATOM)}", code.type, _UNARY, code.fixed)
            case ast.BinOp(left=left, op=op, right=right):
                return self._binary(node, op, self._code(left), self._code(right))
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return self._compare(node, op, self._code(left), self._code(right))
            case ast.BoolOp(op=op, values=values):
                sign = " && " if isinstance(op, ast.And) else " || "
                return Code(sign.join(self._code(v).within(_UNARY) for v in values), BOOL, _OTHER)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return Code(f"!{self._code(operand).within(_UNARY)}", BOOL, _UNARY)
            case ast.Subscript(value=ast.Name(id=name), slice=index):
                word = self._code(index)
                if self.variables.get(name) != WORDS or word.type != INT64:
                    raise self._error(node, f"no translation for {ast.unparse(node)}")
                return Code(f"{name}[{word.text}]", INT64)
            case ast.Call(func=function, args=arguments, keywords=[]):
                code = self._call(node, function, arguments)
                if (code.type == NOTHING) != alone:
                    raise self._error(node, f"{ast.unparse(node)} gives {code.type}")
                return code
        raise self._error(node, f"no translation for {ast.unparse(node)}")

    def _name(self, node: ast.expr, name: str) -> Code:
        if name in self.literals:
            return self.literals[name]
        if name in self.variables:
            return Code(self._local(name), self.variables[name])
        home, there = self._home(node, name)
        return self.program.constant(home, there)

    def _attribute(self, node: ast.expr, owner: str, name: str) -> Code:
        kind = self.variables.get(owner)
        if isinstance(kind, Struct):
            for part, its in kind.fields:
                if part == name:
                    return Code(f"{owner}.{name}", its)
            raise self._error(node, f"{kind.name} has no {name}")
        return self.program.constant(*self._home_of_attribute(node, owner, name))

    def _home(self, node: ast.AST, name: str) -> tuple[Module, str]:
        """The module that defines a global name, and its name there."""
        module = self.module
        while name not in module.definitions:
            if name not in module.imports:
                raise self._error(node, f"{name} is defined nowhere")
            place, name = module.imports[name]
            module = self.program.module(place)
        return module, name

    def _home_of_attribute(self, node: ast.AST, owner: str, name: str) -> tuple[Module, str]:
        if owner not in self.module.imports:
            raise self._error(node, f"{owner} is no module")
        package, inner = self.module.imports[owner]
        return self.program.module(f"{package}.{inner}"), name

    def _binary(self, node: ast.expr, op: ast.operator, a: Code, b: Code) -> Code:
        fixed = a.fixed and b.fixed
        if a.type != b.type:
            raise self._error(node, f"{ast.unparse(node)}: {a.type} and {b.type}")
        if type(op) in _LOGICAL and a.type == BOOL:
            return Code(f"{_LOGICAL[type(op)]}({a.text}, {b.text})", BOOL)
        if type(op) in _BITWISE and a.type == INT64:
            text = f"{a.within(_ATOM)} {_BITWISE[type(op)]} {b.within(_ATOM)}"
            return Code(text, a.type, _OTHER, fixed)
        if a.type == INT64 and type(op) in _WRAPPING and not fixed:
            if isinstance(op, ast.LShift | ast.RShift) and not b.fixed:
                b = Code(f"(int){b.within(_ATOM)}", INT64)
            return Code(f"{_WRAPPING[type(op)]}({a.text}, {b.text})", INT64)
        if a.type == INT64 and type(op) in _FIXED and fixed:
            text = f"{a.within(_ATOM)} {_FIXED[type(op)]} {b.within(_ATOM)}"
            return Code(text, INT64, _OTHER, True)
        if type(op) in _ARITHMETIC and a.type in (DOUBLE, SINGLE):
            sign, binding = _ARITHMETIC[type(op)]
            left = a.within(binding if binding > 12 else 13)  # sums in order, as the source says
            text = f"{left} {sign} {b.within(binding + 1)}"
            return Code(text, a.type, binding, fixed)
        raise self._error(node, f"no translation for {ast.unparse(node)} of {a.type}")

    def _compare(self, node: ast.expr, op: ast.cmpop, a: Code, b: Code) -> Code:
        if a.type != b.type or type(op) not in _COMPARISONS:
            raise self._error(
                node, f"no translation for {ast.unparse(node)}: {a.type} and {b.type}"
            )
        return Code(f"{a.within(12)} {_COMPARISONS[type(op)]} {b.within(12)}", BOOL, 10)

    def _call(self, node: ast.Call, function: ast.expr, arguments: Sequence[ast.expr]) -> Code:
        if isinstance(function, ast.Name) and function.id == "abs":
            (code,) = (self._code(argument) for argument in arguments)
            if code.type not in (DOUBLE, INT64):
                raise self._error(node, "abs of what is no Double and no Int64")
            called_abs = "sp_abs" if code.type == DOUBLE else "sp_abs_int64"
            return Code(f"{called_abs}({code.text})", code.type)
        known_as: tuple[Module, str] | None = None
        if isinstance(function, ast.Name) and function.id in self.enclosed:
            called = self.enclosed[function.id]
            home, name = self.program.module(called.__module__), called.__name__
        elif isinstance(function, ast.Name):
            home, name = known_as = self._home(node, function.id)
            called = getattr(home.module, name)
        elif isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
            home, name = self._home_of_attribute(node, function.value.id, function.attr)
            called = getattr(home.module, name)
        else:
            raise self._error(node, f"no translation for a call of {ast.unparse(function)}")
        if home.module.__name__ == OPERATIONS:
            return self._operation(node, name, arguments)
        if isinstance(called, type):
            struct = self._type(called, node)
            return self._made(node, struct, [self._code(argument) for argument in arguments])
        constants = [self._constant(argument) for argument in arguments]
        codes = [
            constant if constant is not None else self._code(argument)
            for constant, argument in zip(constants, arguments, strict=True)
        ]
        kinds = [code if isinstance(code, Constant) else code.type for code in codes]
        in_c, kind = self.program.function(called, kinds, known_as)
        listed = ", ".join(code.text for code in codes if isinstance(code, Code))
        return Code(f"{in_c}({listed})", kind)

    def _constant(self, node: ast.expr) -> Constant | None:
        """The tuple that an argument is, if it is one known now."""
        match node:
            case ast.Name(id=name) if name in self.constants:
                return self.constants[name]
            case ast.Attribute(value=ast.Name(id=owner), attr=name) if owner not in self.variables:
                home, there = self._home_of_attribute(node, owner, name)
                value = getattr(home.module, there)
                if isinstance(value, tuple):
                    return Constant(home.module.__name__, there, value)
        return None

    def _operation(self, node: ast.Call, name: str, arguments: Sequence[ast.expr]) -> Code:
        """A call of one of `source.operations`."""
        if name == "horner2":
            x = self._code(arguments[0])
            constant = self._constant(arguments[1])
            if constant is None or x.type not in (DOUBLE, SINGLE):
                raise self._error(node, "horner2 of coefficients that are no constant")
            return Code(f"{self.program.horner2(constant, x.type)}({x.text})", x.type)
        if name == "words" and not arguments:
            return Code(self.program.words(), WORDS)
        codes = [self._code(argument) for argument in arguments]
        kinds = tuple(code.type for code in codes)
        text = ", ".join(code.text for code in codes)
        if name == "select" and kinds[0] == BOOL and kinds[1] == kinds[2]:
            test, a, b = codes
            if a.type == INT64:
                return Code(f"sp_select({text})", INT64)
            return Code(f"{test.within(11)} ? {a.within(1)} : {b.within(1)}", a.type, _OTHER)
        if name == "narrow" and kinds == (DOUBLE,):
            return Code(f"(float){codes[0].within(_ATOM)}", SINGLE, _UNARY, codes[0].fixed)
        if name == "widen" and kinds == (SINGLE,):
            return Code(f"(double){codes[0].within(_ATOM)}", DOUBLE, _UNARY, codes[0].fixed)
        known = _OPERATIONS.get((name, kinds))
        if known is None:
            raise self._error(node, f"no operation {name} of {', '.join(map(type_name, kinds))}")
        in_c, kind = known
        return Code(f"{in_c}({text})", kind)


def _joined(lines: Sequence[str], indent: str) -> list[str]:
    """Declarations of one type in one line."""
    found: list[str] = []
    for line in lines:
        kind, _, rest = line.strip().partition(" ")
        if found and kind in (DOUBLE, SINGLE, INT64) and found[-1].startswith(f"{indent}{kind} "):
            found[-1] = f"{found[-1].removesuffix(';')}, {rest}"
        else:
            found.append(line)
    return found


OPERATIONS: Final = "stdplus_ref.source.operations"
_OPERATIONS: Final[dict[tuple[str, tuple[Type, ...]], tuple[str, str]]] = {
    ("fma", (DOUBLE,) * 3): ("sp_fma", DOUBLE),
    ("fma", (SINGLE,) * 3): ("sp_fmaf", SINGLE),
    ("mul", (DOUBLE,) * 2): ("sp_mul", DOUBLE),
    ("mul", (SINGLE,) * 2): ("sp_mulf", SINGLE),
    ("sqrt", (DOUBLE,)): ("sp_sqrt", DOUBLE),
    ("bits", (DOUBLE,)): ("sp_bits", INT64),
    ("from_bits", (INT64,)): ("sp_from_bits", DOUBLE),
}


def substituted(hint: Any, bound: dict[Any, Any]) -> Any:
    """An annotation with its type variables replaced."""
    if hint in bound:
        return bound[hint]
    arguments = typing.get_args(hint)
    if arguments and typing.get_origin(hint) is tuple:
        return GenericAlias(tuple, tuple(substituted(argument, bound) for argument in arguments))
    return hint


def scalar_type(hint: Any) -> str | None:
    """What a scalar annotation is in C."""
    return _SCALARS.get(hint)


def source_module(name: str) -> Module:
    """The module of that name."""
    return Module(import_module(name))
