"""The last phase: on which side of a tie a result lies, in integers of as many bits as that needs.

Where the pair of the first phase leaves two neighbours possible, the result is the one on whose
side of their midpoint m the exact value f(x) lies. That needs no logarithm and no start: it is the
sign of e^s − r, where s and r are algebraic in x and m.

    log_stdplus      |t| > |m|  ⟺  φ(m) < x²,              φ(u) = e^{2u} − 1 − 2u
    inv_log_stdplus  |x| > |m|  ⟺  φ(t) > m²
    stdplus          y > m      ⟺  x·(x² − ξ(m)) > 0,      ξ(y) = y² − 1 − 2·log y
    inv_stdplus      |x| > |m|  ⟺  ξ(y) > m²
    log_stdplus'     t' > m     ⟺  e^s > 1 + x/m,          s = x/m − x²
    stdplus'         y' > m     ⟺  e^s > z,                z = (x + √(x² + 4m²))/(2m),
                                                           s = (z² − 1 − x²)/2

φ(u) − w² has the sign of e^{2u} − (1 + 2u + w²), ξ(y) − w² that of e^{(y² − 1 − w²)/2} − y. In the
last row z is the y for which x·y/(y² − 1) = m.

The precision is doubled until the difference is larger than its error. It is never 0: e^s is
transcendental where s ≠ 0 is algebraic (Lindemann 1882), and r is algebraic. Numbers here are
m·2^e with 2^53 ≤ m < 2^54.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from stdplus_ref.source.operations import (
    MOST_WORDS,
    Double,
    Int64,
    Integers,
    Words,
    bits,
    select,
    sqrt,
    words,
)
from stdplus_ref.source.pairs import FRACTION
from stdplus_ref.source.words import (
    FEWEST,
    WORD,
    add,
    add_integer,
    copy,
    exp,
    multiply,
    negate,
    plain,
    put,
    quotient,
    scale,
    series,
    shift_right,
    sign_beyond,
    subtract,
)

FIRST: Final = 53  # the exponent of the first bit of m
NORMAL: Final = 1 << FRACTION  # the bit of a normal significand that is not stored
LEAST: Final = -1074  # exponent of the last place of a subnormal number
EXPONENT: Final = 0x7FF  # bits of a stored exponent
NEAR: Final = -3  # |u| < 2^NEAR: e^{2u} − 1 − 2u by its series
HUGE: Final = 20  # s < −2^HUGE: e^s is below the unit of MOST_WORDS words
APART: Final = 4  # powers of two by which numbers must differ at most to be worth a difference


# Numbers


def significand(x: Double) -> Int64:
    """The bits of |x| from the first to the last place, with that of normal numbers."""
    i = bits(x)
    m = i & (NORMAL - 1)
    return select(((i >> FRACTION) & EXPONENT) == 0, m, m + NORMAL)


def last_place(x: Double) -> Int64:
    """The exponent of the last place of x."""
    e = (bits(x) >> FRACTION) & EXPONENT
    return select(e == 0, LEAST, e + LEAST - 1)


def normal(m: Int64, e: Int64) -> Integers:
    """(m, e) of the same m·2^e > 0 with 2^53 ≤ m."""
    while (m >> FIRST) == 0:
        m = m << 1
        e = e - 1
    return m, e


def number(x: Double) -> Integers:
    """(m, e): |x| = m·2^e > 0."""
    return normal(significand(x), last_place(x))


def midpoint(c: Double) -> Integers:
    """(m, e): m·2^e is half-way between |c| and the next larger float64; |c| may be the largest."""
    return normal(2 * significand(c) + 1, last_place(c) - 1)


def square(out: Words, n: Int64, m: Int64, e: Int64, top: Int64, t: Words) -> None:
    """out = (m·2^e)²·2^-top, at most a unit too small."""
    put(t, n, m, -FIRST)
    multiply(out, t, t, n)  # exact: 106 bits after the point
    scale(out, n, 2 * (e + FIRST) - top)


def square_top(e: Int64) -> Int64:
    """The exponent of the first bit of (m·2^e)², or one less; at least 0."""
    top = 2 * (e + FIRST)
    return select(top < 0, 0, top)


def ratio(out: Words, n: Int64, a: Int64, ea: Int64, b: Int64, eb: Int64) -> Int64:
    """k with a·2^ea/(b·2^eb) = out·2^k, 1 ≤ out < 2; at most a unit is lost."""
    less = select(a < b, 1, 0)
    quotient(out, n, a << less, b)
    return ea - eb - less


# The sign of e^s − r


def error(n: Int64) -> Int64:
    """Units by which a difference may be off, times 2^j where e^s came from j squarings."""
    return 16 * n + 128


def exp_sign(s: Words, r: Words, er: Int64, n: Int64, lost: Int64) -> Int64:
    """The sign of e^s − r·2^er, or 0 if n words do not tell. r < 5, and r ≥ 1/2 if s ≥ 0.

    s and r may be 8(n + 8)·2^lost units too small or large; both are destroyed.
    """
    g, t = words(), words()
    if s[0] >= 0:
        e, j = exp(g, s, n, t)
        if er - e > APART:
            return -1
        if er - e < -APART:
            return 1
        scale(r, n, er - e)
        subtract(g, r, n)
        return sign_beyond(g, n, error(n), j + lost + APART)
    negate(s, n)
    e, j = exp(g, s, n, t)
    # 2^-(er + e) against r·e^{−s}·2^-e
    if er + e < -APART:
        return 1
    multiply(t, r, g, n)
    add_integer(t, n, -1, -(er + e))
    return -sign_beyond(t, n, error(n), j + lost + APART)


def phi_sign(negative: bool, u: Int64, eu: Int64, w: Int64, ew: Int64, n: Int64) -> Int64:
    """The sign of φ(±u·2^eu) − (w·2^ew)², or 0 if n words do not tell."""
    if eu + FIRST < NEAR:
        return phi_sign_near(select(negative, -u, u), eu, w, ew, n)
    if negative:
        return phi_sign_left(u, eu, w, ew, n)
    return phi_sign_right(u, eu, w, ew, n)


def phi_sign_near(u: Int64, eu: Int64, w: Int64, ew: Int64, n: Int64) -> Int64:
    """For |u·2^eu| < 1/8, of either sign: φ(u) = 2u²·P(2u), P(z) = 2(e^z − 1 − z)/z²."""
    a, b, t = words(), words(), words()
    put(a, n, u, eu + 1)
    series(b, a, n, 3, 2, t)
    square(a, n, abs(u), eu, 2 * (eu + FIRST), t)
    multiply(t, a, b, n)
    top = 2 * (eu + FIRST) + 1
    if 2 * (ew + FIRST) < top - APART:
        return 1
    if 2 * (ew + FIRST) > top + APART:
        return -1
    square(a, n, w, ew, top, b)
    subtract(t, a, n)
    return sign_beyond(t, n, error(n), APART)


def phi_sign_right(u: Int64, eu: Int64, w: Int64, ew: Int64, n: Int64) -> Int64:
    """For u > 0: the sign of e^{2u} − (1 + 2u + w²)."""
    r, s = words(), words()
    top = square_top(ew)
    square(r, n, w, ew, top, s)
    add_integer(r, n, u, eu + 1 - top)
    add_integer(r, n, 1, -top)
    if r[0] >= APART:  # 2u and w² beside one another
        shift_right(r, n, 2)
        top = top + 2
    put(s, n, u, eu + 1)
    return exp_sign(s, r, top, n, 0)


def phi_sign_left(u: Int64, eu: Int64, w: Int64, ew: Int64, n: Int64) -> Int64:
    """For −u < 0: the sign of e^{−2u} − (1 − 2u + w²). 1 − 2u and w² may nearly cancel."""
    r, s = words(), words()
    top = square_top(ew)
    square(r, n, w, ew, top, s)
    add_integer(r, n, -u, eu + 1 - top)
    add_integer(r, n, 1, -top)
    if eu + FIRST >= HUGE:
        return -sign_beyond(r, n, error(n), 0)
    put(s, n, u, eu + 1)
    negate(s, n)
    return exp_sign(s, r, top, n, 0)


def xi_sign(y: Int64, ey: Int64, w: Int64, ew: Int64, n: Int64) -> Int64:
    """The sign of ξ(y·2^ey) − (w·2^ew)², or 0 if n words do not tell."""
    a, s, t = words(), words(), words()
    top = square_top(select(ey > ew, ey, ew))
    square(s, n, y, ey, top, a)
    square(t, n, w, ew, top, a)
    subtract(s, t, n)
    add_integer(s, n, -1, -top)
    scale(s, n, top - 1)  # (y² − 1 − w²)/2
    put(a, n, y, -FIRST)
    return exp_sign(s, a, ey + FIRST, n, top)


def log_derivative_sign(
    negative: bool, x: Int64, ex: Int64, m: Int64, em: Int64, n: Int64
) -> Int64:
    """The sign of log_stdplus'(±x·2^ex) − m·2^em, or 0 if n words do not tell."""
    q, s, t = words(), words(), words()
    k = ratio(q, n, x, ex, m, em)  # |x|/m = q·2^k
    top = square_top(ex)
    top = select(k > top, k, top)
    square(s, n, x, ex, top, t)
    negate(s, n)
    copy(t, q, n)
    scale(t, n, k - top)
    if negative:
        negate(t, n)
        negate(q, n)
    add(s, t, n)
    # x/m − x² is s·2^top, and far larger than the logarithm of 1 + x/m where x is large
    rest = select(top < HUGE, top, HUGE)
    if top - rest > WORD * (n - 1) - HUGE:
        return 0
    scale(s, n, top - rest)
    if top > rest and s[0] > 0:
        return 1
    if top > rest and s[0] < -1:
        return -1
    scale(s, n, rest)
    er = select(k < 0, 0, k)
    scale(q, n, k - er)
    add_integer(q, n, 1, -er)  # (1 + x/m)·2^-er
    return exp_sign(s, q, er, n, top)


