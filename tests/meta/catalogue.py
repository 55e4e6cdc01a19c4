"""The catalogue of planted faults: changes of the source, each one place of one file.

Most are generated from the syntax tree, so that they are all there are of a kind: every
`fast_two_sum` swapped, every term dropped, every sign and comparison turned, every constant nudged.
The rest is written by hand. `tests.meta.faults` runs the tests against each.
"""

from __future__ import annotations

import ast
import math
import random
import struct
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = "stdplus_ref/source"
CPU = "stdplus_ref/cpu"
FUNCTIONS = (
    "stdplus",
    "log_stdplus",
    "stdplus_derivative",
    "log_stdplus_derivative",
    "inv_stdplus",
    "inv_log_stdplus",
)
FILES = (
    f"{SOURCE}/pairs.py",
    f"{SOURCE}/elementary.py",
    f"{SOURCE}/newton.py",
    f"{SOURCE}/fast.py",
    f"{SOURCE}/words.py",
    f"{SOURCE}/ties.py",
    *(f"{SOURCE}/{name}.py" for name in FUNCTIONS),
    f"{SOURCE}/routes.py",
    f"{SOURCE}/exceptions.py",
    f"{CPU}/loop.py",
    f"{CPU}/flags.py",
)
COEFFICIENTS = f"{SOURCE}/coefficients.py"
OPERATIONS = f"{SOURCE}/operations.py"


@dataclass(frozen=True)
class Fault:
    """One change: the bytes start … stop of a file become `after`."""

    key: str  # stays the same while the place does: file, function, kind, text
    kind: str
    file: str
    line: int
    start: int
    stop: int
    before: str
    after: str

    def planted(self, text: bytes) -> bytes:
        """The file with the fault."""
        assert text[self.start : self.stop].decode() == self.before, self.key
        return text[: self.start] + self.after.encode() + text[self.stop :]

    def __str__(self) -> str:
        before, after = (" ".join(part.split()) for part in (self.before, self.after))
        return f"{self.file}:{self.line} [{self.kind}] {before}  →  {after}"


class Places:
    """Where the nodes of a file lie, as offsets into its bytes."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.text = (ROOT / file).read_bytes()
        self.lines = [0]
        for line in self.text.splitlines(keepends=True):
            self.lines.append(self.lines[-1] + len(line))
        self.tree = ast.parse(self.text)
        self.seen: Counter[str] = Counter()

    def span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        start = self.lines[node.lineno - 1] + node.col_offset
        return start, self.lines[node.end_lineno - 1] + node.end_col_offset

    def of(self, node: ast.expr | ast.stmt) -> str:
        start, stop = self.span(node)
        return self.text[start:stop].decode()

    def fault(self, kind: str, where: str, node: ast.expr | ast.stmt, after: str) -> Fault:
        before = self.of(node)
        start, stop = self.span(node)
        name = self.file.rpartition("/")[2].removesuffix(".py")
        key = f"{name}.{where}:{kind}:{' '.join(before.split())}→{' '.join(after.split())}"
        self.seen[key] += 1
        if self.seen[key] > 1:
            key += f"#{self.seen[key]}"
        return Fault(key, kind, self.file, node.lineno, start, stop, before, after)


def closed(text: str) -> str:
    """The text as an operand of anything."""
    return f"({text})"


def functions(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef]]:
    """Every function with its name, nested ones included."""

    def within(body: list[ast.stmt], path: str) -> Iterator[tuple[str, ast.FunctionDef]]:
        for node in body:
            if isinstance(node, ast.FunctionDef):
                yield path + node.name, node
                yield from within(node.body, f"{path}{node.name}.")

    yield from within(tree.body, "")


def own_nodes(function: ast.FunctionDef) -> Iterator[ast.AST]:
    """The nodes of a function's body, but not of functions inside it, nor its docstring."""
    body = function.body
    if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        body = body[1:]
    todo: list[ast.AST] = [*body]
    while todo:
        node = todo.pop(0)
        if isinstance(node, ast.FunctionDef):
            continue
        yield node
        todo = [*ast.iter_child_nodes(node), *todo]


