"""Mend what the libraries leave undone for readers who use no mouse, no eyes or no large screen.

What a theme option or a style sheet can mend is mended there. The rest is here, and each
function is named after the defect: ``content`` mends what Sphinx and its extensions write for
the text, before it is written, ``frame`` what the theme puts around it, and ``accessible.js``
what exists only while somebody reads.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.writers.html5 import HTML5Translator

from . import content


def add_static_files(app: Sphinx) -> None:
    """Let Sphinx copy our script."""
    app.config.html_static_path.append(str(Path(__file__).parent / "static"))


def mend_frames(app: Sphinx, config: Config) -> None:
    """Put our template bridge between Sphinx and its templates."""
    config.template_bridge = "accessible.frame.MendedTemplates"


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension with Sphinx."""
    app.connect("config-inited", mend_frames)
    app.connect("builder-inited", add_static_files)
    app.add_js_file("accessible.js", loading_method="defer")
    app.connect("doctree-resolved", content.mend)
    entry = content.visit_entry, content.depart_entry
    app.add_node(nodes.entry, override=True, html=entry)
    citation = content.visit_citation, HTML5Translator.depart_citation
    app.add_node(nodes.citation, override=True, html=citation)
    footnote = content.visit_footnote, HTML5Translator.depart_footnote
    app.add_node(nodes.footnote, override=True, html=footnote)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
