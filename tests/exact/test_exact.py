"""Truth: the Lambert W route and the enclosures from the definition, each against the other."""

import doctest
import math
import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from fractions import Fraction

import flint
import ml_dtypes
import mpmath
import numpy as np
import pytest
from flint import arb
from mpmath.libmp import dps_to_prec

from stdplus_ref import algorithm1, exact, spec
from stdplus_ref.exact import intervals, lambert
from stdplus_ref.exact._numbers import Real, parse, special_value
from stdplus_ref.exact.intervals import enclose, working_precision

FORWARD = exact.NAMES[:4]

# Magnitudes: subnormal, tiny, the seams 0.04 of the paper and 2⁻⁴ of the guess, the singularity
# radius √(2π), the seams of the enclosure (8, 2²⁸), both tails, the ends of float64.
MAGNITUDES = [
    *(5e-324, 1.5e-310, 2.0**-1022, 1e-300, 1e-160, 1e-30, 2.0**-53, 1e-8, 1e-5, 1e-3),
    *(0.03999999, 0.04, 0.04000001, 0.0624, 0.0625, 0.1, 0.5, 0.999, 1.0, 1.001, 1.7, 2.0, 2.507),
    *(3.99, 4.0, 7.99, 8.0, 8.01, 13.2, 27.3, 37.63, 38.6, 127.9, 128.0, 1e5, 1e8, 2.0**28, 1e10),
    *(1.34e154, 1e300, 1.7976931348623157e308),
]
GRID = [0.0, *MAGNITUDES, *(-m for m in MAGNITUDES)]


def domain(name: str) -> list[float]:
    return [x for x in GRID if x >= 0] if name == "inv_stdplus" else GRID


@pytest.mark.parametrize("digits", [1, 50, 200])
@pytest.mark.parametrize("name", exact.NAMES)
def test_lambert_w_route_lies_in_the_enclosure(name, digits):
    prec = dps_to_prec(digits)
    compared = 0
    for x in domain(name):
        argument = parse(x)
        if special_value(name, argument) is None:
            result = lambert.through_lambert_w(name, argument, prec)
            truth = enclose(name, argument, prec + 16)
            assert lambert._agrees(result, truth, prec), (x, result, truth)
            compared += 1
    assert compared >= len(MAGNITUDES) - 1


@pytest.mark.parametrize("bits", [10, 160, 700])
@pytest.mark.parametrize("name", exact.NAMES)
def test_enclosure_is_as_narrow_as_asked(name, bits):
    for x in domain(name):
        assert exact.enclosure(name, x, bits).rel_accuracy_bits() >= bits, x


def test_enclosure_brackets_a_sign_change_of_the_definition():
    for x in GRID[1:]:
        ball = exact.enclosure("log_stdplus", x, 120)
        with working_precision(3000):
            ends = [arb(end) for end in (ball.lower(), ball.upper())]
            below, above = [(2 * t).expm1() - 2 * t - arb(x) ** 2 for t in ends]
            if x < 0:
                below, above = above, below
            assert below < 0 < above, x
            assert ball > 0 if x > 0 else ball < 0


def test_tight_enclosures_lie_in_wide_ones():
    for name in exact.NAMES:
        for x in domain(name):
            wide, tight = exact.enclosure(name, x, 40), exact.enclosure(name, x, 400)
            assert not tight.is_finite() or wide.contains(tight), (name, x)


def test_known_constants():
    # The two roots of u − log u = 2, which are −W(−e⁻²) on its two branches.
    for x, root in ((1, "3.1461932206205825852370610285213682528"),
                    (-1, "0.15859433956303936215339534198751389")):  # fmt: skip
        with mpmath.workdps(40):
            assert abs(exact.stdplus(x, 40) ** 2 / mpmath.mpf(root) - 1) < 1e-34


def test_power_series_at_zero():
    x = Fraction(1, 10**40)
    with mpmath.workdps(200):
        h = mpmath.mpf(1) / 10**40
        r2 = mpmath.sqrt(2)
        series = h / r2 - h**2 / 6 + r2 * h**3 / 36 - h**4 / 135 + r2 * h**5 / 2160
        error = abs(exact.log_stdplus(x, 190) / series - 1)
        assert error < mpmath.mpf(10) ** -190


