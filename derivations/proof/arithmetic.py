"""The operations of the source on abstract floats: value, exactness, rounding.

An operation rounds unless one of these says that its result is a float:

    grid        a multiple of 2^g of at most 2^(g + 53)                         (`number.rounded`)
    Sterbenz    a − b for a/2 ≤ b ≤ 2a
    part        s − a for s = fl(a + b), |a| ≥ |b|                              (Dekker 1971)
    lost        b − (s − a), s − a exact: the error of a sum to nearest is a float
    remainder   fma(a, b, −fl(a·b)), fma(−q, b, a) for q = fl(a/b), fma(−s, s, a) for s = fl(√a),
                unless a last bit lies below the least float
    doubling    a + a, and any power of two times a number that stays normal
"""

from __future__ import annotations

from typing import Any

from flint import arb

from derivations.proof.model import Model, Unbounded
from derivations.proof.number import (
    LEAST_GRID,
    LEAST_NORMAL,
    TOO_LARGE,
    UNKNOWN,
    Number,
    format_of,
    grid_of,
    lifted,
    plain,
    rounded,
)
from derivations.proof.truth import Maybe, Top, is_top, top_of

# Signs


def negative(a: Any) -> Any:
    """−a, exact."""
    if not isinstance(a, Number):
        return -a
    if a.source[:1] == ("negative",):
        return a.source[1]
    ends = (-a.ends[1], -a.ends[0]) if a.ends else None
    return Number(-a.model, a.grid, a.bits, ("negative", a), a.unit, ends)


def signed(a: Any) -> tuple[int, Any]:
    """(±1, what stands behind the minus); a negative constant stands behind one."""
    if not isinstance(a, Number):
        return (-1, -a) if a < 0.0 else (1, a)
    if a.source[:1] == ("negative",):
        return -1, a.source[1]
    if a.source[:1] == ("constant",) and a.source[1] < 0.0:
        return -1, lifted(-a.source[1], a.bits)
    return 1, a


def absolute(a: Number) -> Any:
    """|a|: if the sign is not known, only for comparisons."""
    if a.lower >= 0:
        return a
    if a.upper <= 0:
        return negative(a)
    return Size(a)


class Size:
    """|a| for an a of unknown sign."""

    def __init__(self, a: Number) -> None:
        self.a = a

    def __lt__(self, c: Any) -> Any:
        return (self.a < c) & (self.a > -c)

    def __ge__(self, c: Any) -> Any:
        return (self.a >= c) | (self.a <= -c)

    def __le__(self, c: Any) -> Any:
        return (self.a <= c) & (self.a >= -c)

    def __gt__(self, c: Any) -> Any:
        return (self.a > c) | (self.a < -c)

    def __eq__(self, c: object) -> Any:
        return (self.a == c) | (self.a == -c)  # type: ignore[operator]

    __hash__ = None  # type: ignore[assignment]


def same(a: Any, b: Any) -> bool:
    """Whether two operands are one number."""
    if isinstance(a, Number) and isinstance(b, Number):
        if a is b:
            return True
        x, y = a.source, b.source
        return x[:1] == ("constant",) and y[:1] == ("constant",) and bool(x[1] == y[1])
    if isinstance(a, Number) or isinstance(b, Number):
        number, value = (a, b) if isinstance(a, Number) else (b, a)
        return number.source[:1] == ("constant",) and number.source[1] == float(value)
    return bool(a == b)


# Sums


def add(a: Any, b: Any) -> Any:
    """a + b."""
    if is_top(a, b):
        return top_of(a, b)
    bits = format_of(a, b)
    for one, other in ((a, b), (b, a)):
        if not isinstance(other, Number) and other == 0.0:
            return one  # exact; the sign of zero is of no account here
        known = _known(one, other)
        if known is not None:
            return known
    a, b = lifted(a, bits), lifted(b, bits)
    if a is b:
        return scaled(a, 1)
    model, unit = _sum(a, b)
    part = _part(a, b) or _part(b, a)
    if part:
        return Number(model, min(a.grid, b.grid), bits, part, unit)
    source, grid = ("add", a, b), min(a.grid, b.grid)
    if _lost(a, b) or _lost(b, a) or _neighbours(a, b):
        return Number(model, grid, bits, source, unit, _moved(a, b))
    found = rounded(model, grid, bits, source, unit)
    if isinstance(found, Number) and found.model is model:  # exact
        found.ends = _moved(a, b)
    return found


def _moved(a: Number, b: Number) -> tuple[float, float] | None:
    """The ends of an exact a + c for an argument a."""
    if a.ends and b.source[:1] == ("constant",):
        c = float(b.source[1])
        return a.ends[0] + c, a.ends[1] + c
    return None


def _known(a: Any, b: Any) -> Any:
    """a + b if the piece says what that is."""
    if isinstance(a, Number) and a.minus and not isinstance(b, Number) and a.minus[0] == -b:
        return a.minus[1]
    return None


def _sum(a: Number, b: Number) -> tuple[Model, Any]:
    """The exact sum, over a unit if both are."""
    if a.unit is b.unit:
        return a.model + b.model, a.unit
    return plain(a) + plain(b), None


