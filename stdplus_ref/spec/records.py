"""What the contract is about, and the records it is written in."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal

NAMES: Final = (
    "stdplus",
    "log_stdplus",
    "stdplus_derivative",
    "log_stdplus_derivative",
    "inv_stdplus",
    "inv_log_stdplus",
)
"""The names of the six functions, in the contract's order."""

DTYPES: Final = ("float32", "float64")
"""The types computed in."""

INFINITY: Final = math.inf
NAN: Final = math.nan
SQRT_HALF: Final = math.sqrt(0.5)

Raises = Literal["divide", "overflow", "invalid"]
"""An IEEE exception, by the name `numpy.errstate` gives it."""

Word = Literal["exhaustive", "proved", "observed"]
"""How a claim is known: every input computed, a proof, or the worst of a set of inputs."""

Found = tuple[Word, str, float, tuple[str, str, str] | None]
"""`Evidence` as the generated files have it."""


@dataclass(frozen=True)
class Interval:
    """A set of real numbers between two ends."""

    lower: float
    upper: float
    closed_below: bool = False

    def __str__(self) -> str:
        if self.lower == -INFINITY and self.upper == INFINITY:
            return "ℝ"
        upper = "∞" if self.upper == INFINITY else f"{self.upper:g}"
        return f"{'[' if self.closed_below else '('}{self.lower:g}, {upper})"


REALS: Final = Interval(-INFINITY, INFINITY)
POSITIVE: Final = Interval(0.0, INFINITY)


@dataclass(frozen=True)
class SpecialValue:
    """The exact result at one argument, the sign of zero included, and the exception it raises."""

    argument: float
    value: float
    raises: Raises | None = None


@dataclass(frozen=True)
class Example:
    """Arguments and what NumPy prints for the array of their float64 results."""

    arguments: str
    printed: str


@dataclass(frozen=True)
class Witness:
    """The input on which the worst error was seen, the result there and the exact value.

    Hexadecimal, as `float.hex` writes it; the exact value with more digits.
    """

    input: str
    got: str
    exact: str


@dataclass(frozen=True)
class Evidence:
    """Why a limit is believed.

    Attributes
    ----------
    word : {"exhaustive", "proved", "observed"}
    scanned : str
        The set of inputs, or where the proof is.
    worst : float
        Largest error found or proved, in ULP.
    witness : Witness or None
        Where it was found; None for a proof.
    """

    word: Word
    scanned: str
    worst: float
    witness: Witness | None = None


@dataclass(frozen=True)
class Accuracy:
    """A promise: the error of `function` on `target` in `dtype` is at most `limit` ULP.

    An ULP is that of the correctly rounded result's binade, subnormals included, so 0.5 means
    correctly rounded. `evidence` is empty as long as nothing has been measured or proved. With
    `flush_to_zero` subnormal arguments and results may be taken for 0.
    """

    function: str
    target: str
    dtype: str
    limit: float
    evidence: tuple[Evidence, ...] = ()
    flush_to_zero: bool = False

    @property
    def correctly_rounded(self) -> bool:
        """Whether the promise is the result nearest to the exact value, ties to even."""
        return self.limit == 0.5
