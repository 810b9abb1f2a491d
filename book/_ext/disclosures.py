"""Fold hints, solutions and code with the browser's own means.

The extensions that the book uses fold in two ways, and both stand in somebody's way:

- sphinx-togglebutton folds boxes of class ``dropdown`` with a script: without it, all solutions
  lie open, and a link into a closed one leads nowhere. Here they become ``<details>``, which
  browsers open when the reader searches the page or follows a link into it, and which screen
  readers and keyboards know.
- MyST-NB folds code in ``<details>``, but puts paragraphs into the ``<summary>``, where none may
  stand, and hides its text behind an ``aria-label`` that says something else.
"""

from __future__ import annotations

from html import escape
from typing import Any

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode
from sphinx.application import Sphinx
from sphinx.locale import admonitionlabels
from sphinx.writers.html5 import HTML5Translator


class Disclosure(nodes.General, nodes.Element):
    """A box that opens and closes; its first child is its title."""


class DisclosureTitle(nodes.Part, nodes.TextElement):
    """What is seen of the box while it is closed."""


def fold(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Turn every box of class ``dropdown`` into a disclosure."""
    if app.builder.format != "html":
        return
    for box in list(doctree.findall(nodes.Element)):
        if isinstance(box, nodes.Admonition) and "dropdown" in box["classes"]:
            box.replace_self(disclosure(box))


def disclosure(box: nodes.Element) -> Disclosure:
    """Return the disclosure for a box; boxes of a kind, notes for example, have its name as title.

    >>> title, text = nodes.title(text="Hint"), nodes.paragraph(text="Look.")
    >>> print(disclosure(nodes.admonition("", title, text, classes=["dropdown"])).pformat())
    <Disclosure classes="dropdown">
        <DisclosureTitle>
            Hint
        <paragraph>
            Look.
    """
    content = list(box.children)
    classes = list(box["classes"])
    if content and isinstance(content[0], nodes.title):
        title = content.pop(0).children
    else:
        title = [nodes.Text(admonitionlabels[box.tagname])]
        classes.append(box.tagname)
    # Further targets go into the title: nothing may stand before it.
    summary = DisclosureTitle("", "", *title, ids=box["ids"][1:])
    return Disclosure("", summary, *content, ids=box["ids"][:1], classes=classes)


def visit_disclosure(translator: HTML5Translator, node: Disclosure) -> None:
    """Open the box."""
    translator.body.append(translator.starttag(node, "details", CLASS="admonition"))


def depart_disclosure(translator: HTML5Translator, node: Disclosure) -> None:
    """Close the box."""
    translator.body.append("</details>\n")


def visit_title(translator: HTML5Translator, node: DisclosureTitle) -> None:
    """Open the title."""
    translator.body.append(translator.starttag(node, "summary", "", CLASS="admonition-title"))


def depart_title(translator: HTML5Translator, node: DisclosureTitle) -> None:
    """Close the title."""
    translator.body.append("</summary>\n")


def visit_code(translator: HTML5Translator, node: HideCodeCellNode) -> None:
    """Open folded code, under MyST-NB's classes and words."""
    translator.body.append(translator.starttag(node, "details", CLASS="admonition hide"))
    titles = "".join(
        f'<span class="{state} admonition-title">{escape(node[prompt])}</span>'
        for state, prompt in (("collapsed", "prompt_show"), ("expanded", "prompt_hide"))
    )
    translator.body.append(f"<summary>{titles}</summary>\n")


def depart_code(translator: HTML5Translator, node: HideCodeCellNode) -> None:
    """Close folded code."""
    translator.body.append("</details>\n")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension with Sphinx."""
    app.setup_extension("myst_nb")  # its visitors are there now, to be overridden
    app.add_node(Disclosure, html=(visit_disclosure, depart_disclosure))
    app.add_node(DisclosureTitle, html=(visit_title, depart_title))
    app.add_node(HideCodeCellNode, override=True, html=(visit_code, depart_code))
    # By now, boxes hold what their cells gave out, and solutions know their titles.
    app.connect("doctree-resolved", fold)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
