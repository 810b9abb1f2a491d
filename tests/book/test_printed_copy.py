"""book/_ext/printed_copy.py: the PDF on the site."""

from __future__ import annotations

import build

from .conftest import PAGE


def test_a_pdf_of_the_same_sources_is_offered_and_another_one_is_not(scratch_book):
    folder = scratch_book.root / "_build" / "pdf"
    folder.mkdir(parents=True)
    (folder / "book.pdf").write_bytes(b"%PDF")
    (folder / "book.sources").write_text(build.source_hash(build.Book(scratch_book.root)))

    scratch_book.build()

    assert 'href="book.pdf"' in scratch_book.html()
    assert scratch_book.site()["book.pdf"] == b"%PDF"

    scratch_book.write(PAGE.replace("A sentence", "Another sentence"))
    scratch_book.build()

    assert ".pdf" not in scratch_book.html()
    assert "book.pdf" not in scratch_book.site()


def test_without_a_pdf_there_is_no_link(scratch_book):
    scratch_book.build()

    assert "as PDF" not in scratch_book.html()
