"""Fixed-point numbers of many words: the arithmetic of the last phase, in integers.

A number of n words is a[0] + a[1]·2^-28 + … + a[n − 1]·2^-28(n − 1) with 0 ≤ a[i] < 2^28 for i > 0;
a[0] has the sign and the integral part. Its unit is 2^-28(n − 1). With words of 28 bits a sum of
96 products of two words is below 2^63: nothing is carried inside a column of a product.

What is lost is lost downwards where it says so: then a result is at most that many units too small.
"""

from __future__ import annotations

from typing import Final

from stdplus_ref.source.operations import Double, Int64, Integers, Words, from_bits

WORD: Final = 28  # bits of a word
MASK: Final = (1 << WORD) - 1
DIGIT: Final = 7  # bits of a step of a long division: a remainder of 55 bits must not overflow
DIGITS: Final = 4  # steps of a word
FEWEST: Final = 6  # words of the first try, 140 bits after the point
LARGEST_DIVISOR: Final = 1 << 30
LARGEST_ERROR: Final = 32  # an error of 2^32 or more tells nothing
ONE_BITS: Final = 0x3FF0000000000000  # bits of 1.0


# Setting


def clear(a: Words, n: Int64) -> None:
    """a = 0."""
    for i in range(n):
        a[i] = 0


def copy(out: Words, a: Words, n: Int64) -> None:
    """out = a."""
    for i in range(n):
        out[i] = a[i]


def carry(a: Words, n: Int64) -> None:
    """Bring all words but the first back into [0, 2^28); they may be anything below 2^62 before."""
    over = 0
    for back in range(1, n):
        i = n - back
        v = a[i] + over
        a[i] = v & MASK
        over = v >> WORD
    a[0] = a[0] + over


def add_piece(a: Words, n: Int64, m: Int64, e: Int64) -> None:
    """a += m·2^e for |m| < 2^29, without a carry; at most a unit is lost. |m·2^e| < 2^62."""
    if e >= 0:
        a[0] = a[0] + (m << e)
        return
    i = (WORD - 1 - e) // WORD  # the first word whose unit is at most 2^e
    v = m << (e + WORD * i)
    if i < n:
        a[i] = a[i] + (v & MASK)
    if i <= n:
        a[i - 1] = a[i - 1] + (v >> WORD)


def add_integer(a: Words, n: Int64, m: Int64, e: Int64) -> None:
    """a += m·2^e at most two units off, not too large if m ≥ 0. |m| < 2^57, e ≤ 32."""
    add_piece(a, n, m & MASK, e)
    add_piece(a, n, m >> WORD, e + WORD)
    carry(a, n)


def put(a: Words, n: Int64, m: Int64, e: Int64) -> None:
    """a = m·2^e, likewise."""
    clear(a, n)
    add_integer(a, n, m, e)


# Sums


def add(out: Words, a: Words, n: Int64) -> None:
    """out += a."""
    for i in range(n):
        out[i] = out[i] + a[i]
    carry(out, n)


def subtract(out: Words, a: Words, n: Int64) -> None:
    """out −= a."""
    for i in range(n):
        out[i] = out[i] - a[i]
    carry(out, n)


def negate(a: Words, n: Int64) -> None:
    """a = −a."""
    for i in range(n):
        a[i] = -a[i]
    carry(a, n)


# Products and quotients


def multiply(out: Words, a: Words, b: Words, n: Int64) -> None:
    """out = a·b, at most n + 2 units too small. `out` is neither a nor b; |a[0]·b[0]| < 2^60."""
    if n == FEWEST:
        multiply_six(out, a, b)
    else:
        multiply_any(out, a, b, n)


def multiply_any(out: Words, a: Words, b: Words, n: Int64) -> None:
    """`multiply`: columns from the first that is not wanted, for its carry."""
    total = 0
    for i in range(1, n):
        total = total + a[i] * b[n - i]
    for back in range(1, n + 1):
        k = n - back
        total = total >> WORD
        for i in range(k + 1):
            total = total + a[i] * b[k - i]
        out[k] = total & MASK
    out[0] = total


def multiply_six(out: Words, a: Words, b: Words) -> None:
    """`multiply_any` for n = 6, for compilers that do not unroll loops."""
    a0, a1, a2, a3, a4, a5 = a[0], a[1], a[2], a[3], a[4], a[5]
    b0, b1, b2, b3, b4, b5 = b[0], b[1], b[2], b[3], b[4], b[5]
    total = a1 * b5 + a2 * b4 + a3 * b3 + a4 * b2 + a5 * b1
    total = (total >> WORD) + a0 * b5 + a1 * b4 + a2 * b3 + a3 * b2 + a4 * b1 + a5 * b0
    out[5] = total & MASK
    total = (total >> WORD) + a0 * b4 + a1 * b3 + a2 * b2 + a3 * b1 + a4 * b0
    out[4] = total & MASK
    total = (total >> WORD) + a0 * b3 + a1 * b2 + a2 * b1 + a3 * b0
    out[3] = total & MASK
    total = (total >> WORD) + a0 * b2 + a1 * b1 + a2 * b0
    out[2] = total & MASK
    total = (total >> WORD) + a0 * b1 + a1 * b0
    out[1] = total & MASK
    out[0] = (total >> WORD) + a0 * b0


