"""Why the accuracy promises are believed. Written by `python -m validation.evidence`; do not edit.

By function and type: how it is known, what was scanned, the largest error in ULP, and where it was
seen: argument, result, exact value.
"""

# fmt: off
# ruff: noqa: E501

from __future__ import annotations

from typing import Final

from stdplus_ref.spec.records import Found

SOURCE: Final = "0ee6d5f39425ef87"
"""The fingerprint (validation/fingerprint.py) of the program it was found on."""

EVIDENCE: dict[tuple[str, str], tuple[Found, ...]] = {
    ('stdplus', 'float32'): (('exhaustive', 'all 2³² arguments', 0.49999999994124017, ('0x1.4fce620000000p-11', '0x1.001db00000000p+0', '0x1.001daf000000008136da6ac9p+0')),),
    ('stdplus', 'float64'): (('proved', 'every argument ([error budget](docs/error-budget.md))', 0.50087, None), ('observed', '104·10⁶ random arguments and 14·10⁶ in searches for the worst', 0.5005164480760442, ('-0x1.d4d6281770869p-3', '0x1.af7b3ec2459d7p-1', '0x1.af7b3ec2459d67fde2770674p-1'))),
    ('log_stdplus', 'float32'): (('exhaustive', 'all 2³² arguments', 0.5, ('-0x1.0010000000000p+44', '-0x1.0020020000000p+87', '-0x1.002001000000000000000100p+87')),),
    ('log_stdplus', 'float64'): (('proved', 'every argument ([error budget](docs/error-budget.md))', 0.50344, None), ('observed', '104·10⁶ random arguments and 14·10⁶ in searches for the worst', 0.5010472305480808, ('0x1.05b23bd399f9fp-2', '0x1.5d14b0be7bd1ep-3', '0x1.5d14b0be7bd1d7fbb5e630b7p-3'))),
    ('stdplus_derivative', 'float32'): (('exhaustive', 'all 2³² arguments', 0.4999999993537722, ('-0x1.0df6cc0000000p-22', '0x1.6a09e60000000p-1', '0x1.6a09e5000000058d11e6973dp-1')),),
    ('stdplus_derivative', 'float64'): (('proved', 'every argument ([error budget](docs/error-budget.md))', 0.50205, None), ('observed', '104·10⁶ random arguments and 14·10⁶ in searches for the worst', 0.501894743304101, ('-0x1.cdfdf4a742e77p-3', '0x1.552f4a4acf6d7p-1', '0x1.552f4a4acf6d7807c2c84868p-1'))),
    ('log_stdplus_derivative', 'float32'): (('exhaustive', 'all 2³² arguments', 0.4999999999654417, ('0x1.847b860000000p+26', '0x1.5165140000000p-27', '0x1.516514ffffffffb40166ec83p-27')),),
    ('log_stdplus_derivative', 'float64'): (('proved', 'every argument ([error budget](docs/error-budget.md))', 0.50239, None), ('observed', '104·10⁶ random arguments and 14·10⁶ in searches for the worst', 0.501981165789984, ('-0x1.f41cdb02e6f77p-3', '0x1.9789fc52cda47p-1', '0x1.9789fc52cda478081d67246ap-1'))),
    ('inv_stdplus', 'float32'): (('exhaustive', 'all 2³² arguments', 0.4999999998491815, ('0x1.3cf3e80000000p-101', '-0x1.78b7360000000p+3', '-0x1.78b736fffffffeb458b9b797p+3')),),
    ('inv_stdplus', 'float64'): (('proved', 'every argument ([error budget](docs/error-budget.md))', 0.50283, None), ('observed', '102·10⁶ random arguments and 13·10⁶ in searches for the worst', 0.501858688189587, ('0x1.69ba155a443c5p-1', '-0x1.c30946d0057d2p-2', '-0x1.c30946d0057d28079cf9cfcep-2'))),
    ('inv_log_stdplus', 'float32'): (('exhaustive', 'all 2³² arguments', 0.49999999931911465, ('-0x1.ad49060000000p-19', '-0x1.2f8cd80000000p-18', '-0x1.2f8cd8fffffffa26b79c4e73p-18')),),
    ('inv_log_stdplus', 'float64'): (('proved', 'every argument ([error budget](docs/error-budget.md))', 0.50283, None), ('observed', '102·10⁶ random arguments and 15·10⁶ in searches for the worst', 0.5020931443619896, ('-0x1.7f34044fc12f1p-2', '-0x1.e1fbb2e922687p-2', '-0x1.e1fbb2e9226867f76d2dd6b6p-2'))),
}
