"""examples/vae_digits.py trains, keeps its rate, and does the same again for the same seed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "vae_digits.py"
PICTURE = Path(__file__).parents[2] / "docs" / "vae_digits.png"


def test_it_trains(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for needed in ("torch", "sklearn", "matplotlib"):
        pytest.importorskip(needed, reason=f"the example needs {needed}")
    from examples import vae_digits

    def figures(epochs: int) -> dict[str, vae_digits.Figures]:
        return vae_digits.main(["--epochs", str(epochs), "--rate", "5", "--out", str(drawn)])

    drawn = tmp_path / "drawn.png"
    found = figures(10)
    assert list(found) == ["free", "5 nats"]
    printed = capsys.readouterr().out
    for name, figure in found.items():
        assert f"\n{name:10} {figure.rate:8.2f} {figure.distortion:11.2f}" in printed
        assert 0 < figure.active_units <= vae_digits.LATENTS
    assert found["5 nats"].rate == pytest.approx(5, rel=0.1)
    assert all(found[name].distortion < figure.distortion for name, figure in figures(2).items())
    assert figures(10) == found
    assert drawn.read_bytes().startswith(b"\x89PNG")


def test_out_that_cannot_be_written_to_is_found_before_the_training(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for needed in ("torch", "sklearn", "matplotlib"):
        pytest.importorskip(needed, reason=f"the example needs {needed}")
    from examples import vae_digits

    with pytest.raises(SystemExit) as end:
        vae_digits.main(["--out", str(tmp_path / "missing" / "drawn.png")])
    assert end.value.code == 2
    assert "argument --out: cannot write" in capsys.readouterr().err


def test_what_is_missing_is_named() -> None:
    program = (
        "import sys, runpy; sys.modules['torch'] = None\n"
        f"runpy.run_path({str(EXAMPLE)!r}, run_name='example')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    said = 'this example needs torch: pip install "stdplus-ref[torch]" scikit-learn matplotlib'
    assert said in done.stderr


def test_its_picture_is_on_the_page() -> None:
    page = (PICTURE.parent / "ports.md").read_text(encoding="utf-8")
    assert f"]({PICTURE.name})" in page
    assert PICTURE.read_bytes().startswith(b"\x89PNG")
