"""Show a term's definition where the term is used: on hover, on focus, at the first tap.

Each page carries the definitions of the terms that it links to, set at build time and hidden
until `definitions.js` shows one. Nothing is loaded for it, and without the script a term is a
link into the glossary as before.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder

SCRIPT = Path(__file__).with_name("definitions.js")


def used_terms(doctree: nodes.document) -> list[str]:
    """Return the ids of the terms that a page links to, in the order of their first use."""
    links = (
        link["refuri"]
        for link in doctree.findall(nodes.reference)
        if "refuri" in link  # those within the glossary have none: their definitions are at hand
        and any("std-term" in inline["classes"] for inline in link.findall(nodes.inline))
    )
    return list(dict.fromkeys(urlsplit(address).fragment for address in links))


def glossary_entries(doctree: nodes.document) -> Iterator[tuple[str, str, Sequence[nodes.Node]]]:
    """Yield id, name and definition of each of a glossary's terms."""
    for item in doctree.findall(nodes.definition_list_item):
        for term in item.findall(nodes.term):
            for name in term["ids"]:
                yield name, term.astext(), item[-1].deepcopy().children


class Definitions:
    """The definitions of a build, set as HTML when they are first asked for."""

    def __init__(self) -> None:
        self._boxes: dict[str, str] = {}

    def add(
        self,
        app: Sphinx,
        page: str,
        template: str,
        context: dict[str, Any],
        doctree: nodes.document | None,
    ) -> None:
        """Append to a page the definitions that it uses."""
        if app.builder.name != "html" or doctree is None:
            return
        terms = used_terms(doctree)
        if terms and not self._boxes:
            self._boxes = dict(boxes(app))
        context["body"] += "".join(self._boxes[term] for term in terms)


def boxes(app: Sphinx) -> Iterator[tuple[str, str]]:
    """Yield id and box of every term in the book."""
    builder = cast(StandaloneHTMLBuilder, app.builder)
    terms = app.env.domaindata["std"]["terms"]
    for glossary in sorted({page for page, _ in terms.values()}):
        doctree = app.env.get_and_resolve_doctree(glossary, builder)
        for name, title, definition in glossary_entries(doctree):
            box = nodes.container("", *definition)
            for link in list(box.findall(nodes.reference)):  # its address is the glossary's
                link.replace_self(link.children)
            html = "".join(builder.render_partial(child)["fragment"] for child in box.children)
            yield (
                name,
                f'<div class="definition" id="definition-{name}" role="tooltip" popover="manual">'
                f"<strong>{escape(title)}</strong>{html}</div>\n",
            )


def add_script(app: Sphinx) -> None:
    """Copy the script into the book."""
    if app.builder.name == "html":
        static = Path(app.outdir, "_static")
        static.mkdir(parents=True, exist_ok=True)
        shutil.copy(SCRIPT, static)
        app.add_js_file(SCRIPT.name, loading_method="defer")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension with Sphinx."""
    app.connect("builder-inited", add_script)
    app.connect("html-page-context", Definitions().add)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
