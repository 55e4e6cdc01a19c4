"""exp and log in parts that add up to more than the precision of the type."""

from __future__ import annotations

from typing import NamedTuple

from stdplus_ref.arrays.ops import Array, Ops, clamp, horner, on_grid, polynomial


class Exponential(NamedTuple):
    """e^{t0} = 2^k·(s + p) and e^{2·t0} = big + small, for t0 = (t_hi + t_lo) = k·ln 2 + f."""

    k: Array  # an integer, as a floating-point number
    t_hi: Array  # k·LN2_HI + f, exact
    t_lo: Array
    s: Array  # 1 + f + f²/2, exact; |p| < 2^-6·s
    p: Array
    big: Array  # 4^k·(1 + 2f + 2f²), exact; |small| < 0.12·big
    small: Array


def exponential(o: Ops, t: Array) -> Exponential:
    """The exponential of t0 ≈ t, near enough that |t − t0| ≤ ½/f_grid and a rounding error."""
    c = o.precision
    k = o.round(t * c.inv_ln2)
    f = on_grid(o, (t - k * c.ln2_hi) - k * c.ln2_lo, c.f_grid)
    f3 = (f * f) * f  # f² is exact
    s = 1.0 + f * (1.0 + 0.5 * f)
    p = f3 * polynomial(f, c.exp_tail)
    # (s + p)² = 1 + 2f + 2f² + f³·(1 + f/4) + p·(2s + p)
    square = o.pow2(clamp(o, 2.0 * k, c.lowest, c.top))
    big = square * (1.0 + f * (2.0 + 2.0 * f))
    small = square * (f3 * (1.0 + 0.25 * f) + p * (2.0 * s + p))
    return Exponential(k, k * c.ln2_hi + f, k * c.ln2_lo, s, p, big, small)


class Logarithm(NamedTuple):
    """y = 2^k·m and log y = hi + lo, hi exact, |lo| small."""

    k: Array
    m: Array  # in [√½, √2)
    m_hi: Array  # half of its bits
    m_lo: Array  # the other half: m_hi + m_lo = m
    hi: Array
    lo: Array


def logarithm(o: Ops, k: Array, m: Array) -> Logarithm:
    """The parts of 2^k·m: log m = 2·atanh(z), z = (m − 1)/(m + 1)."""
    c = o.precision
    m_hi = on_grid(o, m, c.m_grid)
    m_lo = m - m_hi
    n = m - 1.0
    inverse = 1.0 / (m + 1.0)
    z = n * inverse
    z_hi = on_grid(o, z, c.z_grid)
    # n − z_hi·(m + 1); the products are exact, and so is each difference
    rest = ((n - z_hi) - z_hi * m_hi) - z_hi * m_lo
    z2 = z * z
    lo = (z2 * z) * horner(z2, c.log_tail) + (2.0 * (rest * inverse) + k * c.ln2_lo)
    return Logarithm(k, m, m_hi, m_lo, k * c.ln2_hi + 2.0 * z_hi, lo)
