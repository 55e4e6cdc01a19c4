"""What a kernel computes first, as a graph: its source run on symbols instead of numbers.

Routes do not branch, so one run visits every operation. Equal operations on equal operands are
one node, as they are one instruction after any compiler's elimination of common subexpressions,
and what the result does not depend on is not counted. This is the operations the source asks for,
found without a compiler.
"""

from __future__ import annotations

import inspect
import struct
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from stdplus_ref.cuda.float32 import operations as float32
from stdplus_ref.source import operations
from stdplus_ref.source.linker import Linker

ARITHMETIC = ("fma", "add", "mul", "div", "rcp", "sqrt")
"""What is counted, in float64 or float32: a kernel function has one of them. A difference is a sum
and 1/x a reciprocal. A bare 2·x is x + x, as compilers have it; `mul` is opaque to them and stays
what it is."""


NUMBER = (float, np.float32)


class Symbol:
    """A floating-point number ("f"), an integer ("i") or a truth value ("b") yet unknown."""

    __array_ufunc__ = None  # NumPy's numbers leave arithmetic with symbols to them

    graph: Graph
    operation: str
    kind: str
    bits: int
    operands: tuple[Any, ...]

    def __add__(self, other: Any) -> Any:
        return self.graph.add(self, other)

    def __radd__(self, other: Any) -> Any:
        return self.graph.add(other, self)

    def __sub__(self, other: Any) -> Any:
        return self.graph.add(self, self.graph.negate(other))

    def __rsub__(self, other: Any) -> Any:
        return self.graph.add(other, self.graph.negate(self))

    def __mul__(self, other: Any) -> Any:
        return self.graph.times(self, other)

    def __rmul__(self, other: Any) -> Any:
        return self.graph.times(other, self)

    def __truediv__(self, other: Any) -> Any:
        return self.graph.node("div", "f", self, other)

    def __rtruediv__(self, other: Any) -> Any:
        if other == 1.0:
            return self.graph.node("rcp", "f", self)
        return self.graph.node("div", "f", other, self)

    def __neg__(self) -> Any:
        return self.graph.negate(self)

    def __abs__(self) -> Any:
        return self.graph.node("abs", self.kind, self)

    def __lt__(self, other: Any) -> Any:
        return self.graph.node("<", "b", self, other)

    def __gt__(self, other: Any) -> Any:
        return self.graph.node("<", "b", other, self)

    def __le__(self, other: Any) -> Any:
        return self.graph.node("<=", "b", self, other)

    def __ge__(self, other: Any) -> Any:
        return self.graph.node("<=", "b", other, self)

    def __eq__(self, other: object) -> Any:  # type: ignore[override]
        return self.graph.node("==", "b", self, other)

    def __ne__(self, other: object) -> Any:  # type: ignore[override]
        return self.graph.node("!=", "b", self, other)

    def __and__(self, other: Any) -> Any:
        if isinstance(other, bool):
            return self if other else False
        return self.graph.node("&", self.kind, self, other)

    __rand__ = __and__

    def __or__(self, other: Any) -> Any:
        if isinstance(other, bool):
            return True if other else self
        return self.graph.node("|", self.kind, self, other)

    __ror__ = __or__

    def __xor__(self, other: Any) -> Any:
        return self.graph.node("^", self.kind, self, other)

    def __lshift__(self, other: Any) -> Any:
        return self.graph.node("<<", "i", self, other)

    def __rshift__(self, other: Any) -> Any:
        return self.graph.node(">>", "i", self, other)

    def __bool__(self) -> bool:
        raise TypeError("routes must not branch on values")

    __hash__ = None  # type: ignore[assignment]


