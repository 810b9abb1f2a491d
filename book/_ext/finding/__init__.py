"""Let the search find what readers look for: terms, symbols and functions, by name.

Sphinx's search ranks pages by their titles and words, and before them objects, such as the
functions of an API, that a domain names. This book's objects are

- the terms, where they are defined (in italics) and in the glossary,
- the symbols of the notation page, by the letter and by its name,
- the functions and classes of the package, where a page shows their code or speaks of them.

`scorer.js` weighs them, and lets a query of symbols mean their names: ∂ is found as partial.
"""

from __future__ import annotations

import ast
import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.directives.code import LiteralInclude
from sphinx.domains import Domain, ObjType
from sphinx.environment import BuildEnvironment

NOTATION = "notation"  # the page of symbols
PACKAGE = "../code/underhood"  # relative to the pages

# How TeX calls symbols that are not Greek letters; `scorer.js` has the same list.
SIGNS = {"partial": "∂", "nabla": "∇", "odot": "⊙", "ell": "ℓ"}

RANKS = {"definition": 0, "entry": 1, "symbol": 1, "code": 1, "mention": 2}


class Found(NamedTuple):
    """Something that the search can find: its name, its kind, its place on a page."""

    name: str
    kind: str
    anchor: str


class BookDomain(Domain):
    """The book's terms, symbols and functions, page by page."""

    name = "book"
    label = "Book"
    object_types = {  # noqa: RUF012  # as Sphinx declares it
        "definition": ObjType("definition"),
        "entry": ObjType("term"),
        "symbol": ObjType("symbol"),
        "code": ObjType("code"),
        "mention": ObjType("function"),
    }
    initial_data = {"found": {}}  # noqa: RUF012  # page to what is found there

    def get_type_name(self, type: ObjType, primary: bool = False) -> str:
        """Return a kind's name as search results show it."""
        return str(type.lname)

    def clear_doc(self, docname: str) -> None:
        """Forget a page."""
        self.data["found"].pop(docname, None)

    def process_doc(self, env: BuildEnvironment, docname: str, document: nodes.document) -> None:
        """Note what a page defines."""
        public = public_names(Path(env.app.confdir, PACKAGE))
        code = list(find_code(document))
        public -= {name for name, _, _ in code}
        found = [*find_definitions(document), *code, *find_names(document, public)]
        if docname == NOTATION:
            found += find_symbols(document)
        self.data["found"][docname] = found

    def get_objects(self) -> Iterable[tuple[str, str, str, str, str, int]]:
        """Yield everything that can be found, as Sphinx's search index takes it."""
        for page, found in self.data["found"].items():
            is_reference = not self.env.toc_secnumbers.get(page)
            for name, kind, anchor in found:
                if not (is_reference and kind == "mention"):
                    yield name, name, kind, page, anchor, RANKS[kind]
        for (kind, name), (page, anchor) in self.env.domaindata["std"]["objects"].items():
            if kind == "term":
                yield name, name, "entry", page, anchor, RANKS["entry"]


class NamedLiteralInclude(LiteralInclude):
    """Sphinx's directive; the code remembers which object of the file it shows."""

    def run(self) -> list[nodes.Node]:
        """Include the code."""
        result = super().run()
        for block in (block for node in result for block in node.findall(nodes.literal_block)):
            block["pyobject"] = self.options.get("pyobject", "")
        return result


@cache
def public_names(package: Path) -> frozenset[str]:
    """Return the names of a package's public functions and classes."""
    return frozenset(
        statement.name
        for path in package.rglob("*.py")
        for statement in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(statement, ast.FunctionDef | ast.ClassDef)
        and not statement.name.startswith("_")
    )


def find_definitions(document: nodes.document) -> Iterator[Found]:
    """Find the terms that are defined here: those in italics."""
    for emphasis in document.findall(nodes.emphasis):
        for term in emphasis.findall(addnodes.pending_xref):
            if term["reftype"] == "term":
                name = term["reftarget"]
                yield Found(name[0].upper() + name[1:], "definition", section_id(term))


def find_code(document: nodes.document) -> Iterator[Found]:
    """Find the functions and classes of the package whose code is shown, and mark the place."""
    for block in document.findall(nodes.literal_block):
        if name := block.get("pyobject"):
            yield Found(name, "code", mark(document, block, f"code-{name}"))


