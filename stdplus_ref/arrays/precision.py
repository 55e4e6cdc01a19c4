"""The constants of a type, by role."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from stdplus_ref.arrays import coefficients as c

Row = tuple[float, ...]


@dataclass(frozen=True)
class Precision:
    """A floating-point type: grids on which products are exact, ends of regimes, coefficients.

    A grid is given by the number of its points per unit, a power of two.
    """

    name: str
    tiny: float  # least normal number
    largest: float  # largest number
    top: float  # largest exponent
    lowest: float  # least normal exponent
    lift: float  # 2 to this power makes every subnormal number normal
    f_grid: float  # of the reduced argument of exp: 1 + f + f²/2 and 1 + 2f + 2f² are exact
    x_grid: float  # of the high part of x: its square is exact for |x| up to `far_left`
    m_grid: float  # of the high part of a number in [√½, √2): half as many bits as the type has
    q_grid: float  # of the high part of quotients, up to `far_left`: no more than half the bits
    d_grid: float  # of the high part of y² − 1, up to `right`²: no more than half the bits
    z_grid: float  # of the high part of (m − 1)/(m + 1)
    far_left: float  # x below: stdplus is 0, its logarithm −(x² + 1)/2
    right: float  # x above: asymptotic
    log_right: float  # t above: inv_log_stdplus(t) = e^t
    log_left: float  # t below: e^{2t} is nothing beside −1 − 2t
    overflow: float  # e^t overflows a little before this t
    huge: float  # y above: inv_stdplus(y) = y

    inv_ln2: float
    ln2: float
    ln2_hi: float
    ln2_lo: float
    sqrt_half: float
    sqrt_half_lo: float
    sqrt2: float
    sqrt_half_half: float
    sqrt_half_rest: float
    sqrt2_half: float
    sqrt2_rest: float
    stdplus: Row
    log_stdplus: Row
    stdplus_slope: Row
    log_slope: Row
    inv_stdplus: Row
    inv_log_stdplus: Row
    stdplus_curvature: Row
    log_curvature: Row
    inv_stdplus_curvature: Row
    inv_log_curvature: Row
    exp_tail: Row
    log_tail: Row
    start_left: Row
    start_numerator: Row
    start_denominator: Row
    log1p: Row
    expm1: Row


def _generated(suffix: str) -> dict[str, float | Row]:
    return {
        name.removesuffix(suffix).lower(): value
        for name, value in vars(c).items()
        if name.endswith(suffix)
    }


DOUBLE: Final = Precision(
    name="float64",
    tiny=2.0**-1022,
    largest=(2.0 - 2.0**-52) * 2.0**1023,
    top=1023.0,
    lowest=-1022.0,
    lift=52.0,
    f_grid=2.0**25,
    x_grid=2.0**20,
    m_grid=2.0**25,
    q_grid=2.0**20,
    d_grid=2.0**16,
    z_grid=2.0**24,
    far_left=-39.0,
    right=16.0,
    log_right=24.0,
    log_left=-40.0,
    overflow=709.8,
    huge=2.0**40,
    **_generated("_64"),  # type: ignore[arg-type]
)

SINGLE: Final = Precision(
    name="float32",
    tiny=2.0**-126,
    largest=(2.0 - 2.0**-23) * 2.0**127,
    top=127.0,
    lowest=-126.0,
    lift=23.0,
    f_grid=2.0**11,
    x_grid=2.0**8,
    m_grid=2.0**11,
    q_grid=2.0**8,
    d_grid=2.0**4,
    z_grid=2.0**12,
    far_left=-15.0,
    right=12.0,
    log_right=12.0,
    log_left=-20.0,
    overflow=88.73,
    huge=2.0**17,
    **_generated("_32"),  # type: ignore[arg-type]
)
