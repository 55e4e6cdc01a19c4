"""Formulas of claims: what is mathematics becomes TeX that a browser can be given, words stay."""

from __future__ import annotations

import re

import pytest

pytest.importorskip("docutils", reason="needs the extra docs")

from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml

from derivations import listing, registry
from docs.site.formulas import tex, typeset
from docs.site.functions import DEFINITION, FORMULAS, method
from stdplus_ref import spec

FORMULA = re.compile(r"\{math\}`([^`]*)`")
CLAIMS = listing.listed()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("e^(−x²)", r"e^{-x^{2}}"),
        ("√(2π)", r"\sqrt{2π}"),
        ("√2·x", r"\sqrt{2}\cdot x"),
        ("W₋₁(−e^(k−1))", r"W_{-1}(-e^{k-1})"),
        ("½·σ0²", r"\tfrac{1}{2}\cdot σ_{0}^{2}"),
        ("e^{t − t0} − 1", r"e^{t - t_{0}} - 1"),
        ("‖ψ‖² ≤ δ", r"\Vert ψ\Vert ^{2} \leq  δ"),
        ("inv_stdplus(y)", r"\operatorname{inv\_stdplus}(y)"),
        ("1.34e154", "1.34e154"),
        (
            "log stdplus − log(x)",
            r"\operatorname{log}\, \operatorname{stdplus} - \operatorname{log}(x)",
        ),
    ],
)
def test_tex(text: str, wanted: str) -> None:
    assert tex(text) == wanted


def test_words_stay_words_and_code_stays_code() -> None:
    said = typeset("the sign of x: a KL of `x²`, “x < 0” and k ≤ 0, not more")
    assert FORMULA.findall(said) == ["x", r"k \leq ", "0"]
    assert said.startswith("the sign of {math}`x`: a KL of `x²`, “x < 0” and ")


def test_every_claim_has_formulas_that_can_be_drawn() -> None:
    drawn = 0
    for claim in CLAIMS:
        for formula in FORMULA.findall(typeset(claim.statement)):
            assert "<math" in tex2mathml(formula), claim.place
            drawn += 1
    assert drawn > 3 * len(CLAIMS)
    with pytest.raises(MathError):
        tex2mathml(r"\nosuchcommand")


def test_every_claim_is_listed() -> None:
    places = [claim.place for step in registry.steps().values() for claim in registry.claims(step)]
    assert [claim.place for claim in CLAIMS] == places
    assert set(listing.titles()) == set(registry.steps())


@pytest.mark.parametrize("name", spec.NAMES)
def test_a_function_has_a_formula_and_regimes(name: str) -> None:
    assert "<math" in tex2mathml(FORMULAS[name]) + tex2mathml(DEFINITION)
    items = method(name)
    assert len(items) >= 3
    assert [item[:2] for item in items[:2]] == ["1.", "2."]
