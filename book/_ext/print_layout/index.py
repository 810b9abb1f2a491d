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
    # As Sphinx writes an entry, it depends on where it stands, and one term becomes two.
    for entry in list(doctree.findall(addnodes.index)):
        entry.replace_self([place(text, main=True) for _, text, *_ in entry["entries"]])
    for page in list(doctree.findall(addnodes.start_of_file)):
        _add_terms(page, terms)
    for block in list(doctree.findall(nodes.literal_block)):
        if name := block.get("pyobject"):
            _insert_before(block, place(name, what(block)))


def _add_terms(page: nodes.Element, terms: dict[str, str]) -> None:
    """Enter each term where the page first uses it; pages below it count for themselves."""
    seen = set()
    for link in list(_links(page)):
        name = link.get("refuri", "").partition("#")[2]
        if name in terms and name not in seen:
            seen.add(name)
            _insert_before(link, place(terms[name]))


def _links(parent: nodes.Element) -> Iterator[nodes.reference]:
    for child in parent.children:
        if isinstance(child, nodes.reference):
            yield child
        elif isinstance(child, nodes.Element) and not isinstance(child, addnodes.start_of_file):
            yield from _links(child)


def what(block: nodes.Element) -> str:
    """Return what an included piece of Python is, and the module that it is in."""
    parts = Path(block["source"]).with_suffix("").parts
    module = ".".join(parts[parts.index("underhood") :])
    if "." in block["pyobject"]:
        return f"method in {module}"
    return f"{'class' if re.search('^class ', block.astext(), re.M) else 'function'} in {module}"


def place(entry: str, code: str = "", main: bool = False) -> nodes.raw:
    """Return an entry of the index; a name in code is sorted without its underscores."""
    text = entry.replace("_", r"\_")
    shown = rf"\texttt{{{text}}} ({code})" if code else text
    page = "|spxpagem" if main else ""
    return nodes.raw("", rf"\index{{{entry.replace('_', '')}@{shown}{page}}}", format="latex")


def _insert_before(node: nodes.Element, entry: nodes.Node) -> None:
    parent = node.parent
    parent.insert(parent.index(node), entry)
