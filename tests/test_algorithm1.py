"""Algorithm 1 of the paper as printed: its claims, and each fault its module lists."""

import math
import subprocess
import sys

import mpmath
import numpy as np
import pytest

from stdplus_ref import algorithm1, exact

NEXT = math.nextafter(0.04, 1)  # the first float64 outside the Padé region


def absolute_error(x: np.ndarray, got: np.ndarray) -> np.ndarray:
    """|got − log stdplus(x)| in float64, the difference taken in 40 digits."""
    with mpmath.workdps(40):
        return np.array([
            float(abs(mpmath.mpf(float(g)) - exact.log_stdplus(v, 30)))
            for v, g in zip(x, got, strict=True)
        ])  # fmt: skip


def largest_ulp(x: np.ndarray) -> float:
    return float(np.abs(exact.ulp_error("stdplus", x, algorithm1.stdplus(x))).max())


@pytest.mark.parametrize(
    ("eps", "count"),
    [
        *((2.0**-23, 4), (2.0**-24, 4), (2.0**-32, 4), (2.0**-33, 5), (2.0**-52, 5), (2.0**-64, 5)),
        *((2.0**-65, 6), (2.0**-8, 2), (2.0**-4, 1), (0.25, 0), (0.5, 0), (0.9, 0), (1e-300, 9)),
    ],
)
def test_iterations(eps, count):
    assert algorithm1.iterations(eps) == count


@pytest.mark.parametrize("eps", [0.0, 1.0, -1e-3, math.inf, math.nan])
def test_eps_outside_its_range_is_an_error(eps):
    with pytest.raises(ValueError, match="eps must be in"):
        algorithm1.iterations(eps)
    with pytest.raises(ValueError, match="eps must be in"):
        algorithm1.log_stdplus(1.0, eps)


def test_bad_input():
    with pytest.raises(ValueError, match="not both"):
        algorithm1.log_stdplus(1.0, 1e-3, steps=3)
    with pytest.raises(ValueError, match="steps must be at least 0"):
        algorithm1.stdplus(1.0, steps=-1)
    with pytest.raises(ValueError, match="digits must be at least 1"):
        algorithm1.stdplus(1.0, dtype="mpmath", digits=0)
    for wrong in (1.5, "3"):
        with pytest.raises(ValueError, match="steps must be at least 0, an integer, got"):
            algorithm1.stdplus(1.0, steps=wrong)
        with pytest.raises(ValueError, match="digits must be at least 1, an integer, got"):
            algorithm1.stdplus(1.0, dtype="mpmath", digits=wrong)
    for x, dtype in ((1.0, np.float16), (1j, None), ("1", None), (1.0, np.int32), (1j, np.float64)):
        with pytest.raises(TypeError, match="dtype must be"):
            algorithm1.log_stdplus(x, dtype=dtype)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_types_and_shapes(dtype):
    x = np.linspace(-2, 2, 6).reshape(2, 3).astype(dtype)
    for function in (algorithm1.log_stdplus, algorithm1.stdplus):
        assert function(x).dtype == dtype
        assert function(x).shape == (2, 3)
        assert function(x.astype(np.float64), dtype=dtype).dtype == dtype
        assert type(function(dtype(1))) is dtype
        assert function(np.empty(0, dtype)).shape == (0,)
        swapped = function(x.astype(np.dtype(dtype).newbyteorder()))
        assert swapped.dtype == dtype
        assert np.array_equal(swapped, function(x))
    assert algorithm1.stdplus([1, 2]).dtype == np.float64


def test_default_steps_are_the_paper_s():
    x = np.linspace(-6, 6, 101)
    for dtype, count in ((np.float32, 4), (np.float64, 5)):
        default = algorithm1.log_stdplus(x, dtype=dtype)
        assert np.array_equal(default, algorithm1.log_stdplus(x, dtype=dtype, steps=count))
        assert not np.array_equal(default, algorithm1.log_stdplus(x, dtype=dtype, steps=count - 1))


def test_float_arithmetic_follows_the_printed_formulas():
    """Operation by operation in Python floats, which are float64."""
    for x in (-7.5, -0.5, 0.041, 3.25):
        r = 2 * math.log((x + math.sqrt(x * x + 4)) / 2)
        for _ in range(5):
            a = max(r, 0)
            r = ((r - 1) * math.exp(r - a) + (x * x + 1) * math.exp(-a)) / (
                math.exp(r - a) - math.exp(-a)
            )
        assert algorithm1.log_stdplus(x) == pytest.approx(r / 2, rel=1e-14)
    x, s = 0.03, math.sqrt(2)
    pade = (x / s + x**2 / 4 + x**3 / (90 * s)) / (1 + 5 * x / (6 * s) + 17 * x**2 / 180)
    assert algorithm1.log_stdplus(x) == pytest.approx(pade, rel=1e-15)


def test_mpmath_leaves_global_precision_alone():
    with mpmath.workdps(20):
        value = algorithm1.log_stdplus("1.5", dtype="mpmath", digits=80)
        assert mpmath.mp.dps == 20
    with mpmath.workdps(80):
        assert abs(value / exact.log_stdplus(1.5, 80) - 1) < mpmath.mpf(10) ** -78
        assert abs(algorithm1.stdplus(1.5, dtype="mpmath", digits=80) - mpmath.exp(value)) < (
            mpmath.mpf(10) ** -78
        )
    array = algorithm1.log_stdplus([[0.01, 2]], dtype="mpmath", digits=30)
    assert array.shape == (1, 2)
    assert all(isinstance(value, mpmath.mpf) for value in array.flat)


