"""Finding things: the search, the definitions of terms, where one is, a page that is missing."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from ..built_site import PAGES

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
WITH_TERMS = "backprop/backpropagation.html"
TERM = "article p a[aria-describedby]"


def search(visit, query: str) -> list[str]:
    """Return the addresses of what the search finds, best first."""
    page = visit.open(f"search.html?q={quote(query)}")
    page.locator("#search-results li").first.wait_for(timeout=10_000)
    page.locator(".search-summary:not(:empty)").wait_for(timeout=10_000)
    results = page.locator("#search-results li a").all()
    return [result.get_attribute("href") for result in results]


@pytest.mark.parametrize(
    ("query", "best"),
    [
        ("dilation", ["sequences/receptive-field.html#", "glossary.html#term-Dilation"]),
        ("batch norm", ["depth/normalization.html#"]),
        ("batch normalization", ["depth/normalization.html#"]),
        ("softmax", ["likelihood/distributions.html#softmax", "glossary.html#term-Softmax"]),
        ("jacobian", ["backprop/backpropagation.html#", "glossary.html#term-Jacobian"]),
        ("receptive field", ["sequences/receptive-field.html#"]),
        ("backpropagation", ["backprop/"]),
        ("∂", ["notation.html#symbol-"]),
        ("∇", ["notation.html#symbol-"]),
        ("σ", ["notation.html#symbol-"]),
        ("sigma", ["notation.html#symbol-"]),
        ("θ", ["notation.html#symbol-"]),
        ("causal_conv1d", ["sequences/"]),
        ("topological_order", ["backprop/"]),
        ("look_back", ["sequences/receptive-field.html#code-look-back"]),
        ("backward", ["backprop/"]),
        ("einsum", [""]),
    ],
)
def test_the_search_puts_first_what_bears_the_name(visit, query, best):
    found = search(visit, query)

    for address, expected in zip(found, best, strict=False):
        assert address.startswith(expected)
    assert visit.complaints == []


@pytest.mark.parametrize("query", ["dilation", "σ", "look_back"])
def test_what_the_search_finds_is_there(visit, query):
    for address in search(visit, query)[:4]:
        page = visit.open(address)
        target = page.evaluate("decodeURIComponent(location.hash.slice(1))")
        assert not target or page.evaluate("id => !!document.getElementById(id)", target)


def test_ctrl_k_searches_from_any_page(visit):
    page = visit.open(WITH_TERMS)

    page.keyboard.press("Control+k")
    page.keyboard.type("dilation")
    page.keyboard.press("Enter")

    page.locator('#search-results a[href$="#term-Dilation"]').wait_for(timeout=10_000)
    assert "search.html?q=dilation" in page.url
    assert visit.complaints == []


def first_term(page):
    link = page.locator(TERM).first
    return link, page.locator(f"#{link.get_attribute('aria-describedby')}")


def test_a_definition_shows_on_hover_and_leaves(visit):
    page = visit.open(WITH_TERMS)
    link, box = first_term(page)

    link.hover()
    box.wait_for(state="visible", timeout=2000)
    box.hover()  # what is shown can be read and selected
    page.wait_for_timeout(400)
    assert box.is_visible()
    page.locator("h1").hover()
    box.wait_for(state="hidden", timeout=2000)


def test_a_definition_shows_on_focus_and_escape_hides_it(visit):
    page = visit.open(WITH_TERMS)
    link, box = first_term(page)
    page.keyboard.press("Tab")  # from here on, the keyboard is in use

    link.focus()
    box.wait_for(state="visible", timeout=2000)
    page.keyboard.press("Escape")
    box.wait_for(state="hidden", timeout=2000)
    assert link.evaluate("link => link === document.activeElement")


@pytest.mark.parametrize("visit", [PHONE], indirect=True, ids=["phone"])
def test_a_tap_shows_the_definition_and_another_follows_the_link(visit):
    page = visit.open(WITH_TERMS)
    link, box = first_term(page)

    link.tap()
    box.wait_for(state="visible", timeout=2000)
    assert page.url.endswith(WITH_TERMS)
    link.tap()
    page.wait_for_url("**/glossary.html#term-*", timeout=5000)


@pytest.mark.parametrize("visit", [PHONE], indirect=True, ids=["phone"])
def test_definitions_fit_a_phone(visit):
    page = visit.open(WITH_TERMS)
    for link in page.locator(TERM).all():
        link.scroll_into_view_if_needed()
        link.tap()
        box = page.locator(".definition:popover-open").bounding_box()

        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        page.keyboard.press("Escape")


@pytest.mark.parametrize("name", [page for page in PAGES if "/" in page])
def test_a_page_says_where_it_stands(visit, name):
    page = visit.open(name)

    current = page.locator(".bd-breadcrumbs [aria-current=page]").inner_text()
    assert current == page.locator(".bd-sidebar-primary a.current").last.inner_text()
    assert page.title().startswith(current)
    folded = page.locator(".bd-sidebar-primary details:not([open])").count()
    assert folded == page.locator(".bd-sidebar-primary .toctree-l1 > details").count() - 1


def test_the_current_section_is_marked_while_one_reads(visit):
    page = visit.open(WITH_TERMS)

    page.evaluate("document.querySelector('#quiz').scrollIntoView()")

    page.locator(".page-toc a.active", has_text="Quiz").wait_for(timeout=5000)


def test_a_missing_page_shows_the_way_at_any_depth(visit):
    page = visit.open("no/such/page.html")

    assert page.locator("h1").inner_text() == "There is no page here"
    assert page.locator(".navbar-brand img").first.evaluate("image => image.naturalWidth") > 0
    assert [each for each in visit.complaints if "404" not in each] == []
    page.locator("article a").first.click()
    assert page.locator("h1").inner_text().startswith("Deep Learning")
