"""book/_ext/accessible and book/_ext/disclosures.py: one test for each defect that they mend."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from accessible.frame import MendedTemplates, mend
from accessible.words import speak

ROOT = Path(__file__).resolve().parent.parent.parent
DIST = ROOT / "node_modules/katex/dist"


def mended(html: str) -> BeautifulSoup:
    """Return a piece of the theme's HTML without its defects."""
    return BeautifulSoup(mend(html), "html.parser")


# --- the frame around the text ----------------------------------------------------------------


def test_the_sidebar_becomes_the_banner():
    page = mended(
        '<header id="pst-header"> </header><div id="pst-primary-sidebar">'
        '<div class="sidebar-primary-items__start">Title</div></div>'
    )

    assert [header.get_text() for header in page.select("header")] == ["Title"]


def test_a_header_that_holds_something_stays_the_banner():
    page = mended(
        '<header id="pst-header">Title</header><div id="pst-primary-sidebar">'
        '<div class="sidebar-primary-items__start">More</div></div>'
    )

    assert [header.get_text() for header in page.select("header")] == ["Title"]


def test_an_empty_footer_goes():
    assert mended('<footer class="bd-footer"> </footer>').footer is None


def test_the_neighbors_are_a_landmark_with_a_name():
    page = mended('<footer class="prev-next-footer"><a href="x">x</a></footer>')

    assert page.nav["aria-label"] == "Previous and next page"


def test_the_title_stands_once():
    page = mended(
        '<div id="jb-print-docs-body"><h1>Page</h1></div><article><h1>Page</h1></article>'
    )

    assert len(page.select("h1")) == 1


def test_main_has_no_second_role():
    assert not mended('<main role="main"></main>').main.has_attr("role")


def test_the_current_page_is_marked_in_the_navigation():
    page = mended('<nav class="bd-links"><a href="#">Here</a><a href="x">There</a></nav>')

    assert [link.get("aria-current") for link in page.select("a")] == ["page", None]


def test_a_chevron_is_named_after_its_chapter():
    page = mended(
        '<nav class="bd-links"><li><a href="x">1. Graphs</a>'
        "<details><summary><i></i></summary></details></li></nav>"
    )

    assert page.summary["aria-label"] == "Pages of 1. Graphs"


def test_dialogs_have_names():
    page = mended('<dialog id="pst-search-dialog"></dialog>')

    assert page.dialog["aria-label"] == "Search"


@pytest.mark.parametrize("side", ["primary", "secondary"])
def test_sidebars_can_be_closed_by_a_button(side):
    page = mended(f'<div id="pst-{side}-sidebar">Contents</div>')

    assert page.select_one("form[method=dialog] > button[type=submit]").get_text() == "Close"


def test_the_search_button_is_named_by_what_it_shows():
    page = mended('<button class="search-button-field" aria-label="Search">Search Ctrl+K</button>')

    assert not page.button.has_attr("aria-label")


def test_the_search_has_a_button_after_its_field():
    page = mended('<form class="bd-search"><i class="fa-solid"></i><input name="q"></form>')

    button = page.input.find_next_sibling()
    assert (button["type"], button["aria-label"]) == ("submit", "Search")
    assert button.i is not None


def test_the_landing_page_has_the_title_once():
    assert mended("<title>The Book — The Book</title>").title.get_text() == "The Book"


def test_other_pages_keep_their_title():
    assert mended("<title>A page — The Book</title>").title.get_text() == "A page — The Book"


def test_a_button_with_an_icon_alone_is_named_by_its_tooltip():
    page = mended('<button title="Toggle sidebar"><i></i></button>')

    assert page.button["aria-label"] == "Toggle sidebar"


def test_buttons_outside_forms_send_nothing():
    assert mended("<button>Go</button>").button["type"] == "button"


def test_icons_are_hidden_from_screen_readers():
    assert mended('<i class="fa-solid fa-bars"></i>').i["aria-hidden"] == "true"


def test_the_text_passes_by_as_it_is(monkeypatch):
    monkeypatch.setattr(
        "sphinx.jinja2glue.BuiltinTemplateLoader.render",
        lambda self, template, context: f"<main role='main'>{context['body']}</main>",
    )

    html = MendedTemplates().render("page.html", {"body": "<p>1 &lt; 2<br /></P>"})
    assert html == "<main><p>1 &lt; 2<br /></P></main>"


# --- the text ---------------------------------------------------------------------------------


@pytest.fixture
def set_text(run_sphinx):
    """Return a function that sets a page as the book does, formulas included."""
    return partial(
        run_sphinx,
        extension="accessible",
        extensions=["myst_parser", "katex_math", "accessible"],
        html_math_renderer="katex",
        katex_dist=str(DIST),
    )


def article(run) -> BeautifulSoup:
    return BeautifulSoup(run.html, "html.parser").select_one("div.body")


TABLE = "# Page\n\n| | {head} |\n| --- | --- |\n| ReLU | 1 |\n"


def test_an_empty_corner_is_no_heading(set_text):
    table = article(set_text(TABLE.format(head="slope"))).table

    assert table.select_one("thead").find(["th", "td"]).name == "td"


def test_the_first_column_names_the_rows_if_the_corner_is_empty(set_text):
    table = article(set_text(TABLE.format(head="slope"))).table

    assert [(cell.get_text(), cell["scope"]) for cell in table.select("th")] == [
        ("slope", "col"),
        ("ReLU", "row"),
    ]


def test_the_first_column_names_nothing_if_the_corner_has_a_name(set_text):
    table = article(set_text("# Page\n\n| gate | slope |\n| --- | --- |\n| ReLU | 1 |\n")).table

    assert not table.select("tbody th")


def test_a_formula_in_a_heading_is_put_into_words(set_text):
    table = article(set_text(TABLE.format(head=r"$\sigma^2$"))).table

    assert table.select_one("thead math")["aria-label"] == "sigma, squared"


def test_a_footnote_stands_in_a_named_landmark(set_text):
    page = article(set_text("# Page\n\nText.[^note]\n\n[^note]: Aside.\n"))

    assert page.select_one("aside.footnote-list")["aria-label"] == "Footnotes"


def test_a_formula_that_cannot_be_said_stays_tex():
    assert speak(r"\begin{pmatrix}1\end{pmatrix}", {}, DIST) == "begin{pmatrix}1end{pmatrix}"


def test_macros_are_said_as_what_they_stand_for():
    assert speak(r"\R", {r"\R": r"\mathbb{R}"}, DIST) == "R"


# --- what folds -------------------------------------------------------------------------------


@pytest.fixture
def set_boxes(run_sphinx):
    return partial(
        run_sphinx,
        extension="disclosures",
        extensions=["myst_nb", "disclosures"],
        source_suffix={".md": "myst-nb"},
    )


@pytest.mark.parametrize(
    ("box", "title"),
    [
        (":::{admonition} Look\n:class: dropdown\nHere.\n:::", "Look"),
        (":::{hint}\n:class: dropdown\nHere.\n:::", "Hint"),
    ],
)
def test_a_dropdown_is_a_disclosure_with_its_title(set_boxes, box, title):
    details = article(set_boxes(f"# Page\n\n{box}\n")).details

    assert details.summary.get_text(strip=True) == title
    assert details.p.get_text() == "Here."
    assert not details.has_attr("open")


def test_other_boxes_stay_open(set_boxes):
    page = article(set_boxes("# Page\n\n:::{hint}\nHere.\n:::\n"))

    assert page.details is None
    assert page.select_one(".admonition p:not(.admonition-title)").get_text() == "Here."
