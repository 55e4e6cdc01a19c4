"""Why the accuracy promises are believed. Written by `python -m validation.evidence`; do not edit.

By function and type: how it is known, what was scanned, the largest error in ULP, and where it was
seen: argument, result, exact value.
"""

# fmt: off
# ruff: noqa: E501

from __future__ import annotations

from typing import Literal

Word = Literal["exhaustive", "proved", "observed"]
"""How a claim is known: every input computed, a proof, or the worst of a set of inputs."""

Found = tuple[Word, str, float, tuple[str, str, str] | None]

EVIDENCE: dict[tuple[str, str], tuple[Found, ...]] = {
    ("stdplus", "float32"): (
        (
            "exhaustive",
            "all 2³² arguments",
            0.49999999994124017,
            ("0x1.4fce620000000p-11", "0x1.001db00000000p+0", "0x1.001daf000000008136da6ac9p+0"),
        ),
    ),
    ("stdplus", "float64"): (
        ("proved", "every argument ([error budget](docs/error-budget.md))", 0.50135, None),
        (
            "observed",
            "104·10⁶ random arguments and 14·10⁶ in searches for the worst",
            0.5007615098676546,
            ("-0x1.dbcbbb3295417p-3", "0x1.ae52e24cb881fp-1", "0x1.ae52e24cb881e7fce17fc05ep-1"),
        ),
    ),
    ("log_stdplus", "float32"): (
        (
            "exhaustive",
            "all 2³² arguments",
            0.5,
            (
                "-0x1.0010000000000p+44",
                "-0x1.0020020000000p+87",
                "-0x1.002001000000000000000100p+87",
            ),
        ),
    ),
    ("log_stdplus", "float64"): (
        ("proved", "every argument ([error budget](docs/error-budget.md))", 0.50105, None),
        (
            "observed",
            "104·10⁶ random arguments and 14·10⁶ in searches for the worst",
            0.5008649840252591,
            ("0x1.00854d8b4ddf3p-2", "0x1.568fb23833751p-3", "0x1.568fb238337507fc74ff9e66p-3"),
        ),
    ),
    ("stdplus_derivative", "float32"): (
        (
            "exhaustive",
            "all 2³² arguments",
            0.4999999993537722,
            ("-0x1.0df6cc0000000p-22", "0x1.6a09e60000000p-1", "0x1.6a09e5000000058d11e6973dp-1"),
        ),
    ),
    ("stdplus_derivative", "float64"): (
        ("proved", "every argument ([error budget](docs/error-budget.md))", 0.5028, None),
        (
            "observed",
            "104·10⁶ random arguments and 14·10⁶ in searches for the worst",
            0.501894743304101,
            ("-0x1.cdfdf4a742e77p-3", "0x1.552f4a4acf6d7p-1", "0x1.552f4a4acf6d7807c2c84868p-1"),
        ),
    ),
    ("log_stdplus_derivative", "float32"): (
        (
            "exhaustive",
            "all 2³² arguments",
            0.4999999999654417,
            ("0x1.847b860000000p+26", "0x1.5165140000000p-27", "0x1.516514ffffffffb40166ec83p-27"),
        ),
    ),
    ("log_stdplus_derivative", "float64"): (
        ("proved", "every argument ([error budget](docs/error-budget.md))", 0.50339, None),
        (
            "observed",
            "104·10⁶ random arguments and 14·10⁶ in searches for the worst",
            0.5022334241571372,
            ("-0x1.f34c6eaefb87ap-3", "0x1.9775561b4a007p-1", "0x1.9775561b4a00780925ea3b68p-1"),
        ),
    ),
    ("inv_stdplus", "float32"): (
        (
            "exhaustive",
            "all 2³² arguments",
            0.4999999998491815,
            ("0x1.3cf3e80000000p-101", "-0x1.78b7360000000p+3", "-0x1.78b736fffffffeb458b9b797p+3"),
        ),
    ),
    ("inv_stdplus", "float64"): (
        ("proved", "every argument ([error budget](docs/error-budget.md))", 0.50566, None),
        (
            "observed",
            "102·10⁶ random arguments and 13·10⁶ in searches for the worst",
            0.5021225820571358,
            ("0x1.669a2c7b45c65p-1", "-0x1.cd1ccf7a31c27p-2", "-0x1.cd1ccf7a31c27808b1b0484cp-2"),
        ),
    ),
    ("inv_log_stdplus", "float32"): (
        (
            "exhaustive",
            "all 2³² arguments",
            0.49999999931911465,
            (
                "-0x1.ad49060000000p-19",
                "-0x1.2f8cd80000000p-18",
                "-0x1.2f8cd8fffffffa26b79c4e73p-18",
            ),
        ),
    ),
    ("inv_log_stdplus", "float64"): (
        ("proved", "every argument ([error budget](docs/error-budget.md))", 0.50572, None),
        (
            "observed",
            "102·10⁶ random arguments and 15·10⁶ in searches for the worst",
            0.5032770042613688,
            ("-0x1.724c9e877d1e9p-2", "-0x1.d37c2be1d6613p-2", "-0x1.d37c2be1d66127f293cfdde6p-2"),
        ),
    ),
}
