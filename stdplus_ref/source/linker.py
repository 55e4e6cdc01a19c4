"""Interpret the source: copies of its functions whose operations mean what a target wants.

The source is ordinary Python functions that call one another by global name or closure. A compiler
such as numba must see decorated functions instead. `Linker` makes, for one target, a decorated copy
of a function in whose globals and closure every plain function is again such a copy. The originals
are never changed, so any number of targets can link the same source.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import CellType, CodeType, FunctionType
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
    operations : mapping of function to object, optional
        What stands in the copies for these functions, such as those of `source.operations`.
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
        operations: Mapping[Function, Any] | None = None,
        bindings: Mapping[str, Any] | None = None,
        tag: str = "",
    ) -> None:
        self._decorate = decorate
        self._operations = dict(operations or {})
        self._bindings = dict(bindings or {})
        self._tag = tag
        self._copies: dict[Function, Any] = {}
        self._open: list[FunctionType] = []

    def __call__(self, function: Function) -> Any:
        """The decorated copy of `function`, or the operation that stands for it.

        Raises
        ------
        ValueError
            If the function reaches itself: the source has no recursion.
        """
        if function in self._operations:
            return self._operations[function]
        if function not in self._copies:
            self._copies[function] = self._decorate(self.undecorated(function))
        return self._copies[function]

    def undecorated(self, function: Function) -> Function:
        """A copy of `function` that calls decorated copies but is not decorated itself."""
        function = cast(FunctionType, function)
        if function in self._open:
            cycle = " -> ".join(f.__qualname__ for f in [*self._open, function])
            raise ValueError(f"the source must not be recursive: {cycle}")
        self._open.append(function)
        try:
            callees = {
                name: self(function.__globals__[name])
                for name in _global_names(function.__code__)
                if name not in self._bindings
                and isinstance(function.__globals__.get(name), FunctionType)
            }
            closure = tuple(map(self._cell, function.__closure__ or ()))
        finally:
            self._open.pop()
        return self._copy(function, callees, closure)

    def _cell(self, cell: CellType) -> CellType:
        """A cell of a closure: with the copy of the function in it, or the same."""
        content = cell.cell_contents
        return CellType(self(content)) if isinstance(content, FunctionType) else cell

    def _copy(
        self, function: FunctionType, callees: Mapping[str, Any], closure: tuple[CellType, ...]
    ) -> FunctionType:
        """A function with the same code and other globals and cells."""
        copy = FunctionType(
            function.__code__,
            {**function.__globals__, **self._bindings, **callees},
            function.__name__,
            function.__defaults__,
            closure or None,
        )
        copy.__module__ = function.__module__
        copy.__annotations__ = function.__annotations__
        copy.__doc__ = function.__doc__
        copy.__qualname__ = "_".join(filter(None, (function.__qualname__, self._tag)))
        return copy
