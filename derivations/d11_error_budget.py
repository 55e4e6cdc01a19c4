"""The proved bounds of the functions against what the functions take them to be.

float64: the record of `derivations.proof`, which runs the source; `error_budget` writes it to
docs/error-budget.md. float32: the sums of `derivations.budget.fast`.
"""

from __future__ import annotations

import math
from typing import Any

from derivations.budget import fast
from derivations.core import derivation, require
from derivations.proof import record
from derivations.proof_page import closeness
from stdplus_ref import spec


def proved(name: str) -> tuple[float, str]:
    """The largest error of a float64 function in ULP, and the region that is nearest to `error`."""
    return 0.5, max(_rows(name), key=closeness)["region"]


def _rows(name: str) -> list[dict[str, Any]]:
    return [row for row in record.load()["bounds"] if row["function"] == name]


def kept(name: str, error: float | None) -> str:
    """The witness that no region needs more than it is allowed, by default its `error(x)`."""
    require(record.load()["fingerprint"] == record.fingerprint(), f"{name}: proved of this program")
    worst = max(_rows(name), key=closeness)
    allowed = worst["allowed"] if error is None else record.up(math.log2(error))
    found = f"2^{worst['needed']} of 2^{allowed}, for {worst['region']}"
    require(worst["needed"] <= allowed, f"{name}: {found}")
    return found


@derivation(
    "Eq. 8, 13",
    "stdplus, float64: `error` is as large as the proof of correct rounding needs",
    "source.stdplus: ERROR, error",
)
def stdplus(error: float | None = None) -> str:
    return kept("stdplus", error)


@derivation(
    "Eq. 13",
    "log_stdplus, float64: `error` is as large as the proof of correct rounding needs",
    "source.log_stdplus: ERROR, error",
)
def log_stdplus(error: float | None = None) -> str:
    return kept("log_stdplus", error)


@derivation(
    "Eq. 31",
    "stdplus_derivative, float64: `error` is as large as the proof of correct rounding needs",
    "source.stdplus_derivative: ERROR, error",
)
def stdplus_derivative(error: float | None = None) -> str:
    return kept("stdplus_derivative", error)


@derivation(
    "Eq. 31",
    "log_stdplus_derivative, float64: `error` is as large as the proof of correct rounding needs",
    "source.log_stdplus_derivative: ERROR, error",
)
def log_stdplus_derivative(error: float | None = None) -> str:
    return kept("log_stdplus_derivative", error)


@derivation(
    "Eq. 25",
    "inv_stdplus, float64: `error` is as large as the proof of correct rounding needs",
    "source.inv_stdplus: ERROR, error",
)
def inv_stdplus(error: float | None = None) -> str:
    return kept("inv_stdplus", error)


@derivation(
    "definition",
    "inv_log_stdplus, float64: `error` is as large as the proof of correct rounding needs",
    "source.inv_log_stdplus: ERROR, error",
)
def inv_log_stdplus(error: float | None = None) -> str:
    return kept("inv_log_stdplus", error)


@derivation(
    "all",
    "the float32 fast paths are off by less than NEAR last places of float64 for every float32 "
    "in the core: a result farther than that from half-way between two float32 rounds correctly",
    "source.fast: start_fast, exp_fast, solve_fast",
)
def fast_paths(near: float = fast.NEAR) -> str:
    found = []
    for name in spec.NAMES:
        bad = max(fast.regions(name), key=lambda region: region.bound)
        require(bad.bound < near, f"{name}: {bad.bound:.0f} for {bad.where}, allowed {near}")
        found.append(f"{name} {math.ceil(bad.bound)}")
    return ", ".join(found)
