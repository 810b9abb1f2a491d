"""Mend what Sphinx and its extensions write for the text."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

from .words import speak

# --- before a page is written ----------------------------------------------------------------


def mend(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Mend a resolved page before it becomes HTML."""
    if app.builder.format == "html":
        unwrap_sections_that_share_an_id(doctree)
        let_the_first_column_name_rows(doctree)


def unwrap_sections_that_share_an_id(doctree: nodes.document) -> None:
    """Unwrap the content of exercises and solutions.

    sphinx-exercise puts it into sections without a heading, which all have the same id.
    """
    for section in list(doctree.findall(nodes.section)):
        if section["ids"] in (["exercise-content"], ["solution-content"]):
            section["ids"].clear()  # or its first child would inherit it
            section.replace_self(section.children)


def let_the_first_column_name_rows(doctree: nodes.document) -> None:
    """Make the first column the names of the rows, in tables whose corner is empty.

    In Markdown the first row is headings and nothing else is, so that a cell far to the right
    is read out without a word on its row.
    """
    for table in doctree.findall(nodes.tgroup):
        for head in table.findall(nodes.thead):
            corner = next(head.findall(nodes.entry))
            if not corner.astext():
                next(table.findall(nodes.colspec))["stub"] = 1


# --- while it is written ---------------------------------------------------------------------


def visit_entry(translator: HTML5Translator, node: nodes.entry) -> None:
    """Begin a cell: a heading says what it heads, and an empty one is none."""
    type(translator).visit_entry(translator, node)
    tag = translator.body[-1]
    if not tag.startswith("<th"):
        return
    if node.astext():
        scope = "col" if isinstance(node.parent.parent, nodes.thead) else "row"
        translator.body[-1] = tag.replace("<th", f'<th scope="{scope}"', 1)
    else:
        translator.body[-1] = tag.replace("<th", "<td", 1)
        translator.context[-1] = "</td>\n"


def depart_entry(translator: HTML5Translator, node: nodes.entry) -> None:
    """End a cell: in a heading, formulas are put into words, too.

    Browsers make up the heading's name from text alone, and a heading without a name is none.
    """
    type(translator).depart_entry(translator, node)
    body = translator.body
    start = next(i for i in reversed(range(len(body))) if body[i].startswith(("<th", "<td")))
    if body[start].startswith("<th"):
        config = translator.builder.config
        dist = Path(translator.builder.confdir, config.katex_dist)
        formulas = (formula.astext() for formula in node.findall(nodes.math))
        words = (escape(speak(formula, config.math_macros, dist)) for formula in formulas)
        body[start:] = [
            re.sub("<math", lambda match: f'{match[0]} aria-label="{next(words)}"', part)
            for part in body[start:]
        ]


def visit_citation(translator: HTML5Translator, node: nodes.citation) -> None:
    """Begin an entry of the bibliography, which is a list.

    Docutils gives it a role that has gone out of use, and that no list may hold.
    """
    type(translator).visit_citation(translator, node)
    translator.body[-1] = translator.body[-1].replace('"doc-biblioentry"', '"listitem"')


def visit_footnote(translator: HTML5Translator, node: nodes.footnote) -> None:
    """Begin a footnote; the box around all of them, an ``<aside>``, needs a name."""
    start = len(translator.body)
    type(translator).visit_footnote(translator, node)
    box = '<aside class="footnote-list'
    if translator.body[start].startswith(box):
        named = translator.body[start].replace("<aside", '<aside aria-label="Footnotes"')
        translator.body[start] = named
