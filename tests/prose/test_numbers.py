"""Each number that is typed in the prose stands in a cell of its section, or is computed here."""

from __future__ import annotations

import pytest

from .reader import BOOK, EXECUTED, PAGES, Typed, cell_numbers, literals, typed_numbers
from .values import CELLS, VALUES, About


def source(page: str) -> str:
    """Return the source of a page."""
    return (BOOK / f"{page}.md").read_text(encoding="utf-8")


WITHOUT_CELLS = [page for page in PAGES if "{code-cell}" not in source(page)]


def cells(page: str) -> list[set[str]]:
    """Return the numbers in the cells of each section of a page of the built book."""
    if page in WITHOUT_CELLS:
        return [set() for _ in range(1 + source(page).count("\n## "))]
    if not (EXECUTED / f"{page}.ipynb").exists():
        pytest.fail("the site is not built: run make html", pytrace=False)
    return cell_numbers(page)


def unbacked(text: str, page: str, sections: list[set[str]]) -> list[Typed]:
    """Return the numbers of a page's text that neither its section's cells nor the table know."""
    table = VALUES.get(page, {})
    return [
        number
        for number in typed_numbers(text)
        if number.text not in sections[number.section] and number.text not in table
    ]


def rounds_to(value: float | About | str, text: str) -> bool:
    """Tell whether a value is the typed number once it is rounded as that is."""
    if isinstance(value, str):  # there is nothing to compute
        return True
    if isinstance(value, About):
        return abs(float(text) - value.value) <= value.share * abs(value.value)
    mantissa, _, exponent = text.partition("e")
    unit = 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2]))
    return abs(float(text) - value) <= unit * (0.5 + 1e-6)


@pytest.mark.parametrize("page", PAGES)
def test_each_typed_number_is_backed(page):
    missing = [
        f"{page}.md:{number.line}: {number.text} in: {number.sentence}"
        for number in unbacked(source(page), page, cells(page))
    ]

    assert missing == [], "numbers in no cell of their section and not in tests/prose/values.py"


@pytest.mark.parametrize("page", VALUES)
def test_each_value_rounds_to_what_is_typed(page):
    wrong = {text: v for text, v in VALUES[page].items() if not rounds_to(v, text)}

    assert wrong == {}, f"{page}: what is typed, and its value"


@pytest.mark.parametrize("page", VALUES)
def test_what_the_table_leaves_to_the_cells_stands_in_one(page):
    left = {text for text, value in VALUES[page].items() if value is CELLS}
    pages = [page]
    if page in WITHOUT_CELLS:  # it tells of its chapter, or of the whole book
        pages = [other for other in PAGES if other.startswith(page.rpartition("/")[0])]
    found = set().union(*(section for other in pages for section in cells(other)))

    assert left - found == set(), f"{page}.md: in no cell of {', '.join(pages)}"


@pytest.mark.parametrize("page", VALUES)
def test_each_value_is_used(page):
    typed = {number.text for number in typed_numbers(source(page))}

    assert VALUES[page].keys() - typed == set(), f"{page}.md has these numbers no more"


@pytest.mark.parametrize(
    ("text", "backed"),
    [
        ("It is $-1997.9206$.", True),
        ("It is $1997.9206$.", False),
        ("It is $2.0794$.", True),
        ("It is $-2.0794$.", False),
        ("With $-1.25$ and $384$", True),
        ("With $1.25$", False),
        ("With $-384$", False),
    ],
)
def test_minus_is_part_of_a_number_of_the_table_or_a_cell(text, backed):
    sections = [literals("x = f(-1.250, y[512-384])")]

    assert (unbacked(text, "likelihood/numerical-stability", sections) == []) == backed


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("About 10,000 steps, 33{,}554 or $1\\,048\\,576$.", ["10000", "33554", "1048576"]),
        ("$e^{-10} \\approx 4.54 \\cdot 10^{-5}$", ["4.54e-5"]),
        ("Two of 12 in 1957, 0.05 of it; 7 % and 12.5 %.", ["12.5"]),
        ("| $-0.693$ | −1.386 |", ["-0.693", "-1.386"]),
        ("$e^{-1.92}$, $2 \\cdot (-1624)$ or −33,554.", ["-1.92", "-1624", "-33554"]),
        ("$139 - 171 = -32.5$, $x_{t-137} \\hat{y}-128$", ["139", "171", "-32.5", "137", "128"]),
        (
            "ResNet-152 has 100-200 or 300–400 of (12)-1.25.",
            ["152", "100", "200", "300", "400", "1.25"],
        ),
        (":::{dropdown} A. It is 0.123.\n:class: x123.4\n456 more.\n:::", ["0.123", "456"]),
        ("```{exercise} Title\n:label: ex-111\n\nTake 111.\n```", ["111"]),
        ("```{code-cell} ipython3\nx = 12345\n```\n{glue:text}`a_1234:.2f` and 567", ["567"]),
        ("In 1704 steps, but $1704$.", ["1704"]),
        ("See {eq}`eq-123` and https://x.org/12345.", []),
    ],
)
def test_reader_finds_what_is_typed(text, numbers):
    assert [number.text for number in typed_numbers(text)] == numbers
