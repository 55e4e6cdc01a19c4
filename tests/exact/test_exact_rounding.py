"""`rounded` against a test of the half-way points that uses neither Newton, W nor square roots.

Each function is monotone, so r is the correct rounding if the true value lies between the half-way
points on either side of r. Whether a point m is below the true value is decided by undoing the
function: x² is compared with an elementary expression in m.
"""

import math
from decimal import Decimal
from fractions import Fraction

import ml_dtypes
import mpmath
import numpy as np
import pytest
from flint import arb, fmpq

from stdplus_ref import exact, spec
from stdplus_ref.exact import rounding
from stdplus_ref.exact.intervals import working_precision

TYPES = {"float16": np.float16, "bfloat16": ml_dtypes.bfloat16,
         "float32": np.float32, "float64": np.float64}  # fmt: skip
HALF_ULP_OF_THE_LARGEST = {name: Fraction(2) ** (f.max_exponent - f.precision)
                           for name, f in rounding.FORMATS.items()}  # fmt: skip


def signed_square(m: arb) -> arb:
    return m * abs(m)


def phi(m: arb) -> arb:
    """±x² of y = m (Eq. 4)."""
    value = m * m - 1 - 2 * m.log()
    return value if m > 1 else -value


def capital_f(m: arb) -> arb:
    """±x² of t = m."""
    value = (2 * m).expm1() - 2 * m
    return value if m > 0 else -value


def x_squared_of_log_derivative(x: arb, m: arb) -> arb:
    u = x / m  # y² − 1
    return u - u.log1p()


def x_squared_of_derivative(x: arb, m: arb) -> arb:
    r = 2 * (x / m / 2).asinh()  # y − 1/y = x/m, y = eʳᐟ²
    return r.expm1() - r


def difference(name: str, x: arb, m: arb) -> arb:
    """A ball with the sign of (true value − m)."""
    if name == "stdplus":
        return signed_square(x) - phi(m)
    if name == "log_stdplus":
        return signed_square(x) - capital_f(m)
    if name == "inv_stdplus":
        return phi(x) - signed_square(m)
    if name == "inv_log_stdplus":
        return capital_f(x) - signed_square(m)
    if name == "stdplus_derivative":
        return x_squared_of_derivative(x, m) - x * x
    return x_squared_of_log_derivative(x, m) - x * x


def is_below(name: str, x: float, m: Fraction) -> bool:
    """Whether m < the true value at x; x ≠ 0."""
    exact_x = Fraction(x)
    if m <= 0 and name in ("stdplus", "stdplus_derivative", "log_stdplus_derivative"):
        return True  # these are positive
    if name == "stdplus_derivative" and m >= 1:
        return False
    if name == "log_stdplus_derivative" and x < 0 and m <= -exact_x:
        return True  # −x/(1 − y²) > −x
    if name in ("log_stdplus", "inv_log_stdplus") and (x > 0) != (m > 0):
        return x > 0
    t, root = (m, exact_x) if name == "log_stdplus" else (exact_x, m)
    if name in ("log_stdplus", "inv_log_stdplus") and t < -100:
        # With x = root: x² = e^{2t} − 1 − 2t, t and x negative; e^{2t} < 2^−288 decides ties only.
        rest = root**2 + 1 + 2 * t
        assert rest == 0 or abs(rest) > Fraction(1, 2**280)
        return rest <= 0 if name == "log_stdplus" else rest > 0
    for bits in (128, 512, 2048, 8192):
        with working_precision(bits):
            sign = difference(name, arb(x), arb(fmpq(m.numerator, m.denominator)))
            if sign != 0:  # the ball excludes 0
                return bool(sign > 0)
    raise AssertionError(f"undecided: {name} at {x!r} and {m}")


def half_way_points(result: float, dtype: str) -> tuple[Fraction | None, Fraction | None]:
    """The half-way points below and above; None beyond an infinite one."""
    largest = float(ml_dtypes.finfo(TYPES[dtype]).max)
    end = Fraction(largest) + HALF_ULP_OF_THE_LARGEST[dtype]
    if math.isinf(result):
        return (end, None) if result > 0 else (None, -end)
    fmt = rounding.FORMATS[dtype]
    exponent = math.frexp(result)[1] - 1 if result else fmt.min_exponent
    ulp = Fraction(2) ** (max(exponent, fmt.min_exponent) - fmt.precision + 1)
    power = abs(Fraction(result)) == Fraction(2) ** exponent and exponent > fmt.min_exponent
    toward_zero, away = (ulp / 4 if power else ulp / 2), ulp / 2
    value = Fraction(result)
    if result < 0:
        return value - away, value + toward_zero
    return value - (toward_zero if result else away), value + away


