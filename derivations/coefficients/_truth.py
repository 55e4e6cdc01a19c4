"""The functions to 60 digits from the definition, for fitting: Newton on e^{2t} − 1 − 2t = x²."""

from __future__ import annotations

from mpmath import mp, mpf

DIGITS = 60


def log_stdplus(x: mpf) -> mpf:
    """Return t with expm1(2t) − 2t = x², sign t = sign x."""
    if x == 0:
        return mpf(0)
    if x < -1:
        t = -(x * x + 1) / 2
    elif x > 1:
        t = mp.log(x + 1)
    else:
        t = x / mp.sqrt(2) - x * x / 6
    # F/t² loses 2·log2|t| bits near 0
    with mp.workprec(mp.prec + 20 + int(max(0, -2 * mp.log(abs(x), 2)))):
        for _ in range(100):
            slope = mp.expm1(2 * t)
            update = (slope - 2 * t - x * x) / (2 * slope)
            t -= update
            if abs(update) <= abs(t) * mpf(2) ** (-mp.prec // 2 - 20):
                return t
    raise ArithmeticError(f"Newton did not converge at x = {x}")


def stdplus(x: mpf) -> mpf:
    """Return e^t."""
    return mp.exp(log_stdplus(x))


def log_derivative(x: mpf) -> mpf:
    """Return x/(e^{2t} − 1)."""
    return 1 / mp.sqrt(2) if x == 0 else x / mp.expm1(2 * log_stdplus(x))


def stdplus_derivative(x: mpf) -> mpf:
    """Return y·x/(y² − 1)."""
    return stdplus(x) * log_derivative(x)


def log_stdplus_ratio(x: mpf) -> mpf:
    """Return log_stdplus(x)/x, 1/√2 at 0."""
    return 1 / mp.sqrt(2) if x == 0 else log_stdplus(x) / x


def inv_log_ratio(t: mpf) -> mpf:
    """Return inv_log_stdplus(t)/t = √(expm1(2t) − 2t)/|t|, √2 at 0."""
    if t == 0:
        return mp.sqrt(2)
    with mp.extraprec(20 + int(max(0, -2 * mp.log(abs(t), 2)))):
        return mp.sqrt(mp.expm1(2 * t) - 2 * t) / abs(t)


def inv_stdplus_ratio(d: mpf) -> mpf:
    """Return inv_stdplus(1 + d)/d = √(d² + 2d − 2·log1p(d))/|d|, √2 at 0."""
    if d == 0:
        return mp.sqrt(2)
    with mp.extraprec(20 + int(max(0, -2 * mp.log(abs(d), 2)))):
        return mp.sqrt(d * d + 2 * d - 2 * mp.log1p(d)) / abs(d)
