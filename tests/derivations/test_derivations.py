"""The derivations hold, a wrong claim does not, and a nudged generated file is found."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import ModuleType

import pytest
import sympy

from derivations import (
    d01_definition,
    d02_derivative,
    d03_pade,
    d05_asymptotics,
    d06_inverses,
    d07_multivariate,
    d08_rate,
    d09_kernels,
    errata,
    paper,
    readme,
    registry,
)
from derivations.__main__ import main
from derivations.core import DerivationError, equal, equal_entries, require
from derivations.numeric import agree, figure, log_stdplus, mp

ROOT = Path(__file__).resolve().parents[2]
TENTH = sympy.Rational(1, 10)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-O", "-m", "derivations", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_every_claim_holds_and_documents_are_current() -> None:
    done = run("--check", "--only", "d*", "errata", "readme")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("ok ") == len(registry.steps()) + 2


CONSTANTS = sorted(set(registry.generators()) - {"errata", "readme"})


@pytest.mark.parametrize("name", CONSTANTS)
def test_generated_constants_are_current_and_a_nudge_is_found(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = registry.generators()[name]
    texts = module.outputs()
    assert texts
    monkeypatch.setattr(module, "outputs", lambda: texts)  # derived once
    assert registry.differences(module) == []
    assert set(registry.build(module, tmp_path)) == set(texts)
    assert registry.build(module, tmp_path) == []
    for path in texts:
        nudge_last_digit(tmp_path / path)
        assert registry.differences(module, tmp_path)[0].startswith(f"{path.as_posix()}: line ")
        registry.build(module, tmp_path)
        assert registry.differences(module, tmp_path) == []


def nudge_last_digit(file: Path) -> None:
    good = file.read_text(encoding="utf-8")
    at = max(i for i, character in enumerate(good) if character in "0123456789")
    file.write_text(good[:at] + str((int(good[at]) + 1) % 10) + good[at + 1 :], encoding="utf-8")


def replaced(values: tuple[object, ...], index: int, value: object) -> tuple[object, ...]:
    return (*values[:index], value, *values[index + 1 :])


WRONG_CLAIMS: dict[str, Callable[[], object]] = {
    "Eq. 4, sign of the logarithm": lambda: d01_definition.standard_kl(log_sign=1),
    "Eq. 8, branches exchanged": lambda: d01_definition.lambert_roots(branches=(-1, 0)),
    "Eq. 27, a factor y lost": lambda: d02_derivative.derivative(power=0),
    "Eq. 30, slope 1/2": lambda: d02_derivative.analytic_at_zero(slope=sympy.Rational(1, 2)),
    "series, sign of x⁴": lambda: d02_derivative.series_at_zero(
        stated=replaced(d02_derivative.STATED_SERIES, 3, sympy.Rational(1, 135))
    ),
    "kernel slope without the 2": lambda: d02_derivative.slope_through_quotient(factor=1),
    "third-order term": lambda: d02_derivative.third_order_correction(
        third=d02_derivative.THIRD_ORDER + TENTH
    ),
    "Padé numerator": lambda: d03_pade.pade_coefficients(
        numerator=replaced(paper.PADE_NUMERATOR, 2, sympy.Rational(1, 5))
    ),
    "Padé denominator": lambda: d03_pade.pade_coefficients(
        denominator=replaced(paper.PADE_DENOMINATOR, 2, sympy.Rational(18, 180))
    ),
    "Padé leading error": lambda: d03_pade.leading_error(sympy.Rational(106, 1360800)),
    "left tail": lambda: d05_asymptotics.left_series(
        coefficients=replaced(d05_asymptotics.TREE_SERIES, 2, sympy.Rational(4, 3))
    ),
    "right tail": lambda: d05_asymptotics.right_series(shift=0),
    "inverse series in t": lambda: d06_inverses.log_inverse_series(
        coefficients=replaced(d06_inverses.LOG_SERIES, 4, TENTH)
    ),
    "inverse series in y": lambda: d06_inverses.inverse_series(
        coefficients=replaced(d06_inverses.SERIES, 1, TENTH)
    ),
    "Eq. 33 as printed": lambda: d07_multivariate.kl_formula(log_sign=1),
    "Eq. 35 as printed": lambda: d07_multivariate.relative_kl(log_sign=1),
    "Eq. 41 for a singular factor": lambda: d07_multivariate.singular_prior(
        cases=((0, (0, 3), ("0", "0"), "9", "9"),)
    ),
    "Eq. 24, gradient ψ": lambda: d08_rate.stationary_equation(factor=1),
    "kernels, −√(−2t) from −2^200": lambda: d09_kernels.log_inverse_far_left(huge=2.0**200),
    "kernels, e^u with v³/6 alone": lambda: d09_kernels.exponential_of_step(
        third=sympy.Rational(1, 6)
    ),
    "kernels, third-order term below 2^−70": lambda: d09_kernels.neglected_term(limit=-70),
    "kernels, tail from −6": lambda: d09_kernels.tail_left(cutoff=-6.0),
    "kernels, far left from −38": lambda: d09_kernels.far_left(cutoff=-38.0),
    "kernels, far right from 2^63": lambda: d09_kernels.far_right(cutoff=2.0**63),
}


@pytest.mark.parametrize("claim", WRONG_CLAIMS)
def test_a_wrong_claim_fails(claim: str) -> None:
    with pytest.raises(DerivationError):
        WRONG_CLAIMS[claim]()


def test_a_failing_claim_is_named_and_fails_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(module: object) -> list[object]:
        raise DerivationError("d07_multivariate:kl_formula (Eq. 33): planted")

    monkeypatch.setattr(registry, "derive", refuse)
    assert main(["--check", "--only", "d07*"]) == 1
    assert "FAIL  d07_multivariate:kl_formula (Eq. 33): planted" in capsys.readouterr().out


def test_the_command_writes_checks_and_names_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = Path("some/constants.py")
    planted = ModuleType("planted")
    planted.__dict__.update(NAME="planted", outputs=lambda: {path: "A = 1\nB = 2\n"})
    monkeypatch.setattr(registry, "generators", lambda: {"planted": planted})
    for function in (registry.build, registry.differences):
        monkeypatch.setattr(registry, function.__name__, partial(function, root=tmp_path))
    command = ["--check", "--only", "planted"]
    assert main(command) == 1
    assert "FAIL  planted: some/constants.py: missing" in capsys.readouterr().out
    assert main(command[1:]) == 0
    assert "wrote some/constants.py" in capsys.readouterr().out
    assert main(command) == 0
    for wrong, line in (("A = 1\nB = 3\n", 2), ("A = 1\n", 2), ("A = 1\nB = 2\nC = 3\n", 3)):
        (tmp_path / path).write_text(wrong, encoding="utf-8")
        assert main(command) == 1
        assert f"FAIL  planted: some/constants.py: line {line} is" in capsys.readouterr().out


def test_ctrl_c_says_what_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stop() -> dict[Path, str]:
        raise KeyboardInterrupt

    planted = {"one": ModuleType("one"), "two": ModuleType("two")}
    planted["one"].__dict__.update(NAME="one", outputs=lambda: {Path("kept.py"): "A = 1\n"})
    planted["two"].__dict__.update(NAME="two", outputs=stop)
    monkeypatch.setattr(registry, "generators", lambda: planted)
    monkeypatch.setattr(registry, "build", partial(registry.build, root=tmp_path))
    assert main(["--only", "one,two"]) == 130
    said = capsys.readouterr().err.strip()
    assert said == "Interrupted. Written before, and kept: kept.py."
    assert main(["--only", "two"]) == 130
    assert capsys.readouterr().err.strip() == "Interrupted. Written before, and kept: no file."


def test_list_names_everything(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    listed = capsys.readouterr().out
    for name in (*registry.steps(), *registry.generators()):
        assert name in listed


def test_readme_lists_every_module_and_only_those() -> None:
    text = (ROOT / readme.PATH).read_text(encoding="utf-8")
    listed = re.findall(r"^## `(\w+)`", text, flags=re.MULTILINE)
    on_disk = sorted(path.stem for path in (ROOT / "derivations").glob("d[0-9][0-9]_*.py"))
    assert listed == on_disk == list(registry.steps())
    assert len(on_disk) >= 9
    for name, module in registry.steps().items():
        for claim in registry.claims(module):
            assert f"`{claim.function.__name__}`" in text, f"{name}: {claim.place}"


def test_what_uses_a_formula_exists() -> None:
    """`used_by` reads "module: name, name; module: …": the module or package has the names."""
    uses = [
        use.strip().partition(": ")
        for module in registry.steps().values()
        for claim in registry.claims(module)
        for use in filter(None, claim.used_by.split(";"))
    ]
    assert len(uses) > 30
    for place, _, names in uses:
        path = (ROOT / "stdplus_ref").joinpath(*place.split("."))
        files = sorted(path.glob("*.py")) or [path.with_suffix(".py")]
        words = {
            word for file in files for word in re.findall(r"\w+", file.read_text(encoding="utf-8"))
        }
        assert set(names.split(", ")) <= words, f"{place}: {names}"


def test_every_numbered_equation_is_covered() -> None:
    """Eq. 3–43 each appear in a claim; 1, 2, 44–48 are definitions with nothing to derive."""
    covered: set[int] = set()
    for module in registry.steps().values():
        for claim in registry.claims(module):
            for numbers in re.findall(r"(?:Eq\.|,) (\d+(?:–\d+)?)", claim.equation):
                first, _, last = numbers.partition("–")
                covered.update(range(int(first), int(last or first) + 1))
    for _, checks in errata.CONFIRMED:
        assert checks
    assert set(range(3, 44)) - covered == {19}  # Eq. 19 is checked through its text, §4.1
    assert any("§4.1" in claim.equation for claim in registry.claims(d05_asymptotics))


def test_helpers_reject_what_is_not_proved() -> None:
    x = sympy.Symbol("x")
    with pytest.raises(DerivationError, match="differs"):
        equal(sympy.sin(x), x, "sine")
    with pytest.raises(DerivationError, match="a float"):
        equal(x + 0.5, x + sympy.Rational(1, 2), "half")
    with pytest.raises(DerivationError, match="cannot decide"):
        require(x > 0, "sign")
    with pytest.raises(DerivationError, match="shapes"):
        equal_entries(sympy.eye(2), sympy.eye(3), "identity")
    with pytest.raises(DerivationError, match="differ"):
        agree(mp.mpf(1), mp.mpf("1.0000001"), "one")
    with pytest.raises(DerivationError, match="printed"):
        figure(mp.mpf("3.3936e-13"), "3.393e-13", "error")
    assert figure(mp.mpf("3.3934e-13"), "3.393e-13", "error") == "3.393e-13"


@pytest.mark.parametrize("x", ["1e-300", "-1e-12", "0.5", "-37", "1e5", "-1e5"])
def test_log_stdplus_agrees_with_lambert_w(x: str) -> None:
    """The truth of the figures against Eq. 8 and 13, with digits to spare at the branch point."""
    at = mp.mpf(x)
    with mp.workdps(800):
        branch = -1 if at > 0 else 0
        want = mp.log(-mp.lambertw(-mp.exp(-at * at - 1), branch).real) / 2
    assert mp.almosteq(log_stdplus(at), want, rel_eps=mp.mpf(10) ** -45)
