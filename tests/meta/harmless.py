"""Why faults that no test finds change no result, or none that was promised."""

from __future__ import annotations

from tests.meta.catalogue import Fault


def reason(fault: Fault) -> str | None:
    """Why the fault is harmless, None if nothing is known."""
    return None