def derivative_sign(negative: bool, x: Int64, ex: Int64, m: Int64, em: Int64, n: Int64) -> Int64:
    """The sign of stdplus'(±x·2^ex) − m·2^em, or 0 if n words do not tell."""
    if negative:
        return derivative_sign_left(x, ex, m, em, n)
    return derivative_sign_right(x, ex, m, em, n)


def derivative_sign_right(x: Int64, ex: Int64, m: Int64, em: Int64, n: Int64) -> Int64:
    """For x > 0: z = α + √(α² + 1), α = x/(2m), and s = α·z − x²/2."""
    a, s, t, z = words(), words(), words(), words()
    k = ratio(a, n, x, ex, m, em + 1)
    root(z, a, k, n)
    up = select(k < 0, 0, k)
    scale(a, n, k - up)
    add(z, a, n)  # z·2^-up
    multiply(s, a, z, n)
    square(a, n, x, ex, 2 * up + 1, t)
    subtract(s, a, n)
    scale(s, n, 2 * up)
    return exp_sign(s, z, up, n, 2 * up)


def derivative_sign_left(x: Int64, ex: Int64, m: Int64, em: Int64, n: Int64) -> Int64:
    """For −x < 0: z = β/(1 + √(1 + β²)), β = 2m/x."""
    a, d, s, t = words(), words(), words(), words()
    k = ratio(a, n, m, em + 1, x, ex)
    root(d, a, k, n)
    up = select(k < 0, 0, k)
    add_integer(d, n, 1, -up)
    reciprocal(s, d, n)
    multiply(d, a, s, n)  # z·2^(up − k)
    multiply(s, d, d, n)
    scale(s, n, 2 * (k - up))
    square(a, n, x, ex, 0, t)
    subtract(s, a, n)
    add_integer(s, n, -1, 0)
    shift_right(s, n, 1)  # (z² − x² − 1)/2
    return exp_sign(s, d, k - up, n, 0)


