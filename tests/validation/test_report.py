"""The report: what it says about the run, what did not pass, its links, and how it opens."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from matplotlib import colors, pyplot

from derivations.errata import ERRATA
from docs.site import links
from stdplus_ref import __version__
from tests.docs import browser
from validation import error_plot, plotting, report
from validation.core import Claim, Context, Step, StepResult, Table
from validation.environment import commit, environment

STEPS = Path(report.__file__).parent / "steps"
PLACES = {erratum.check.place for erratum in ERRATA}
LONG = "0x1.234567890abcdp-3_" * 20
WIDE = Table("wide", LONG, tuple(f"column {i}" for i in range(40)), (("0x1.8p+0", *[1.5] * 39),))
PAPERS = Claim.of_paper(
    "wrong", "A claim of the paper.", False, "0.5", LONG, ("d04_algorithm1:first_step",)
)
OURS = Claim.of_library("ours", "A claim of this library.", False, LONG)


def written(folder: Path, *claims: Claim, tables: Sequence[Table] = ()) -> str:
    step = Step("planted", "A planted step", True, lambda _: claims, f"With `{LONG}`.")
    report.write([StepResult(step, claims, (), tuple(tables), 1.0)], folder, 0)
    return (folder / "report.html").read_text(encoding="utf-8")


def test_page_and_json_say_what_the_run_was_made_with(tmp_path: Path) -> None:
    page = written(tmp_path, OURS)
    run = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["run"]
    found = run["environment"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", found["date"])
    assert found["stdplus-ref"] == __version__
    assert found["numpy"] == np.__version__
    assert {"commit", "machine", "system", "python", "numba", "scipy"} <= set(found)
    for name, value in found.items():
        assert f"<dt>{name}</dt><dd>{value}</dd>" in page


def test_nothing_names_a_person_or_a_folder() -> None:
    said = " ".join(environment().values())
    assert str(Path.home()) not in said
    assert "/" not in said


def test_a_folder_that_is_no_checkout_has_no_commit(tmp_path: Path) -> None:
    assert commit(tmp_path) == "unknown"


def test_what_did_not_pass_is_ours_or_the_papers(tmp_path: Path) -> None:
    page = written(tmp_path, OURS, PAPERS)
    noted = page.partition('id="not-passed"')[2].partition("<h2")[0]
    ours, papers = noted.split("<h3>The paper</h3>")
    assert "A claim of this library." in ours
    assert "A claim of the paper." in papers
    assert "A claim of the paper." not in ours
    assert '<a href="#erratum-d04_algorithm1-first_step">Algorithm 1</a>' in papers
    assert 'id="equation-d04_algorithm1-first_step"' in page


def test_every_claim_that_cites_an_erratum_cites_one_there_is() -> None:
    cited = {
        place
        for step in STEPS.glob("*.py")
        for place in re.findall(r'"(d\d\d_\w+:\w+)"', step.read_text(encoding="utf-8"))
    }
    assert len(cited) >= 8
    assert cited <= PLACES


def test_links_within_the_report_lead_somewhere(tmp_path: Path) -> None:
    page = written(tmp_path, OURS, PAPERS)
    assert page.count('href="#') > 5
    assert not list(links.broken(tmp_path))
    broken = page.replace('id="equation-', 'id="other-')
    (tmp_path / "report.html").write_text(broken, encoding="utf-8")
    assert len(list(links.broken(tmp_path))) == 1


def test_light_and_dark_are_the_readers_choice(tmp_path: Path) -> None:
    page = written(tmp_path, OURS)
    assert "color-scheme: light dark" in page
    assert "@media (prefers-color-scheme: dark)" in page


def test_it_opens_on_a_telephone_and_a_screen(tmp_path: Path) -> None:
    browser.chromium()
    page = written(tmp_path, OURS, PAPERS, tables=[WIDE])
    assert browser.faults(tmp_path, ["report.html"]) == []
    planted = page.replace(".box { overflow-x: auto;", ".box { overflow-x: visible;")
    (tmp_path / "planted.html").write_text(planted, encoding="utf-8")
    assert len(browser.faults(tmp_path, ["planted.html"])) == 2


def context(folder: Path) -> Context:
    return Context(folder, 0, np.random.default_rng(0))


def test_curves_differ_in_dash_or_marker(tmp_path: Path) -> None:
    with plotting.subplots() as (figure, axes):
        axes.plot([1, 2], color="red", label="one")
        axes.plot([2, 1], color="blue", label="other")
        plotting.label(axes, "x", "y")
        with pytest.raises(ValueError, match="only hue"):
            context(tmp_path).save_figure(figure, "figure", "caption")
        axes.get_lines()[1].set_linestyle("--")
        assert context(tmp_path).save_figure(figure, "figure", "caption").exists()


def test_axes_have_names_and_say_their_scale(tmp_path: Path) -> None:
    with plotting.subplots() as (figure, axes):
        axes.loglog([1, 2])
        with pytest.raises(ValueError, match="x-axis without a name"):
            context(tmp_path).save_figure(figure, "figure", "caption")
        plotting.label(axes, "time (ns)", "error (ULP, logarithmic)")
        plotting.check(figure)
        assert axes.get_xlabel() == "time (ns), logarithmic"
        assert axes.get_ylabel() == "error (ULP, logarithmic)"
        pyplot.close(figure)


# Deuteranopia by Machado, Oliveira & Fernandes (2009), severity 1, on linear RGB.
DEUTERANOPIA = np.array(
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]]
)
XYZ = np.array(
    [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
) / np.array([[0.9505], [1.0], [1.089]])


def lab(color: str) -> np.ndarray:
    """CIELAB of a colour as a deuteranope sees it."""
    rgb = np.array(colors.to_rgb(color))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    f = np.cbrt(np.clip(XYZ @ np.clip(DEUTERANOPIA @ linear, 0, 1), 1e-3, None))
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def test_implementations_are_told_apart_by_a_deuteranope() -> None:
    looks = error_plot.LOOKS.values()
    assert len({(str(look["ls"]), look["marker"]) for look in looks}) == len(looks)
    for one, other in combinations((look["color"] for look in looks), 2):
        assert np.linalg.norm(lab(one) - lab(other)) > 10, (one, other)
    assert np.linalg.norm(lab("#cc0000") - lab("#4d7a00")) < 25  # red and green: near each other
