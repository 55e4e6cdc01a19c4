"""The wheel and the sdist: they build, hold what they should, and work when installed."""

from __future__ import annotations

import datetime
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import stdplus_ref

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
NAME = f"stdplus_ref-{stdplus_ref.__version__}"


def run(*command: str | Path, cwd: Path = ROOT) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def sdist_and_wheel(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The sdist, and the wheel that is made from it."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ".")
    (sdist,), (wheel,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
    assert (sdist.name, wheel.name) == (f"{NAME}.tar.gz", f"{NAME}-py3-none-any.whl")
    return sdist, wheel


@pytest.fixture
def wheel(sdist_and_wheel: tuple[Path, Path]) -> Path:
    return sdist_and_wheel[1]


def sources(folder: str) -> set[str]:
    """The files of a folder of the repository that are not made by running it."""
    found = (path for path in (ROOT / folder).rglob("*") if path.is_file())
    made = {"__pycache__", "_build"}
    return {path.relative_to(ROOT).as_posix() for path in found if not made & set(path.parts)}


def test_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    package = {name for name in names if not name.startswith(f"{NAME}.dist-info/")}
    assert package == sources("stdplus_ref")
    assert {"stdplus_ref/py.typed", "stdplus_ref/__init__.pyi"} <= package
    assert f"{NAME}.dist-info/licenses/LICENSE" in names


def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        return Parser().parsestr(archive.read(f"{NAME}.dist-info/METADATA").decode())


def test_wheel_requires_numpy_and_numba_alone(wheel: Path) -> None:
    required = map(Requirement, metadata(wheel).get_all("Requires-Dist", ()))
    assert {found.name for found in required if found.marker is None} == {"numpy", "numba"}


def test_wheel_metadata(wheel: Path) -> None:
    found = metadata(wheel)
    assert found["Name"] == "stdplus-ref"
    assert found["License-Expression"] == "BSD-3-Clause"
    assert found["Requires-Python"] == ">=3.11"
    assert set(found.get_all("Provides-Extra")) == set(PROJECT["optional-dependencies"])
    assert found.get_payload() == (ROOT / "README.md").read_text(encoding="utf-8")


def test_sdist_is_a_whole_checkout(sdist_and_wheel: tuple[Path, Path]) -> None:
    """Both commands of the README work in an unpacked sdist."""
    with tarfile.open(sdist_and_wheel[0]) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    folders = ("stdplus_ref", "derivations", "docs", "tests", "validation", ".ci", ".github")
    pages = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "CITATION.cff", "LICENSE")
    settings = ("pyproject.toml", ".pre-commit-config.yaml")
    wanted = {*pages, *settings, *(file for folder in folders for file in sources(folder))}
    assert wanted - names == set()


def test_installed_wheel_runs_the_quick_start(wheel: Path, tmp_path: Path) -> None:
    """Without the checkout; `.ci/run` does it in an empty environment."""
    site = tmp_path / "site"
    install = ("-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--target")
    run(sys.executable, *install, site, wheel)
    program = (
        f"import sys; sys.path[:0] = [{str(site)!r}, {str(ROOT / 'tests' / 'package')!r}]\n"
        "import readme, stdplus_ref\n"
        "print(stdplus_ref.__file__)\n"
        "sys.exit(readme.main(['examples']))"
    )
    file, result = run(sys.executable, "-I", "-c", program, cwd=tmp_path).splitlines()
    assert Path(file) == site / "stdplus_ref" / "__init__.py"
    assert re.fullmatch(r"\d+ examples, 0 failed", result)


def test_extras_are_added_to_what_is_installed(wheel: Path, tmp_path: Path) -> None:
    """The install line of pages and messages needs no index that has this package."""
    site = tmp_path / "site"
    install = ("-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--target")
    run(sys.executable, *install, site, wheel)
    program = (
        f"import sys; sys.path.insert(0, {str(site)!r})\n"
        "from pip._internal.cli.main import main\n"
        "sys.exit(main(['install', '--no-index', '--dry-run', 'stdplus-ref[exact]']))"
    )
    said = run(sys.executable, "-I", "-c", program, cwd=tmp_path)
    assert re.search(r"already satisfied: stdplus-ref\[exact\] in \S*\bsite ", said)
    for name in ("numpy", "numba", "mpmath", "python-flint"):
        assert re.search(rf"already satisfied: {name}\S* .*\(from stdplus-ref\[exact\]\)", said)


def test_version_is_the_same_everywhere() -> None:
    assert PROJECT["version"] == stdplus_ref.__version__
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.findall(r"^version: (.*)$", citation, re.MULTILINE) == [stdplus_ref.__version__]
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    entry = page.partition("```bibtex\n")[2].partition("```")[0]
    said = re.findall(r"^  note   = \{Version (.*)\},$", entry, re.MULTILINE)
    assert said == [stdplus_ref.__version__]
    released = re.findall(r"^date-released: (.*)$", citation, re.MULTILINE)
    year = datetime.date.fromisoformat(released[0]).year
    assert re.findall(r"^  year   = \{(.*)\},$", entry, re.MULTILINE) == [str(year)]
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    version, when = re.findall(r"^## (\S+) \((.*)\)$", changes, re.MULTILINE)[0]
    assert version == stdplus_ref.__version__
    assert when in ("unreleased", *released)


def requirements(extra: str | None = None) -> list[Requirement]:
    """What the project, or an extra of it, requires; extras of its own resolved."""
    listed = PROJECT["dependencies"] if extra is None else PROJECT["optional-dependencies"][extra]
    found = []
    for requirement in map(Requirement, listed):
        if requirement.name == PROJECT["name"]:
            found += [r for inner in sorted(requirement.extras) for r in requirements(inner)]
        else:
            found.append(requirement)
    return found


def test_lowest_versions_are_the_lower_bounds() -> None:
    """tests/lowest.txt pins each dependency to its bound; what stands below is indirect."""
    direct, _, _ = (ROOT / "tests" / "lowest.txt").read_text().partition("# Indirect")
    pins = {line for line in direct.splitlines() if not line.startswith("#")}
    bounds = {
        f"{requirement.name}=={specifier.version}"
        for extra in (None, "test", "docs", "torch", "jax", "cuda")
        for requirement in requirements(extra)
        for specifier in requirement.specifier
        if specifier.operator == ">="
    }
    assert pins == bounds
