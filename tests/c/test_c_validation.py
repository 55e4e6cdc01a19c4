"""The validation step of C: it passes on a part, and a planted fault fails it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from stdplus_ref import spec
from tests.c.compilers import HEADER, compiler
from validation import c_code, resume
from validation.core import Claim, Context, Verdict
from validation.steps import c

SHARD = 0xBF  # the least negative numbers and those down to −2


@pytest.fixture
def claims(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Claim]:
    """Of a run on one shard and a few float64 numbers, with a fault in two functions."""
    compiler("gcc")
    text = HEADER.read_text(encoding="utf-8")
    planted = tmp_path / "stdplus.h"
    constants = {
        "#define sp_inv_log_stdplus_CENTRE 0x1p-2": "#define sp_inv_log_stdplus_CENTRE 0x1p+0",
        "#define sp_inv_log_stdplus_CENTRE_FAST 0x1.8p-2": (
            "#define sp_inv_log_stdplus_CENTRE_FAST 0x1p+0"
        ),
    }
    factor = "    double d = y - 1.0;  // exact\n"
    for constant, instead in constants.items():
        assert text.count(constant) == 1
        text = text.replace(constant, instead)
    assert text.count(factor) == 1
    planted.write_text(text.replace(factor, "    double d = y - 0.9;\n"), encoding="utf-8")
    monkeypatch.setattr(c_code, "HEADER", planted)
    monkeypatch.setattr(c_code, "COMPILERS", ("gcc",))
    monkeypatch.setattr(c_code, "PIECE_SIZE", 1 << 12)
    monkeypatch.setenv(c_code.COUNT_VARIABLE, "10000")
    monkeypatch.setenv(resume.CACHE_VARIABLE, str(tmp_path / "cache"))
    context = Context(tmp_path, 0, np.random.default_rng(0))
    return list(c.run(context, shards=[SHARD], rounds=0))


def test_a_planted_fault_fails_its_function_alone(claims: list[Claim]) -> None:
    failed = {claim.name for claim in claims if claim.verdict is Verdict.FAIL}
    # the shard has no argument of inv_stdplus's domain
    assert failed == {
        f"{name} {dtype}, gcc {form}"
        for form in ("branches", "loop")
        for name, dtype in (
            ("inv_log_stdplus", "float32"),
            ("inv_log_stdplus", "float64"),
            ("inv_stdplus", "float64"),
        )
    }
    assert len(claims) == 2 * 2 * len(spec.NAMES)
    assert all(
        "0x" in claim.detail for claim in claims if claim.name in failed and "64" in claim.name
    )
