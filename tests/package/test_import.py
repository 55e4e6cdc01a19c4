"""Importing: fast, lazy, compiling nothing, needing nothing but NumPy and numba."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import stdplus_ref
from stdplus_ref import kernels, spec

ROOT = Path(stdplus_ref.__file__).parents[1]


def run(program: str) -> str:
    """What a fresh Python prints, run from outside the checkout with warnings as errors."""
    program = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{program}"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, cwd="/"
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def test_import_loads_nothing_else() -> None:
    """So it takes no time worth measuring."""
    loaded = run("import stdplus_ref; print(*sys.modules)").split()
    assert not {"numpy", "numba", "llvmlite", "mpmath", "scipy", "sympy"} & set(loaded)
    ours = {module for module in loaded if module.startswith("stdplus_ref")}
    assert ours == {"stdplus_ref", "stdplus_ref._version"}


def test_building_one_function_builds_no_other() -> None:
    program = (
        "import stdplus_ref\nstdplus_ref.inv_stdplus(2.0)\nprint(*vars(stdplus_ref), *sys.modules)"
    )
    seen = run(program).split()
    assert "inv_stdplus" in seen
    others = set(spec.NAMES) - {"inv_stdplus"}
    assert not others & set(seen)


def test_first_use_from_many_threads() -> None:
    program = (
        "import stdplus_ref, threading\n"
        "ready, seen = threading.Barrier(8), []\n"
        "def work():\n"
        "    ready.wait()\n"
        "    seen.append((stdplus_ref.stdplus, stdplus_ref.inv_stdplus))\n"
        "threads = [threading.Thread(target=work) for _ in range(8)]\n"
        "for t in threads: t.start()\n"
        "for t in threads: t.join()\n"
        "print(len(seen), len(set(seen)))"
    )
    assert run(program).split() == ["8", "1"]


def test_star_import_needs_no_extra() -> None:
    extras = ("mpmath", "flint", "sympy", "scipy", "matplotlib", "tqdm", "pandas", "torch", "jax")
    program = (
        f"for name in {extras!r}: sys.modules[name] = None\n"
        "from stdplus_ref import *\n"
        "print(stdplus(0.0), kernels.stdplus(1.0) == stdplus(1.0), SlashedNormal.__name__)"
    )
    assert run(program).split() == ["1.0", "True", "SlashedNormal"]


def test_every_public_name_is_there() -> None:
    assert set(spec.NAMES) <= set(stdplus_ref.__all__)
    assert set(stdplus_ref.__all__) <= set(dir(stdplus_ref))
    for name in stdplus_ref.__all__:
        assert getattr(stdplus_ref, name) is not None


def test_every_namespace_of_the_contract_is_listed() -> None:
    """Those of the ports and the GPU are imported on first use, like the rest."""
    homes = {"kernels", "cuda", "torch", "jax", "exact", "algorithm1"}
    assert homes <= set(dir(stdplus_ref))
    program = "print('torch' in sys.modules, 'jax' in sys.modules, 'numba.cuda' in sys.modules)"
    assert run(f"import stdplus_ref; dir(stdplus_ref); {program}").split() == ["False"] * 3


def test_names_agree_with_the_contract() -> None:
    assert [name for name in stdplus_ref.__all__ if name in spec.NAMES] == list(spec.NAMES)
    assert sorted(kernels.__all__) == sorted(spec.NAMES)
    assert set(kernels.__all__) <= set(dir(kernels))


def stub_names(path: Path) -> set[str]:
    """Names a stub file declares or exports; its aliases of types are its own."""
    names = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation) != "TypeAlias":
            names.add(ast.unparse(node.target))
        elif isinstance(node, ast.FunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.ImportFrom) and node.module.startswith("stdplus_ref"):
            names.update(alias.asname for alias in node.names)
    return names


def test_type_stubs_list_the_same_names() -> None:
    package = ROOT / "stdplus_ref"
    optional = stdplus_ref._OPTIONAL
    assert stub_names(package / "__init__.pyi") == {*stdplus_ref.__all__, *optional}
    assert stub_names(package / "kernels.pyi") == set(kernels.__all__)
    assert (package / "py.typed").exists()


@pytest.mark.parametrize("module", [stdplus_ref, kernels])
def test_an_unknown_name_is_an_attribute_error(module) -> None:
    with pytest.raises(AttributeError, match="no attribute 'softplus'"):
        _ = module.softplus
    assert not hasattr(module, "__wrapped__")


def test_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project.get("version", stdplus_ref.__version__) == stdplus_ref.__version__