@pytest.mark.parametrize("x", [-1e8, -1e5, -37.6, -1.0, -1e-9, 1e-300, 0.04, 3.0, 1e10])
def test_inverses_undo(x):
    for forward, inverse in (("stdplus", "inv_stdplus"), ("log_stdplus", "inv_log_stdplus")):
        if forward == "stdplus" and abs(x) < 1e-100:
            continue  # y − 1 has no digits left at 120
        y = getattr(exact, forward)(x, 120)
        back = getattr(exact, inverse)(y, 60)
        assert abs(back / mpmath.mpf(x) - 1) < mpmath.mpf(10) ** -49, (forward, back)


def test_result_far_below_any_exponent():
    y = exact.stdplus(-1e5)
    assert mpmath.nstr(mpmath.log(y), 15) == mpmath.nstr(mpmath.mpf(-5000000000.5), 15)
    assert mpmath.nstr(exact.log_stdplus("-1e300"), 10) == "-5.0e+599"


@pytest.mark.parametrize(
    "half",
    [
        *("0.5", "1/2", "0x1p-1", "0x0.8", " 5e-1 ", Fraction(1, 2), Decimal("0.5")),
        *(mpmath.mpf(0.5), np.float16(0.5), np.float32(0.5), np.float64(0.5), np.longdouble(0.5)),
        *(ml_dtypes.bfloat16(0.5), np.array(0.5)),
    ],
)
def test_every_kind_of_number_is_taken(half):
    for name in exact.NAMES:
        assert getattr(exact, name)(half) == getattr(exact, name)(0.5)
        assert exact.enclosure(name, half).overlaps(exact.enclosure(name, 0.5))


def test_numbers_are_taken_exactly():
    assert parse("0.1") == Real(1, -1, 5)
    assert parse(0.1) == parse((0.1).hex()) != parse("0.1")
    assert parse(3) == parse(np.int8(3)) == Real(3)
    assert parse("1e-400").num == 1
    third = exact.enclosure("inv_log_stdplus", "1/3")
    assert not third.overlaps(exact.enclosure("inv_log_stdplus", 1 / 3))
    assert parse(np.longdouble(2) ** -70 + 1).den == 1


@pytest.mark.parametrize("name", exact.NAMES)
def test_special_values_are_the_contract_s(name):
    """With one zero, and an error where the contract says NaN."""
    cases = [case for case in spec.FUNCTIONS[name].special if not math.isnan(case.argument)]
    assert len(cases) >= 4
    for case in cases:
        for kind in (float, mpmath.mpf, np.float32, str):
            x = kind(case.argument)
            if math.isnan(case.value):
                with pytest.raises(ValueError, match="y must be at least 0"):
                    getattr(exact, name)(x)
                with pytest.raises(ValueError, match="y must be at least 0"):
                    exact.enclosure(name, x)
            else:
                assert float(getattr(exact, name)(x)) == case.value, x
                assert float(exact.enclosure(name, x)) == case.value, x


@pytest.mark.parametrize("name", exact.NAMES)
@pytest.mark.parametrize(
    "nan", [math.nan, np.float32("nan"), "nan", mpmath.nan, Decimal("nan"), np.longdouble("nan")]
)
def test_nan_is_an_error(name, nan):
    for call in (getattr(exact, name), lambda x: exact.enclosure(name, x)):
        with pytest.raises(ValueError, match=r"[xy] must be a number, got nan"):
            call(nan)


@pytest.mark.parametrize(
    "x", [1j, np.complex64(1), None, [1.0], np.ones(2), np.bool_(True), True, mpmath.mpc(1), b"1"]
)
def test_what_is_not_a_real_number_is_an_error(x):
    with pytest.raises(TypeError, match="x must be a real number, got"):
        exact.stdplus(x)
    with pytest.raises(TypeError, match="x must be a real number, got"):
        exact.enclosure("log_stdplus", x)


