"""Names the mistake behind wrong results, where they have the pattern of a known one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from stdplus_ref.conformance.formats import Doubles
from stdplus_ref.conformance.formulas import explain
from stdplus_ref.conformance.judge import Fault
from stdplus_ref.conformance.results import FEW, MOST, Finding, Results, near, pattern


def diagnose(results: Results, others: Sequence[Finding] = ()) -> list[Finding]:
    """The known mistakes whose pattern the results have.

    What explains all results at once is given alone; else `others`, found without them, come first.
    """
    if not results.bad.any():
        return [*others]
    if (explained := explain(results)) is not None:
        return [explained]
    with np.errstate(all="ignore"):
        looked = (look(results) for look in _LOOKS)
        found = [*others, *(finding for finding in looked if finding is not None)]
        return found or _special_alone(results)


def _special_alone(r: Results) -> list[Finding]:
    """Nothing but special values is wrong."""
    if (r.bad & ~r.vectors.flagged("special")).any():
        return []
    text = "special values are wrong, and nothing else is"
    look = "the cases for ±0, ±∞ and NaN, and at which x the function takes them"
    return [Finding("special values alone", text, look, r.witness(r.bad))]


def _nan_swallowed(r: Results) -> Finding | None:
    lost = np.isnan(r.x) & ~np.isnan(r.y)
    if not lost.any():
        return None
    i = int(np.flatnonzero(lost)[0])
    text = f"the argument {r.hex(i)} is NaN, but the result is {r.y[i]:g}"
    look = "comparisons, min, max and clip: all may drop a NaN"
    return Finding("NaN swallowed", text, look, r.shown(i))


def _outside_domain(r: Results) -> Finding | None:
    lost = (r.x < 0) & np.isnan(r.want) & ~np.isnan(r.y)
    if not lost.any():
        return None
    i = int(np.flatnonzero(lost)[0])
    text = f"y = {r.x[i]:g} has no inverse, but the result is {r.y[i]:g}"
    return Finding("domain ignored", text, "y < 0: the result there is NaN", r.shown(i))


def _zero_over_zero(r: Results) -> Finding | None:
    lost = (r.x == 0) & np.isnan(r.y)
    if not r.vectors.function.endswith("_derivative") or not lost.any():
        return None
    text = "the derivative there is 1/√2, but the result is NaN"
    look = "the quotient x/(y² − 1): 0 needs a case, or a series, of its own"
    return Finding("0/0 at x = 0", text, look, r.witness(lost))


def _sign_of_zero(r: Results) -> Finding | None:
    wrong = r.fault(Fault.ZERO_SIGN)
    if not wrong.any():
        return None
    i = int(np.flatnonzero(wrong)[np.abs(r.x[wrong]).argmin()])
    want = "−0" if np.signbit(r.want[i]) else "+0"
    look = "sums such as −0 + 0, and comparisons that take −0 for 0"
    return Finding("wrong sign of zero", f"at {r.hex(i)} the zero must be {want}", look, r.shown(i))


def _flushed(r: Results) -> Finding | None:
    """Zero for subnormal numbers, and for no normal ones."""
    tiny, at_zero = r.vectors.format.tiny, np.median(r.want[r.x == 0])
    patterns = (
        ("subnormal results come as 0", r.want, r.y == 0),
        ("subnormal arguments are taken for 0", r.x, r.y == at_zero),
    )
    for text, number, flushed in patterns:
        subnormal = (number != 0) & (np.abs(number) < tiny) & r.bad
        normal = (np.abs(number) >= tiny) & r.bad
        if pattern(flushed, subnormal) and not flushed[normal].any():
            text += " (allow it: --flush-to-zero)"
            look = "the processor's mode and the compiler's options (-ffast-math, FTZ, DAZ)"
            return Finding("flush to zero", text, look, r.witness(subnormal))
    return None


def _unrelated(r: Results) -> Finding | None:
    if r.gross.mean() < MOST:
        return None
    look = "--function and --dtype, and how values are read and written"
    return Finding("unrelated numbers", "hardly a result has one right digit", look,
                   r.witness(r.gross & r.ordinary))  # fmt: skip


def _swapped_branches(r: Results) -> Finding | None:
    centre, sides = float(r.vectors.function == "inv_stdplus"), []
    if r.forward:
        place = dict(zip(r.x.tolist(), r.want.tolist(), strict=True))
        other = np.array([place.get(-x, np.nan) for x in r.x.tolist()])
        text = "the results are those of −x (W₀ where W₋₁ belongs, or the reverse)"
    else:
        other, text = -r.want, "the results have the other sign"
    ordinary = (np.abs(r.x) > 0.04) & (np.abs(r.x) < 8) & ~np.isnan(other)
    swapped = near(r.y, other) & ~near(r.y, r.want)
    for side, word in ((r.x < centre, "<"), (r.x > centre, ">")):
        if pattern(swapped, ordinary & side):
            sides.append(f"{r.argument} {word} {centre:g}")
    if not sides:
        return None
    look = "the sign of x: which branch, or sign of the root, it chooses"
    text = f"for {' and '.join(sides)} {text}"
    return Finding("swapped branches", text, look, r.witness(ordinary & swapped))


def _square_overflows(r: Results) -> Finding | None:
    limit, sides, lost = r.edge("square"), [], np.zeros(r.x.shape, bool)
    for side, word in ((1, r.argument), (-1, f"−{r.argument}")):
        size = side * r.x
        beyond = (limit < size) & (size < np.inf) & np.isfinite(r.want)
        below = (limit**0.5 < size) & (size < limit / 2)
        if pattern(r.gross, beyond) and not r.gross[below].any():
            sides.append(word)
            lost |= beyond & r.gross
    if not sides or r.vectors.function == "inv_log_stdplus":
        return None
    where = " and ".join(f"{side} ≥ {limit:.4g}" for side in sides)
    text = f"NaN, ∞ or worse for {where}, where the square is infinite"
    look = "x·x: for large x take log x and x apart, or scale"
    return Finding("x² overflows", text, look, r.witness(lost))


def _cancelling_start(r: Results) -> Finding | None:
    digits = r.vectors.format.precision
    first, always = 2.0 ** ((digits - 3) / 2), 2.0 ** ((digits + 3) / 2)
    beyond = (-r.edge("square") < r.x) & (r.x <= -always)
    if not r.forward or not pattern(r.gross, beyond) or r.gross[(r.x < -1) & (r.x > -first)].any():
        return None
    text = f"NaN, 0 or ∞ from x ≤ −{always:.4g}, where x + √(x² + 4) cancels to 0 (Algorithm 1)"
    look = "the start for x < 0: 2/(√(x² + 4) − x) is the same and does not cancel"
    return Finding("cancelling start", text, look, r.witness(beyond & r.gross))


def _factor_two(r: Results) -> Finding | None:
    wrong, x = r.bad & (np.abs(r.x) > 0.1) & (np.abs(r.x) < 40), r.x
    cases: dict[str, tuple[Doubles, str]] = {
        "inv_log_stdplus": (np.copysign(np.sqrt(np.expm1(x) - x), x), "expm1(t) − t"),
        "inv_stdplus": (np.copysign(np.sqrt(x - 1 - np.log(x)), x - 1), "y − 1 − log y"),
        "log_stdplus": (2 * r.want, "the logarithm of the variance, not of the deviation"),
        "stdplus": (r.want**2, "the variance, not the deviation"),
    }
    if r.vectors.function not in cases:
        return None
    other, what = cases[r.vectors.function]
    same = near(r.y, other) & ~near(r.y, r.want)
    if not pattern(same, wrong):
        return None
    look = "the factor 2 of t in expm1(2t) − 2t = x²"
    witness = r.witness(wrong & same)
    return Finding("factor 2 missing", f"the results are those of {what}", look, witness)


def _gives_out(r: Results) -> Finding | None:
    """All results useless from some argument outwards, nearer than squares and sums explain."""
    fmt, ends, lost = r.vectors.format, [], np.zeros(r.x.shape, bool)
    nearer = 2.0 ** ((fmt.precision - 3) / 2)
    ordinary = (np.abs(r.want) >= fmt.tiny) & (np.abs(r.want) < fmt.max / 4)
    for side, sign in ((1, "≥ "), (-1, "≤ −")):
        size = side * r.x
        counted = (size > 0) & ordinary
        good = size[counted & ~r.gross].max(initial=0.0)
        beyond = counted & (size > good)
        if beyond.sum() >= FEW and good > 1 and size[beyond].min() < nearer:
            ends.append(f"x {sign}{size[beyond].min():.4g}")
            lost |= beyond
    if not ends or r.vectors.function == "inv_stdplus":
        return None
    text = f"useless for all {' and '.join(ends)}: an intermediate result underflows or overflows"
    look = "powers and exponentials of the argument: work with logarithms there"
    text = text.replace("x ", r.argument + " ")
    return Finding("gives out early", text, look, r.witness(lost))


def _single(r: Results) -> Finding | None:
    if r.bad.sum() != 1:
        return None
    i = int(np.flatnonzero(r.bad)[0])
    places = r.vectors.format.ordinal(np.array([r.got[i], r.vectors.outputs[i]]))
    away = f"{int(places[0] - places[1]):+d} numbers from the correctly rounded one"
    text = f"only that at {r.hex(i)} breaks the tier, {away}"
    look = "a comparison or table entry that this number alone meets, or its rounding"
    return Finding("a single wrong result", text, look, r.shown(i))


def _cancels_at_centre(r: Results) -> Finding | None:
    """Errors that grow towards the double root of the defining equation."""
    at_one = r.vectors.function == "inv_stdplus"
    distance = np.abs(np.log(r.x)) if at_one else np.abs(r.x)
    size = np.where(r.bad, np.abs(r.judged.errors), 0.0)
    near_it = (distance > r.vectors.format.tiny) & (distance < 3e-3)
    middle = (distance > 3e-3) & (distance < 0.03)
    far = (distance > 0.3) & (distance < 3)
    beside = max(8.0, 8 * size[far].max(), size[middle].max())
    if (r.bad & near_it).sum() < FEW or size[near_it].max() < beside or r.gross[far].any():
        return None
    where = "y = 1" if at_one else "0"
    text = f"accuracy is lost towards {where}: a difference cancels there"
    look = f"expm1(2t) − 2t, y² − 1 or their like: take a series near {where}"
    return Finding("cancellation", text, look, r.witness(r.bad & near_it))


def _exponential_of_rounded(r: Results) -> Finding | None:
    """The error of e^t with a rounded t is about |t|/4 ULP: it grows like x² on the left."""
    if r.vectors.function != "stdplus":
        return None
    end, size = r.edge("underflow"), np.abs(r.judged.errors)
    left = size[(end < r.x) & (r.x < end / 2)].max()
    middle = size[(r.x > -1) & (r.x < -0.3)].max()
    if not 4 * max(1.0, middle) < left < end**2:
        return None
    text = "the error grows like x² towards −∞"
    look = "exp(t) on the left: carry t in two numbers, or correct y by a Newton step"
    return Finding("exponential of a rounded logarithm", text, look)


def _series_cut_short(r: Results) -> Finding | None:
    """Errors that grow like a power away from the centre, and end abruptly."""
    at_one = r.vectors.function == "inv_stdplus"
    distance = np.abs(r.x - 1) if at_one else np.abs(r.x)
    size = np.where(np.isfinite(r.judged.errors), np.abs(r.judged.errors), 0.0)
    edges = 2.0 ** np.arange(-24.0, 2.5, 0.5)
    bins = np.searchsorted(edges, distance)
    filled = [k for k in range(1, edges.size) if (bins == k).sum() >= FEW]
    middle = [float(np.median(size[bins == k])) for k in filled]
    for k in range(len(filled) - 3, 4, -1):
        beyond = 8 * max(1.0, *middle[k + 1 : k + 4])
        rises = middle[k - 4] <= middle[k - 2] / 1.2 and middle[k - 2] <= middle[k] / 1.2
        if middle[k] < max(beyond, 2 * middle[k - 4]) or not rises:
            continue
        inside = (bins <= filled[k] + 1) & r.bad & (size > middle[k] / 4)
        if inside.sum() < FEW:
            continue
        end = float(distance[inside].max())
        name = f"|{r.argument} − 1|" if at_one else f"|{r.argument}|"
        text = f"the error grows from the centre to {name} = {end:.3g} and ends there"
        look = "the series for small arguments: more terms, or a narrower range"
        worst = inside & (distance == end)
        return Finding("series cut short", text, look, r.witness(worst))
    return None


_LOOKS: Final[tuple[Callable[[Results], Finding | None], ...]] = (
    _nan_swallowed,
    _outside_domain,
    _zero_over_zero,
    _sign_of_zero,
    _flushed,
    _unrelated,
    _swapped_branches,
    _factor_two,
    _square_overflows,
    _cancelling_start,
    _gives_out,
    _cancels_at_centre,
    _series_cut_short,
    _exponential_of_rounded,
    _single,
)
