"""Link plain functions for a target: the one place where kernels meet decorators.

Kernels are ordinary Python functions that call one another by global name. A compiler such as
numba must see decorated functions instead. `Linker` makes, for one target, a decorated copy of
a function in whose globals every plain function is again such a copy. The originals are never
changed, so any number of targets can link the same source.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import CodeType, FunctionType
from typing import Any, cast

Function = Callable[..., Any]


def _global_names(code: CodeType) -> Iterator[str]:
    """Names that `code`, nested functions included, may look up in its globals."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _global_names(constant)


class Linker:
    """Decorated copies of plain functions and of all they call, one copy a function.

    Parameters
    ----------
    decorate : callable
        Turns a plain function into what the target calls, for example
        `numba.njit(error_model="numpy")`.
    bindings : mapping of str to object, optional
        What the copies see under these global names, for templates.
    tag : str, optional
        Appended to the copies' qualified names. numba derives symbols and cache file names from
        those, so copies of one template with different bindings need different tags.

    Notes
    -----
    Whatever else a function's globals hold (intrinsics, constants, types, tuples of
    coefficients) stays as it is.
    """

    def __init__(
        self,
        decorate: Callable[[Function], Any],
        bindings: Mapping[str, Any] | None = None,
        tag: str = "",
    ) -> None:
        self._decorate = decorate
        self._bindings = dict(bindings or {})
        self._tag = tag
        self._copies: dict[Function, Any] = {}
        self._open: list[FunctionType] = []

    def __call__(self, function: Function) -> Any:
        """The decorated copy of `function`.

        Raises
        ------
        ValueError
            If the function reaches itself: kernels are straight-line code.
        """
        if function not in self._copies:
            self._copies[function] = self._decorate(self.undecorated(function))
        return self._copies[function]

    def undecorated(self, function: Function) -> Function:
        """A copy of `function` that calls decorated copies but is not decorated itself."""
        function = cast(FunctionType, function)
        if function in self._open:
            cycle = " -> ".join(f.__qualname__ for f in [*self._open, function])
            raise ValueError(f"kernels must not be recursive: {cycle}")
        self._open.append(function)
        try:
            callees = {
                name: self(function.__globals__[name])
                for name in _global_names(function.__code__)
                if name not in self._bindings
                and isinstance(function.__globals__.get(name), FunctionType)
            }
        finally:
            self._open.pop()
        return self._copy(function, callees)

    def _copy(self, function: FunctionType, callees: Mapping[str, Any]) -> FunctionType:
        copy = FunctionType(
            function.__code__,
            {**function.__globals__, **self._bindings, **callees},
            function.__name__,
            function.__defaults__,
            function.__closure__,
        )
        copy.__module__ = function.__module__
        copy.__doc__ = function.__doc__
        copy.__qualname__ = "_".join(filter(None, (function.__qualname__, self._tag)))
        return copy
