"""The certificates are bounds of what they say they bound, and break when a coefficient does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flint import arb
from mpmath import mp

from derivations import certificates, d10_certificates, enclose
from derivations.core import Derivation, DerivationError
from derivations.enclose import ORDER, ball
from stdplus_ref import exact
from stdplus_ref.source import coefficients as c

DIGITS = 40


def truth(name: str, x: float) -> Any:
    """The function a centre approximates, through Lambert W: nothing shared with `enclose`."""
    at = mp.mpf(x)
    with mp.workdps(DIGITS + 10):
        if name == "INV_STDPLUS":
            return exact.inv_stdplus(1 + at, DIGITS) / at
        value = getattr(exact, name.lower())(at, DIGITS)
        return value / at if name in ("LOG_STDPLUS", "INV_LOG_STDPLUS") else value


def point(value: Any) -> Any:
    """A thin ball as an mpf."""
    return mp.mpf(value.mid().str(60, radius=False))


@pytest.mark.parametrize("name", certificates.CENTRES)
@pytest.mark.parametrize("at", [0.0, 0.125, -0.1875])
def test_taylor_coefficients_give_the_function(name: str, at: float) -> None:
    function, _ = certificates.CENTRES[name]
    step = 2.0**-9
    with enclose.precision(), mp.workdps(60):
        series = function(arb(at), ORDER)
        got = point(sum((series[k] * arb(step) ** k for k in range(ORDER)), arb(0)))
        assert abs(got - truth(name, at + step)) < mp.mpf(10) ** -36


@pytest.mark.parametrize("x", [-2.9, -0.5, 0.3, 7.5])
def test_log_stdplus_away_from_zero(x: float) -> None:
    step = 2.0**-9
    with enclose.precision(), mp.workdps(60):
        series = enclose.log_stdplus(arb(x), ORDER)
        got = point(sum((series[k] * arb(step) ** k for k in range(ORDER)), arb(0)))
        assert abs(got - exact.log_stdplus(mp.mpf(x) + step, DIGITS)) < mp.mpf(10) ** -36


@pytest.mark.parametrize("name", certificates.CENTRES)
def test_the_series_over_a_ball_contains_that_of_its_points(name: str) -> None:
    function, _ = certificates.CENTRES[name]
    with enclose.precision():
        wide = function(ball(-0.0078125, 0.015625), ORDER)
        for at in (-0.0078125, 0.0, 0.01, 0.015625):
            thin = function(arb(at), ORDER)
            assert all(wide[k].overlaps(thin[k]) for k in range(ORDER))


@pytest.mark.parametrize("name", certificates.CENTRES)
def test_sampled_errors_stay_below_and_come_close(name: str) -> None:
    head, tail = getattr(c, f"{name}_HEAD"), getattr(c, f"{name}_TAIL")
    bound = certificates.centre(name, head, tail)
    radius = certificates.CENTRES[name][1]
    with mp.workdps(50):
        row = [mp.mpf(hi) + mp.mpf(lo) for hi, lo in head] + [mp.mpf(v) for v in tail]

        def error(x: float) -> float:
            return float(abs(mp.polyval(row[::-1], mp.mpf(x)) / truth(name, x) - 1))

        sampled = max(error(radius * n / 40.5) for n in range(-40, 41) if n)
        assert sampled <= bound.proved
        assert bound.proved < 1.02 * error(bound.at)


def nudged(row: tuple[Any, ...], index: int, by: float = 2.0**-9) -> tuple[Any, ...]:
    """The row with one coefficient, float or pair, off by a factor."""
    value = row[index]
    wrong = tuple(v * (1 + by) for v in value) if isinstance(value, tuple) else value * (1 + by)
    return (*row[:index], wrong, *row[index + 1 :])


CENTRE_CLAIMS: dict[str, Derivation[Any]] = {
    name: getattr(d10_certificates, name.lower()) for name in certificates.CENTRES
}
WRONG_ROWS: dict[str, Callable[[], object]] = {
    "START_LEFT": lambda: d10_certificates.start_left(row=nudged(c.START_LEFT, 2)),
    "START_LEFT_FAST": lambda: d10_certificates.start_left(fast=nudged(c.START_LEFT_FAST, 2)),
    "START_NUMERATOR": lambda: d10_certificates.start_right(nudged(c.START_NUMERATOR, 2)),
    "START_DENOMINATOR": lambda: d10_certificates.start_right(
        denominator=nudged(c.START_DENOMINATOR, 3)
    ),
    "START_FAST": lambda: d10_certificates.start_right(
        fasts=(nudged(c.START_NUMERATOR_FAST, 1), c.START_DENOMINATOR_FAST)
    ),
    "LOG1P_HALF": lambda: d10_certificates.log1p_half(nudged(c.LOG1P_HALF, 3)),
    "EXP_TAIL": lambda: d10_certificates.exp_tail(nudged(c.EXP_TAIL, 5)),
    "EXP_FAST": lambda: d10_certificates.exp_fast(nudged(c.EXP_FAST, 7)),
    "LOG_FAST": lambda: d10_certificates.log_fast(nudged(c.LOG_FAST, 4)),
    "LOG_TAIL": lambda: d10_certificates.log_tail(nudged(c.LOG_TAIL, 6)),
    "LN2": lambda: d10_certificates.constants(ln2=(c.LN2_HI, c.LN2_LO * (1 + 2.0**-50))),
    "LN2_HI, too long": lambda: d10_certificates.constants(ln2=(0.6931471805599453, 2.3e-17)),
    "SIXTH": lambda: d10_certificates.constants(sixth=(c.SIXTH_HI, 0.0)),
    "TWO_THIRDS": lambda: d10_certificates.constants(thirds=(c.TWO_THIRDS_HI, 0.0)),
    "INV_LN2": lambda: d10_certificates.constants(inverse=1.4426950408889),
}


@pytest.mark.parametrize("name", WRONG_ROWS)
def test_a_wrong_coefficient_is_refused(name: str) -> None:
    with pytest.raises(DerivationError):
        WRONG_ROWS[name]()


@pytest.mark.parametrize("name", CENTRE_CLAIMS)
@pytest.mark.parametrize(("part", "index"), [("head", 1), ("tail", 0), ("tail", 8), ("fast", 4)])
def test_a_wrong_coefficient_of_a_centre_is_refused(name: str, part: str, index: int) -> None:
    row = getattr(c, f"{name}_{part.upper()}")
    with pytest.raises(DerivationError, match=name):
        CENTRE_CLAIMS[name](**{part: nudged(row, index)})


def test_the_low_half_of_a_pair_counts() -> None:
    (hi, lo), *rest = c.STDPLUS_HEAD
    with pytest.raises(DerivationError):
        d10_certificates.stdplus(head=((hi, lo + 2.0**-62), *rest))


LIMITS: dict[str, Any] = {
    "stdplus": (-70.55, -40.0),
    "log_stdplus": (-50.0, -53.8),
    "stdplus_derivative": (-74.75, -40.0),
    "log_stdplus_derivative": (-71.9, -40.0),
    "inv_stdplus": (-69.45, -40.0),
    "inv_log_stdplus": (-50.0, -54.9),
    "start_left": (-23.5, -10.0),
    "start_right": (-20.0, -20.85),
    "starts": (-23.3, -22.2, -19.6),
    "log_step": -56.0,
    "exp_step": -46.5,
    "denominator": -53.4,
    "log1p_half": -31.35,
    "exp_tail": -63.6,
    "exp_fast": -51.9,
    "log_fast": -51.9,
    "log_tail": -57.75,
    "exp_short": -71.45,
}


@pytest.mark.parametrize("name", LIMITS)
def test_a_bound_four_times_smaller_is_refused(name: str) -> None:
    limit = LIMITS[name]
    claim = getattr(d10_certificates, name)
    with pytest.raises(DerivationError, match="claimed"):
        claim(**{"limits" if isinstance(limit, tuple) else "limit": limit})


def test_largest_finds_the_largest() -> None:
    bound = enclose.largest(lambda x, n: enclose.variable(x, n) ** 2 - 1, -1.0, 2.0)
    assert bound.reached <= 3.0 <= bound.proved < 3.04
    assert bound.at > 1.9


def test_no_bound_is_an_error() -> None:
    def pole(x: Any, n: int) -> Any:
        return 1 / (enclose.variable(x, n) - arb(1) / 3)

    with pytest.raises(DerivationError, match="no bound"):
        enclose.largest(pole, 0.0, 1.0)
