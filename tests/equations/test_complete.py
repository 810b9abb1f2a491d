"""Each labeled equation of the book has one check, which carries its label as its name."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import numpy as np
import pytest

from .numeric import close

HERE = Path(__file__).resolve().parent
BOOK = HERE.parents[1] / "book"


def labels(page: Path) -> list[str]:
    """Return the labels of a page's equations, in order."""
    return re.findall(r"\$\$ *\((eq-[\w-]+)\)", page.read_text(encoding="utf-8"))


def checks(file: Path) -> dict[str, ast.FunctionDef]:
    """Return the checks of a file, by the labels that they are named after."""
    functions = [
        node
        for node in ast.parse(file.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]
    found = {
        function.name.removeprefix("test_").replace("_", "-"): function for function in functions
    }
    assert len(found) == len(functions), f"{file.name} has two checks of one name"
    return found


def asserts(function: ast.FunctionDef) -> bool:
    """Tell whether a check asserts anything."""
    return any(
        isinstance(node, ast.Assert)
        or (isinstance(node, ast.Call) and getattr(node.func, "id", None) == "close")
        for node in ast.walk(function)
    )


def checks_file(page: Path) -> str:
    """Return the name of the file that holds the checks of a page."""
    return f"test_{'_'.join(page.relative_to(BOOK).with_suffix('').parts).replace('-', '_')}.py"


PAGES = {checks_file(page): page for page in sorted(BOOK.rglob("*.md")) if labels(page)}
FILES = {file.name: file for file in sorted(HERE.glob("test_*.py")) if file != Path(__file__)}


def test_labels_are_found_however_they_are_written():
    for page in BOOK.rglob("*.md"):
        text = page.read_text(encoding="utf-8")
        written = re.findall(r"^(?!.*\{eq\}).*(?:\(|:label: *|\\label\{)(eq-[\w-]+)", text, re.M)

        assert written == labels(page), page


def test_each_label_is_that_of_one_equation():
    found = [label for page in PAGES.values() for label in labels(page)]

    assert len(found) == len(set(found))


def test_each_equation_has_a_check():
    tested = {label for file in FILES.values() for label in checks(file)}
    written = {label for page in PAGES.values() for label in labels(page)}

    assert sorted(written - tested) == [], "equations without a check"


@pytest.mark.parametrize("name", FILES)
def test_each_check_belongs_to_an_equation_of_its_page(name):
    assert name in PAGES, f"no page with equations has its checks in {name}"
    page = PAGES[name]

    assert set(checks(FILES[name])) - set(labels(page)) == set(), f"no such labels in {page.name}"


@pytest.mark.parametrize("name", FILES)
def test_each_check_can_fail(name):
    assert [label for label, check in checks(FILES[name]).items() if not asserts(check)] == []


@pytest.mark.parametrize(
    "sides",
    [(np.nan, np.nan), ([1.0, np.nan], [1.0, np.nan]), ([], []), (1.0, 1.1), ([1.0], 1.0)],
    ids=repr,
)
def test_sides_that_break_or_differ_are_not_close(sides):
    with pytest.raises(AssertionError):
        close(*sides)


def test_both_sides_may_be_infinite():
    close([1.0, -np.inf], [1.0, -np.inf])
