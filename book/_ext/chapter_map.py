"""Draw a map of the chapters, the directive ``chapter-map``, and mark the pages that open one.

On the map, each chapter stands with its number, its question and its pages. The question is the
first one in italics on the page that opens the chapter, so that map and chapter ask the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.environment.collectors import EnvironmentCollector
from sphinx.util.docutils import SphinxDirective


class ChapterMap(nodes.General, nodes.Element):
    """The place of the map, until all pages are read."""


class ChapterMapDirective(SphinxDirective):
    """Put the map here."""

    def run(self) -> list[nodes.Node]:
        """Return the place."""
        return [ChapterMap()]


class QuestionCollector(EnvironmentCollector):
    """Keep the question of every page that asks one."""

    def clear_doc(self, app: Sphinx, env: BuildEnvironment, docname: str) -> None:
        """Forget a page's question."""
        questions(env).pop(docname, None)

    def process_doc(self, app: Sphinx, doctree: nodes.document) -> None:
        """Note a page's first question in italics."""
        texts = (emphasis.astext() for emphasis in doctree.findall(nodes.emphasis))
        question = next((text for text in texts if text.endswith("?")), None)
        if question:
            questions(app.env)[app.env.docname] = question[0].upper() + question[1:]

    def merge_other(
        self, app: Sphinx, env: BuildEnvironment, docnames: set[str], other: BuildEnvironment
    ) -> None:
        """Take over what another process read."""
        questions(env).update(questions(other))


def questions(env: BuildEnvironment) -> dict[str, str]:
    """Return page to question, which Sphinx keeps from build to build."""
    if not hasattr(env, "questions"):
        env.questions = {}  # type: ignore[attr-defined]
    found: dict[str, str] = env.questions  # type: ignore[attr-defined]
    return found


def draw(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Replace the place by the map."""
    for place in list(doctree.findall(ChapterMap)):
        place.replace_self(nodes.bullet_list("", *chapters(app, page), classes=["chapter-map"]))


def chapters(app: Sphinx, page: str) -> Iterator[nodes.list_item]:
    """Yield the numbered chapters."""
    for chapter in app.env.toctree_includes[app.config.root_doc]:
        number = app.env.toc_secnumbers.get(chapter, {}).get("")
        if number:
            item = nodes.list_item("", link(app, page, chapter, str(number[0])))
            if chapter in questions(app.env):
                item += nodes.paragraph("", questions(app.env)[chapter], classes=["question"])
            if app.builder.format == "html":  # on paper, the table of contents comes right before
                pages = app.env.toctree_includes.get(chapter, [])
                item += nodes.bullet_list(
                    "", *(nodes.list_item("", link(app, page, each)) for each in pages)
                )
            yield item


def mark_opener(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Give the page that opens a chapter a class, for the style sheet."""
    if page in app.env.toctree_includes[app.config.root_doc] and app.env.toc_secnumbers.get(page):
        next(doctree.findall(nodes.section))["classes"].append("chapter-opener")


def link(app: Sphinx, page: str, target: str, number: str = "") -> nodes.paragraph:
    """Return a link to a page, by its title."""
    address = app.builder.get_relative_uri(page, target)
    reference = nodes.reference("", "", internal=True, refuri=address)
    if number:
        reference += nodes.inline("", number, classes=["chapter-number"])
        reference += nodes.Text(" ")
    reference += [child.deepcopy() for child in app.env.titles[target].children]
    return nodes.paragraph("", "", reference)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension with Sphinx."""
    app.add_node(ChapterMap)
    app.add_directive("chapter-map", ChapterMapDirective)
    app.add_env_collector(QuestionCollector)
    app.connect("doctree-resolved", draw)
    app.connect("doctree-resolved", mark_opener)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
