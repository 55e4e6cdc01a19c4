"""Why the accuracy promises are believed. Written by `python -m validation.evidence`; do not edit.

By function and type: how it is known, what was scanned, the largest error in ULP, and where it was
seen: argument, result, exact value.
"""

from __future__ import annotations

from typing import Literal

Word = Literal["exhaustive", "proved", "observed"]
"""How a claim is known: every input computed, a proof, or the worst of a set of inputs."""

Found = tuple[Word, str, float, tuple[str, str, str] | None]

EVIDENCE: dict[tuple[str, str], tuple[Found, ...]] = {}
