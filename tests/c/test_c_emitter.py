"""The translation: what it does not know is an error that names file and line."""

from __future__ import annotations

import importlib.util
import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from stdplus_ref.c.emit import Header
from stdplus_ref.c.translate import DOUBLE, SINGLE, TranslationError

HEAD = """\
from __future__ import annotations
from typing import Final
from stdplus_ref.source.operations import Double, Int64, Pair, Single, fma, mul, narrow, select
LIMIT: Final = 0.5  # half
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("planted_")]:
        del sys.modules[name]


def module(folder: Path, text: str) -> ModuleType:
    name = f"planted_{len(list(folder.iterdir()))}"
    path = folder / f"{name}.py"
    path.write_text(HEAD + textwrap.dedent(text), encoding="utf-8")
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules[name] = made
    spec.loader.exec_module(made)
    return made


UNKNOWN = {
    "a loop": """
        def f(x: Double) -> Double:
            for _ in range(3):
                x = x + x
            return x
        """,
    "a power": """
        def f(x: Double) -> Double:
            return x ** 2
        """,
    "an unknown name": """
        def f(x: Double) -> Double:
            return x + y
        """,
    "a sum of two types": """
        def f(x: Double) -> Double:
            return x + narrow(x)
        """,
    "another result than declared": """
        def f(x: Double) -> Single:
            return x
        """,
    "a variable of two types": """
        def f(x: Double) -> Double:
            y = x
            y = narrow(x)
            return x
        """,
    "a chain of comparisons": """
        def f(x: Double) -> Double:
            return select(0.0 < x < 1.0, x, x)
        """,
    "a library function": """
        import math
        def f(x: Double) -> Double:
            return math.exp(x)
        """,
    "a keyword": """
        def f(x: Double) -> Double:
            return fma(x, x, c=x)
        """,
    "recursion": """
        def f(x: Double) -> Double:
            return f(x)
        """,
}


@pytest.mark.parametrize("case", UNKNOWN)
def test_unknown_python_is_an_error_with_its_place(case: str, folder: Path) -> None:
    made = module(folder, UNKNOWN[case])
    with pytest.raises(TranslationError) as caught:
        Header().function(made.f, [DOUBLE])
    if case != "recursion":
        assert re.match(rf"{re.escape(str(made.__file__))}:\d+: ", str(caught.value))


def test_branches_comments_and_names_stay(folder: Path) -> None:
    made = module(
        folder,
        '''
        def f(x: Double) -> Pair:
            """A pair."""
            if x < LIMIT:  # left
                hi, lo = x, 0.0
            else:
                # two steps
                hi, lo = x * x, fma(x, x, -x)  # exact
            return hi, lo
        ''',
    )
    header = Header()
    name, result = header.function(made.f, [DOUBLE])
    text = "\n".join(header.lines())
    assert getattr(result, "name", "") == "sp_Pair"
    for line in (
        "/* A pair. */",
        f"STDPLUS_FUNCTION sp_Pair {name}(double x)",
        f"    if (x < sp_{made.__name__}_LIMIT) {{  // left",
        "        hi = x;",
        "    } else {",
        "        // two steps",
        "        lo = sp_fma(x, x, -x);  // exact",
        "    return sp_Pair_of(hi, lo);",
        f"#define sp_{made.__name__}_LIMIT 0x1p-1  // half",
    ):
        assert line in text.splitlines()


def test_a_function_for_two_types_has_two_names(folder: Path) -> None:
    made = module(
        folder,
        """
        from stdplus_ref.source.operations import Real
        def double(x: Real) -> Real:
            return x + x
        """,
    )
    header = Header()
    names = {header.function(made.double, [kind])[0] for kind in (DOUBLE, SINGLE)}
    assert len(names) == 2