def _part(total: Number, other: Number) -> tuple[Any, ...] | None:
    """For s = fl(a + b) and −a with |a| ≥ |b|: ("part", sign, s, b), of sign·(s − a) = sign·b."""
    sign, s = signed(total)
    if s.source[:1] != ("add",):
        return None
    opposite, removed = signed(other)
    terms = s.source[1:]
    for kept, gone in (terms, terms[::-1]):
        gone_sign, gone_base = signed(gone)
        if same(gone_base, removed) and opposite == -sign * gone_sign and _at_least(gone, kept):
            return ("part", sign, s, kept)
    return None


def _at_least(a: Any, b: Any) -> bool:
    """Whether |a| ≥ |b|."""
    if isinstance(a, Number) and isinstance(b, Number) and a.unit and a.unit is b.unit:
        return bool(a.model.low >= b.model.size)
    low = a.low if isinstance(a, Number) else arb(abs(a))
    size = b.size if isinstance(b, Number) else arb(abs(b))
    return bool(low >= size)


def _lost(part: Number, other: Number) -> bool:
    """Whether this is the error of a sum: b − (s − a), or its negative."""
    flip, base = signed(part)
    if base.source[:1] != ("part",):
        return False
    _, sign, _, kept = base.source
    kept_sign, kept_base = signed(kept)
    other_sign, other_base = signed(other)
    return same(kept_base, other_base) and other_sign == -flip * sign * kept_sign


def _neighbours(a: Number, b: Number) -> bool:
    """Whether −b/a lies in [½, 2]."""
    if a.unit or b.unit:
        return False
    for s, d in ((1, -1), (-1, 1)):
        if s * a.box > 0 and d * b.box > 0:
            a_low, a_high, b_low, b_high = a.low, a.size, b.low, b.size
            return bool(a_low * 2 >= b_high) and bool(b_low * 2 >= a_high)
    return False


def two_sum(a: Any, b: Any) -> tuple[Any, Any]:
    """(s, e): s = fl(a + b), s + e = a + b (Knuth; `entry` holds the source's body to his)."""
    if is_top(a, b):
        return top_of(a, b), top_of(a, b)
    if not isinstance(a, Number) and not isinstance(b, Number):
        s = a + b
        bb = s - a
        return s, (a - (s - bb)) + (b - bb)
    s = add(a, b)
    if isinstance(s, Top):
        return s, s
    if not isinstance(s, Number) or s is a or s is b:
        return s, 0.0
    x, y = lifted(a, s.bits), lifted(b, s.bits)
    exact, unit = _sum(x, y)
    e = exact - (s.model if unit is s.unit else plain(s))
    return s, Number(e, min(x.grid, y.grid), s.bits, (), unit)


# Products


def power_of_two(a: Any) -> int | None:
    """k for a float ±2^k."""
    if isinstance(a, Number):
        if a.source[:1] != ("constant",):
            return None
        a = a.source[1]
    value = float(a)
    k = grid_of(value)
    return k if value != 0.0 and abs(value) == 2.0**k else None


def scaled(a: Number, k: int, sign: float = 1.0) -> Any:
    """a·±2^k."""
    if not a.size * arb(2) ** k < TOO_LARGE[a.bits]:
        return Top("an overflow")
    model = a.model * (arb(2) ** k * sign)
    ends = None
    if a.ends:
        ends = (a.ends[0] * 2.0**k * sign, a.ends[1] * 2.0**k * sign)
        ends = ends if sign > 0 else ends[::-1]
    least = arb(2) ** LEAST_NORMAL[a.bits]
    exact = k >= 0 or a.grid + k >= LEAST_GRID[a.bits] or a.low * arb(2) ** k >= least
    if exact:
        return Number(model, a.grid + k, a.bits, ("scaled", a, k), a.unit, ends)
    return rounded(model, UNKNOWN, a.bits, (), a.unit)


def product(a: Number, b: Number) -> tuple[Model, Any]:
    """The exact product, over the unit of one of them."""
    if a.unit and b.unit:
        return a.model * plain(b), a.unit
    return a.model * b.model, a.unit or b.unit


def mul(a: Any, b: Any) -> Any:
    """a·b."""
    if is_top(a, b):
        return top_of(a, b)
    bits = format_of(a, b)
    for one, other in ((a, b), (b, a)):
        if not isinstance(one, Number):
            if one == 0.0:
                return one * 0.0
            k = power_of_two(one)
            if k is not None:
                return scaled(lifted(other, bits), k, 1.0 if one > 0 else -1.0)
    a, b = lifted(a, bits), lifted(b, bits)
    model, unit = product(a, b)
    return rounded(model, a.grid + b.grid, bits, ("mul", a, b), unit)