TURNED = {
    ast.Lt: ">=",
    ast.LtE: ">",
    ast.Gt: "<=",
    ast.GtE: "<",
    ast.Eq: "!=",
    ast.NotEq: "==",
}
STRICT = {ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">"}


def in_functions(file: str) -> Iterator[Fault]:
    """The faults of the expressions of a file."""
    places = Places(file)
    for where, function in functions(places.tree):
        for node in own_nodes(function):
            for kind, after in changes(places, node):
                assert isinstance(node, ast.expr | ast.stmt)
                yield places.fault(kind, where, node, after)


def changes(places: Places, node: ast.AST) -> Iterator[tuple[str, str]]:
    """(kind, text) of what may stand in the place of a node."""
    of = places.of
    match node:
        case ast.Call(func=ast.Name(id=name), args=arguments):
            texts = [of(argument) for argument in arguments]
            yield from calls(name, texts)
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub(), right=right):
            sign = "+" if isinstance(node.op, ast.Add) else "-"
            a, b = of(left), of(right)
            yield "term dropped", closed(a)
            yield "term dropped", closed(b if sign == "+" else f"-{closed(b)}")
            yield "sign", closed(f"{closed(a)} {'-' if sign == '+' else '+'} {closed(b)}")
            if isinstance(left, ast.BinOp) and isinstance(left.op, ast.Add) and sign == "+":
                yield "order", f"{closed(of(left.left))} + ({closed(of(left.right))} + {closed(b)})"
            if isinstance(right, ast.BinOp) and isinstance(right.op, ast.Add) and sign == "+":
                yield (
                    "order",
                    f"({closed(a)} + {closed(of(right.left))}) + {closed(of(right.right))}",
                )
            if isinstance(left, ast.BinOp) and isinstance(left.op, ast.Sub) and sign == "+":
                yield "order", f"{closed(of(left.left))} + ({closed(b)} - {closed(of(left.right))})"
        case ast.BinOp(left=left, op=ast.Mult() | ast.Div(), right=right):
            yield "factor dropped", closed(of(left))
        case ast.BinOp(left=left, op=ast.BitAnd() | ast.BitOr(), right=right):
            other = "|" if isinstance(node.op, ast.BitAnd) else "&"
            yield "and, or", closed(f"{closed(of(left))} {other} {closed(of(right))}")
            yield "condition dropped", closed(of(left))
            yield "condition dropped", closed(of(right))
        case ast.BoolOp(op=operation, values=values):
            other = " or " if isinstance(operation, ast.And) else " and "
            yield "and, or", closed(other.join(closed(of(value)) for value in values))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            yield "sign", closed(of(operand))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield "condition turned", closed(of(operand))
        case ast.Compare(left=left, ops=[operation], comparators=[right]):
            turned = TURNED.get(type(operation))
            strict = STRICT.get(type(operation))
            if turned:
                yield "condition turned", closed(f"{of(left)} {turned} {of(right)}")
            if strict:
                yield "threshold's own side", closed(f"{of(left)} {strict} {of(right)}")
        case ast.Constant(value=value) if isinstance(value, float):
            yield "literal", repr(value * (1.0 + 2.0**-10)) if value else "5e-324"
        case ast.Constant(value=value) if type(value) is int:
            yield "literal", str(value + 1)
        case ast.AugAssign(target=target, op=ast.BitOr(), value=value):
            yield "|= dropped", f"{of(target)} = {of(value)}"
        case ast.Expr(value=ast.Call()):
            yield "call dropped", "pass"
        case _:
            return


