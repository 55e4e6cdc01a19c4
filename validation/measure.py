"""The error in ULP of several implementations of one function in one type, region by region."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from stdplus_ref import spec
from validation.core import Context
from validation.peers import Peer
from validation.sampling import FloatArray, FloatType, regions
from validation.truth import Truth, truth

OURS = "stdplus_ref"


@dataclass(frozen=True)
class Worst:
    """The largest error of an implementation over some inputs, and its witness."""

    ulp: float
    x: float
    got: float
    want: float

    @property
    def witness(self) -> str:
        """Input, result and correctly rounded result in hexadecimal."""
        return f"input {self.x.hex()}, got {self.got.hex()}, correctly rounded {self.want.hex()}"


@dataclass(frozen=True)
class Measurement:
    """Errors of one function in one type.

    Parameters
    ----------
    name : str
        The function.
    dtype : type
        The floating-point type of inputs and results.
    truth : Truth
        All inputs, one region after another, and the truth there.
    regions : dict of str to slice
        Where each region lies among the inputs.
    results, errors : dict of str to ndarray
        By implementation: what it returned, and (got − true)/ulp.
    """

    name: str
    dtype: FloatType
    truth: Truth
    regions: dict[str, slice]
    results: dict[str, FloatArray]
    errors: dict[str, FloatArray]

    @property
    def type_name(self) -> str:
        """``"float32"`` or ``"float64"``."""
        return self.dtype.__name__

    @property
    def limit(self) -> float:
        """The error that the library promises, in ULP; 0.5 means correctly rounded."""
        return next(
            promise.limit
            for promise in spec.FUNCTIONS[self.name].accuracy("numpy")
            if promise.dtype == self.type_name
        )

    def misrounded(self, implementation: str) -> FloatArray:
        """Where a result is not the correctly rounded one, bit for bit (any NaN is NaN)."""
        got, want = self.results[implementation], self.truth.rounded
        same = (got == want) & (np.signbit(got) == np.signbit(want))
        return np.asarray(~(same | (np.isnan(got) & np.isnan(want))))

    def worst(self, implementation: str, where: slice = slice(None)) -> Worst:
        """The largest error of `implementation` over the inputs in `where`."""
        error = np.abs(self.errors[implementation][where])
        i = int(error.argmax())
        parts = (self.truth.x, self.results[implementation], self.truth.rounded)
        return Worst(float(error[i]), *(float(part[where][i]) for part in parts))


def measure(
    context: Context,
    name: str,
    dtype: FloatType,
    function: Callable[[FloatArray], FloatArray],
    peers: Sequence[Peer] = (),
    count: int = 1500,
) -> Measurement:
    """Measure `function` as an implementation of `name`, and the peers that offer it.

    Parameters
    ----------
    context : Context
        Gives the random inputs, the workers and the progress.
    name : str
        Which of the six functions `function` should be.
    dtype : type
        ``numpy.float32`` or ``numpy.float64``.
    function : callable
        What is measured: an array of `dtype` to an array of `dtype`.
    peers : sequence of Peer
        Measured on the same inputs.
    count : int
        Random inputs per band.

    Returns
    -------
    Measurement
    """
    drawn = regions(name, dtype, context.rng, count)
    found = truth(context, name, np.concatenate(list(drawn.values())))
    with np.errstate(all="ignore"):  # overflow and the like are in the contract, and tested there
        results = {OURS: np.asarray(function(found.x))}
    results |= {peer.name: peer(name, found.x) for peer in peers if name in peer.functions}
    errors = {who: found.error(got) for who, got in results.items()}
    return Measurement(name, dtype, found, dict(_slices(drawn)), results, errors)


def _slices(parts: dict[str, FloatArray]) -> Iterator[tuple[str, slice]]:
    start = 0
    for title, part in parts.items():
        yield title, slice(start, start + part.size)
        start += part.size