def root(out: Words, a: Words, k: Int64, n: Int64) -> None:
    """out = √(1 + a²·2^2k)·2^-max(k, 0) for 1 ≤ a < 2, at most 11n + 48 units off."""
    r, s, t = words(), words(), words()
    multiply(s, a, a, n)
    if k > 0:
        add_integer(s, n, 1, -2 * k)
    else:
        scale(s, n, 2 * k)
        add_integer(s, n, 1, 0)
    # 1 ≤ s < 5: Newton's r + r·(1 − s·r²)/2 for 1/√s
    put_double(r, n, 1.0 / sqrt(plain(s)))
    steps = doublings(n)
    for _ in range(steps):
        multiply(t, r, r, n)
        multiply(out, t, s, n)
        negate(out, n)
        add_integer(out, n, 1, 0)
        multiply(t, r, out, n)
        shift_right(t, n, 1)
        add(r, t, n)
    multiply(out, s, r, n)


def reciprocal(out: Words, a: Words, n: Int64) -> None:
    """out = 1/a for 1 ≤ a < 4, at most 2n + 8 units off."""
    s, t = words(), words()
    put_double(out, n, 1.0 / plain(a))
    steps = doublings(n)
    for _ in range(steps):
        multiply(s, out, a, n)
        negate(s, n)
        add_integer(s, n, 1, 0)
        multiply(t, out, s, n)
        add(out, t, n)


