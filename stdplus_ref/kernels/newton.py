"""The equation e^{2t} − 1 − 2t = x² solved by one third-order step from a start of 20 bits.

Let W = e^{2·t0} and F = W − 1 − 2·t0 − x², the residual of the start t0. The root is t0 + u,

    v = −F / (2(W − 1)),   w = W/(W − 1),   u = v − w·v² + O(v³).

|v| stays below 2^-20 where |w| > 0.1, so the neglected (2w² − 2w/3)·v³ is below 2^-61. What matters
is that F, which cancels almost to nothing, is computed from e^{t0} as a pair: t0 is taken on a
grid on which that pair is cheap (`exponential`). The step needs |x| ≥ 1/2 (W − 1 must not vanish);
nearer to 0 the functions have polynomials of their own.
"""

from __future__ import annotations

from stdplus_ref.kernels import coefficients as c
from stdplus_ref.kernels._ops import fma, mul, select
from stdplus_ref.kernels.double_double import two_sum
from stdplus_ref.kernels.exponential import exp_short, split
from stdplus_ref.kernels.logarithm import log_pair
from stdplus_ref.kernels.polynomial import horner
from stdplus_ref.kernels.scaling import pow2

LEFT = -3.0  # below, t0 = −(x² + 1)/2 is near enough: it lacks e^{2t}/2 ≤ 2.3e-5
RIGHT = 8.0  # above, t0 comes from log x


def start_core(x):
    """A t0 within 2^-20 of log stdplus(x) for −3 ≤ x ≤ −1/2 and 1/2 ≤ x ≤ 8; 2.3e-5 below −3."""
    left = select(x < LEFT, fma(x, -0.5 * x, -0.5), horner(x, c.START_LEFT))
    right = horner(x, c.START_NUMERATOR) / horner(x, c.START_DENOMINATOR)
    return select(x < 0.0, left, right)


def start_tail(x):
    """A t0 within 2^-22 of log stdplus(x) for 8 ≤ x < 2^64: t = log x + ½·log1p((1 + 2t)/x²)."""
    log_x, _ = log_pair(x)
    z = 1.0 / (x * x)
    t = log_x
    for _ in range(3):  # each step divides the error by x²·(1 + …) ≥ 64
        s = z * fma(2.0, t, 1.0)
        t = fma(s, horner(s, c.LOG1P_HALF), log_x)
    return t


def start_full(x):
    """A t0 for `solve` at any finite x with |x| ≥ 1/2 below 2^64."""
    return select(x > RIGHT, start_tail(x), start_core(x))


def solve(x, t0):
    """One step from t0. Return (k, kf, f, e, el, u, w, wl, inv).

    t0 is replaced by k·ln 2 + f on the grid; e + el = e^f; w + wl = e^{2·t0};
    u the correction, log stdplus(x) = k·ln 2 + f + u; inv = 1/(w − 1) rounded.
    """
    k, kf, f, _ = split(t0)
    e, el = exp_short(f)
    # e^{2·t0}, scaled by an exact power of two; far left it is as good as 0
    power = pow2(2 * select(k < -500, -500, k))
    ee = mul(e, e)
    w = ee * power
    wl = fma(2.0 * e, el, fma(e, e, -ee)) * power
    q = mul(x, x)
    ql = fma(x, x, -q)  # q + ql = x² exactly
    b = fma(2.0, fma(kf, c.LN2_HI, f), 1.0)  # 1 + 2·t0 up to bl, exact: multiples of 2^-41
    bl = mul(2.0 * kf, c.LN2_LO)
    s, sl = two_sum(w, -q)
    residual = (s - b) + ((sl + (wl - ql)) - bl)  # s − b is exact: s and b nearly agree
    inv = 1.0 / (w - 1.0)
    v = mul(-0.5 * residual, inv)
    u = mul(v, fma(-v, w * inv, 1.0))
    return k, kf, f, e, el, u, w, wl, inv


def exp_corrected(e, el, u):
    """(e + el)·e^u as a pair, for |u| < 2^-15: e^u − 1 = u + u²/2 + u³/6 to 2^-64."""
    u2 = mul(u, u)
    return e, fma(e, fma(u2, fma(u, c.SIXTH_HI, 0.5), u), el)


def denominator(u, w, wl, inv):
    """y² − 1 at the solution as (hi, lo, 1/hi refined to 2^-60)."""
    d, dl = two_sum(w, -1.0)
    dl = dl + fma(w, fma(2.0 * u, u, 2.0 * u), wl)
    r = fma(-dl, inv, fma(-d, inv, 1.0))
    return d, dl, fma(inv, fma(r, r, r), inv)


def quotient(n, nl, d, dl, inv):
    """(n + nl)/(d + dl) as a pair, from inv = 1/(d + dl) to 2^-50."""
    q = mul(n, inv)
    r = fma(-q, dl, fma(-q, d, n) + nl)
    return q, mul(r, inv)