def calls(name: str, texts: list[str]) -> Iterator[tuple[str, str]]:
    """What may stand in the place of a call."""
    match name, texts:
        case "fast_two_sum", [a, b]:
            yield "fast_two_sum swapped", f"fast_two_sum({b}, {a})"
            yield "compensation dropped", f"({closed(a)} + {closed(b)}, 0.0)"
        case "two_sum", [a, b]:
            yield "compensation dropped", f"({closed(a)} + {closed(b)}, 0.0)"
        case "fma", [a, b, c]:
            yield "addend dropped", f"{closed(a)} * {closed(b)}"
            yield "product dropped", closed(c)
            yield "unfused", f"({closed(a)} * {closed(b)} + {closed(c)})"
        case "select", [condition, a, b]:
            yield "arms exchanged", f"select({condition}, {b}, {a})"
            yield "arm taken always", closed(b)
        case (("abs" | "sqrt"), [a]):
            yield f"{name} dropped", closed(a)
        case "mul", [a, b]:
            yield "factor dropped", closed(a)
        case _:
            return


def number(value: float) -> str:
    return f"{value!r}" if math.isfinite(value) else repr(value)


def in_constants(file: str) -> Iterator[Fault]:
    """Every named number nudged, moved and mistyped."""
    places = Places(file)
    for node in places.tree.body:
        if not (
            isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value
        ):
            continue
        try:
            value = ast.literal_eval(node.value)
        except ValueError:
            continue
        where = node.target.id
        if isinstance(value, float):
            nudged = math.nextafter(value, math.inf)
            yield places.fault("constant nudged", where, node.value, number(nudged))
            moved = value * (1.0 + 2.0**-10)
            yield places.fault("threshold moved", where, node.value, number(moved))
            yield places.fault("threshold mistyped", where, node.value, number(value * 0.95))
        elif type(value) is int:
            yield places.fault("constant nudged", where, node.value, str(value + 1))
            yield places.fault("constant nudged", where, node.value, str(value - 1))


def in_coefficients() -> Iterator[Fault]:
    """Every coefficient nudged by its last place, every row shortened, every low part dropped."""
    places = Places(COEFFICIENTS)
    for node in places.tree.body:
        if not (isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)):
            continue
        where = node.targets[0].id
        if where == "_h":
            continue
        for call in ast.walk(node.value):
            if isinstance(call, ast.Call) and isinstance(call.args[0], ast.Constant):
                value = float.fromhex(call.args[0].value)
                last = math.nextafter(value, math.inf)
                if where.startswith("START_"):  # float32
                    bits = struct.unpack("<i", struct.pack("<f", value))[0]
                    last = struct.unpack("<f", struct.pack("<i", bits + 1))[0]
                yield places.fault("coefficient nudged", where, call, f'_h("{last.hex()}")')
                large = value * (1.0 + 2.0**-20) if abs(value) > 2.0**-40 else 0.0
                yield places.fault("coefficient off", where, call, f'_h("{large.hex()}")')
        if isinstance(node.value, ast.Tuple) and not where.endswith("_HEAD"):
            row = [places.of(element) for element in node.value.elts[:-1]]
            yield places.fault("row shortened", where, node.value, f"({', '.join(row)},)")


# By hand