def find_names(document: nodes.document, public: frozenset[str]) -> Iterator[Found]:
    """Find the functions and classes of the package that the text speaks of."""
    named = set()
    for literal in document.findall(nodes.literal):
        name = re.split(r"\W", literal.astext())[0]
        if name in public and name not in named:
            named.add(name)
            yield Found(name, "mention", section_id(literal))


def find_symbols(document: nodes.document) -> Iterator[Found]:
    """Find the symbols of the notation page, first column of its tables, and mark their rows."""
    for row in document.findall(nodes.row):
        symbol, meaning, *_ = row.findall(nodes.entry)
        formulas = [formula.astext() for formula in symbol.findall(nodes.math)]
        if formulas:
            names = dict.fromkeys(name for tex in formulas for name in symbol_names(tex))
            known = f" ({', '.join(names)})" if names else ""
            text = f"{', '.join(map(plain, formulas))}{known}: {words(meaning)}"
            yield Found(text, "symbol", mark(document, row, f"symbol-{formulas[0]}"))


def symbol_names(tex: str) -> list[str]:
    r"""Return the names of the letters and signs in a formula.

    >>> symbol_names(r"\boldsymbol{\theta}"), symbol_names(r"\dfrac{\partial z}{\partial x}")
    (['theta'], ['partial', 'partial'])
    """
    return [name for name in re.findall(r"\\([A-Za-z]+)", tex) if character(name)]


def character(name: str) -> str:
    r"""Return what a TeX command prints if it is a letter or one of our signs.

    >>> character("sigma"), character("Gamma"), character("nabla"), character("mathbf")
    ('σ', 'Γ', '∇', '')
    """
    case = "CAPITAL" if name[0].isupper() else "SMALL"
    try:
        return SIGNS.get(name) or unicodedata.lookup(f"GREEK {case} LETTER {name.upper()}")
    except KeyError:
        return ""


def plain(tex: str) -> str:
    r"""Return a formula as plain text, good enough to recognize it in a list.

    >>> plain(r"\bar{x} = \dfrac{\partial L}{\partial x}"), plain(r"\mathbf{X}^\top")
    ('x = ∂L/∂x', 'X^⊤')
    """
    tex = re.sub(r"\\d?frac\{([^{}]*)\}\{([^{}]*)\}", r"\1/\2", tex).replace(r"\top", "⊤")
    tex = re.sub(r"\\([A-Za-z]+) ?", lambda command: character(command[1]), tex)
    return re.sub(r"\\.|[{}]", "", tex).strip()


def words(element: nodes.Element) -> str:
    """Return the text of an element with its formulas as plain text."""
    texts = element.findall(nodes.Text)
    return "".join(
        plain(text.astext()) if isinstance(text.parent, nodes.math) else text.astext()
        for text in texts
    )


def section_id(node: nodes.Node | None) -> str:
    """Return the id of the section around a node; exercises are sections without a title."""
    while node is not None:
        if isinstance(node, nodes.section) and isinstance(node[0], nodes.title):
            return str(node["ids"][0])
        node = node.parent
    return ""


def mark(document: nodes.document, node: nodes.Element, name: str) -> str:
    """Give a node an id after its name, if it has none; return its id."""
    if not node["ids"]:
        anchor, namesakes = nodes.make_id(name), count(2)
        while anchor in document.ids:
            anchor = f"{nodes.make_id(name)}-{next(namesakes)}"
        node["ids"].append(anchor)
        document.ids[anchor] = node
    return str(node["ids"][0])


def forget_index_entries(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Remove the glossary's entries for a printed index: the search would list each term twice."""
    if app.builder.format == "html":
        for entry in list(doctree.findall(addnodes.index)):
            entry.parent.remove(entry)


def set_scorer(app: Sphinx) -> None:
    """Let the search use our weights."""
    app.config.html_search_scorer = str(Path(__file__).with_name("scorer.js"))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension with Sphinx."""
    app.add_domain(BookDomain)
    app.add_directive("literalinclude", NamedLiteralInclude, override=True)
    app.connect("builder-inited", set_scorer)
    app.connect("doctree-resolved", forget_index_entries)
    return {"parallel_read_safe": False, "parallel_write_safe": True}
