"""The printed book."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup
from pypdf import PdfReader

import build

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def pdf(tex) -> PdfReader:
    """Return the book, printed anew; what is not in the execution cache is executed."""
    command = [sys.executable, str(ROOT / "tools/build.py"), "pdf"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stderr == ""
    (path,) = (ROOT / "_build" / "pdf").glob("*.pdf")
    return PdfReader(path)


@pytest.fixture(scope="module")
def pages(pdf) -> dict[str, str]:
    """Return the text of each page, by the number that it bears."""
    texts = (page.extract_text() for page in pdf.pages)
    numbered = dict(zip(pdf.page_labels, texts, strict=True))
    assert len(numbered) == len(pdf.pages), "two pages bear the same number"
    return numbered


def bookmarks(outline: list) -> list[str]:
    """Return the titles of the uppermost bookmarks."""
    return [entry.title for entry in outline if not isinstance(entry, list)]


def test_the_parts_of_the_book_are_bookmarked_in_order(pdf):
    titles = bookmarks(pdf.outline)

    assert titles[0] == "Preface"
    assert [title[0] for title in titles[1:5]] == ["1", "2", "3", "4"]
    assert titles[5:] == [
        *("Hints", "Solutions", "Notation", "Glossary", "Bibliography"),
        *("Execution report", "Index"),
    ]


def test_each_page_of_the_site_is_bookmarked_under_its_number(pdf):
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    numbers = [
        f"{chapter}.{section}"
        for chapter, entry in enumerate(toc["parts"][0]["chapters"], 1)
        for section, _ in enumerate(entry["sections"], 1)
    ]
    chapters = [entry for entry in pdf.outline if isinstance(entry, list)]
    sections = itertools.chain.from_iterable(map(bookmarks, chapters))

    assert [title.split()[0] for title in sections][: len(numbers)] == numbers


PRINTED = r"\\newlabel\{(?:equation:)?([\w/-]+):((?:eq|fig)-[\w-]+)\}\{\{([\d.]+)\}"


def test_equations_and_figures_have_the_numbers_of_the_site(pdf, site):
    (notes,) = (ROOT / "_build" / "latex").glob("*.aux")
    printed = {
        (page, label): number
        for page, label, number in re.findall(PRINTED, notes.read_text(encoding="utf-8"))
    }
    soups = {
        page: BeautifulSoup((site / f"{page}.html").read_text(encoding="utf-8"), "html.parser")
        for page in {page for page, _ in printed}
    }
    shown = {}
    for page, label in printed:
        place = soups[page].find(id=f"equation-{label}" if label.startswith("eq") else label)
        number = place.select_one(".eqno, .caption-number").get_text()
        shown[page, label] = re.search(r"[\d.]+", number)[0]

    assert len(printed) > 100
    assert printed == shown


@pytest.mark.parametrize("number", ["120", "1624", "0.03248", "139.00056"])
def test_the_numbers_of_the_lecture_come_out(pages, number):
    assert number in "".join(pages.values())


def test_every_exercise_leads_to_its_hint_and_solution(pages):
    exercise = r"(Exercise \d+\.\d+) \((?:(?!Exercise \d+\.\d+ \().)*?"
    links = rf"{exercise}Hint on page (\d+), Solution on page (\d+)"
    found = re.findall(links, "\n".join(pages.values()), re.S)
    written = sum(
        path.read_text(encoding="utf-8").count("```{exercise}") for path in ROOT.glob("book/*/*.md")
    )

    assert len(found) == written
    for number, hint, solution in found:
        assert number in pages[hint]
        assert number in pages[solution]


def test_solutions_and_answers_are_not_in_the_chapters(pages):
    order = list(pages)
    first = next(page for page, text in pages.items() if text.startswith("Hints\n"))
    chapters = "\n".join(pages[page] for page in order[: order.index(first)])

    assert "Answers on page" in chapters
    assert "Not answered yet" not in chapters
    assert not re.search(r"^✓ Right", chapters, re.M)
    assert not re.search(r"^(?:Hint|Solution)$", chapters, re.M)


def test_code_that_is_folded_on_the_site_is_named_by_its_place(pages):
    places = re.findall(r"(book/[\w/-]+\.md):(\d+)", "\n".join(pages.values()))
    lines = [
        (ROOT / path).read_text(encoding="utf-8").splitlines()[int(line) - 1]
        for path, line in places
    ]

    assert lines
    assert set(lines) == {"```{code-cell} ipython3"}


def test_terms_are_indexed_where_they_stand(pages):
    texts = itertools.dropwhile(lambda text: not text.startswith("Index"), pages.values())
    index = "\n".join(texts)

    for term in ("Receptive field", "Backward pass", "Softmax", "edge_gradients"):
        entry = re.search(rf"^{term}(?: \([^)]*\))?,\s*((?:\d+,\s)*\d+)$", index, re.M)
        for number in re.findall(r"\d+", entry[1]):
            assert term.lower() in re.sub(r"-?\s+", " ", pages[number]).lower()


def test_every_link_within_the_book_arrives(pdf):
    annotations = (
        annotation.get_object() for page in pdf.pages for annotation in page.get("/Annots", [])
    )
    aims = [
        annotation["/A"]["/D"]
        for annotation in annotations
        if annotation.get("/A", {}).get("/S") == "/GoTo"
    ]

    assert len(aims) > 1000
    assert set(aims) <= set(pdf.named_destinations)


def test_the_document_says_what_it_is(pdf):
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))

    assert pdf.metadata.title == config["title"]
    assert pdf.metadata.author == config["author"]
    assert pdf.trailer["/Root"]["/Lang"] == "en-US"


def test_fonts_are_embedded(pdf):
    fonts = [
        descendant.get_object()
        for page in pdf.pages
        for font in page["/Resources"].get("/Font", {}).values()
        for descendant in font.get("/DescendantFonts", [font])
    ]

    assert fonts
    assert not [font for font in fonts if "FontFile" not in str(font["/FontDescriptor"])]


DIGIT = 28
"""Pixels in a row of a handwritten digit, which is a picture."""


def test_graphics_stay_vectors(pdf):
    sizes = [image.image.size for page in pdf.pages for image in page.images]
    pictures = [size for size in sizes if max(size) > DIGIT]

    assert not pictures, "a figure was turned into pixels: save it as svg and pdf"


def test_missing_programs_are_named_with_the_remedy(tmp_path):
    command = [sys.executable, str(ROOT / "tools/build.py"), "pdf"]
    run = subprocess.run(
        command, capture_output=True, text=True, check=False, env={"PATH": str(tmp_path)}
    )

    assert run.returncode == 1
    assert run.stderr.startswith("error: the PDF needs latexmk, xelatex, rsvg-convert: apt-get")
    assert len(run.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("line", "serious"),
    [
        ("! Undefined control sequence.", True),
        ("Missing character: There is no → in font X!", True),
        ("LaTeX Warning: Reference `eq' on page 3 undefined on input line 5.", True),
        ("LaTeX Font Warning: Font shape `TU/x/b/n' undefined", True),
        ("Package fancyhdr Warning: \\headheight is too small (12.0pt):", True),
        ("Overfull \\hbox (12.3pt too wide) in paragraph at lines 1--2", True),
        ("Overfull \\vbox (344.9pt too high) has occurred while \\output is active []", True),
        ("Overfull \\hbox (0.8pt too wide) in paragraph at lines 1--2", False),
        ("Underfull \\hbox (badness 10000) in paragraph at lines 1--2", False),
    ],
)
def test_what_a_reader_would_see_fails_the_build(line, serious):
    assert build.latex_problems(f"\n{line}\n") == ([line] if serious else [])
