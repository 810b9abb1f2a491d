"""Give the printed book the chapters of the site.

In print, Sphinx puts the landing page first and all chapters inside its last section, and it
numbers every chapter alike. Here the landing page becomes a preface without chapters of its
own, and the numbers end where the table of contents ends them: before notation, glossary and
bibliography.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx


def arrange(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Rearrange the whole book, which LaTeX gets as one document."""
    if app.builder.name == "latex" and docname == app.config.root_doc:
        lift_chapters(doctree)
        flatten_preface(doctree)
        end_numbers(doctree, lambda page: bool(app.env.toc_secnumbers.get(page)))


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
    """Turn the landing page's sections into headings that are not chapters."""
    landing = next(doctree.findall(nodes.section))
    for section in [child for child in landing.children if isinstance(child, nodes.section)]:
        heading, *content = section.children
        target = nodes.target("", "", ids=section["ids"])
        rubric = nodes.rubric("", "", *heading.children)
        landing.replace(section, [target, rubric, *content])


def end_numbers(doctree: nodes.document, is_numbered: Callable[[str], bool]) -> None:
    """Switch LaTeX's numbers off before the first unnumbered page after a numbered one."""
    numbered = False
    for page in doctree.findall(addnodes.start_of_file):
        if is_numbered(page["docname"]):
            numbered = True
        elif numbered:
            page.insert(0, nodes.raw("", r"\setcounter{secnumdepth}{-1}", format="latex"))
            return


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension with Sphinx."""
    app.connect("doctree-resolved", arrange)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
