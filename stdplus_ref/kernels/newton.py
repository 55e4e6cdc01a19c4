"""The equation e^{2t} − 1 − 2t = x² solved by one third-order step from a start of 20 bits.

Let W = e^{2·t0} and F = W − 1 − 2·t0 − x², the residual of the start t0. The root is t0 + u,

    v = −F / (2(W − 1)),   q = W/(W − 1),   u = v − q·v² + O(v³).

|v| stays below 2^-21 where |q| > 0.1, so the neglected (2q² − 2q/3)·v³ is below 2^-60. What matters
is that F, which cancels almost to nothing, is computed from e^{t0} as a pair: t0 is taken on a
grid on which that pair is cheap (`exponential`). The step needs |x| ≥ 1/4 (W − 1 must not vanish);
nearer to 0 the functions have polynomials of their own.
"""

from __future__ import annotations

from stdplus_ref.kernels import coefficients as c
from stdplus_ref.kernels._ops import estrin, fma, mul, select
from stdplus_ref.kernels.double_double import two_sum
from stdplus_ref.kernels.exponential import exp_short, split
from stdplus_ref.kernels.logarithm import log_pair
from stdplus_ref.kernels.scaling import pow2

LEFT = -3.0  # below, t0 = −(x² + 1)/2 is near enough: it lacks e^{2t}/2 ≤ 2.3e-5
RIGHT = 8.0  # above, t0 comes from log x


def start_core(x):
    """A t0 within 2^-20 of log stdplus(x) for −3 ≤ x ≤ −1/4 and 1/4 ≤ x ≤ 8; 2.3e-5 below −3."""
    left = select(x < LEFT, fma(x, -0.5 * x, -0.5), estrin(x, c.START_LEFT))
    right = estrin(x, c.START_NUMERATOR) / estrin(x, c.START_DENOMINATOR)
    return select(x < 0.0, left, right)


def start_tail(x):
    """A t0 within 2^-22 of log stdplus(x) for 8 ≤ x < 2^64: t = log x + ½·log1p((1 + 2t)/x²)."""
    log_x, _ = log_pair(x)
    z = 1.0 / (x * x)
    t = log_x
    for _ in range(3):  # each step divides the error by x²·(1 + …) ≥ 64
        s = z * fma(2.0, t, 1.0)
        t = fma(s, estrin(s, c.LOG1P_HALF), log_x)
    return t


def start_full(x):
    """A t0 for `solve` at any finite x with |x| ≥ 1/4 below 2^64."""
    return select(x > RIGHT, start_tail(x), start_core(x))


def solve(x, t0):
    """One step from t0. Return (kf, f, e, el, v, q, w, wl, inv, shift).

    t0 is replaced by kf·ln 2 + f on the grid; e + el = e^{t0}·2^-shift; v and q as above;
    w + wl = (e + el)²; inv = 1/(w − 1) rounded; shift = 0 unless e^{2·t0} is next to nothing.
    """
    k, kf, f, _ = split(t0)
    kept = select(k < -500, -500, k)
    e, el = exp_short(f, pow2(kept))
    w = mul(e, e)
    wl = fma(2.0 * e, el, fma(e, e, -w))
    b = fma(2.0, fma(kf, c.LN2_HI, f), 1.0)  # with bl: 1 + 2·t0, exact as multiples of 2^-41
    bl = mul(2.0 * kf, c.LN2_LO)
    m, ml = two_sum(w, -b)
    residual = fma(-x, x, m) + (ml + (wl - bl))  # m and x² nearly agree: the fma is exact
    inv = 1.0 / (w - 1.0)
    return kf, f, e, el, mul(residual, -0.5 * inv), w * inv, w, wl, inv, k - kept


def exp_step(e, el, v, q):
    """(e + el)·e^u as a pair: e^u − 1 = v + (1/2 − q)·v² + v³/6 up to 2^-64."""
    u = fma(mul(v, v), fma(v, c.SIXTH_HI, 0.5 - q), v)
    return e, fma(e, u, el)


def log_step(v, q):
    """u = v − q·v²."""
    return fma(-q * v, v, v)


def denominator(w, wl, v, q, inv):
    """y² − 1 at the solution as (hi, lo, 1/hi refined to 2^-60)."""
    u = log_step(v, q)
    d, dl = two_sum(w, -1.0)
    dl = dl + fma(w, fma(2.0 * u, u, 2.0 * u), wl)
    r = fma(-dl, inv, fma(-d, inv, 1.0))
    return d, dl, fma(inv, fma(r, r, r), inv)


def quotient(n, nl, d, dl, inv):
    """(n + nl)/(d + dl) as a pair, from inv = 1/(d + dl) to 2^-50."""
    q = mul(n, inv)
    r = fma(-q, dl, fma(-q, d, n) + nl)
    return q, mul(r, inv)
