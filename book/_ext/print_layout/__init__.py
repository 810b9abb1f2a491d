"""Give the printed book the chapters of the site, and what a book on paper needs besides.

In print, Sphinx puts the landing page first and all chapters inside its last section, and it
numbers every chapter alike. Here the landing page becomes a preface without chapters of its
own, and the numbers end where the table of contents ends them: before notation, glossary and
bibliography. What can be folded on the site is treated as readers know it from textbooks: hints,
solutions and answers stand at the end of the book (`appendix`), code that the site folds away is
left out and named instead (`folded`). The index comes from `index`, the looks from ``book.sty``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.builders.latex.nodes import footnotemark, footnotetext, thebibliography

from . import appendix, folded, index

STYLE = Path(__file__).with_name("book.sty")


def arrange(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Rearrange the whole book, which LaTeX gets as one document."""
    if app.builder.name == "latex" and docname == app.config.root_doc:
        remove_pages(doctree, lambda page: "online_only" in app.env.metadata[page])
        lift_chapters(doctree)
        flatten_preface(doctree)
        remove_rules(doctree)
        mend_tables(doctree)
        break_tables(doctree)
        place_bibliography(doctree)
        index.add_entries(doctree)
        folded.leave_out(doctree, Path(app.confdir).parent)
        endings = appendix.collect(doctree, app.env)
        end_numbers(doctree, lambda page: bool(app.env.toc_secnumbers.get(page)), endings)


def remove_pages(doctree: nodes.document, is_online_only: Callable[[str], bool]) -> None:
    """Remove the pages that are of use on the site alone."""
    for page in list(doctree.findall(addnodes.start_of_file)):
        if is_online_only(page["docname"]):
            page.parent.remove(page)


def lift_chapters(doctree: nodes.document) -> None:
    """Move the lists of chapters out of the landing page's sections, to its end."""
    landing = next(doctree.findall(nodes.section))
    for parent, chapters in list(_chapter_lists(landing)):
        parent.remove(chapters)
        landing.append(chapters)


def _chapter_lists(parent: nodes.Element) -> Iterator[tuple[nodes.Element, nodes.Element]]:
    """Yield the landing page's own tables of contents, each with the element that holds it.

    Other pages are part of the tree, but their elements still name their former parents: only
    the way down can be trusted.
    """
    for child in parent.children:
        if not isinstance(child, nodes.Element) or isinstance(child, addnodes.start_of_file):
            continue
        if "toctree-wrapper" in child["classes"]:
            yield parent, child
        else:
            yield from _chapter_lists(child)


def flatten_preface(doctree: nodes.document) -> None:
    """Turn the landing page into a preface: sections become headings, buttons go."""
    landing = next(doctree.findall(nodes.section))
    for button in [child for child in landing.children if isinstance(child, nodes.paragraph)]:
        if "start" in button["classes"]:
            landing.remove(button)
    for section in [child for child in landing.children if isinstance(child, nodes.section)]:
        heading, *content = section.children
        target = nodes.target("", "", ids=section["ids"])
        rubric = nodes.rubric("", "", *heading.children)
        landing.replace(section, [target, rubric, *content])
    landing.insert(1, nodes.raw("", r"\prefaceheading", format="latex"))


def remove_rules(doctree: nodes.document) -> None:
    """Remove the rules above the footnotes of a page: in print, they stand at its foot."""
    for rule in list(doctree.findall(nodes.transition)):
        if "footnotes" in rule["classes"]:
            rule.parent.remove(rule)


def mend_tables(doctree: nodes.document) -> None:
    """Remove heads of tables that say nothing, and fill cells whose emptiness costs a line."""
    for head in list(doctree.findall(nodes.thead)):
        if not head.astext().strip():
            head.parent.remove(head)
    for cell in doctree.findall(nodes.entry):
        if not cell.astext().strip() and not any(cell.findall(nodes.image)):
            cell.clear()
            cell += nodes.paragraph("", "", nodes.raw("", r"\strut", format="latex"))


LONG = 12
"""Rows from which on a table may break across pages."""
FULL = 80
"""Characters in a row of a table that needs the width of the page."""


def break_tables(doctree: nodes.document) -> None:
    """Let long tables break, with columns as wide as what they hold."""
    for table in list(doctree.findall(nodes.table)):
        rows = [row for body in table.findall(nodes.tbody) for row in body.children]
        if len(rows) < LONG or any(table.findall(nodes.caption)):
            continue
        columns = zip(*(row.children for row in rows), strict=True)
        widths = [max(map(_width, column)) for column in columns]
        if sum(widths) < FULL:
            continue
        for spec, width in zip(table.findall(nodes.colspec), widths, strict=True):
            spec["colwidth"] = min(max(width, 12), 60)
        kept = [name for name in table["classes"] if not name.startswith("colwidths")]
        table["classes"] = [*kept, "colwidths-given", "longtable"]


def _width(cell: nodes.Element) -> int:
    """Return about how many characters wide a cell is; a formula's source is longer than it."""
    formulas = sum(len(formula.astext()) for formula in cell.findall(nodes.math))
    return len(cell.astext()) - formulas // 2


def place_bibliography(doctree: nodes.document) -> None:
    """Move the list of sources from the end of the book to its page.

    Footnotes that repeat its links go: what is linked there is an address already.
    """
    for sources in list(doctree.findall(thebibliography)):
        for note in list(sources.findall()):
            if isinstance(note, (footnotemark, footnotetext, nodes.footnote)):
                note.parent.remove(note)
        docname = next(sources.findall(nodes.citation))["docname"]
        page = next(
            page for page in doctree.findall(addnodes.start_of_file) if page["docname"] == docname
        )
        sources.parent.remove(sources)
        next(page.findall(nodes.section)).append(sources)


def end_numbers(
    doctree: nodes.document,
    is_numbered: Callable[[str], bool],
    endings: list[nodes.Node] | None = None,
) -> None:
    """Switch LaTeX's numbers off before the first unnumbered page after a numbered one.

    What ends the book's chapters comes in between.
    """
    numbered = False
    for page in doctree.findall(addnodes.start_of_file):
        if is_numbered(page["docname"]):
            numbered = True
        elif numbered:
            switch = nodes.raw("", r"\backmatterchapters", format="latex")
            page.children[:0] = [switch, *(endings or [])]
            switch.parent = page
            return


def add_style(app: Sphinx) -> None:
    """Put the style next to the document."""
    if app.builder.name == "latex":
        app.config.latex_additional_files = [*app.config.latex_additional_files, str(STYLE)]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension with Sphinx."""
    app.connect("builder-inited", add_style)
    app.connect("doctree-resolved", arrange, priority=600)  # after the chapter map is drawn
    return {"parallel_read_safe": True, "parallel_write_safe": True}
