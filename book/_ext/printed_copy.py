"""Offer the printed book on the site, if ``tools/build.py`` has one that belongs to it.

The build passes the path of the PDF as ``printed_copy``, or nothing if there is none or if it was
made from other sources. A site without it has no link that leads nowhere.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

TEMPLATE = "printed-copy.html"


def add_link(app: Sphinx, config: Config) -> None:
    """Put the link at the end of the footer."""
    if config.printed_copy:
        options = config.html_theme_options
        options["footer_content_items"] = [*options.get("footer_content_items", []), TEMPLATE]


def tell_template(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Tell the template the name of the file."""
    if app.config.printed_copy:
        context["printed_copy"] = Path(app.config.printed_copy).name


def copy(app: Sphinx, exception: Exception | None) -> None:
    """Put the PDF next to the pages, and remove one that belongs to them no more."""
    if exception or app.builder.name != "html":
        return
    for stale in Path(app.outdir).glob("*.pdf"):
        stale.unlink()
    if app.config.printed_copy:
        shutil.copy(app.config.printed_copy, app.outdir)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension with Sphinx."""
    app.add_config_value("printed_copy", "", "html", str)
    app.connect("config-inited", add_link)
    app.connect("html-page-context", tell_template)
    app.connect("build-finished", copy)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
