"""The reasons for harmless faults are true where that can be looked at."""

from __future__ import annotations

import math
import re
from fractions import Fraction

import numpy as np
import pytest

from stdplus_ref import exact
from stdplus_ref.source import KERNELS, elementary, inv_stdplus, log_stdplus, newton
from tests.meta import catalogue, harmless
from tests.source.points import bits_of

F = Fraction


def test_every_reason_is_for_some_fault() -> None:
    keys = [fault.key for fault in catalogue.all_faults()]
    for reason in harmless.REASONS:
        assert any(re.search(reason.pattern, key) for key in keys), reason.pattern


def test_moved_is_what_a_coefficient_does() -> None:
    """The computed effect of a nudge is at least the one that is seen."""
    faults = [f for f in catalogue.all_faults() if f.kind == "coefficient nudged"]
    by_name = {f.key.partition(".")[2].partition(":")[0]: f for f in faults}
    fault = by_name["STDPLUS_TAIL"]  # the last of the row, c13
    assert harmless.position(fault) == 10
    unit = 2.0 ** (math.frexp(float.fromhex("-0x1.e165410d4b2ddp-25"))[1] - 53)
    assert harmless.moved(fault) == pytest.approx(math.log2(unit * 0.25**13 / 0.83))
    assert harmless.position(by_name["EXP_FAST"]) == 10
    assert all(harmless.moved(f) is not None for n, f in by_name.items() if n.endswith("_TAIL"))


def test_nothing_is_as_far_from_one_as_the_end_of_the_centre() -> None:
    for centre in (inv_stdplus.CENTRE, inv_stdplus.CENTRE_FAST):
        for y in (1.0 - centre, 1.0 + centre):
            for z in (np.nextafter(y, 0.0), y, np.nextafter(y, 2.0)):
                assert abs(float(z) - 1.0) != centre
        assert F(centre) % F(2) ** -53 != 0


def test_middle_is_reached_in_the_centre_only() -> None:
    for x in (-(2.0**-24), 2.0**-24, -(2.0**-20)):
        s = np.float32(x) + np.float32(newton.MIDDLE)
        assert (s == np.float32(newton.MIDDLE)) == (abs(x) < 2.0**-23)


def test_both_ways_agree_at_the_thresholds() -> None:
    least = elementary.MIN_NORMAL
    lifted = elementary.log_pair(math.nextafter(least, 0.0))
    assert elementary.log_pair(least)[0] >= lifted[0]
    x = newton.STEP_LEFT
    kf, f = newton.start(x)
    hi, lo = log_stdplus.step(x, kf, f)
    assert abs(F(hi) + F(lo) - F(log_stdplus.left(x)[0])) <= F(2) ** -95 * 339
    assert float(exact.rounded("log_stdplus", x, np.float64)) == hi + lo == -338.5


def test_nan_and_zero_need_no_branch() -> None:
    with np.errstate(all="ignore"):
        hi, lo, _ = log_stdplus.regime(math.nan)
        assert hi != hi
        for zero in (0.0, -0.0):
            for kernel in (KERNELS["log_stdplus"], KERNELS["inv_log_stdplus"]):
                assert kernel.fast.holds(zero)
                y = kernel.fast.centre(zero)
                assert bits_of(y) == bits_of(zero)
    assert elementary.integer(5e-324) == 0
    assert lo != lo or lo == 0.0


def test_starts_need_no_last_bit() -> None:
    """A start of float64 that is off by a 2^-10 of its first step ends where it did, to 2^-30."""
    for x in (8.5, 20.0, 1e3, 1e9):
        log_x = math.log(x)
        z = 1.0 / (x * x)
        ends = []
        for first in (1.0, 1.0 + 2.0**-10):
            s = z * (2.0 * log_x + 1.0) * first
            for _ in range(2):
                s = z * (2.0 * (0.5 * math.log1p(s) + log_x) + 1.0)
            ends.append(0.5 * math.log1p(s) + log_x)
        assert abs(ends[0] - ends[1]) < 2.0**-22 / 4