HAND: dict[str, tuple[tuple[str, str, str, str], ...]] = {
    # (file, what it is, the text once in the file, what stands in its place)
    "proof.md": (
        (
            f"{SOURCE}/newton.py",
            "kept −500 → −26",
            "LEAST_KEPT: Final = -500",
            "LEAST_KEPT: Final = -26",
        ),
        (
            f"{SOURCE}/newton.py",
            "the polynomial used up to |x| < .26",
            "CENTRE: Final = 0.25",
            "CENTRE: Final = 0.26",
        ),
        (
            f"{SOURCE}/newton.py",
            "left limit of `beyond` −38 in the code",
            "return (x < FAR_LEFT) | (x > FAR_RIGHT)",
            "return (x < -38.0) | (x > FAR_RIGHT)",
        ),
        (
            f"{SOURCE}/newton.py",
            "right limit of `beyond` 2^26 in the code",
            "return (x < FAR_LEFT) | (x > FAR_RIGHT)",
            "return (x < FAR_LEFT) | (x > 67108864.0)",
        ),
        (
            f"{SOURCE}/log_stdplus.py",
            "the scaling of tiny x removed",
            "        hi, lo = centre(UPSCALE * x)\n        return hi, lo, UPSCALED",
            "        hi, lo = centre(x)\n        return hi, lo, 0",
        ),
        (
            f"{SOURCE}/inv_log_stdplus.py",
            "the scaling of tiny t removed",
            "        hi, lo = centre(UPSCALE * t)\n        return hi, lo, UPSCALED",
            "        hi, lo = centre(t)\n        return hi, lo, 0",
        ),
        (
            f"{SOURCE}/pairs.py",
            "round_scaled without its low part",
            "rounded = (anchored + odd_sum(r, e)) - anchor",
            "rounded = (anchored + r) - anchor",
        ),
        (
            f"{SOURCE}/pairs.py",
            "round_scaled with a wrong anchor",
            "anchor = select(s < 0.0, -tiny, tiny)",
            "anchor = select(s < 0.0, -tiny, tiny) * 2.0",
        ),
        (
            f"{SOURCE}/pairs.py",
            "round_scaled rounds twice",
            "(anchored + odd_sum(r, e))",
            "(anchored + (r + e))",
        ),
        (
            f"{SOURCE}/pairs.py",
            "odd_sum is the plain sum",
            "return from_bits(select(e != 0.0, (i + towards_zero) | 1, i))",
            "return s",
        ),
        (
            f"{SOURCE}/log_stdplus.py",
            "x·bl dropped in the centre",
            "return times(x, b, bl)",
            "return times(x, b, 0.0)",
        ),
        (
            f"{SOURCE}/newton.py",
            "the cubic term dropped from exp_step",
            "fma(s.v, cubic, 0.5 - s.q)",
            "(0.5 - s.q)",
        ),
        (
            f"{SOURCE}/newton.py",
            "the cubic term dropped from denominator",
            "fma(-cubic, s.v, s.q)",
            "s.q",
        ),
        (
            f"{SOURCE}/pairs.py",
            "a half last place: fma(x, e, lo) without lo",
            "fma(x, b, hi - s) + fma(x, e, lo)",
            "fma(x, b, hi - s) + x * e",
        ),
        (
            f"{SOURCE}/newton.py",
            "el with the wrong sign",
            "return s.e, fma(s.e, u, s.el)",
            "return s.e, fma(s.e, u, -s.el)",
        ),
    ),
    "regimes": (
        (
            f"{SOURCE}/newton.py",
            "the start of the other side of 0",
            "close = widen(select(s < narrow(MIDDLE), left, right))",
            "close = widen(select(z < narrow(-1.0), left, right))",
        ),
        (
            f"{SOURCE}/newton.py",
            "start_inside used beyond 8",
            "    if x > STEP_RIGHT:\n        return on_grid(rough_right(x))\n",
            "",
        ),
        (
            f"{SOURCE}/newton.py",
            "one step less in rough_right",
            "    s = mul(z, fma(2.0, fma(s, horner2(s, c.LOG1P_HALF_SHORT), log_x), 1.0))\n",
            "",
        ),
        (
            f"{SOURCE}/newton.py",
            "the start rounded to float32",
            "    kf, f, _ = split(t0)\n",
            "    kf, f, _ = split(widen(narrow(t0)))\n",
        ),
        (
            f"{SOURCE}/inv_stdplus.py",
            "the polynomial used to |y − 1| < .16",
            "CENTRE: Final = 0.15 ",
            "CENTRE: Final = 0.16 ",
        ),
        (
            f"{SOURCE}/inv_stdplus.py",
            "the polynomial of float32 used to |y − 1| < .21",
            "CENTRE_FAST: Final = 0.2 ",
            "CENTRE_FAST: Final = 0.21 ",
        ),
        (
            f"{SOURCE}/inv_log_stdplus.py",
            "the polynomial used to |t| < .26",
            "CENTRE: Final = 0.25 ",
            "CENTRE: Final = 0.26 ",
        ),
        (
            f"{SOURCE}/inv_log_stdplus.py",
            "the polynomial of float32 used to |t| < .38",
            "CENTRE_FAST: Final = 0.375",
            "CENTRE_FAST: Final = 0.38",
        ),
        (
            f"{SOURCE}/inv_log_stdplus.py",
            "e^t from 30 on",
            "EXP_RIGHT: Final = 40.0",
            "EXP_RIGHT: Final = 30.0",
        ),
        (
            f"{SOURCE}/inv_log_stdplus.py",
            "rest left out of e^t",
            "return e, fma(e, fma(0.5 * rest, rest, rest), el)",
            "return e, el",
        ),
        (
            f"{SOURCE}/inv_log_stdplus.py",
            "rest² left out of e^t",
            "fma(0.5 * rest, rest, rest)",
            "rest",
        ),
        (
            f"{SOURCE}/elementary.py",
            "log_pair of a subnormal without its exponent",
            "    k = k - select(small, LIFT, 0)\n",
            "",
        ),
    ),
    "loops": (
        (
            f"{CPU}/loop.py",
            "blocks that are no multiple of a group",
            "BLOCK: Final = 512",
            "BLOCK: Final = 511",
        ),
        (
            f"{CPU}/loop.py",
            "groups larger than a block's rest",
            "GROUP: Final = 8",
            "GROUP: Final = 256",
        ),
        (
            f"{CPU}/loop.py",
            "the last block forgotten",
            "for start in range(0, length, BLOCK):",
            "for start in range(0, length - length % BLOCK, BLOCK):",
        ),
        (
            f"{CPU}/loop.py",
            "blocks that overlap",
            "for start in range(0, length, BLOCK):",
            "for start in range(0, length, BLOCK - 8):",
        ),
        (
            f"{CPU}/loop.py",
            "groups rounded down",
            "        lanes = (count + GROUP - 1) // GROUP * GROUP\n        place",
            "        lanes = max(count // GROUP, 1) * GROUP\n        place",
        ),
        (
            f"{CPU}/loop.py",
            "padding with nothing",
            "        store(block, i, load(block, count - 1))\n",
            "        pass\n",
        ),
        (
            f"{CPU}/loop.py",
            "padding with the first element",
            "store(block, i, load(block, count - 1))",
            "store(block, i, load(block, 0))",
        ),
        (
            f"{CPU}/loop.py",
            "results written beyond the end",
            "copy(target, source, count)\n    else:\n        for i in range(count):\n"
            "            store(advance",
            "copy(target, source, count + 1)\n    else:\n        for i in range(count):\n"
            "            store(advance",
        ),
        (
            f"{CPU}/loop.py",
            "apart by elements, not bytes",
            ">= count * ITEM_SIZE",
            ">= count",
        ),
        (
            f"{CPU}/loop.py",
            "apart on one side only",
            "abs(distance(destination, place))",
            "distance(destination, place)",
        ),
        (
            f"{CPU}/loop.py",
            "always apart",
            "(direct and not apart)",
            "(direct and not (apart or True))",
        ),
        (
            f"{CPU}/loop.py",
            "direct whatever the step",
            "direct = count == lanes and step_out == ITEM_SIZE",
            "direct = count == lanes",
        ),
        (
            f"{CPU}/loop.py",
            "exceptions dropped",
            "            raised |= exceptions_of(source, target, lanes)",
            "            exceptions_of(source, target, lanes)",
        ),
        (
            f"{CPU}/loop.py",
            "exceptions of the far route only",
            "if load(counts, FAR) + load(counts, FULL) != 0:",
            "if load(counts, FAR) != 0:",
        ),
        (
            f"{CPU}/loop.py",
            "exceptions of the full route only",
            "if load(counts, FAR) + load(counts, FULL) != 0:",
            "if load(counts, FULL) != 0:",
        ),
        (
            f"{CPU}/loop.py",
            "exceptions asked of every block",
            "if load(counts, FAR) + load(counts, FULL) != 0:",
            "if True:",
        ),
        (
            f"{CPU}/loop.py",
            "the route of least",
            "if some > load(counts, most):",
            "if some < load(counts, most):",
        ),
        (
            f"{CPU}/loop.py",
            "the route of some for that of most",
            "            most = route\n    return most",
            "            most = route\n    return (most + 1) % ROUTES",
        ),
        (
            f"{CPU}/loop.py",
            "lanes beyond the end in a set",
            "every = -1 if count == SET else (1 << count) - 1",
            "every = -1",
        ),
        (
            f"{CPU}/loop.py",
            "a whole set without lanes",
            "every = -1 if count == SET else (1 << count) - 1",
            "every = 0 if count == SET else (1 << count) - 1",
        ),
        (
            f"{CPU}/loop.py",
            "the centre where the short route does not hold",
            "SETS + word, short & near)",
            "SETS + word, near)",
        ),
        (
            f"{CPU}/loop.py",
            "lane 63 of a set forgotten",
            "while found != 0:",
            "while found > 0:",
        ),
        (
            f"{CPU}/loop.py",
            "results put back in another place",
            "store(target, load(places, i), load(results, i))",
            "store(target, i, load(results, i))",
        ),
        (
            f"{CPU}/loop.py",
            "results not put back",
            "                put_back(results, places, target, some)",
            "                pass",
        ),
        (
            f"{CPU}/loop.py",
            "results put back without the last",
            "put_back(results, places, target, some)",
            "put_back(results, places, target, some - 1)",
        ),
        (
            f"{CPU}/loop.py",
            "gathered lanes not filled up",
            "gathered, results, fill(gathered, some)",
            "gathered, results, some",
        ),
        (
            f"{CPU}/loop.py",
            "doubts of gathered lanes not settled",
            "            if doubt:\n                settle",
            "            if doubt and turn == 0:\n                settle",
        ),
        (
            f"{CPU}/loop.py",
            "doubts of gathered lanes only settled",
            "            if doubt:\n                settle",
            "            if doubt and turn != 0:\n                settle",
        ),
        (
            f"{CPU}/loop.py",
            "doubts of the source's lanes in gathered ones",
            "settle_doubts(route, x, a, y, on_it, table)",
            "settle_doubts(route, source, a, y, on_it, table)",
        ),
        (
            f"{CPU}/loop.py",
            "two results settled the wrong way round",
            "call_settle(table, x, y, z)",
            "call_settle(table, x, z, y)",
        ),
        (
            f"{CPU}/loop.py",
            "lanes of other routes settled",
            "if route == FULL or route_of(x) == route:",
            "if True:",
        ),
        (
            f"{CPU}/loop.py",
            "lanes of the full route not settled",
            "if route == FULL or route_of(x) == route:",
            "if route != FULL and route_of(x) == route:",
        ),
        (
            f"{CPU}/loop.py",
            "the other results of the step left out",
            "        step_other(source, a, b, lanes)\n",
            "        pass\n",
        ),
        (
            f"{CPU}/loop.py",
            "the last route forgotten",
            "for turn in range(ROUTES):",
            "for turn in range(ROUTES - 1):",
        ),
        (
            f"{CPU}/loop.py",
            "the centre by the step",
            "                doubt = run_centre(x, a, b, c, y, on_it)",
            "                doubt = run_step(x, a, b, c, y, on_it)",
        ),
        (
            f"{CPU}/loop.py",
            "the far route by the full one, as if nobody saw",
            "                doubt = run_far(x, a, b, c, y, on_it)",
            "                doubt = run_full(x, a, b, c, y, on_it)",
        ),
        (
            f"{CPU}/loop.py",
            "flags not restored",
            "    replace(table, before, raised)\n",
            "    pass\n",
        ),
        (
            f"{CPU}/loop.py",
            "flags of before forgotten",
            "replace(table, before, raised)",
            "replace(table, 0, raised)",
        ),
        (
            f"{CPU}/loop.py",
            "the far route for a block with one far lane",
            "        outside |= not parts.far_holds(types.float64(load(source, i)))\n"
            "    return not outside",
            "        outside |= parts.far_holds(types.float64(load(source, i)))\n"
            "    return outside",
        ),
        (
            f"{CPU}/loop.py",
            "float32 without its second pass",
            "    single_second(target, a, lanes)\n",
            "",
        ),
        (
            f"{CPU}/loop.py",
            "read from the wrong buffer",
            "            source = read\n",
            "            source = gathered\n",
        ),
        (
            f"{CPU}/loop.py",
            "steps exchanged",
            "    step_in = steps[0]\n    step_out = steps[1]\n",
            "    step_in = steps[1]\n    step_out = steps[0]\n",
        ),
        (
            f"{CPU}/flags.py",
            "flags not cleared",
            "    call_status(table)\n    if",
            "    if",
        ),
        (
            f"{CPU}/flags.py",
            "an overflow that does not overflow",
            "(1.0, 1e300)",
            "(1.0, 1e100)",
        ),
        (
            f"{CPU}/flags.py",
            "an underflow that does not underflow",
            "(1.0, 1e-300)",
            "(1.0, 1e-100)",
        ),
        (
            f"{CPU}/memory.py",
            "advance by elements",
            "moved = builder.gep(builder.bitcast(args[0], _BYTE_POINTER), [args[1]])",
            "moved = builder.gep(args[0], [args[1]])",
        ),
        (
            f"{CPU}/memory.py",
            "bits counted that are not set",
            "return builder.ctpop(args[0])",
            "return builder.ctpop(builder.not_(args[0]))",
        ),
        (
            f"{CPU}/memory.py",
            "the highest bit for the lowest",
            "return builder.cttz(args[0], ir.Constant(ir.IntType(1), 1))",
            "return builder.ctlz(args[0], ir.Constant(ir.IntType(1), 1))",
        ),
        (
            f"{CPU}/memory.py",
            "a copy of half the bytes",
            "cgutils.raw_memcpy(builder, args[0], args[1], args[2], size)",
            "cgutils.raw_memcpy(builder, args[0], args[1], args[2], size // 2)",
        ),
        (
            f"{CPU}/memory.py",
            "distance the wrong way",
            "return builder.sub(*(builder.ptrtoint(p, integer) for p in args))",
            "return builder.sub(*(builder.ptrtoint(p, integer) for p in args[::-1]))",
        ),
    ),
    "compiled operations": (
        (
            "stdplus_ref/_intrinsics.py",
            "fma in two roundings",
            "return a(a, a, a), lambda context, builder, sig, args: builder.fma(*args)",
            "return a(a, a, a), lambda context, builder, sig, args: "
            "builder.fadd(builder.fmul(args[0], args[1]), args[2])",
        ),
        (
            "stdplus_ref/_intrinsics.py",
            "select with its arms exchanged",
            "return builder.select(bit, args[1], args[2])",
            "return builder.select(bit, args[2], args[1])",
        ),
        (
            "stdplus_ref/_intrinsics.py",
            "coefficients rounded to float32 for float64 too",
            "    if x == types.float32:  # each is a float32 number\n"
            "        terms = [builder.fptrunc(term, ir.FloatType()) for term in terms]\n",
            "    terms = [builder.fptrunc(term, ir.FloatType()) for term in terms]\n"
            "    if x != types.float32:\n"
            "        terms = [builder.fpext(term, ir.DoubleType()) for term in terms]\n",
        ),
        (
            f"{CPU}/ufunc.py",
            "float32 loops of the float64 routes",
            "        single_routes,\n        loop.sort_lanes_single,\n"
            "        loop.run_step_single,\n        loop.run_nothing,\n",
            "        double_routes,\n        loop.sort_lanes,\n"
            "        loop.run_step_double,\n        loop.run_centre_double,\n",
        ),
        (
            f"{CPU}/ufunc.py",
            "fastmath",
            'njit, error_model="numpy", forceinline=True,',
            'njit, fastmath=True, error_model="numpy", forceinline=True,',
        ),
    ),
}

