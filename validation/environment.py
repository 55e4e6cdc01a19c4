"""What a run was made with: day, commit, machine, packages. Nothing names a person or a folder."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

import stdplus_ref

_ROOT = Path(__file__).resolve().parents[1]
_PACKAGES = (
    "numpy", "numba", "llvmlite", "mpmath", "python-flint", "sympy", "scipy", "matplotlib",
    "torch", "jax", "stdplus-ext",
)  # fmt: skip


def environment() -> dict[str, str]:
    """Day and time (UTC), version, commit, machine, system, and the versions of what took part."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "stdplus-ref": stdplus_ref.__version__,
        "commit": commit(),
        "machine": machine(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **{package: _version(package) for package in _PACKAGES},
    }


def commit(root: Path = _ROOT) -> str:
    """The commit of the checkout, and whether files differ from it; "unknown" outside of one."""
    git = ("git", "-c", "safe.directory=*", "-C", str(root))
    try:
        top = _said(*git, "rev-parse", "--show-toplevel")
        if Path(top).resolve() != root.resolve():
            return "unknown"  # an unpacked archive inside somebody's repository
        changed = _said(*git, "status", "--porcelain", "--untracked-files=no")
        return _said(*git, "rev-parse", "--short=12", "HEAD") + ", with changes" * bool(changed)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def machine() -> str:
    """The processor's name as it gives it, and how many cores this process sees."""
    return f"{_processor()}, {os.cpu_count() or 1} cores"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    parts = (line.partition(":") for line in lines)
    fields = {name.strip(): value.strip() for name, _, value in parts}
    family = f" (family {fields['cpu family']})" if "cpu family" in fields else ""
    return fields.get("model name", platform.machine()) + family


def _said(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"
