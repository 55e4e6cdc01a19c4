"""Every function of `elementary` is as good as it says."""

from __future__ import annotations

import math
import random
from fractions import Fraction

import numpy as np
import pytest
from flint import arb

from stdplus_ref.source import elementary
from stdplus_ref.source.operations import bits
from tests.source.points import absolute, assert_below, draw, few, grid, neighbours, real, relative

F = Fraction


def test_integer_is_exact() -> None:
    rng = random.Random(1)
    ends = (0, 1, -1, 2**51 - 1, 1 - 2**51, -1022, 1023)
    for k in (*ends, *(rng.randint(-(2**51) + 1, 2**51 - 1) for _ in range(few(500)))):
        assert elementary.integer(float(k)) == k
    assert elementary.integer(-0.0) == 0


def exponents() -> list[float]:
    rng = random.Random(2)
    half = [(k + 0.5) * math.log(2.0) for k in range(-2000, 2000, 37)]
    return [
        *(x for k in half for x in neighbours(k, 1)),
        *(rng.uniform(-1399.0, 1399.0) for _ in range(few(1500))),
        *(rng.uniform(-50.0, 50.0) for _ in range(few(500))),
        *(rng.uniform(-1.0, 1.0) * 2.0 ** -rng.randint(1, 60) for _ in range(few(300))),
        *(0.0, -0.0, 1399.9, -1399.9),
    ]


def test_split_is_what_it_says() -> None:
    ln2 = arb.const_log2()
    for t in exponents():
        kf, f, rest = elementary.split(t)
        assert kf == int(kf)
        assert f * 2.0**25 == int(f * 2.0**25)
        assert abs(f) <= 0.3466
        assert abs(rest) <= 2.0**-26 + 2.0**-33
        off = abs(real(t) - real(kf) * ln2 - real(f, rest))
        # rest is rounded, and ln 2 is known to 2^-98
        assert float(off.mid()) <= 2.0**-53 * abs(rest) + abs(kf) * 2.0**-97, t.hex()


@pytest.mark.parametrize("scale", [1.0, 2.0**-57, 2.0**-500, 2.0**92])
def test_exp_short_is_good_to_2_65(scale: float) -> None:
    def error(f: float) -> float:
        return relative(*elementary.exp_short(f, scale), real(f).exp() * real(scale))

    assert_below(2.0**-65, error, grid(2500))


def test_exp_short_loses_no_term() -> None:
    """Closer than it says where f is small: f⁵ and its like are all that is rounded."""

    def error(f: float) -> float:
        bound = 2.0**-104 + 2.0**-58.4 * abs(f) ** 5
        return relative(*elementary.exp_short(f, 1.0), real(f).exp()) / bound

    assert_below(1.0, error, [f / 2**k for k in (0, 1, 2, 4, 8) for f in GRID_TOP])


GRID_TOP = [n * 2.0**-17 for n in range(-45000, 45001, 173)]


def positive() -> list[float]:
    rng = random.Random(3)
    ends = [*neighbours(1.0), *neighbours(math.sqrt(0.5)), *neighbours(math.sqrt(2.0))]
    return [
        *ends,
        *(math.ldexp(x, k) for x in ends[7:14] for k in (-1000, -3, 5, 900)),
        *(rng.uniform(0.5, 2.0) for _ in range(few(600))),
        *(rng.uniform(0.6, 1.6) * 2.0 ** rng.randint(-1021, 1023) for _ in range(few(600))),
        *draw(2.0**-1022, 1.5, 50),
        *(2.0**-1022, 1.7976931348623157e308),
    ]


def test_log_plain_is_good_to_2_52() -> None:
    def error(y: float) -> float:
        want = real(y).log()
        return absolute(elementary.log_plain(y), 0.0, want) / max(1.0, abs(float(want)))

    assert_below(2.0**-52, error, positive())


def test_log_plain_near_one() -> None:
    """No term is lost: relative to the logarithm it errs by little more than its roundings."""

    def error(y: float) -> float:
        return relative(elementary.log_plain(y), 0.0, real(y).log())

    rng = random.Random(4)
    near = [rng.uniform(0.708, 1.414) for _ in range(few(800))]
    assert_below(2.0**-51.3, error, [y for y in near if y != 1.0])


def test_log_pair_is_good_to_2_61() -> None:
    def error(y: float) -> float:
        want = real(y).log()
        return absolute(*elementary.log_pair(y), want) / max(0.25, abs(float(want)))

    rng = random.Random(5)
    subnormal = [5e-324, 1e-323, *(rng.uniform(0.0, 2.2e-308) for _ in range(few(200)))]
    assert_below(2.0**-61, error, [*positive(), *subnormal])


def test_log_pair_loses_no_term() -> None:
    """The relative error falls with z, as z⁴: of z⁵·q only the head is a pair."""

    def error(y: float) -> float:
        z = abs((y - 1.0) / (y + 1.0))
        return relative(*elementary.log_pair(y), real(y).log()) / (2.0**-52 * z**4 + 2.0**-103)

    rng = random.Random(6)
    points = [1.0 + rng.choice((-1, 1)) * 2.0 ** -rng.uniform(1.8, 40) for _ in range(few(1500))]
    assert_below(1.0, error, points)


def test_mantissas_lie_between_the_roots() -> None:
    """The bits of √½ rounded: m of [√½, √2) for both sides of its seam."""
    assert bits(math.sqrt(0.5)) == elementary.SQRT_HALF_BITS
    assert np.int64(elementary.ROUND_BITS).view(np.float64) == elementary.ROUND
