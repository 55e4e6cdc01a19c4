"""The truncations and cut-offs of the kernels, read from the kernels and checked."""

from __future__ import annotations

from typing import Any

import sympy

from derivations.core import derivation, equal, require
from derivations.d02_derivative import THIRD_ORDER, w
from derivations.numeric import log_stdplus, mp, text
from stdplus_ref.source import coefficients, inv_log_stdplus, inv_stdplus, newton, pairs

u, W0 = sympy.symbols("u W0", positive=True)
v, q = sympy.symbols("v q")
STEP_THIRD_ORDER = 2 * q**2 - 5 * q / 3 + sympy.Rational(1, 6)  # of e^u − 1, beside v³
START_ROUNDING = mp.mpf(2) ** -21  # of the start, relative: it is computed in float32
GRID = mp.mpf(2) ** -26 + mp.mpf(2) ** -54  # what `exponential.split` may leave of t0


def bits(value: Any) -> Any:
    """log2 of a size."""
    return mp.log(mp.mpf(value), 2)


def power(value: Any) -> str:
    """A size as a power of two, for a witness."""
    return f"2^{text(bits(value), 4)}"


def below(value: Any, exponent: int, what: str) -> str:
    """The size of `value` as text, having checked that it is below 2^exponent."""
    require(abs(value) < mp.mpf(2) ** exponent, f"{what}: {power(value)} is not below 2^{exponent}")
    return power(abs(value))


def _start(x: Any) -> Any:
    """`newton.rough_inside` but for its rounding, of which START_ROUNDING is more than enough."""

    def polynomial(row: tuple[float, ...], at: Any = x) -> Any:
        return mp.polyval([mp.mpf(c) for c in reversed(row)], at)

    if x < newton.START_LEFT:
        return -(x * x + 1) / 2
    if x < 0:
        return x * polynomial(coefficients.START_LEFT, x + newton.MIDDLE)
    return polynomial(coefficients.START_NUMERATOR) / polynomial(coefficients.START_DENOMINATOR)


def _points() -> list[Any]:
    """x from CENTRE to RIGHT and from −CENTRE down, closer than a fit's error can turn."""
    centre, steps = mp.mpf(newton.CENTRE), [mp.mpf(n) / 200 for n in range(201)]
    right = [centre + (newton.STEP_RIGHT - centre) * s for s in steps]
    left = [-centre + (newton.START_LEFT + centre) * s for s in steps]
    below_left = [newton.START_LEFT - 4 * s - mp.mpf(2) ** -40 for s in steps]
    return right + left + below_left


def _largest(coefficient: Any, power: int = 3) -> tuple[Any, Any]:
    """The largest |coefficient(q)·v^power| over the points, v what the starts leave, and its x."""
    found = []
    for x in _points():
        t = log_stdplus(x)
        v = abs(_start(x) - t) + GRID + START_ROUNDING * abs(t)
        square = mp.exp(2 * t)
        found.append((abs(coefficient(square / (square - 1))) * v**power, x))
    return max(found)


@derivation(
    "definition",
    "u = v − q·v² is enough for the starts of the kernels: the neglected (2q² − 2q/3)·v³ is below "
    "2^−59 where the Newton step is used, q = y²/(y² − 1)",
    "source.newton: log_step",
)
def neglected_term(limit: int = -59) -> str:
    size, x = _largest(lambda q: 2 * q * q - 2 * q / 3)
    found = below(size, limit, "third-order term")
    return f"largest {found} at x = {text(x, 4)} on {len(_points())} points"


@derivation(
    "definition",
    "e^u − 1 = v + (½ − q)·v² + (2q² − 5q/3 + 1/6)·v³ + O(v⁴); the kernels keep (1 + 2q)/6 of the "
    "last term and lose less than 2^−62",
    "source.newton: exp_step",
)
def exponential_of_step(third: Any = STEP_THIRD_ORDER, limit: int = -62) -> str:
    step = v - q * v**2 + THIRD_ORDER.subs(w, q) * v**3
    derived = sympy.series(sympy.exp(step) - 1, v, 0, 4).removeO()
    stated = v + (sympy.Rational(1, 2) - q) * v**2 + third * v**3
    equal(sympy.expand(derived), sympy.expand(stated), "e^u − 1 in v")
    size, x = _largest(lambda ratio: 2 * ratio * (ratio - 1))
    return f"lost: at most {below(size, limit, 'rest of v³')} at x = {text(x, 4)}"


