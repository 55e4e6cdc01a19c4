"""The proved bounds of the functions against the promise.

float64: the record of `derivations.proof`, which runs the source; `error_budget` writes it to
docs/error-budget.md. float32: the sums of `derivations.budget.fast`.
"""

from __future__ import annotations

import math

from derivations.budget import fast
from derivations.core import derivation, require
from derivations.proof import record
from stdplus_ref import spec


def up(value: float, places: int = 5) -> str:
    """A bound as text, rounded up."""
    return f"{record.up(value, places):.{places}f}"


def promise(name: str) -> float:
    """The limit `spec` gives for float64."""
    return next(a.limit for a in spec.FUNCTIONS[name].accuracy("numpy") if a.dtype == "float64")


def proved(name: str) -> tuple[float, str]:
    """The largest proved error of a float64 function in ULP, ½ included, and in which region."""
    rows = [row for row in record.load()["bounds"] if row["function"] == name]
    worst = max(rows, key=lambda row: row["ulp"])
    return 0.5 + worst["ulp"], worst["region"]


def kept(name: str, limit: float | None) -> str:
    """The witness that a float64 function stays within a limit, by default the promised one."""
    require(record.load()["fingerprint"] == record.fingerprint(), f"{name}: proved of this program")
    bound, where = proved(name)
    found = f"{up(bound)} ULP, for {where}"
    limit = promise(name) if limit is None else limit
    require(bound <= limit, f"{name}: {found}, limit {limit}")
    return found


@derivation(
    "Eq. 8, 13",
    "stdplus, float64: ½ and the proved error, against the promise of `spec`",
    "spec: stdplus",
)
def stdplus(limit: float | None = None) -> str:
    return kept("stdplus", limit)


@derivation(
    "Eq. 13",
    "log_stdplus, float64: ½ and the proved error, against the promise of `spec`",
    "spec: log_stdplus",
)
def log_stdplus(limit: float | None = None) -> str:
    return kept("log_stdplus", limit)


@derivation(
    "Eq. 31",
    "stdplus_derivative, float64: ½ and the proved error, against the promise of `spec`",
    "spec: stdplus_derivative",
)
def stdplus_derivative(limit: float | None = None) -> str:
    return kept("stdplus_derivative", limit)


@derivation(
    "Eq. 31",
    "log_stdplus_derivative, float64: ½ and the proved error, against the promise of `spec`",
    "spec: log_stdplus_derivative",
)
def log_stdplus_derivative(limit: float | None = None) -> str:
    return kept("log_stdplus_derivative", limit)


@derivation(
    "Eq. 25",
    "inv_stdplus, float64: ½ and the proved error, against the promise of `spec`",
    "spec: inv_stdplus",
)
def inv_stdplus(limit: float | None = None) -> str:
    return kept("inv_stdplus", limit)


@derivation(
    "definition",
    "inv_log_stdplus, float64: ½ and the proved error, against the promise of `spec`",
    "spec: inv_log_stdplus",
)
def inv_log_stdplus(limit: float | None = None) -> str:
    return kept("inv_log_stdplus", limit)


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