def assert_correctly_rounded(name: str, xs: np.ndarray, dtype: str) -> None:
    results = exact.rounded(name, xs, TYPES[dtype])
    assert results.dtype == TYPES[dtype]
    assert results.shape == xs.shape
    checked = 0
    with np.errstate(invalid="ignore"):  # casting a signalling NaN
        pairs = zip(xs.astype(float).tolist(), results.astype(float).tolist(), strict=True)
    for x, result in pairs:
        if x == 0 or not math.isfinite(x) or (name == "inv_stdplus" and (x < 0 or x == 1)):
            continue
        low, high = half_way_points(result, dtype)
        assert low is None or is_below(name, x, low), (name, x.hex(), result.hex())
        assert high is None or not is_below(name, x, high), (name, x.hex(), result.hex())
        checked += 1
    assert checked > 0


def all_values(dtype: str, stride: int = 1) -> np.ndarray:
    return np.arange(0, 2**16, stride, dtype=np.uint16).view(TYPES[dtype])


def purposeful(dtype: str) -> np.ndarray:
    """Both signs of: subnormals, seams of the code, tails, ends, and seeded random numbers."""
    info = ml_dtypes.finfo(TYPES[dtype])
    rng = np.random.default_rng(7)
    magnitudes = [
        *(float(info.smallest_subnormal) * k for k in (1, 2, 3, 1001)),
        *(float(info.tiny) * k for k in (0.75, 1, 1.25)),
        *(1e-6, 0.04, 0.0625, 0.5, 1, 1.5, 2, 2.507, 8, 9.5, 13.179, 14.386, 31.9, 32, 33, 37.627),
        *(38.591, 63, 64, 127, 128, 255, 256, 257, 709.78, 710, 2047, 2048, 94906268, 2.0**60),
        *(float(info.max) * k for k in (0.5, 1)),
        *np.exp(rng.uniform(math.log(float(info.tiny)), math.log(float(info.max)) - 1, 40)),
        *rng.normal(0, 3, 80),
    ]
    with np.errstate(over="ignore"):
        xs = np.array(magnitudes).astype(TYPES[dtype])
    xs = xs[np.isfinite(xs.astype(float))]
    return np.concatenate([xs, -xs])


@pytest.mark.parametrize("name", ["stdplus", "log_stdplus"])
def test_float16_exhaustively(name):
    assert_correctly_rounded(name, all_values("float16"), "float16")


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("name", exact.NAMES)
def test_short_types_evenly(name, dtype):
    assert_correctly_rounded(name, all_values(dtype, 11), dtype)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("name", exact.NAMES)
def test_on_purpose(name, dtype):
    assert_correctly_rounded(name, purposeful(dtype), dtype)


@pytest.mark.parametrize("name", exact.NAMES)
def test_half_way_test_rejects_a_neighbour(name, monkeypatch):
    genuine = rounding._round

    def planted(name, x, fmt):
        value = genuine(name, x, fmt)
        return math.nextafter(value, math.inf) if x == 1.5 else value

    monkeypatch.setattr(rounding, "_round", planted)
    with pytest.raises(AssertionError):
        assert_correctly_rounded(name, np.array([0.5, 1.5]), "float64")


def test_ties_that_only_the_sign_of_the_difference_breaks():
    # Just above −(x² + 1)/2 = −450359985284…½; no affordable precision shows the difference.
    x = -94906268.0
    assert (int(x) ** 2 + 1) % 2 == 1
    assert (int(x) ** 2 + 1).bit_length() == 54
    assert exact.rounded("log_stdplus", x, np.float64) == -(int(x) ** 2) // 2
    # 2049 lies half-way between the float16 numbers 2048 (even) and 2050.
    assert exact.rounded("log_stdplus_derivative", -2049.0, np.float16) == 2050
    assert exact.rounded("log_stdplus_derivative", -2048.0, np.float16) == 2048
    assert exact.rounded("inv_log_stdplus", -(2049**2 + 1) / 2, np.float16) == -2050
    # −(65² + 1)/2 = −2113 lies half-way between the float16 numbers −2112 and −2114 (even: −2112);
    # −(67² + 1)/2 = −2245 between −2244 and −2246 (even: −2244).
    assert exact.rounded("log_stdplus", -65.0, np.float16) == -2112
    assert exact.rounded("log_stdplus", -67.0, np.float16) == -2244