def divide(a: Words, n: Int64, d: Int64) -> None:
    """a = a/d for 0 < d < 2^30, at most a unit too small."""
    rest = 0
    for i in range(n):
        v = (rest << WORD) + a[i]
        q = v // d
        rest = v - q * d
        a[i] = q


def quotient(out: Words, n: Int64, m: Int64, d: Int64) -> None:
    """out = m/d for 0 ≤ m < 2^62, 0 < d < 2^55, at most a unit too small."""
    out[0] = m // d
    rest = m - out[0] * d
    for i in range(1, n):
        word = 0
        for _ in range(DIGITS):
            v = rest << DIGIT
            q = v // d
            rest = v - q * d
            word = (word << DIGIT) + q
        out[i] = word


# Powers of two


def shift_right(a: Words, n: Int64, e: Int64) -> None:
    """a = a·2^-e for e ≥ 0, at most a unit off, not too large if a ≥ 0; |a| ≤ 2^28 if e ≥ 28n."""
    skip = e // WORD
    low = e - WORD * skip
    for back in range(1, n + 1):
        i = n - back
        v = 0
        if i >= skip:
            v = a[i - skip] >> low
        if i > skip:
            v = v + ((a[i - skip - 1] & ((1 << low) - 1)) << (WORD - low))
        a[i] = v
    carry(a, n)  # the first word may have been more than 28 bits, or negative


def shift_left(a: Words, n: Int64, e: Int64) -> None:
    """a = a·2^e for e ≥ 0 and |a·2^e| < 2^62; what a is too small grows with it."""
    while e >= WORD:
        a[0] = (a[0] << WORD) + a[1]
        for i in range(1, n - 1):
            a[i] = a[i + 1]
        a[n - 1] = 0
        e = e - WORD
    for i in range(n):
        a[i] = a[i] << e
    carry(a, n)


def scale(a: Words, n: Int64, e: Int64) -> None:
    """a = a·2^e."""
    if e < 0:
        shift_right(a, n, -e)
    else:
        shift_left(a, n, e)


# Functions


def terms(n: Int64, small: Int64) -> Int64:
    """The k for which (2^-small)^k/k! is below 2^-28n."""
    k = 0
    size = 0
    have = 0
    while have < WORD * n:
        k = k + 1
        if (k >> (size + 1)) != 0:
            size = size + 1
        have = have + small + size
    return k


def series(out: Words, z: Words, n: Int64, first: Int64, small: Int64, t: Words) -> None:
    """out = 1 + z/first·(1 + z/(first + 1)·(1 + …)) for |z| < 2^-small, small ≥ 1.

    e^z for first = 1, 2(e^z − 1 − z)/z² for first = 3. At most 2n + 12 units too small or large.
    Steps are gathered as long as their common denominator is below 2^30, to divide but once.
    """
    put(out, n, 1, 0)
    k = terms(n, small) + first
    while k >= first:
        d = 1
        while k >= first and d * k < LARGEST_DIVISOR:
            d = d * k
            multiply(t, z, out, n)
            copy(out, t, n)
            out[0] = out[0] + d
            k = k - 1
        divide(out, n, d)


def exp(out: Words, s: Words, n: Int64, t: Words) -> Integers:
    """(e, j): e^s = out·2^e with 1 ≤ out < 2, for s ≥ 0; s is destroyed.

    At most (4n + 32)·2^j units too small or large, times 1 + |s|'s own error.
    """
    small = n + 2
    j = small
    while (s[0] >> (j - small)) != 0:
        j = j + 1
    shift_right(s, n, j)
    series(out, s, n, 1, small, t)
    e = 0
    for _ in range(j):
        multiply(t, out, out, n)
        copy(out, t, n)
        e = 2 * e
        if out[0] >= 2:
            shift_right(out, n, 1)
            e = e + 1
    return e, j


def plain(a: Words) -> Double:
    """a to 2^-50, for 1 ≤ a < 8."""
    whole = from_bits(ONE_BITS | (a[0] << 49)) * 8.0 - 8.0  # a[0], which is below 8
    return whole + (from_bits(ONE_BITS | (a[1] << 24) | (a[2] >> 4)) - 1.0)


def sign_beyond(a: Words, n: Int64, units: Int64, j: Int64) -> Int64:
    """The sign of a if |a| is more than units·2^j units, 0 if that cannot be told; a is lost.

    units < 2^20 and |a| < 2^40.
    """
    e = j - WORD * (n - 1)
    if e > LARGEST_ERROR:
        return 0
    add_integer(a, n, -units, e)
    if a[0] >= 0:
        return 1
    add_integer(a, n, 2 * units, e)
    if a[0] < 0:
        return -1
    return 0