@derivation(
    "Eq. 31",
    "y² − 1 = (W0 − 1) + W0·(2u + 2u² + 4u³/3) + (2/3)·W0·u⁴ + O(u⁵); the kernels leave out the "
    "last term, below 2^−78 of y² − 1, and have u = v − q·v² + (2q² − 2q/3)·v³",
    "source.newton: denominator",
)
def corrected_denominator() -> str:
    square = sympy.series(W0 * sympy.exp(2 * u) - 1, u, 0, 5).removeO()
    growth = 2 * u + 2 * u**2 + sympy.Rational(4, 3) * u**3
    stated = (W0 - 1) + W0 * growth + sympy.Rational(2, 3) * W0 * u**4
    equal(sympy.expand(square), sympy.expand(stated), "y² − 1 in u")
    equal(THIRD_ORDER.subs(w, q), 2 * q**2 - 2 * q / 3, "third order of u in v")
    size, x = _largest(lambda ratio: mp.mpf(2) / 3 * ratio, power=4)
    return f"left out: at most {below(size, -78, '(2/3)·q·u⁴')} of y² − 1 at x = {text(x, 4)}"


@derivation(
    "x → −∞",
    "below STEP_LEFT log stdplus = −(x² + 1)/2 to 2^−970",
    "source.newton: STEP_LEFT; source.log_stdplus: left",
)
def tail_left(cutoff: float = newton.STEP_LEFT) -> str:
    square = mp.exp(2 * log_stdplus(cutoff))
    return f"e^(2t)/2 = {below(square / 2, -970, 'e^(2t)/2 at STEP_LEFT')} at x = {cutoff}"


@derivation(
    "x → −∞",
    "below FAR_LEFT y rounds to 0 in float64, and log stdplus = −(x² + 1)/2 and "
    "(log stdplus)' = −x to 2^−2300",
    "source.newton: FAR_LEFT",
)
def far_left(cutoff: float = newton.FAR_LEFT) -> str:
    y = mp.exp(log_stdplus(cutoff))
    found = below(y, -1075, "y at FAR_LEFT")
    return f"y = {found}, y² = {below(y * y, -2300, 'y² at FAR_LEFT')} at x = {cutoff}"


@derivation(
    "x → +∞",
    "above FAR_RIGHT x² + 1 + 2t is x² to 2^−121: stdplus = x, log stdplus = log x, the "
    "derivatives 1 and 1/x",
    "source.newton: FAR_RIGHT",
)
def far_right(cutoff: float = newton.FAR_RIGHT) -> str:
    excess = (1 + 2 * log_stdplus(cutoff)) / mp.mpf(cutoff) ** 2
    return f"(1 + 2t)/x² = {below(excess, -121, 'excess')} at x = {power(cutoff)}"


@derivation(
    "Eq. 25",
    "from GREATEST on inv_stdplus(y) = y to 2^−192",
    "source.inv_stdplus: GREATEST",
)
def inverse_far_right(cutoff: float = inv_stdplus.GREATEST) -> str:
    y = mp.mpf(cutoff)
    relative = (1 + 2 * mp.log(y)) / (2 * y * y)
    return f"relative {below(relative, -192, 'y − x')} at y = 2^{text(bits(y))}"


@derivation(
    "definition",
    "below FAR_LEFT e^(2t) is below 2^−115 beside −1 − 2t; above FAR_RIGHT 1 + 2t is below "
    "2^−108·e^(2t), so x = e^t",
    "source.inv_log_stdplus: EXP_LEFT, EXP_RIGHT",
)
def log_inverse_far(
    left: float = inv_log_stdplus.EXP_LEFT, right: float = inv_log_stdplus.EXP_RIGHT
) -> str:
    lost = mp.exp(2 * mp.mpf(left))
    beside = (1 + 2 * mp.mpf(right)) * mp.exp(-2 * mp.mpf(right))
    found = [below(lost, -115, "e^(2t)"), below(beside, -108, "(1 + 2t)·e^(−2t)")]
    return f"{found[0]} at t = {left}, {found[1]} at t = {right}"


