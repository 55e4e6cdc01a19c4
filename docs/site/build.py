"""Builds the site with Sphinx: warnings are errors, and every link is followed."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from sphinx.application import Sphinx

import stdplus_ref
from docs.site import contents, links

STYLE: Final = Path(__file__).with_name("style.css")

SETTINGS: Final[dict[str, Any]] = {
    "project": "stdplus_ref",
    "author": "The stdplus_ref developers",
    "version": stdplus_ref.__version__,
    "release": stdplus_ref.__version__,
    "root_doc": "index",
    "extensions": [
        "myst_parser",
        "numpydoc",
        "sphinx.ext.autodoc",
        "docs.site.docstrings",
        "docs.site.mathml",
    ],
    "html_math_renderer": "mathml",
    "html_theme": "pydata_sphinx_theme",
    "html_title": f"stdplus_ref {stdplus_ref.__version__}",
    "html_static_path": [str(STYLE)],
    "html_css_files": [STYLE.name],
    "html_show_sourcelink": False,
    "html_copy_source": False,
    "html_theme_options": {
        "secondary_sidebar_items": ["page-toc"],
        "navbar_align": "left",
        "header_links_before_dropdown": 7,
        "show_toc_level": 2,
        "show_prev_next": False,
        "pygments_light_style": "a11y-high-contrast-light",
    },
    "html_context": {"default_mode": "auto"},
    "myst_enable_extensions": ["dollarmath"],
    "myst_heading_anchors": 4,
    "myst_links_external_new_tab": False,
    "myst_dmath_double_inline": True,
    "numpydoc_show_class_members": False,
    "numpydoc_xref_param_type": False,
    "autodoc_typehints": "none",
    "python_use_unqualified_type_names": True,
    "default_role": "code",
    "smartquotes": False,
}


class BuildError(Exception):
    """The site cannot be built as it is."""


def build(out: Path) -> Path:
    """Build the site into ``out/html`` and return that folder.

    Raises
    ------
    BuildError
        Sphinx warned, or a link leads nowhere.
    """
    with tempfile.TemporaryDirectory() as work:
        source = Path(work) / "source"
        contents.write(source)
        html = out / "html"
        shutil.rmtree(html, ignore_errors=True)
        app = Sphinx(
            source, None, html, Path(work) / "doctrees", "html", SETTINGS,
            status=None, warning=sys.stderr, warningiserror=True,
        )  # fmt: skip
        app.build()
        if app.statuscode:
            raise BuildError("Sphinx warned; see above")
    if found := list(links.broken(html)):
        raise BuildError("\n".join(["links that lead nowhere:", *found]))
    return html
