from types import EllipsisType
from typing import (
    Any,
    Final,
    Literal,
    Never,
    NoReturn,
    Protocol,
    TypeAlias,
    TypeVar,
    overload,
    type_check_only,
)

import numpy as np
from numpy import _CastingKind, _OrderKACF
from numpy._typing import _ArrayLikeBool_co, _ArrayLikeFloat_co, _ArrayLikeInt_co
from numpy.typing import DTypeLike, NDArray

from stdplus_ref import algorithm1 as algorithm1
from stdplus_ref import c as c
from stdplus_ref import conformance as conformance
from stdplus_ref import cuda as cuda
from stdplus_ref import exact as exact
from stdplus_ref import jax as jax
from stdplus_ref import kernels as kernels
from stdplus_ref import rate as rate
from stdplus_ref import source as source
from stdplus_ref import spec as spec
from stdplus_ref import torch as torch
from stdplus_ref.distribution.gaussian_kl import kl_divergence as kl_divergence
from stdplus_ref.distribution.multivariate import (
    MultivariateSlashedNormal as MultivariateSlashedNormal,
)
from stdplus_ref.distribution.slashed_normal import SlashedNormal as SlashedNormal

__version__: str

# The loops are f->f and d->d. NumPy takes the first that holds the argument's type safely.
_ToFloat32: TypeAlias = (
    np.bool | np.int8 | np.uint8 | np.int16 | np.uint16 | np.float16 | np.float32
)
_ToFloat64: TypeAlias = np.int32 | np.uint32 | np.int64 | np.uint64 | np.float64
_Real: TypeAlias = np.bool | np.integer[Any] | np.floating[Any]

_ShapeT = TypeVar("_ShapeT", bound=tuple[int, ...])
_ArrayT = TypeVar("_ArrayT", bound=NDArray[Any])

@type_check_only
class _SupportsArrayUFunc(Protocol):
    """Arrays of dask, pandas, xarray and the like, which return their own kind."""

    def __array_ufunc__(
        self,
        ufunc: np.ufunc,
        method: Literal["__call__", "reduce", "reduceat", "accumulate", "outer", "at"],
        *inputs: Any,
        **kwargs: Any,
    ) -> Any: ...

@type_check_only
class _RealUfunc(np.ufunc):  # type: ignore[misc]  # final, as NumPy's own stubs put up with too
    """A ufunc of one real argument and one result."""

    @property
    def nin(self) -> Literal[1]: ...
    @property
    def nout(self) -> Literal[1]: ...
    @property
    def nargs(self) -> Literal[2]: ...
    @property
    def ntypes(self) -> Literal[2]: ...
    @property
    def identity(self) -> None: ...
    @property
    def signature(self) -> None: ...
    # The overloads marked for mypy come before wider ones on purpose: the first that fits counts.
    @overload  # small numbers
    def __call__(  # type: ignore[overload-overlap]
        self,
        x: bool | _ToFloat32,
        /,
        out: None = None,
        *,
        dtype: None = None,
        where: _ArrayLikeBool_co = ...,
        casting: _CastingKind = ...,
        order: _OrderKACF = ...,
        subok: bool = ...,
    ) -> np.float32: ...
    @overload  # other numbers
    def __call__(  # type: ignore[overload-overlap]
        self,
        x: float | _ToFloat64,
        /,
        out: None = None,
        *,
        dtype: None = None,
        where: _ArrayLikeBool_co = ...,
        casting: _CastingKind = ...,
        order: _OrderKACF = ...,
        subok: bool = ...,
    ) -> np.float64: ...
    @overload  # arrays computed in float32
    def __call__(  # type: ignore[overload-overlap]
        self,
        x: np.ndarray[_ShapeT, np.dtype[_ToFloat32]],
        /,
        out: None = None,
        *,
        dtype: None = None,
        where: _ArrayLikeBool_co = ...,
        casting: _CastingKind = ...,
        order: _OrderKACF = ...,
        subok: bool = ...,
    ) -> np.ndarray[_ShapeT, np.dtype[np.float32]]: ...
    @overload  # arrays computed in float64
    def __call__(
        self,
        x: np.ndarray[_ShapeT, np.dtype[_ToFloat64]],
        /,
        out: None = None,
        *,
        dtype: None = None,
        where: _ArrayLikeBool_co = ...,
        casting: _CastingKind = ...,
        order: _OrderKACF = ...,
        subok: bool = ...,
    ) -> np.ndarray[_ShapeT, np.dtype[np.float64]]: ...
    @overload  # a place for the result
    def __call__(
        self,
        x: _ArrayLikeFloat_co | _SupportsArrayUFunc,
        /,
        out: _ArrayT | tuple[_ArrayT],
        *,
        dtype: DTypeLike | None = None,
        where: _ArrayLikeBool_co = ...,
        casting: _CastingKind = ...,
        order: _OrderKACF = ...,
        subok: bool = ...,
        signature: str | tuple[str | None, str | None] = ...,
    ) -> _ArrayT: ...
    @overload  # numbers, the type is chosen
    def __call__(
        self,
        x: float | _Real,
        /,
        out: None = None,
        *,
        dtype: DTypeLike | None = None,
        where: _ArrayLikeBool_co = ...,
        casting: _CastingKind = ...,
        order: _OrderKACF = ...,
        subok: bool = ...,
        signature: str | tuple[str | None, str | None] = ...,
    ) -> Any: ...
    @overload  # arrays, the type is chosen or not known
    def __call__(
        self,
        x: NDArray[_Real],
        /,
        out: EllipsisType | None = None,
        *,
        dtype: DTypeLike | None = None,
        where: _ArrayLikeBool_co = ...,
        casting: _CastingKind = ...,
        order: _OrderKACF = ...,
        subok: bool = ...,
        signature: str | tuple[str | None, str | None] = ...,
    ) -> NDArray[Any]: ...
    @overload  # arrays of other libraries
    def __call__(
        self,
        x: _SupportsArrayUFunc,
        /,
        out: EllipsisType | None = None,
        *,
        dtype: DTypeLike | None = None,
        where: _ArrayLikeBool_co = ...,
        casting: _CastingKind = ...,
        order: _OrderKACF = ...,
        subok: bool = ...,
        signature: str | tuple[str | None, str | None] = ...,
    ) -> Any: ...
    @overload  # sequences
    def __call__(
        self,
        x: _ArrayLikeFloat_co,
        /,
        out: EllipsisType | None = None,
        *,
        dtype: DTypeLike | None = None,
        where: _ArrayLikeBool_co = ...,
        casting: _CastingKind = ...,
        order: _OrderKACF = ...,
        subok: bool = ...,
        signature: str | tuple[str | None, str | None] = ...,
    ) -> NDArray[Any]: ...
    def at(self, a: NDArray[_Real], indices: _ArrayLikeInt_co, /) -> None: ...  # type: ignore[override]

    # These are for ufuncs of two arguments; NumPy raises ValueError.
    def accumulate(self, array: Never, /) -> NoReturn: ...  # type: ignore[override]
    def reduce(self, array: Never, /) -> NoReturn: ...  # type: ignore[override]
    def reduceat(self, array: Never, /, indices: Never) -> NoReturn: ...  # type: ignore[override]
    def outer(self, A: Never, B: Never, /) -> NoReturn: ...  # type: ignore[override]

stdplus: Final[_RealUfunc]
log_stdplus: Final[_RealUfunc]
stdplus_derivative: Final[_RealUfunc]
log_stdplus_derivative: Final[_RealUfunc]
inv_stdplus: Final[_RealUfunc]
inv_log_stdplus: Final[_RealUfunc]