def test_argument_is_not_rounded_first():
    x = 1 + 2.0**-30
    want = exact.rounded("stdplus", x, np.float64)
    assert exact.rounded("stdplus", np.float64(x), np.float32) == np.float32(want)
    tenth = exact.rounded("inv_log_stdplus", "-0.1", np.float64)
    assert tenth != exact.rounded("inv_log_stdplus", 0.0, np.float64)
    third = exact.rounded("log_stdplus", Fraction(-100000, 3), np.float64)
    assert third == np.float64(-(Fraction(100000, 3) ** 2 + 1) / 2)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("name", exact.NAMES)
def test_special_values_are_the_contract_s(name, dtype):
    kind = TYPES[dtype]
    cases = spec.FUNCTIONS[name].special
    assert len(cases) >= 5
    for case in cases:
        expected = float(np.float64(case.value).astype(kind))  # √½ is far from half-way
        for got in (
            exact.rounded(name, kind(case.argument), kind),
            exact.rounded(name, np.array([case.argument]).astype(kind), kind)[0],
        ):
            assert type(got) is kind
            value = float(got)
            assert value == expected or (value != value and expected != expected), case
            assert math.copysign(1, value) == math.copysign(1, expected) or value != value, case


def test_negative_y_is_nan_whatever_its_type():
    for y in (-5e-324, -1, Fraction(-1, 3), "-2", np.float32(-1)):
        assert math.isnan(exact.rounded("inv_stdplus", y, np.float64))


@pytest.mark.parametrize("name", exact.NAMES)
@pytest.mark.parametrize("kind", [str, np.longdouble, Decimal, mpmath.mpf])
def test_nan_and_signed_zeros_of_any_type(name, kind):
    assert math.isnan(exact.rounded(name, kind("nan"), np.float32))
    assert math.isnan(exact.rounded(name, [kind("nan")], np.float32)[0])
    zeros = ["0.0"] if kind is mpmath.mpf else ["0.0", "-0.0"]  # mpmath has one zero
    for zero in zeros:
        got, want = (exact.rounded(name, x, np.float64) for x in (kind(zero), float(zero)))
        assert (got, np.signbit(got)) == (want, np.signbit(want)), zero


def test_ends_of_the_range():
    cases = [
        ("stdplus", -38.6, np.float64, 0.0),
        ("stdplus", -38.5, np.float64, None),
        ("stdplus", -1e300, np.float64, 0.0),
        ("stdplus", 65519.0, np.float16, 65504.0),
        ("stdplus", 65520.0, np.float16, math.inf),
        ("stdplus", math.nextafter(65520.0, 0), np.float16, math.inf),  # y > x
        ("log_stdplus", -1e300, np.float64, -math.inf),
        ("inv_log_stdplus", 709.0, np.float64, None),
        ("inv_log_stdplus", 710.0, np.float64, math.inf),
        ("inv_log_stdplus", 1e300, np.float64, math.inf),
        ("log_stdplus", 5e-324, np.float64, 5e-324),
        ("log_stdplus", -5e-324, np.float64, -5e-324),
    ]
    for name, x, kind, want in cases:
        got = float(exact.rounded(name, x, kind))
        if want is None:
            assert 0 < got < math.inf
        else:
            assert got == want, (name, x)


def test_shapes_and_types():
    x = np.linspace(-3, 3, 6, dtype=np.float32).reshape(2, 3)
    assert exact.rounded("stdplus", x, np.float16).shape == (2, 3)
    assert exact.rounded("stdplus", x[:, ::2].T, np.float64).shape == (2, 2)
    assert exact.rounded("stdplus", [], np.float64).shape == (0,)
    assert exact.rounded("stdplus", [1, 2], "float32").dtype == np.float32
    assert exact.rounded("stdplus", x.astype(">f4"), np.float32).tolist() == (
        exact.rounded("stdplus", x, np.float32).tolist()
    )
    assert type(exact.rounded("stdplus", 1.0, np.float32)) is np.float32
    assert type(exact.rounded("stdplus", "1/3", "bfloat16")) is ml_dtypes.bfloat16


