"""`python -m derivations` and `python -m validation`: names, exit codes, help."""

from __future__ import annotations

import pytest

from derivations import command, registry
from derivations.__main__ import main as derivations
from validation.__main__ import main as validation
from validation.core import Claim, Step

NAMES = ["alpha", "beta", "cuda", "cuda-float32"]
RIGHT, WRONG = (
    Step(name, name, True, lambda context, name=name: [Claim.of_library("c", "s", name == "r", "")])
    for name in ("r", "w")
)


@pytest.mark.parametrize(
    ("only", "found"),
    [
        ([], []),
        (["beta"], ["beta"]),
        (["beta,alpha"], ["beta", "alpha"]),
        (["beta, alpha"], ["beta", "alpha"]),
        (["beta,", "alpha", "beta"], ["beta", "alpha"]),
        (["cuda*"], ["cuda", "cuda-float32"]),
        (["alpha,cuda-*"], ["alpha", "cuda-float32"]),
    ],
)
def test_names_that_are_chosen(only: list[str], found: list[str]) -> None:
    assert command.chosen(only, NAMES) == found


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [("aplha", "alpha"), ("BETA", "beta"), ("alpha,cuda_float32", "cuda-float32")],
)
def test_a_mistyped_name_suggests_what_was_meant(wrong: str, meant: str) -> None:
    with pytest.raises(ValueError, match=f"Did you mean '{meant}'"):
        command.chosen([wrong], NAMES)


@pytest.mark.parametrize("wrong", ["zzz", "*z", "", ","])
def test_a_name_of_nothing_lists_the_names(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"There are|there are: alpha, beta, cuda, cuda-float32"):
        command.chosen([wrong], NAMES)


@pytest.mark.parametrize("main", [derivations, validation])
@pytest.mark.parametrize("arguments", [["--only", "aplha"], ["--only"], ["--what"]])
def test_wrong_usage_is_one_line_and_2(main, arguments, capsys) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert arguments[0] in line


@pytest.mark.parametrize("main", [derivations, validation])
def test_help_tells_the_exit_codes(main, capsys) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--help"])
    assert stopped.value.code == 0
    help_ = " ".join(capsys.readouterr().out.split())
    assert help_.endswith(command.EXIT_CODES)
    for code in (command.OK, command.FAILED, command.USAGE, command.INTERRUPTED):
        assert f"{code} " in command.EXIT_CODES


@pytest.mark.parametrize("only", [["r,w"], ["r", "w"], ["r", "--only", "w"]])
def test_lists_of_names_run_what_they_name(only: list[str], tmp_path, capsys) -> None:
    steps = {"r": RIGHT, "w": WRONG}
    assert validation(["--out", str(tmp_path), "--only", *only], steps) == command.FAILED
    assert "1 pass, 1 fail" in capsys.readouterr().out
    assert validation(["--out", str(tmp_path), "--only", "r"], steps) == command.OK


@pytest.mark.parametrize("faults", [[], ["page: missing"]])
def test_derivations_exit_alike(faults: list[str], monkeypatch, capsys) -> None:
    monkeypatch.setattr(registry, "differences", lambda generator: faults)
    code = derivations(["--check", "--only", "errata,c_header", "--only", "readme_t*"])
    assert code == (command.FAILED if faults else command.OK)
    printed = capsys.readouterr().out
    assert [name in printed for name in ("errata", "c_header", "readme_tables")] == [True] * 3
