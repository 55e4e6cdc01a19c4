"""The derivations hold, a wrong claim does not, and a nudged generated file is found."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

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

ROOT = Path(__file__).resolve().parent.parent
TENTH = sympy.Rational(1, 10)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-O", "-m", "derivations", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_every_claim_holds_and_documents_are_current() -> None:
    done = run("--check", "--only", "d*", "errata", "readme")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("ok ") == len(registry.steps()) + 2


@pytest.mark.parametrize("name", sorted(set(registry.generators()) - {"errata", "readme"}))
def test_generated_constants_are_current(name: str) -> None:
    done = run("--check", "--only", name)
    assert done.returncode == 0, done.stdout + done.stderr


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
    "kernels, scaling below −2^200": lambda: d09_kernels.log_inverse_scaling(huge=2.0**200),
    "kernels, tail from −6": lambda: d09_kernels.tail_left(cutoff=-6.0),
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


@pytest.mark.parametrize("generator", [errata, readme], ids=["errata", "readme"])
def test_nudged_and_missing_files_are_found(
    generator: object,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module = registry.generators()[generator.NAME]  # type: ignore[attr-defined]
    (path,) = registry.build(module, tmp_path)
    assert registry.differences(module, tmp_path) == []
    assert registry.build(module, tmp_path) == []
    file = tmp_path / path
    good = file.read_text(encoding="utf-8")
    digit = re.search(r"\d", good[len(good) // 2 :])
    assert digit is not None
    at = len(good) // 2 + digit.start()
    file.write_text(good[:at] + str((int(good[at]) + 1) % 10) + good[at + 1 :], encoding="utf-8")
    (fault,) = registry.differences(module, tmp_path)
    assert fault.startswith(f"{path.as_posix()}: line ")
    file.unlink()
    assert registry.differences(module, tmp_path) == [f"{path.as_posix()}: missing"]


def test_the_command_names_a_file_that_differs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (path, text), *_ = errata.outputs().items()
    monkeypatch.setattr(errata, "outputs", lambda: {path: text.replace("3.393e-13", "3.394e-13")})
    assert main(["--check", "--only", "errata"]) == 1
    assert f"FAIL  errata: {path.as_posix()}: line " in capsys.readouterr().out


def test_list_and_unknown_names(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    listed = capsys.readouterr().out
    for name in (*registry.steps(), *registry.generators()):
        assert name in listed
    with pytest.raises(SystemExit, match=r"no step or generator matches 'd99'.*d01_definition"):
        main(["--only", "d99"])


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
    used = {
        place.partition(":")[0].strip()
        for module in registry.steps().values()
        for claim in registry.claims(module)
        for place in claim.used_by.split(",")
        if place.strip().startswith("kernels.")
    }
    assert used
    for place in used:
        path = ROOT / "stdplus_ref" / Path(*place.split("."))
        assert path.with_suffix(".py").exists() or path.is_dir(), place


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
