"""book/_ext/finding: what the search knows by name."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

from finding import SIGNS, public_names

ROOT = Path(__file__).resolve().parent.parent.parent
SCORER = (ROOT / "book/_ext/finding/scorer.js").read_text(encoding="utf-8")


def objects(index: str) -> set[tuple[str, str, str]]:
    """Return name, kind and anchor of everything that a search index has a name for."""
    data = json.loads(re.search(r"Search\.setIndex\((.*)\)", index, re.DOTALL)[1])
    found = set()
    for prefix, entries in data["objects"].items():
        for _, number, _, anchor, last in entries:
            _, kind, shown_kind = data["objnames"][str(number)]
            name = f"{prefix}.{last}" if prefix else last
            short = {"": name, "-": f"{kind}-{name}"}  # how Sphinx shortens anchors
            found.add((name, shown_kind, short.get(anchor, anchor)))
    return found


@pytest.fixture
def found(run_sphinx):
    """Return a function that sets a page and returns what the search finds on it."""

    def find(text: str, page: str = "index") -> set[tuple[str, str, str]]:
        run = run_sphinx(text, "finding", master_doc=page)
        return objects((run.output / "searchindex.js").read_text(encoding="utf-8"))

    return find


def test_a_term_is_found_where_it_stands_in_italics(found):
    page = """\
# Graphs

A {term}`node` is used.

## By hand

A *{term}`node`* is defined.

:::{glossary}
Node
  One op.
:::
"""
    assert found(page) == {("Node", "definition", "by-hand"), ("Node", "term", "term-Node")}


def test_shown_code_is_found_under_its_name(tmp_path, found):
    (tmp_path / "source").mkdir()
    code = "class Tensor:\n    def backward(self):\n        pass\n"
    (tmp_path / "source" / "autodiff.py").write_text(code)
    page = "# Engine\n\n```{literalinclude} autodiff.py\n:pyobject: Tensor.backward\n```\n"

    assert found(page) == {("Tensor.backward", "code", "code-tensor-backward")}


def test_the_same_code_has_an_anchor_for_each_place(tmp_path, found):
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "ops.py").write_text("def relu(x):\n    return x\n")
    page = "# Ops\n" + 2 * "\n```{literalinclude} ops.py\n:pyobject: relu\n```\n"

    assert found(page) == {("relu", "code", "code-relu"), ("relu", "code", "code-relu-2")}


def test_public_names_are_those_of_functions_and_classes(tmp_path):
    (tmp_path / "layers").mkdir()
    (tmp_path / "ops.py").write_text("def relu(x): ...\ndef _slope(x): ...\nANSWER = 42\n")
    (tmp_path / "layers" / "dense.py").write_text("class Dense:\n    def build(self): ...\n")

    assert public_names(tmp_path) == {"relu", "Dense"}


def test_scorer_and_index_call_the_signs_alike():
    signs = re.search(r"signs = (\{.*?\});", SCORER)[1]

    assert ast.literal_eval(signs) == {sign: name for name, sign in SIGNS.items()}


@pytest.fixture(scope="module")
def index(site) -> set[tuple[str, str, str]]:
    """Return what the search of the built site has names for."""
    return objects((site / "searchindex.js").read_text(encoding="utf-8"))


def test_every_term_of_the_glossary_is_found(index, site):
    anchors = re.findall(r'id="(term-[^"]+)"', (site / "glossary.html").read_text("utf-8"))

    assert anchors
    assert set(anchors) == {anchor for _, kind, anchor in index if kind == "term"}


def test_every_symbol_of_the_notation_is_found(index, site):
    notation = (site / "notation.html").read_text("utf-8")
    anchors = re.findall(r'<tr[^>]* id="(symbol-[^"]+)"', notation)

    assert len(anchors) > 20
    assert set(anchors) == {anchor for _, kind, anchor in index if kind == "symbol"}


def test_no_name_holds_tex(index):
    assert not [name for name, _, _ in index if "\\" in name]


def test_no_term_is_listed_twice(site):
    text = (site / "searchindex.js").read_text(encoding="utf-8")

    assert json.loads(re.search(r'"indexentries": (\{.*?\})', text)[1]) == {}