# Figure 3 in exact arithmetic on 0.04 < |x| ≤ 40: steps, log₁₀ of the largest error, where.
FIGURE_3 = [
    (1, -0.303, -40.0),
    (2, -2.873, -1.0),
    (3, -6.244, -0.62),
    (4, -12.602, -0.41),
    (5, -25.051, -0.28),
    (6, -49.731, -0.19),
]


@pytest.mark.parametrize(("steps", "log_error", "where"), FIGURE_3)
def test_figure_3_in_exact_arithmetic(steps, log_error, where):
    near = np.linspace(0.9, 1.1, 21) * where
    away = np.concatenate([np.geomspace(0.0401, 40, 60), -np.geomspace(0.0401, 40, 60)])
    xs = np.clip(np.concatenate([near, away]), -40, 40).tolist()
    with mpmath.workdps(70):
        got = algorithm1.log_stdplus(xs, dtype="mpmath", steps=steps, digits=70)
        pairs = zip(got, xs, strict=True)
        worst, x = max((abs(value - exact.log_stdplus(x, 70)), x) for value, x in pairs)
        assert float(mpmath.log10(worst)) == pytest.approx(log_error, abs=2e-3)
        assert x == pytest.approx(where, rel=0.1)
        promised = mpmath.mpf(2) ** -(2 ** (steps + 1))  # the least eps of that many steps
        assert (worst < promised) == (steps > 1)


def test_fault_one_step_misses_its_promise():
    assert algorithm1.iterations(2.0**-4) == 1
    error = algorithm1.log_stdplus(-1e6, 2.0**-4, "mpmath") - exact.log_stdplus(-1e6)
    assert abs(error) == pytest.approx(0.5, abs=1e-9)


def test_fault_pade_error_exceeds_the_claim():
    x = np.array([-0.04, 0.04, -0.0395, -0.0394, -0.03949])
    error = absolute_error(x, algorithm1.log_stdplus([str(v) for v in x], dtype="mpmath"))
    assert error[:2] == pytest.approx([3.393e-13, 3.058e-13], rel=2e-4)
    assert error[0] > 3.14e-13 > error[1]
    assert error[2] > 3.14e-13 > error[4] > error[3]
    assert error[0] == pytest.approx(107 / 1360800 * 0.04**6, rel=0.06)  # the leading term
    assert largest_ulp(np.array([-0.04])) == pytest.approx(2970.6, abs=0.1)


def test_fault_eps_has_no_influence_inside():
    x = np.array([-0.04, 0.039])
    assert np.array_equal(algorithm1.log_stdplus(x, 1e-3), algorithm1.log_stdplus(x, 1e-300))


def test_fault_not_monotone_at_the_seam():
    drop = algorithm1.log_stdplus(0.04) - algorithm1.log_stdplus(NEXT)
    assert drop == pytest.approx(3.05e-13, rel=2e-3)


def test_fault_newton_step_cancels_outside_the_seam():
    x = np.linspace(-0.045, -NEXT, 1500)
    assert 1.5e-15 < absolute_error(x, algorithm1.log_stdplus(x)).max() < 4e-15
    assert 15 < largest_ulp(x) < 40
    x = x[x < -0.0401].astype(np.float32)
    assert 1.5e-6 < absolute_error(x, algorithm1.log_stdplus(x)).max() < 4e-6
    assert 20 < largest_ulp(x) < 60


def test_fault_exponential_of_a_rounded_logarithm():
    assert 400 < largest_ulp(np.linspace(-36.3, -35.7, 600)) < 600
    assert 50 < largest_ulp(np.linspace(-12.2, -11.8, 600).astype(np.float32)) < 80


@pytest.mark.parametrize(("dtype", "at_times", "always"), [(np.float64, 27, 28),
                                                          (np.float32, 12.5, 13.5)])  # fmt: skip
def test_fault_nan_for_large_negative_x(dtype, at_times, always):
    rng = np.random.default_rng(0)

    def share_of_nan(low: float, high: float) -> float:
        x = -(2.0 ** rng.uniform(low, high, 1000)).astype(dtype)
        with np.errstate(divide="ignore", invalid="ignore"):
            return float(np.isnan(algorithm1.log_stdplus(x)).mean())

    assert share_of_nan(at_times - 1, at_times - 0.5) == 0
    assert 0.1 < share_of_nan(at_times, at_times + 0.5) < 1
    assert share_of_nan(always + 0.01, always + 5) == 1


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_fault_nan_where_the_square_overflows(dtype):
    root = math.sqrt(np.finfo(dtype).max)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        assert np.isfinite(algorithm1.stdplus(dtype(root * 0.9999)))
        for x in (dtype(root * 1.0001), np.finfo(dtype).max, dtype(np.inf), -dtype(np.inf)):
            assert np.isnan(algorithm1.stdplus(dtype(x)))


def test_needs_only_numpy_for_floats():
    code = (
        "import sys\nsys.modules['mpmath'] = None\n"
        "from stdplus_ref import algorithm1\n"
        "assert 1.77 < algorithm1.stdplus(1.0) < 1.78\n"
        "try:\n    algorithm1.stdplus(1.0, dtype='mpmath')\n"
        "except ImportError as error:\n    print(error)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert 'pip install "stdplus-ref[exact]"' in result.stdout, result.stderr