def test_bad_input():
    with pytest.raises(ValueError, match="name must be one of"):
        exact.rounded("relu", 1.0, np.float64)
    with pytest.raises(ValueError, match="name must be one of"):
        exact.ulp_error("relu", np.ones(1), np.ones(1))
    for dtype in (np.int32, np.complex128, np.longdouble, "nonsense", type(None), None):
        with pytest.raises(TypeError, match="dtype must be one of float16, bfloat16"):
            exact.rounded("stdplus", 1.0, dtype)
    with pytest.raises(TypeError, match="must be real"):
        exact.rounded("stdplus", np.ones(2, np.complex128), np.float64)
    with pytest.raises(TypeError, match="one dtype"):
        exact.ulp_error("stdplus", np.ones(2), np.ones(2, np.float32))
    with pytest.raises(ValueError, match="one shape"):
        exact.ulp_error("stdplus", np.ones(2), np.ones(3))
    with pytest.raises(TypeError, match="dtype must be one of"):
        exact.ulp_error("stdplus", np.ones(2, int), np.ones(2, int))


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("name", exact.NAMES)
def test_ulp_error_of_rounded_values_is_at_most_half(name, dtype):
    xs = purposeful(dtype)
    errors = exact.ulp_error(name, xs, exact.rounded(name, xs, TYPES[dtype]))
    assert errors.dtype == np.float64
    assert errors.shape == xs.shape
    assert np.all(np.abs(errors) <= 0.5)
    assert np.any(errors > 0.1)
    assert np.any(errors < -0.1)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", exact.NAMES)
def test_ulp_error_against_sixty_digits(name, dtype):
    rng = np.random.default_rng(3)
    xs = np.abs(rng.normal(0, 3, 40)).astype(dtype)
    got = exact.rounded(name, xs, dtype)
    got = got + rng.integers(-4, 5, 40).astype(dtype) * np.spacing(got)
    ulps = np.spacing(np.abs(exact.rounded(name, xs, dtype))).astype(float)
    errors = exact.ulp_error(name, xs, got)
    assert np.abs(errors).max() > 2
    with mpmath.workdps(60):
        for x, value, ulp, error in zip(xs, got, ulps, errors, strict=True):
            want = (mpmath.mpf(float(value)) - getattr(exact, name)(x, 60)) / mpmath.mpf(ulp)
            assert abs(error - want) < 1e-5


def test_ulp_error_kinds():
    inf, nan = math.inf, math.nan
    xs = np.array([0.0, 0.0, 1.0, 1.0, inf, inf, nan, nan, -inf, -100.0, -100.0, 0.0])
    got = np.array([1.0, nan, inf, nan, inf, 1e308, nan, 1.0, 0.0, 0.0, 5e-324, 1 + 2.0**-52])
    want = [0, inf, inf, inf, 0, inf, 0, inf, 0, 0, 1, 1]
    assert exact.ulp_error("stdplus", xs, got).tolist() == want
    zeros = exact.ulp_error("log_stdplus", np.array([0.0, -0.0]), np.array([-0.0, 0.0]))
    assert zeros.tolist() == [0, 0]
    below = np.array([-1.0, -1.0])
    assert exact.ulp_error("inv_stdplus", below, np.array([nan, 0.0])).tolist() == [0, inf]
    assert exact.ulp_error("inv_log_stdplus", np.array([800.0]), np.array([-inf])).tolist() == [inf]


def test_ulp_is_that_of_the_rounded_value():
    # True value just below 1 that rounds to 1: one ULP is 2⁻⁵², not 2⁻⁵³.
    x = np.array([-(2.0**-56)])
    assert exact.rounded("stdplus", x, np.float64)[0] == 1
    error = exact.ulp_error("stdplus", x, np.array([1 + 2.0**-52]))[0]
    assert abs(error - (1 + 2.0**-4 * math.sqrt(0.5))) < 1e-6
