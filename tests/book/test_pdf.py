"""The printed book."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from pypdf import PdfReader

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


def test_chapters_are_numbered_as_on_the_site(pdf):
    titles = [entry.title for entry in pdf.outline if not isinstance(entry, list)]

    assert titles[-3:] == ["Notation", "Glossary", "Bibliography"]
    assert "Chapter 1" in "".join(page.extract_text() for page in pdf.pages)


@pytest.mark.parametrize("number", ["120", "1624", "0.03248", "139.00056"])
def test_the_numbers_of_the_lecture_come_out(pdf, number):
    assert number in "".join(page.extract_text() for page in pdf.pages)


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