SEED = 20261121
"""Of the places of the bumps."""

BUMPS = {
    # name: (file, the text that is the start, the argument, its regimes)
    "float64 inside": (
        f"{SOURCE}/newton.py",
        "return select(x < START_LEFT, fma(x, -0.5 * x, -0.5), close)",
        "x",
        ((-26.0, -13.0), (-13.0, -3.25), (-3.25, -0.25), (0.25, 1.0), (1.0, 8.0), (-40.0, -26.0)),
    ),
    "float64 right": (
        f"{SOURCE}/newton.py",
        "return fma(s, horner2(s, c.LOG1P_HALF), log_x)",
        "x",
        ((8.0, 16.0), (16.0, 64.0), (64.0, 4096.0), (4096.0, 2.0**62)),
    ),
    "float32 inside": (
        f"{SOURCE}/fast.py",
        "(t0 + t0) + 1.0",
        "x",
        ((-26.0, -13.0), (-13.0, -3.25), (-3.25, -0.25), (0.25, 1.0), (1.0, 8.0)),
    ),
    "inv_stdplus float32": (
        f"{SOURCE}/inv_stdplus.py",
        "sqrt(abs(fma(y, y, rest)))",
        "y",
        ((0.01, 0.8), (1.2, 2.0), (2.0, 60.0)),
    ),
    "inv_stdplus float64": (
        f"{SOURCE}/inv_stdplus.py",
        "fma(y, y, -q)",
        "y",
        ((0.01, 0.8), (1.2, 2.0), (2.0, 60.0)),
    ),
    "inv_log_stdplus float32": (
        f"{SOURCE}/inv_log_stdplus.py",
        "sqrt(abs(fma(e, e, -fma(2.0, t, 1.0))))",
        "t",
        ((-40.0, -1.0), (-1.0, -0.375), (0.375, 1.0), (1.0, 8.0)),
    ),
    "inv_log_stdplus float64": (
        f"{SOURCE}/inv_log_stdplus.py",
        "fma(0.5 * rest, rest, rest)",
        "t",
        ((-6.0, -1.0), (-1.0, -0.375), (0.375, 1.0), (1.0, 40.0)),
    ),
}


