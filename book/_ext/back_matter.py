"""Leave the chapters unnumbered in print that the table of contents does not number.

Sphinx's LaTeX numbers every chapter of a document alike. Here the numbers end where the back
matter begins: notation, glossary, bibliography.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx


def end_numbers(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Switch LaTeX's numbers off before the first unnumbered page after a numbered one."""
    if app.builder.name != "latex" or docname != app.config.root_doc:
        return
    numbered = False
    for page in doctree.findall(addnodes.start_of_file):
        if app.env.toc_secnumbers.get(page["docname"]):
            numbered = True
        elif numbered:
            page.insert(0, nodes.raw("", r"\setcounter{secnumdepth}{-1}", format="latex"))
            return


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension with Sphinx."""
    app.connect("doctree-resolved", end_numbers)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
