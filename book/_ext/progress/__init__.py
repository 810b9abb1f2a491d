"""Keep what a reader has done in the reader's browser, and show it.

``progress.js``, on every page, is the store: pages read, exercises solved, answers to quizzes. At
the end of the pages of a chapter stands a box to say that the page was read, with a script,
``page-read.js``, that is loaded when it comes near. The store marks the pages read in the
navigation and on the map of the chapters. The directive ``reader-progress`` puts the whole of it
in tables, which ``reader-progress.js``, loaded there alone, fills in; what there is to do is
written at build time. Nothing is ever sent.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

from quiz import quizzes

HERE = Path(__file__).parent
BOX = """\
<page-read><label><input type="checkbox"> I have read this page</label></page-read>
"""
CONTROLS = (HERE / "controls.html").read_text(encoding="utf-8")


class ReaderProgress(nodes.General, nodes.Element):
    """The place of the tables, until all pages are read."""


class ReaderProgressDirective(SphinxDirective):
    """Put the tables here."""

    def run(self) -> list[nodes.Node]:
        """Return the place."""
        return [ReaderProgress()]


def is_content(env: BuildEnvironment, page: str) -> bool:
    """Tell whether this is a page of a chapter, and not its opening or a page of reference."""
    return len(env.toc_secnumbers.get(page, {}).get("", ())) == 2


def exercises(env: BuildEnvironment, page: str) -> list[str]:
    """Return the labels of a page's exercises."""
    registry: dict[str, dict[str, Any]] = getattr(env, "sphinx_exercise_registry", {})
    return [
        label
        for label, entry in registry.items()
        if entry["docname"] == page and entry["type"] == "exercise"
    ]


def draw(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Replace the place by the tables; on paper there is nothing to fill in."""
    for place in list(doctree.findall(ReaderProgress)):
        html = "".join(tables(app, page))
        element = f"<reader-progress>\n{CONTROLS}{html}</reader-progress>\n"
        place.replace_self(nodes.raw("", element, format="html"))


def tables(app: Sphinx, page: str) -> Iterator[str]:
    """Yield a table for each chapter."""
    env = app.env
    for chapter in env.toctree_includes[env.config.root_doc]:
        pages = [each for each in env.toctree_includes.get(chapter, []) if is_content(env, each)]
        if not pages:
            continue
        number = env.toc_secnumbers[chapter][""][0]
        rows = "".join(row(app, page, each) for each in pages)
        yield (
            '<div class="pst-scrollable-table-container"><table class="table">\n'
            f"<caption>{number}. {escape(env.titles[chapter].astext())}</caption>\n"
            '<thead><tr><th scope="col">Page</th><th scope="col">Read on</th>'
            '<th scope="col">Exer\u00adcises solved</th>'
            '<th scope="col">Quiz, right at the first try</th>'
            f"</tr></thead>\n<tbody>\n{rows}</tbody></table></div>\n"
        )


def row(app: Sphinx, page: str, target: str) -> str:
    """Return a row, with all that the script has to know of its page."""
    labels, right = exercises(app.env, target), quizzes(app.env).get(target, "")
    number = ".".join(map(str, app.env.toc_secnumbers[target][""]))
    address = app.builder.get_relative_uri(page, target)
    title = escape(app.env.titles[target].astext())
    return (
        f'<tr data-page="{target}" data-exercises="{" ".join(labels)}" data-right="{right}">'
        f'<th scope="row"><a class="reference internal" href="{address}">{number}. {title}</a></th>'
        f"<td>–</td><td>– of {len(labels)}</td><td>– of {len(right)}</td></tr>\n"
    )


def add_box(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Put the box at the end of the pages of a chapter."""
    if app.builder.name == "html" and doctree is not None and is_content(app.env, page):
        context["body"] += BOX


def add_files(app: Sphinx) -> None:
    """Copy the scripts into the book: the store for every page, the others for where they are."""
    if app.builder.name != "html":
        return
    static = Path(app.outdir, "_static")
    (static / "live").mkdir(parents=True, exist_ok=True)
    shutil.copy(HERE / "progress.js", static)
    for name in ("page-read.js", "reader-progress.js"):
        shutil.copy(HERE / name, static / "live")
    app.add_js_file("progress.js", loading_method="defer")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension with Sphinx."""
    app.add_node(ReaderProgress)
    app.add_directive("reader-progress", ReaderProgressDirective)
    app.connect("builder-inited", add_files)
    app.connect("doctree-resolved", draw)
    app.connect("html-page-context", add_box)
    return {"parallel_read_safe": False, "parallel_write_safe": True}
