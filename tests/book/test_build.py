"""tools/build.py: what fails, what is executed again, and what is said about it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import build

from .conftest import PAGE


def test_a_good_book_builds_without_a_word_of_complaint(scratch_book):
    run = scratch_book.build()

    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stderr == ""
    assert "Executing 1 of 1 pages" in run.stdout
    assert "[41]" in scratch_book.html()


def test_editing_a_sentence_executes_nothing(scratch_book):
    scratch_book.build()
    scratch_book.write(PAGE.replace("A sentence", "Another sentence"))

    run = scratch_book.build()

    assert "Executing" not in run.stdout
    assert "Another sentence" in scratch_book.html()
    assert "[41]" in scratch_book.html()


def test_editing_the_package_executes_and_reads_the_page_again(scratch_book):
    scratch_book.build()
    scratch_book.write_package(42)

    run = scratch_book.build()

    assert "Executing 1 of 1 pages" in run.stdout
    assert "[42]" in scratch_book.html()
    assert '<span class="mi">42</span>' in scratch_book.html(), "the included source is stale"


@pytest.mark.parametrize(
    ("good", "bad", "message"),
    [
        pytest.param("from IPython.display import SVG", "1 / 0", "ZeroDivisionError", id="cell"),
        pytest.param("{ref}`sec-page`", "{ref}`sec-none`", "undefined label", id="reference"),
        pytest.param("{eq}`eq-page`", "{eq}`eq-none`", "eq-none", id="equation"),
        pytest.param("{ref}`sec-page`", "{cite}`nobody`", "nobody", id="citation"),
        pytest.param("$x^2$", r"$\frac{x$", "KaTeX parse error", id="formula"),
        pytest.param(
            "  image:\n    alt: A line that rises from one to two\n",
            "",
            "no alternative text",
            id="alternative",
        ),
        pytest.param(
            "from IPython.display import SVG",
            "import sys; print('oops', file=sys.stderr)\nfrom IPython.display import SVG",
            "stderr was found",
            id="stderr",
        ),
    ],
)
def test_a_defect_fails_the_build_until_it_is_mended(scratch_book, good, bad, message):
    assert good in PAGE
    scratch_book.write(PAGE.replace(good, bad, 1))

    first, second = scratch_book.build(), scratch_book.build()

    assert (first.returncode, second.returncode) == (1, 1)
    assert message in first.stderr
    assert message in second.stderr
    assert "page.md:" in second.stderr, "the message does not say where"


def test_the_authors_own_settings_do_not_reach_the_cells(scratch_book, monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "agg")
    code = "glue('number', __import__('os').environ['MPLBACKEND'], display=False)"
    scratch_book.write(PAGE.replace('glue("number", f"[{answer()}]", display=False)', code))

    scratch_book.build()

    assert "matplotlib_inline" in scratch_book.html()


def test_a_label_that_another_page_needs_cannot_vanish(scratch_book):
    (scratch_book.root / "book/index.md").write_text("# A book\n\nSee {ref}`sec-page`.\n")
    scratch_book.build()
    scratch_book.write(PAGE.replace("(sec-page)=\n", "").replace("{ref}`sec-page`", "that"))

    run = scratch_book.build()

    assert run.returncode == 1
    assert "index.md:3: WARNING: undefined label" in run.stderr


def test_a_new_title_reaches_the_navigation_of_all_pages(scratch_book):
    scratch_book.build()
    scratch_book.write(PAGE.replace("# A page", "# A new title"))

    scratch_book.build()

    assert "A new title" in (scratch_book.root / "_build/html/index.html").read_text()


def test_a_build_upon_another_equals_one_from_nothing(scratch_book):
    scratch_book.write(PAGE.replace("A sentence", "Another sentence"))
    scratch_book.build()
    scratch_book.write(PAGE)
    scratch_book.build()
    upon_another = scratch_book.site()
    shutil.rmtree(scratch_book.root / "_build")

    run = scratch_book.build()

    assert run.returncode == 0
    assert scratch_book.site() == upon_another


def test_a_build_of_nothing_new_leaves_the_site_as_it_is(scratch_book):
    scratch_book.build()
    before = scratch_book.site()

    scratch_book.build()

    assert scratch_book.site() == before


def test_a_new_rule_of_the_style_sheet_reaches_the_site(scratch_book):
    scratch_book.build()
    with (scratch_book.root / "book/_static/custom.css").open("a") as sheet:
        sheet.write("main { order: 77; }")

    scratch_book.build()

    assert "main{order:77}" in scratch_book.site()["_static/book.css"].decode()


def test_a_new_line_of_an_extension_reaches_the_site(scratch_book):
    scratch_book.build()
    with (scratch_book.root / "book/_ext/light/page.js").open("a") as script:
        script.write("seventy.seven();")

    scratch_book.build()

    assert "seventy.seven()" in scratch_book.site()["_static/book.js"].decode()


def test_an_edited_page_leaves_the_others_what_they_load(scratch_book):
    # Only the page, which is not written again, loads the script of its equations' definitions.
    scratch_book.write(f"{PAGE}\n:::{{admonition}} Hint\n:class: dropdown\n\nText.\n:::\n")
    scratch_book.build()
    before = scratch_book.site()
    (scratch_book.root / "book" / "index.md").write_text("# A book\n\nAnother beginning.\n")

    scratch_book.build()

    after = scratch_book.site()
    assert b"Another beginning" in after["index.html"]
    for name in ("_static/book.css", "_static/book.js"):
        assert after[name] == before[name]


def test_a_page_that_does_not_exist_is_named(scratch_book):
    (scratch_book.root / "_toc.yml").write_text(
        "format: jb-book\nroot: index\nchapters:\n  - file: nowhere\n"
    )

    run = scratch_book.build()

    assert run.returncode == 1
    assert "_toc.yml names the page nowhere" in run.stderr


class TestCodeHash:
    """The name of the cache: everything but the pages that outputs depend on."""

    @pytest.fixture
    def book(self, tmp_path: Path) -> build.Book:
        (tmp_path / "code/underhood/data").mkdir(parents=True)
        (tmp_path / "code/underhood/ops.py").write_text("one = 1")
        (tmp_path / "code/underhood/data/age.csv").write_text("58")
        (tmp_path / "requirements.txt").write_text("numpy==2.0.0")
        return build.Book(tmp_path)

    @pytest.mark.parametrize(
        "name",
        [
            "code/underhood/ops.py",
            "code/underhood/data/age.csv",
            "code/underhood/new.py",
            "requirements.txt",
        ],
    )
    def test_changes_with(self, book, name):
        before = build.code_hash(book)
        (book.root / name).write_text("another")

        assert build.code_hash(book) != before

    @pytest.mark.parametrize(
        "name",
        [
            "book/page.md",
            "code/underhood/__pycache__/ops.pyc",
            "code/underhood.egg-info/SOURCES.txt",
        ],
    )
    def test_ignores(self, book, name):
        before = build.code_hash(book)
        (book.root / name).parent.mkdir(parents=True, exist_ok=True)
        (book.root / name).write_text("another")

        assert build.code_hash(book) == before


def test_latex_problems_are_found_in_the_log():
    log = (
        "Missing character: There is no ∇ (U+2207) in font DejaVu!\n"
        "LaTeX Warning: Reference `sec' on page 1 undefined on input line 3.\n"
        "! Undefined control sequence.\n"
        "Overfull \\hbox (1.0pt too wide)\n"
    )

    assert len(build.latex_problems(log)) == 3
