"""`python -m docs` builds the site; its links lead somewhere, its pages open without a fault."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

pytest.importorskip("sphinx", reason="needs the extra docs")
pytest.importorskip("myst_parser", reason="needs the extra docs")
pytest.importorskip("numpydoc", reason="needs the extra docs")
pytest.importorskip("pydata_sphinx_theme", reason="needs the extra docs")

from docs.__main__ import main
from docs.site import contents, links
from docs.site.functions import method
from stdplus_ref import spec
from tests.docs import browser

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # of Sphinx and its themes
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built once: of several processes that run tests the first builds it."""
    out = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        out = out.parent
    out /= "site"
    built = out / "built"
    try:
        out.mkdir()
    except FileExistsError:
        end = time.monotonic() + 600
        while not built.exists() and time.monotonic() < end:
            time.sleep(0.5)
    else:
        code = main(["--out", str(out)])
        built.write_text(str(code), encoding="utf-8")
    assert built.read_text(encoding="utf-8") == "0"
    return out / "html"


def names(site: Path) -> list[str]:
    return [page.relative_to(site).as_posix() for page in links.html(site)]


def test_every_page_of_the_contents_is_there(site: Path) -> None:
    wanted = {f"{page}.html" for pages in contents.SECTIONS.values() for page in pages}
    assert {f"functions/{name}.html" for name in spec.NAMES} < wanted <= set(names(site))


def test_pages_have_formulas_pictures_and_figures_of_the_record(site: Path) -> None:
    for name in spec.NAMES:
        page = (site / "functions" / f"{name}.html").read_text(encoding="utf-8")
        assert page.count("<math") > 3
        regimes = page.partition('id="how-it-is-computed"')[2].partition('id="how-to-call-it"')[0]
        numbered = [item for item in method(name) if item[0].isdigit()]
        assert regimes.count("<ol") == 1
        assert regimes.partition("</ol>")[0].count("<li>") == len(numbered)
        assert page.count("<img") >= 2
        for promise in spec.FUNCTIONS[name].accuracy("numpy"):
            for evidence in promise.evidence:
                assert evidence.witness is None or evidence.witness.input in page
    for step in (site / "derivations").glob("d0*.html"):
        assert "<math" in step.read_text(encoding="utf-8")


def test_a_broken_link_is_found(site: Path, tmp_path: Path) -> None:
    (tmp_path / "there.html").write_text('<h1 id="top">x</h1>', encoding="utf-8")
    page = '<a href="there.html#top">a</a><a href="gone.html">b</a><a href="there.html#no">c</a>'
    (tmp_path / "index.html").write_text(page, encoding="utf-8")
    assert [line.split(": ")[1] for line in links.broken(tmp_path)] == [
        "gone.html",
        "there.html#no",
    ]
    assert not list(links.broken(site))


def test_a_page_with_a_broken_link_is_not_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Sphinx finds links between pages that lead nowhere; here one is planted."""
    monkeypatch.setattr(contents, "write", lambda folder: _planted(folder))
    assert main(["--out", str(tmp_path)]) == 1
    assert "nowhere.md" in capfd.readouterr().err


def _planted(folder: Path) -> None:
    folder.mkdir()
    (folder / "index.md").write_text("# Page\n\n[a link](nowhere.md)\n", encoding="utf-8")


def test_pages_open_in_a_browser(site: Path) -> None:
    browser.chromium()
    assert not browser.faults(site, names(site))


def test_the_browser_finds_faults(tmp_path: Path) -> None:
    browser.chromium()
    page = '<!doctype html><head></head><p>text</p><div style="width:{}px">wide</div>{}'
    (tmp_path / "good.html").write_text(page.format(300, ""), encoding="utf-8")
    (tmp_path / "wide.html").write_text(page.format(800, ""), encoding="utf-8")
    (tmp_path / "bad.html").write_text(
        page.format(300, '<img src="no.png"><script>f()</script>'), encoding="utf-8"
    )
    assert browser.faults(tmp_path, ["good.html"]) == []
    (wide,) = browser.faults(tmp_path, ["wide.html"])
    assert wide.startswith("/wide.html at 400 px needs 8")
    found = "\n".join(browser.faults(tmp_path, ["bad.html"], [400]))
    assert "f is not defined" in found
    assert "/no.png is asked for" in found


def test_out_that_cannot_be_written_to_is_found_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SystemExit) as end:
        main(["--out", str(tmp_path / "file")])
    assert end.value.code == 2
    assert "argument --out" in capsys.readouterr().err