def put_double(a: Words, n: Int64, x: Double) -> None:
    """a = x > 0."""
    m, e = number(x)
    put(a, n, m, e)


def doublings(n: Int64) -> Int64:
    """Steps of Newton that make n words from 47 bits."""
    known = 47
    steps = 0
    while known < WORD * n:
        known = 2 * known - 1
        steps = steps + 1
    return steps


def settling(
    side: Callable[[Double, Double, Int64], Int64],
) -> Callable[[Double, Double, Double], Double]:
    """What settles the rounding of a function, from its `side` below."""

    def settle(x: Double, y: Double, z: Double) -> Double:
        """Of the neighbours y and z, y nearer to 0, the one on whose side of the middle f(x) is."""
        n = FEWEST
        sign = side(x, y, n)
        while (sign == 0) & (n < MOST_WORDS):
            n = 2 * n
            sign = side(x, y, n)
        return select(sign > 0, z, y)

    return settle


# The functions: the sign of |f(x)| − m, m the midpoint after |c|, or 0 if n words do not tell. m is
# near |f(x)|, and where |x| or |y| is larger than here no result is in doubt.


def stdplus_side(x: Double, c: Double, n: Int64) -> Int64:
    """Of stdplus(x) − m; x ≠ 0, x < 2^40, m on the same side of 1 as stdplus(x)."""
    m, em = midpoint(c)
    w, ew = number(x)
    sign = xi_sign(m, em, w, ew, n)
    return select(x < 0.0, sign, -sign)


def log_stdplus_side(x: Double, c: Double, n: Int64) -> Int64:
    """Of |log_stdplus(x)| − m; x ≠ 0."""
    m, em = midpoint(c)
    w, ew = number(x)
    return -phi_sign(x < 0.0, m, em, w, ew, n)


def stdplus_derivative_side(x: Double, c: Double, n: Int64) -> Int64:
    """Of stdplus'(x) − m; 2^-100 < |x| < 2^30."""
    m, em = midpoint(c)
    v, ev = number(x)
    return derivative_sign(x < 0.0, v, ev, m, em, n)


def log_stdplus_derivative_side(x: Double, c: Double, n: Int64) -> Int64:
    """Of log_stdplus'(x) − m; 2^-100 < |x|, −40 ≤ x ≤ 2^64."""
    m, em = midpoint(c)
    v, ev = number(x)
    return log_derivative_sign(x < 0.0, v, ev, m, em, n)


def inv_stdplus_side(y: Double, c: Double, n: Int64) -> Int64:
    """Of |inv_stdplus(y)| − m; 0 < y < 2^40, y ≠ 1."""
    m, em = midpoint(c)
    v, ev = number(y)
    return xi_sign(v, ev, m, em, n)


def inv_log_stdplus_side(t: Double, c: Double, n: Int64) -> Int64:
    """Of |inv_log_stdplus(t)| − m; t ≠ 0."""
    m, em = midpoint(c)
    u, eu = number(t)
    return phi_sign(t < 0.0, u, eu, m, em, n)
