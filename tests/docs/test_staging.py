"""Pages of the repository in the site: their links lead to where things are there."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from docs.site.staging import Staging


def test_links_of_a_page(tmp_path: Path) -> None:
    staging = Staging(tmp_path)
    page = (
        "[a](../README.md#quick-start) [b](c.md) [c](../stdplus_ref/spec/) [d](../LICENSE)\n"
        "[e](../derivations/) [f](https://example.org) [g](#here) [h](missing.md)\n"
        "![i](accuracy.png)\n```text\n[j](../README.md)\n```\n"
    )
    assert staging.linked(page, PurePosixPath("docs/tutorial.md")) == (
        "[a](../index.md#quick-start) [b](c.md) [c](../code/stdplus_ref/spec/index.md) "
        "[d](../code/LICENSE.md)\n"
        "[e](../derivations/README.md) [f](https://example.org) [g](#here) [h](missing.md)\n"
        "![i](accuracy.png)\n```text\n[j](../README.md)\n```\n"
    )
    assert (tmp_path / "docs" / "accuracy.png").exists()
    listed = (tmp_path / "code" / "stdplus_ref" / "spec" / "index.md").read_text(encoding="utf-8")
    assert "[`promises.py`](promises.py.md)" in listed
    code = (tmp_path / "code" / "stdplus_ref" / "spec" / "promises.py.md").read_text("utf-8")
    assert "```python\n" in code
    assert "_ROUNDED_TWICE" in code


def test_readme_is_the_first_page(tmp_path: Path) -> None:
    staging = Staging(tmp_path)
    staging.copy_pages()
    assert (tmp_path / "index.md").read_text(encoding="utf-8").startswith("# stdplus_ref\n")
    assert (tmp_path / "docs" / "contract.md").exists()
    assert not (tmp_path / "README.md").exists()