@derivation(
    "definition",
    "below −HUGE x = −√(−2t) to 2^−600, below −HUGE_FLOAT32 to 2^−61; √(−2t) of a float32 t lies "
    "2^−51 or more, relatively, from every tie of float32",
    "source.inv_log_stdplus: HUGE, HUGE_FLOAT32",
)
def log_inverse_far_left(
    huge: float = inv_log_stdplus.HUGE, huge_float32: float = inv_log_stdplus.HUGE_FLOAT32
) -> str:
    found = [
        below(1 / (4 * mp.mpf(size)), exponent, f"−1 beside −2t, t = −{power(size)}")
        for size, exponent in ((huge, -600), (huge_float32, -61))
    ]
    # a tie has 25 bits, the last one set: its square has 49 or 50, so it is not −2t, which has 24,
    # and the two are at least one unit of the 50th bit apart; the root halves the ratio
    tie = mp.mpf(2) ** -50 / 2
    require(tie > 1 / (4 * mp.mpf(huge_float32)), "the −1 could carry √(−2t) across a tie")
    return f"{found[0]} at −{power(huge)}, {found[1]} at −{power(huge_float32)}"


@derivation(
    "definition",
    "below TINY √2·t is inv_log_stdplus(t) to 2^−64, also for the argument t·2^300 the kernel "
    "evaluates instead",
    "source.pairs: TINY",
)
def log_inverse_tiny(tiny: float = pairs.TINY) -> str:
    relative = [mp.ldexp(mp.mpf(tiny), shift) / 3 for shift in (0, 300)]  # √2·t·(1 + t/3 + …)
    found = [below(size, -64, "t/3") for size in relative]
    return f"{found[0]} at TINY, {found[1]} at TINY·2^300"


@derivation(
    "definition",
    "log m = 2z + z³·q(z²) with z = (m − 1)/(m + 1), q(0) = ⅔; |z| ≤ (√2 − 1)² for m in [√½, √2) "
    "and the second term is below 2^−6 of the first",
    "source.elementary: log_pair",
)
def logarithm() -> str:
    z, m = sympy.symbols("z m", positive=True)
    ratio = (m - 1) / (m + 1)
    slopes = (sympy.diff(2 * sympy.atanh(z), z).subs(z, ratio) * sympy.diff(ratio, m), 1 / m)
    equal(*slopes, "d/dm of 2·atanh z and of log m, both 0 at m = 1")
    tail = sympy.series(2 * sympy.atanh(z) - 2 * z, z, 0, 6).removeO()
    equal(tail, z**3 * (sympy.Rational(2, 3) + sympy.Rational(2, 5) * z**2), "z³·q(z²)")
    largest = (sympy.sqrt(2) - 1) ** 2
    for end, sign in ((sympy.sqrt(2), 1), (1 / sympy.sqrt(2), -1)):
        equal(sympy.radsimp(ratio.subs(m, end)), sympy.expand(sign * largest), "z at the end")
    at = (mp.sqrt(2) - 1) ** 2
    return f"second over first term {below(mp.atanh(at) / at - 1, -6, 'tail of log')} at m = √2"


@derivation(
    "definition",
    "e^f = 1 + f + f²/2 + f³·(1/6 + f·q(f)): the last term is below 2^−7 for |f| ≤ 0.3466",
    "source.elementary: exp_short",
)
def exponential() -> str:
    require(mp.log(2) / 2 + GRID < mp.mpf("0.3466"), "|f| after reduction by k·ln 2")
    f = mp.mpf("0.3466")
    last = max(abs(mp.exp(s) - 1 - s - s * s / 2) for s in (f, -f))
    return f"{below(last, -7, 'last term')}"
