"""What tools do with the package on their own: help, completion, looking for members."""

from __future__ import annotations

import subprocess
import sys

import pytest

import stdplus_ref

EXTRAS = {
    "exact": ("mpmath", "flint"),
    "torch": ("torch",),
    "jax": ("jax",),
}
BLOCKED = [package for packages in EXTRAS.values() for package in packages]


def run(program: str, blocked: list[str]) -> str:
    """What `program` prints where these packages are not installed."""
    lines = "import sys\n" + "".join(f"sys.modules[{name!r}] = None\n" for name in blocked)
    done = subprocess.run([sys.executable, "-c", lines + program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("blocked", [[], BLOCKED], ids=["with extras", "without"])
def test_help_and_members(blocked: list[str]) -> None:
    program = (
        "import inspect, pydoc, stdplus_ref\n"
        "members = dict(inspect.getmembers(stdplus_ref))\n"
        "text = pydoc.render_doc(stdplus_ref)\n"
        "print(len(members), 'stdplus' in members, 'SlashedNormal' in text)"
    )
    count, *found = run(program, blocked).split()
    assert int(count) >= len(stdplus_ref.__all__)
    assert found == ["True", "True"]


@pytest.mark.parametrize("name", EXTRAS)
def test_a_missing_extra_is_no_attribute_and_no_module(name: str) -> None:
    program = (
        f"import stdplus_ref\nprint(hasattr(stdplus_ref, {name!r}))\n"
        f"try:\n    stdplus_ref.{name}\nexcept AttributeError as error:\n    print(error)\n"
        f"try:\n    import stdplus_ref.{name}\nexcept ImportError as error:\n    print(error)\n"
        f"try:\n    from stdplus_ref import {name}\nexcept ImportError as error:\n    print(error)"
    )
    there, *said = run(program, list(EXTRAS[name])).splitlines()
    assert there == "False"
    assert len(said) == 3
    assert set(said) == {said[0]}
    assert f'pip install "stdplus-ref[{name}]"' in said[0]


def test_dir_lists_public_names_only() -> None:
    hidden = [name for name in dir(stdplus_ref) if name.startswith("_") and name != "__version__"]
    assert not hidden
    assert set(dir(stdplus_ref)) == {*stdplus_ref.__all__, *stdplus_ref._OPTIONAL}