def bumps() -> Iterator[Fault]:
    """2^-9 added in an interval of width 0.001, or of relative width 0.001 beyond 64."""
    rng = random.Random(SEED)
    for name, (file, text, argument, regimes) in BUMPS.items():
        for low, high in regimes:
            at = math.exp(rng.uniform(math.log(low), math.log(high))) if low >= 64.0 else None
            at = at or rng.uniform(low, high - 0.001)
            at = round(at, 4) if at < 64.0 else at
            end = at * 1.001 if low >= 64.0 else round(at + 0.001, 4)
            inside = f"(({argument} > {at!r}) & ({argument} < {end!r}))"
            added = f"({text.removeprefix('return ')} + select({inside}, 0.001953125, 0.0))"
            before = "return " if text.startswith("return ") else ""
            what = f"{name}: 2^-9 for {at} < {argument} < {end}"
            yield by_hand("bump", file, what, text, before + added)


def by_hand(group: str, file: str, what: str, before: str, after: str) -> Fault:
    """A fault at the place of a text that is in the file, once or first."""
    text = (ROOT / file).read_bytes()
    start = text.find(before.encode())
    assert start >= 0, (file, before)
    line = text.count(b"\n", 0, start) + 1
    stop = start + len(before.encode())
    return Fault(f"{group}: {what}", group, file, line, start, stop, before, after)


def all_faults() -> list[Fault]:
    """The catalogue, in the order of its files."""
    faults = [by_hand(group, *one) for group, many in HAND.items() for one in many]
    faults += bumps()
    for file in (*FILES, OPERATIONS):
        faults += in_functions(file)
    for file in FILES:
        faults += in_constants(file)
    faults += in_coefficients()
    keys = Counter(fault.key for fault in faults)
    assert max(keys.values()) == 1, keys.most_common(3)
    return faults
