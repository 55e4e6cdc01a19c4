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
from stdplus_ref.c.translate import DOUBLE, INT64, SINGLE, TranslationError

HEAD = """\
from __future__ import annotations
from typing import Final
from stdplus_ref.source.operations import Double, Int64, Pair, Single, Words
from stdplus_ref.source.operations import fma, mul, narrow, select, words
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
    "a loop over no range": """
        def f(x: Double) -> Double:
            for _ in (1, 2):
                x = x + x
            return x
        """,
    "a range whose end changes": """
        def f(n: Int64) -> Int64:
            for _ in range(n):
                n = n + 1
            return n
        """,
    "a variable of a loop after it": """
        def f(n: Int64) -> Int64:
            for i in range(n):
                k = i
            return k
        """,
    "a while of a number": """
        def f(n: Int64) -> Int64:
            while n:
                n = n - 1
            return n
        """,
    "a word of a number": """
        def f(n: Int64) -> Int64:
            return n[0]
        """,
    "a word that is no integer": """
        def f(x: Double) -> Double:
            a = words()
            a[0] = x
            return x
        """,
    "a result that is not there": """
        def g(n: Int64) -> None:
            return
        def f(n: Int64) -> Int64:
            return g(n)
        """,
    "a result that is lost": """
        def g(n: Int64) -> Int64:
            return n
        def f(n: Int64) -> Int64:
            g(n)
            return n
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
        Header().function(made.f, [INT64 if "n: Int64" in UNKNOWN[case] else DOUBLE])
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


def test_words_and_loops(folder: Path) -> None:
    made = module(
        folder,
        """
        def fill(a: Words, n: Int64) -> None:
            for i in range(1, n):  # all but the first
                a[i] = a[i - 1] // 3

        def f(n: Int64) -> Int64:
            a, k = words(), 0
            a[0] = -n
            fill(a, n)
            while (a[k] != 0) & (k < n):
                k = k + 1
            for _ in range(n):
                k = k << n
            return abs(k) * a[n]
        """,
    )
    header = Header()
    name, _ = header.function(made.f, [INT64])
    lines = "\n".join(header.lines()).splitlines()
    assert f"STDPLUS_FUNCTION void sp_{made.__name__}_fill(sp_int64 *a, sp_int64 n)" in lines
    start = lines.index(f"STDPLUS_FUNCTION sp_int64 {name}(sp_int64 n)")
    assert lines[start + 2 : start + 13] == [
        "    sp_int64 a[sp_operations_MOST_WORDS];",
        "    sp_int64 k = 0;",
        "    a[0] = sp_sub(0, n);",
        f"    sp_{made.__name__}_fill(a, n);",
        "    while (sp_both(a[k] != 0, k < n)) {",
        "        k = sp_add(k, 1);",
        "    }",
        "    for (sp_int64 unused = 0; unused < n; unused++) {",
        "        k = sp_shift_left(k, (int)n);",
        "    }",
        "    return sp_times(sp_abs_int64(k), a[n]);",
    ]
    assert "    for (sp_int64 i = 1; i < n; i++) {  // all but the first" in lines
    assert "        a[i] = sp_floor_divide(a[sp_sub(i, 1)], 3);" in lines
