"""Why the accuracy promises are believed. Written by `python -m validation.evidence`; do not edit.

By function and type: how it is known, what was scanned, the largest error in ULP, and where it was
seen: argument, result, exact value.
"""

# fmt: off
# ruff: noqa: E501

from __future__ import annotations

from typing import Final

from stdplus_ref.spec.records import Found

SOURCE: Final = "32e1dc1f082e0055"
"""The fingerprint (validation/fingerprint.py) of the program it was found on."""

EVIDENCE: dict[tuple[str, str], tuple[Found, ...]] = {
    ('stdplus', 'float32'): (('exhaustive', 'all 2³² arguments', 0.49999999994124017, ('0x1.4fce620000000p-11', '0x1.001db00000000p+0', '0x1.001daf000000008136da6ac9p+0')),),
    ('stdplus', 'float64'): (('proved', 'every argument that the first phase decides ([error budget](docs/error-budget.md))', 0.5, None), ('observed', '104·10⁶ random arguments and 14·10⁶ in searches for the worst', 0.49999999999999994, ('0x1.6a09e667f3bcdp-53', '0x1.0000000000001p+0', '0x1.000000000000080000000000p+0'))),
    ('log_stdplus', 'float32'): (('exhaustive', 'all 2³² arguments', 0.5, ('-0x1.0010000000000p+44', '-0x1.0020020000000p+87', '-0x1.002001000000000000000100p+87')),),
    ('log_stdplus', 'float64'): (('proved', 'every argument that the first phase decides ([error budget](docs/error-budget.md))', 0.5, None), ('observed', '104·10⁶ random arguments and 14·10⁶ in searches for the worst', 0.4999999999999998, ('-0x1.4000000000001p+5', '-0x1.9040000000003p+9', '-0x1.904000000000280000000000p+9'))),
    ('stdplus_derivative', 'float32'): (('exhaustive', 'all 2³² arguments', 0.4999999993537722, ('-0x1.0df6cc0000000p-22', '0x1.6a09e60000000p-1', '0x1.6a09e5000000058d11e6973dp-1')),),
    ('stdplus_derivative', 'float64'): (('proved', 'every argument that the first phase decides ([error budget](docs/error-budget.md))', 0.5, None), ('observed', '104·10⁶ random arguments and 14·10⁶ in searches for the worst', 0.49999999999999994, ('-0x1.8d0c789d1a5fap-55', '0x1.6a09e667f3bcdp-1', '0x1.6a09e667f3bcc80000000000p-1'))),
    ('log_stdplus_derivative', 'float32'): (('exhaustive', 'all 2³² arguments', 0.4999999999654417, ('0x1.847b860000000p+26', '0x1.5165140000000p-27', '0x1.516514ffffffffb40166ec83p-27')),),
    ('log_stdplus_derivative', 'float64'): (('proved', 'every argument that the first phase decides ([error budget](docs/error-budget.md))', 0.5, None), ('observed', '104·10⁶ random arguments and 14·10⁶ in searches for the worst', 0.5, ('0x1.8d0c789d1a5fep-56', '0x1.6a09e667f3bcdp-1', '0x1.6a09e667f3bcc80000000000p-1'))),
    ('inv_stdplus', 'float32'): (('exhaustive', 'all 2³² arguments', 0.4999999998491815, ('0x1.3cf3e80000000p-101', '-0x1.78b7360000000p+3', '-0x1.78b736fffffffeb458b9b797p+3')),),
    ('inv_stdplus', 'float64'): (('proved', 'every argument that the first phase decides ([error budget](docs/error-budget.md))', 0.5, None), ('observed', '102·10⁶ random arguments and 13·10⁶ in searches for the worst', 0.49999999999999994, ('0x1.1cbc8f238c45ep+25', '0x1.1cbc8f238c41dp+25', '0x1.1cbc8f238c41d80000000000p+25'))),
    ('inv_log_stdplus', 'float32'): (('exhaustive', 'all 2³² arguments', 0.49999999931911465, ('-0x1.ad49060000000p-19', '-0x1.2f8cd80000000p-18', '-0x1.2f8cd8fffffffa26b79c4e73p-18')),),
    ('inv_log_stdplus', 'float64'): (('proved', 'every argument that the first phase decides ([error budget](docs/error-budget.md))', 0.5, None), ('observed', '102·10⁶ random arguments and 15·10⁶ in searches for the worst', 0.49999996355711535, ('-0x1.594c4a902fb69p-3', '-0x1.ce5b33fad0222p-3', '-0x1.ce5b33fad02227fffff637aap-3'))),
}
