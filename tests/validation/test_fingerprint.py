"""Evidence belongs to a source: what was found on another one does not count."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import stdplus_ref
from stdplus_ref.conformance import bit_set
from stdplus_ref.spec import evidence
from validation.digests import DIGESTS
from validation.fingerprint import fingerprint, meaning

SOURCE = Path(stdplus_ref.__file__).parent / "source"
AGAIN = (
    "python -m validation --only exhaustive-float32 && python -m validation.exhaustive && "
    "python -m validation --only survey-float64 && python -m validation.digests_float64 && "
    "python -m validation.evidence && "
    "python -m derivations"
)


@pytest.mark.parametrize("file", [DIGESTS, bit_set.DIGESTS], ids=["float32", "float64"])
def test_the_digests_are_of_this_source(file: Path) -> None:
    assert json.loads(file.read_text("utf-8"))["source"] == fingerprint(), AGAIN


def test_the_evidence_is_of_this_source() -> None:
    assert fingerprint() == evidence.SOURCE, AGAIN


def test_wording_has_no_meaning() -> None:
    text = 'def f(x: float) -> float:\n    """One."""\n    return x + 1.0  # exact\n'
    other = 'def f(x):\n    """Two."""\n\n    # another\n    return x + 1.0\n'
    assert meaning(text) == meaning(other)


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("newton", "LEAST_KEPT: Final = -500", "LEAST_KEPT: Final = -26"),
        ("pairs", "e = b - (s - a)", "e = b - (s + a)"),
        ("coefficients", '_h("0x1.71547652b82fep+0")', '_h("0x1.71547652b82ffp+0")'),
        ("stdplus", "exceptions=none", "exceptions=far"),
    ],
)
def test_a_change_of_the_program_has(name: str, before: str, after: str) -> None:
    text = (SOURCE / f"{name}.py").read_text("utf-8")
    assert text.count(before) == 1
    assert meaning(text.replace(before, after)) != meaning(text)