def fma(a: Any, b: Any, c: Any) -> Any:
    """a·b + c, rounded once."""
    if is_top(a, b, c):
        return top_of(a, b, c)
    bits = format_of(a, b, c)
    for one in (a, b):
        if not isinstance(one, Number) and one == 0.0:
            return c
    if not isinstance(c, Number) and c == 0.0:
        return mul(a, b)
    remainder = _remainder(a, b, c)
    x, y, z = (lifted(v, bits) for v in (a, b, c))
    model, unit = product(x, y)
    grid = min(x.grid + y.grid, z.grid)
    if unit is z.unit:
        model = model + z.model
    else:
        model = (model * unit.model if unit else model) + plain(z)
        unit = None
    if remainder and _above_least(x, y):
        return Number(model, max(grid, LEAST_GRID[bits]), bits, ("fma", x, y, z), unit)
    return rounded(model, grid, bits, ("fma", x, y, z), unit)


def _above_least(a: Number, b: Number) -> bool:
    """Whether no bit of a·b lies below the least float."""
    least = LEAST_GRID[a.bits]
    if a.grid + b.grid >= least:
        return True
    return bool(a.low * b.low >= arb(2) ** (least + 2 * a.bits))


def _remainder(a: Any, b: Any, c: Any) -> bool:
    """Whether a·b + c is what a product, quotient or root rounded away."""
    sign_c, base = signed(c)
    if isinstance(base, Number) and base.source[:1] == ("mul",):
        (sa, x), (sb, y) = signed(a), signed(b)
        (sp, p), (sq, q) = signed(base.source[1]), signed(base.source[2])
        alike = (same(x, p) and same(y, q)) or (same(x, q) and same(y, p))
        if alike and sa * sb * sp * sq == -sign_c:
            return True
    return any(_of_quotient(q, d, c) for q, d in ((a, b), (b, a)))


def _of_quotient(q: Any, d: Any, c: Any) -> bool:
    """Whether c + q·d is c − fl(c/d)·d, or c − fl(√c)²."""
    sign, z = signed(q)
    if not isinstance(z, Number):
        return False
    if z.source[:1] == ("div",):
        return sign == -1 and same(z.source[2], d) and same(z.source[1], c)
    if z.source[:1] == ("sqrt",):
        other_sign, other = signed(d)
        return same(z.source[1], c) and same(other, z) and sign * other_sign == -1
    return False


# Quotients and roots


def div(a: Any, b: Any) -> Any:
    """a/b."""
    if is_top(a, b):
        return top_of(a, b)
    bits = format_of(a, b)
    a, b = lifted(a, bits), lifted(b, bits)
    if not b.low > 0:
        return Top("a divisor that may be 0")
    if b.unit and a.unit:
        return Top("a quotient of two numbers over a unit")
    unit = b.unit.raised(-1.0) if b.unit else a.unit
    try:
        model = a.model * b.model.inverse()
    except Unbounded as reason:
        return Top(str(reason))
    return rounded(model, UNKNOWN, bits, ("div", a, b), unit)


def sqrt(a: Any) -> Any:
    """√a."""
    if is_top(a):
        return top_of(a)
    if not isinstance(a, Number):
        raise TypeError("a constant root")
    if not a.lower > 0:
        return Top("the root of what may be 0")
    try:
        model = a.model.sqrt()
    except Unbounded as reason:
        return Top(str(reason))
    unit = a.unit.raised(0.5) if a.unit else None
    return rounded(model, UNKNOWN, a.bits, ("sqrt", a), unit)


# Comparisons


def _bounds(a: Any) -> tuple[Any, Any]:
    return (a.lower, a.upper) if isinstance(a, Number) else (arb(float(a)), arb(float(a)))


def argument_at(a: Number, value: float) -> float | None:
    """The argument where `a`, the argument itself or scaled, has this value."""
    if not a.ends:
        return None
    while a.source[:1] in (("scaled",), ("add",)):
        if a.source[0] == "scaled":
            value *= 2.0 ** -a.source[2]
        else:
            value -= a.source[2].source[1]
        a = a.source[1]
    return value


def _cut(a: Any, b: Any) -> float | None:
    """Where an argument that is compared with a constant should be cut."""
    for one, other in ((a, b), (b, a)):
        if isinstance(one, Number) and not isinstance(other, Number):
            return argument_at(one, float(other))
    return None


def less(a: Any, b: Any) -> Any:
    """a < b."""
    if is_top(a, b):
        return top_of(a, b) < 0
    if any(not isinstance(v, Number) and v in (float("inf"), float("-inf")) for v in (a, b)):
        return a == float("-inf") if isinstance(b, Number) else b == float("inf")
    (a_low, a_high), (b_low, b_high) = _bounds(a), _bounds(b)
    if a_high < b_low:
        return True
    if a_low >= b_high:
        return False
    return Maybe(_cut(a, b), f"at {_cut(a, b)}")


def less_or_equal(a: Any, b: Any) -> Any:
    """a ≤ b."""
    found = less(b, a)
    return found if isinstance(found, Maybe) else not found


def equal(a: Any, b: Any) -> Any:
    """a == b."""
    if same(a, b):
        return True
    below, above = less(a, b), less(b, a)
    if below is True or above is True:
        return False
    return Maybe(_cut(a, b), f"at {_cut(a, b)}")


def unequal(a: Any, b: Any) -> Any:
    """a != b: never for a number and itself, which is no NaN."""
    found = equal(a, b)
    return found if isinstance(found, Maybe) else not found
