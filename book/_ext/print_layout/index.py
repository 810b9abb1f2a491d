"""Make the entries of the printed index: terms where they are used, and the package's names.

Sphinx itself enters the terms where the glossary defines them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from docutils import nodes
from sphinx import addnodes


def add_entries(doctree: nodes.document) -> None:
    """Add an entry at the first use of each term on a page and at each included piece of code."""
    terms = {
        name: term.astext()
        for glossary in doctree.findall(addnodes.glossary)
        for term in glossary.findall(nodes.term)
        for name in term["ids"]
    }
    for page in list(doctree.findall(addnodes.start_of_file)):
        _add_terms(page, terms)
    for block in list(doctree.findall(nodes.literal_block)):
        if "pyobject" in block:
            _insert_before(block, f"{block['pyobject']} ({kind(block)})")


def _add_terms(page: nodes.Element, terms: dict[str, str]) -> None:
    """Enter each term where the page first uses it; pages below it count for themselves."""
    seen = set()
    for link in list(_links(page)):
        name = link.get("refuri", "").partition("#")[2]
        if name in terms and name not in seen:
            seen.add(name)
            _insert_before(link, terms[name])


def _links(parent: nodes.Element) -> Iterator[nodes.reference]:
    for child in parent.children:
        if isinstance(child, nodes.reference):
            yield child
        elif isinstance(child, nodes.Element) and not isinstance(child, addnodes.start_of_file):
            yield from _links(child)


def kind(block: nodes.Element) -> str:
    """Return what an included piece of Python is, and the module that it is in."""
    parts = Path(block["source"]).with_suffix("").parts
    module = ".".join(parts[parts.index("underhood") :])
    if "." in block["pyobject"]:
        return f"method in {module}"
    return f"{'class' if re.search('^class ', block.astext(), re.M) else 'function'} in {module}"


def _insert_before(node: nodes.Element, entry: str) -> None:
    parent = node.parent
    place = addnodes.index("", entries=[("single", entry, "", "", None)])
    parent.insert(parent.index(node), place)