class Graph:
    """The graph of one function of one argument.

    Attributes
    ----------
    result : Symbol or tuple of Symbol
    contractible : set of str
        Places in the source, "file:line", of bare products that feed a sum: a compiler may turn
        the two into an fma.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self._nodes: dict[tuple[Any, ...], Symbol] = {}
        self._bare: dict[int, str] = {}
        self.contractible: set[str] = set()
        meanings = {
            operations.fma: self._fma,
            operations.mul: self._mul,
            operations.sqrt: self._sqrt,
            operations.select: self._select,
            operations.bits: self._bits,
            operations.from_bits: self._from_bits,
            operations.narrow: self._narrow,
            operations.widen: self._widen,
            operations.horner2: self._horner2,
            float32.polynomial: self._polynomial,
            float32.pair_polynomial: self._pair_polynomial,
            float32.power_of_two: self._power_of_two,
            float32.exponent: self._exponent,
            float32.mantissa: self._mantissa,
        }
        link = Linker(lambda plain: plain, meanings)
        self.result = link(function)(self.node("argument", "f"))

    def count(self, bits: int = 64) -> Counter[str]:
        """How often each of ARITHMETIC is needed for the result, between `narrow` and `widen` (32)
        or elsewhere (64)."""
        needed = (node for node in self.needed() if node.bits == bits)
        return Counter(node.operation for node in needed if node.operation in ARITHMETIC)

    def needed(self) -> list[Symbol]:
        """Every node on floating-point numbers that the result depends on."""
        found: dict[int, Symbol] = {}
        left = list(self.result) if isinstance(self.result, tuple) else [self.result]
        while left:
            node = left.pop()
            if isinstance(node, Symbol) and id(node) not in found:
                found[id(node)] = node
                left += node.operands
        return [node for node in found.values() if node.kind == "f"]

    def node(self, operation: str, kind: str, *operands: Any) -> Any:
        key = (operation, kind, *map(_key, operands))
        if key not in self._nodes:
            new = Symbol()
            new.graph, new.operation, new.kind, new.operands = self, operation, kind, operands
            new.bits = _bits_of(operation, operands)
            self._nodes[key] = new
        return self._nodes[key]

    def add(self, a: Any, b: Any) -> Any:
        if not (_is_float(a) or _is_float(b)):
            return self.node("add", "i", a, b)
        for operand in (a, b):
            inner = operand.operands[0] if _is(operand, "neg") else operand
            if id(inner) in self._bare:
                self.contractible.add(self._bare[id(inner)])
        a, b = sorted(map(self._float, (a, b)), key=lambda operand: isinstance(operand, NUMBER))
        if isinstance(a, NUMBER):
            return a + b
        if isinstance(b, NUMBER) and _is(a, "select"):
            condition, *arms = a.operands
            if any(isinstance(arm, NUMBER) for arm in arms):  # compilers add to the arms then
                return self._select(condition, *(self.add(arm, b) for arm in arms))
        return self.node("add", "f", *sorted((a, b), key=_order))

    def negate(self, a: Any) -> Any:
        if not isinstance(a, Symbol):
            return -a
        return a.operands[0] if _is(a, "neg") else self.node("neg", a.kind, a)

    def times(self, a: Any, b: Any) -> Any:
        if not (_is_float(a) or _is_float(b)):
            return self.node("mul", "i", a, b)
        a, b = sorted(map(self._float, (a, b)), key=lambda operand: isinstance(operand, NUMBER))
        if isinstance(b, NUMBER) and b in (1.0, -1.0, 2.0):
            return {1.0: lambda: a, -1.0: lambda: self.negate(a), 2.0: lambda: self.add(a, a)}[b]()
        product = self.node("mul", "f", *sorted((a, b), key=_order))
        self._bare.setdefault(id(product), _caller())
        return product

    def _float(self, a: Any) -> Any:
        if _is_float(a):
            return a
        return float(a) if isinstance(a, int) else self.node("to float", "f", a)

    def _mul(self, a: Any, b: Any) -> Any:
        return self.node("mul", "f", *sorted((a, b), key=_order), "rounded on its own")

    def _fma(self, a: Any, b: Any, c: Any) -> Any:
        negative = _is_negative(a) != _is_negative(b)
        a, b = (self.negate(operand) if _is_negative(operand) else operand for operand in (a, b))
        for one, other in ((a, b), (b, a)):
            if isinstance(one, NUMBER) and one == 1.0:  # compilers add then
                return self.add(self.negate(other) if negative else other, c)
        return self.node("fma", "f", *sorted((a, b), key=_order), c, negative)

    def _select(self, condition: Any, a: Any, b: Any) -> Any:
        if isinstance(condition, bool):
            return a if condition else b
        if _key(a) == _key(b):
            return a
        return self.node("select", "f" if _is_float(a) or _is_float(b) else "i", condition, a, b)

    def _bits(self, x: Any) -> Any:
        if isinstance(x, float):
            return struct.unpack("<q", struct.pack("<d", x))[0]
        return x.operands[0] if _is(x, "from bits") else self.node("bits", "i", x)

    def _from_bits(self, i: Any) -> Any:
        if isinstance(i, int):
            return struct.unpack("<d", struct.pack("<q", i))[0]
        return i.operands[0] if _is(i, "bits") else self.node("from bits", "f", i)

    def _narrow(self, x: Any) -> Any:
        return np.float32(x) if isinstance(x, NUMBER) else self.node("narrow", "f", x)

    def _widen(self, x: Any) -> Any:
        return self.node("widen", "f", x)

    def _horner2(self, x: Any, coefficients: tuple[float, ...]) -> Any:
        return operations.horner2_scheme(x, list(coefficients), self._fma, self._mul)

    def _sqrt(self, x: Any) -> Any:
        return self.node("sqrt", "f", x)

    def _polynomial(self, x: Any, coefficients: tuple[Any, ...]) -> Any:
        return float32.polynomial_scheme(x, list(coefficients), self._fma)

    def _pair_polynomial(self, x: Any, head: tuple[Any, ...], tail: tuple[Any, ...]) -> Any:
        steps = (self._fma, self.add, lambda a, b: self.add(a, self.negate(b)))
        return float32.pair_polynomial_scheme(x, list(head), list(tail), *steps)

    def _power_of_two(self, a: Any) -> Any:
        return self.node("power of two", "f", a)

    def _exponent(self, y: Any) -> Any:
        return self.node("exponent", "f", y)

    def _mantissa(self, y: Any) -> Any:
        return self.node("mantissa", "f", y)


def _bits_of(operation: str, operands: tuple[Any, ...]) -> int:
    """Of the result of a floating-point operation."""
    if operation in ("narrow", "widen"):
        return 32 if operation == "narrow" else 64
    return min((a.bits for a in operands if _is_float(a) and isinstance(a, Symbol)), default=64)


def _caller() -> str:
    """Where in the kernels the operation is written."""
    for frame in inspect.stack():
        if frame.filename != __file__:
            return f"{Path(frame.filename).name}:{frame.lineno}"
    raise AssertionError


def _key(a: Any) -> Any:
    """What tells operands apart: the node, or the bits of the number."""
    if isinstance(a, Symbol):
        return id(a)
    return struct.pack("<d", a) if isinstance(a, NUMBER) else a


def _order(a: Any) -> str:
    return repr(_key(a))


def _is(a: Any, operation: str) -> bool:
    return isinstance(a, Symbol) and a.operation == operation


def _is_float(a: Any) -> bool:
    return isinstance(a, NUMBER) or (isinstance(a, Symbol) and a.kind == "f")


def _is_negative(a: Any) -> bool:
    return _is(a, "neg") or (isinstance(a, NUMBER) and a < 0)