def test_other_bad_input_is_an_error():
    for text in ("one", "1/0", "", "0x"):
        with pytest.raises(ValueError, match=f"got the string '{text}'"):
            exact.stdplus(text)
    with pytest.raises(ValueError, match="name must be one of stdplus, log_stdplus"):
        exact.enclosure("softplus", 1.0)
    for digits in (0, -3):
        with pytest.raises(ValueError, match="digits must be a positive int"):
            exact.stdplus(1, digits)
        with pytest.raises(ValueError, match="bits must be a positive int"):
            exact.enclosure("stdplus", 1, digits)
    for digits in (1.5, "50", True, None):
        with pytest.raises(TypeError, match="digits must be a positive int"):
            exact.stdplus(1, digits)


def test_global_precision_is_left_alone():
    with mpmath.workdps(33), flint.ctx.workprec(77):
        before = mpmath.mp.prec, flint.ctx.prec
        exact.stdplus(-3.0, 100)
        exact.enclosure("log_stdplus", 1e-9, 900)
        exact.ulp_error("stdplus", np.ones(2), np.ones(2))
        with pytest.raises(ValueError, match="at least 0"):
            exact.inv_stdplus(-1)
        assert (mpmath.mp.prec, flint.ctx.prec) == before
        assert exact.stdplus(2.0, 100).man.bit_length() > 300


def test_threads_do_not_disturb_each_other():
    jobs = [(name, x, bits) for name in FORWARD for x in (-3.0, 1e-5, 4.0) for bits in (60, 900)]
    start = threading.Barrier(4)

    def work(seed: int) -> bool:
        start.wait()
        order = np.random.default_rng(seed).permutation(len(jobs) * 4) % len(jobs)
        good = True
        for name, x, bits in (jobs[i] for i in order):
            good &= exact.enclosure(name, x, bits).rel_accuracy_bits() >= bits
            value = getattr(exact, name)(x, bits // 4)
            good &= bool(abs(value / expected[name, x] - 1) < mpmath.mpf(10) ** (-bits // 4))
        return good

    with mpmath.workdps(300):
        expected = {(name, x): getattr(exact, name)(x, 280) for name, x, _ in jobs}
        with ThreadPoolExecutor(4) as pool:
            assert all(pool.map(work, range(4)))


def test_a_wrong_lambert_w_is_caught(monkeypatch):
    genuine = lambert._CONTEXT.lambertw

    def off_by_a_little(z, k):
        return genuine(z, k) * (1 + lambert._CONTEXT.mpf(10) ** -48)

    monkeypatch.setattr(lambert._CONTEXT, "lambertw", off_by_a_little)
    with pytest.raises(ArithmeticError, match="disagree"):
        exact.stdplus(1.0, 50)
    monkeypatch.setattr(lambert._CONTEXT, "lambertw", lambda z, k: genuine(z, -1 - k))
    with pytest.raises(ArithmeticError, match="disagree"):
        exact.stdplus(1.0, 50)


def test_a_wrong_start_cannot_make_a_wrong_enclosure(monkeypatch):
    for factor in (0.5, 0.9, 1.2, 3.0):
        monkeypatch.setattr(intervals, "_guess", lambda x, exact, square, f=factor: exact * arb(f))
        for x in (-0.7, 0.3, 2.0):
            with working_precision(400):
                t = intervals.enclose("log_stdplus", parse(x), 200)
                residual = (2 * t).expm1() - 2 * t - arb(x) ** 2
                assert residual.contains(0)
                assert t.rel_accuracy_bits() >= 200
                assert t * x > 0
    monkeypatch.setattr(intervals, "_guess", lambda x, exact, square: -exact)
    with pytest.raises(ArithmeticError, match="did not converge"):
        intervals.enclose("log_stdplus", parse(2.0), 60)


def test_missing_extra_names_the_remedy():
    import subprocess
    import sys

    code = (
        "import sys; sys.modules['flint'] = None\n"
        "try:\n    import stdplus_ref.exact\n"
        "except ImportError as error:\n    print(error)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert 'pip install "stdplus-ref[exact]"' in result.stdout, result.stderr


def test_examples_in_docstrings():
    for module in (lambert, algorithm1):
        result = doctest.testmod(module)
        assert result.attempted > 0
        assert result.failed == 0
