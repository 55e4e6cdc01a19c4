"""docs/contract.md says what the functions do, and is what its generator writes."""

from __future__ import annotations

import re
import struct

import numpy as np
import pytest

import stdplus_ref
from derivations import contract, registry
from stdplus_ref import exact, spec

PAGE = (registry.ROOT / contract.PATH).read_text(encoding="utf-8")
CODES = {"float32": ("<f", "<I"), "float64": ("<d", "<Q")}


def section(title: str) -> str:
    return PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]


def rows(text: str) -> list[list[str]]:
    """The cells of the tables in a text, code marks taken off, without headers."""
    lines = [line for line in text.splitlines() if line.startswith("| `")]
    return [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in lines]


def number(bits: str, dtype: str) -> float:
    to, of = CODES[dtype]
    return struct.unpack(to, struct.pack(of, int(bits, 16)))[0]


def test_the_page_is_current() -> None:
    assert registry.differences(contract) == []


def test_every_function_is_defined() -> None:
    assert [row[0] for row in rows(section("The functions"))] == list(spec.NAMES)


SPELLED = {
    "−∞": -np.inf, "−0": -0.0, "+0": 0.0, "+∞": np.inf, "NaN": np.nan, "1": 1.0, "1/√2": 0.5**0.5,
    "y < 0": -2.5,
}  # fmt: skip


def special() -> list[tuple[str, str, str]]:
    """function, argument and result, as the page spells them."""
    text = section("Special values").partition("**NaN.**")[0]
    usual = ["−∞", "−0", "+0", "+∞", "NaN"]
    found = []
    for name, *cells, others in rows(text):
        pairs = [*zip(usual, cells, strict=True)]
        pairs += [tuple(other.split(" → ")) for other in others.split("; ") if other]
        found += [(name, argument, result) for argument, result in pairs]
    return found


def test_no_special_value_is_missing() -> None:
    assert len(special()) == sum(len(f.special) for f in spec.FUNCTIONS.values()) == 32


@pytest.mark.parametrize(("name", "argument", "result"), special())
def test_special_values_are_those_of_the_functions(name, argument, result, dtype, same) -> None:
    value, _, raised = result.partition(", ")
    function = getattr(stdplus_ref, name)
    x = dtype(SPELLED[argument])
    with np.errstate(all="raise"):
        if raised:
            with pytest.raises(FloatingPointError, match=raised):
                function(x)
    with np.errstate(all="raise", **({raised: "ignore"} if raised else {})):
        got = function(x)
    if value == "NaN":
        assert np.isnan(got)
    else:
        same(got, dtype(SPELLED[value]))


def test_ends_of_the_range() -> None:
    """At the last argument nothing has happened, at the next one it has."""
    happened = {
        "subnormal": lambda y, tiny: y < tiny,
        "+0": lambda y, tiny: y == 0,
        "−∞, overflow": lambda y, tiny: y == -np.inf,
        "+∞, overflow": lambda y, tiny: y == np.inf,
    }
    found = rows(section("Ends of the range"))
    assert len(found) == len(contract.ENDS) == 7
    for name, towards, what, *ends in found:
        for dtype, end in zip((np.float32, np.float64), ends, strict=True):
            last = dtype(float.fromhex(end))
            beyond = np.nextafter(last, dtype(SPELLED[towards]))
            tiny = np.finfo(dtype).smallest_normal
            got = [exact.rounded(name, x, dtype) for x in (last, beyond)]
            assert [bool(happened[what](y, tiny)) for y in got] == [False, True]
            with np.errstate(all="ignore"):
                ours = [getattr(stdplus_ref, name)(x) for x in (last, beyond)]
            assert [bool(happened[what](y, tiny)) for y in ours] == [False, True]


def test_values_are_correctly_rounded() -> None:
    text = section("Some values")
    tables = re.findall(r"^`(\w+)`\n\n((?:\|.*\n)+)", text, re.MULTILINE)
    assert [name for name, _ in tables] == list(spec.NAMES)
    for name, body in tables:
        found = rows(body)
        assert len(found) == len(contract.arguments(name)) >= 10
        for argument, *cells in found:
            for dtype, x, y in (("float32", *cells[:2]), ("float64", *cells[2:])):
                assert number(x, dtype) == float.fromhex(argument)
                truth = exact.rounded(name, float.fromhex(argument), np.dtype(dtype))
                assert number(y, dtype) == truth
                if dtype == "float32":
                    assert getattr(stdplus_ref, name)(np.float32(number(x, dtype))) == truth


def test_every_promise_is_on_the_page() -> None:
    """Read back from the page: target, function and type give the limit."""
    groups = {
        "all six": spec.NAMES,
        "the four forward functions": [n for n in spec.NAMES if not n.startswith("inv_")],
        "the two inverses": [n for n in spec.NAMES if n.startswith("inv_")],
    }
    names = {said: target for target, said in contract.TARGETS.items()}
    body = section("Accuracy").partition("|---")[2]
    found = {}
    for line in body.splitlines()[1:]:
        if line.startswith("|"):
            target, group, *limits = (cell.strip() for cell in line.strip("|").split("|"))
            for name in groups.get(group, re.findall(r"`(\w+)`", group)):
                for dtype, limit in zip(contract._TYPES, limits, strict=True):
                    if limit:
                        found[names.get(target, target), name, dtype] = float(limit)
    promised = {(p.target, p.function, p.dtype): p.limit for p in spec.ACCURACY}
    alike = {
        (target, function, dtype): limit
        for target in spec.SAME_BITS
        for (of, function, dtype), limit in promised.items()
        if of == "numpy"
    }
    assert {"numba", "c", "cuda"} == set(spec.SAME_BITS)
    assert found == promised | alike


def test_it_needs_no_python() -> None:
    """No name that only Python knows, but where the page sends those who have it."""
    text = PAGE.replace("`python -m derivations --only contract`", "")
    for name in ("import", "numpy", "np.", "mpmath", "stdplus_ref.", "float.hex", "ufunc"):
        assert name not in text, name
