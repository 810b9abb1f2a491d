"""Every page in a real browser: on a desk, on a phone and in the dark."""

from __future__ import annotations

import pytest

from ..built_site import PAGES

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DARK = {"color_scheme": "dark"}

# What sticks out to the right, without being inside something that scrolls by itself.
STICKING_OUT = """() => {
  const scrolls = element => {
    for (let e = element.parentElement; e && e !== document.body; e = e.parentElement)
      if (["auto", "scroll"].includes(getComputedStyle(e).overflowX)) return true;
    return false;
  };
  return [...document.querySelectorAll(".bd-article-container *")]
    .filter(e => e.checkVisibility() && e.getBoundingClientRect().width > 1)
    .filter(e => !e.ownerSVGElement && !e.closest(".katex-mathml"))
    .filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !scrolls(e))
    .map(e => e.outerHTML.slice(0, 120));
}"""

LIGHTNESS = """selector => {
  const color = getComputedStyle(document.querySelector(selector));
  const lightness = text => text.match(/[\\d.]+/g).slice(0, 3).reduce((a, b) => a + +b, 0) / 765;
  return [lightness(color.backgroundColor), lightness(color.color)];
}"""


@pytest.mark.parametrize("name", PAGES)
def test_a_page_loads_in_silence_and_asks_no_other_host(visit, name):
    visit.open(name)

    assert visit.complaints == []
    assert visit.foreign == []


@pytest.mark.parametrize("visit", [PHONE], indirect=True, ids=["phone"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_never_scrolls_sideways_on_a_phone(visit, name):
    page = visit.open(name)

    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate(STICKING_OUT) == []


@pytest.mark.parametrize("visit", [DARK], indirect=True, ids=["dark"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_dark_for_those_who_prefer_it(visit, name):
    page = visit.open(name)

    background, text = page.evaluate(LIGHTNESS, "body")
    assert background < 0.2
    assert text > 0.6


@pytest.mark.parametrize("visit", [DARK], indirect=True, ids=["dark"])
def test_figures_are_inverted_in_the_dark_unless_they_opt_out(visit):
    page = visit.open("backprop/graphs.html")

    plain = page.locator('.bd-article img[src$=".svg"]:not(.keep-colors)').first
    assert "invert" in plain.evaluate("image => getComputedStyle(image).filter")
    kept = plain.evaluate(
        "image => { image.classList.add('keep-colors'); return getComputedStyle(image).filter }"
    )
    assert "invert" not in kept


def test_the_theme_can_be_switched(visit):
    page = visit.open("index.html")
    seen = set()
    for _ in range(3):
        page.locator(".theme-switch-button:visible").first.click()
        seen.add(page.evaluate("document.documentElement.dataset.theme"))

    assert seen == {"light", "dark"}


def test_search_finds_a_page_without_a_server(visit):
    page = visit.open("search.html?q=notation")

    page.locator('#search-results a[href^="notation.html"]').first.wait_for(timeout=5000)
    assert visit.complaints == []


def test_a_solution_is_hidden_until_asked_for(visit):
    page = visit.open("backprop/graphs.html")
    solution = page.locator(".solution.dropdown").first

    assert not solution.evaluate("solution => solution.open")
    solution.locator(".admonition-title").click()
    assert solution.evaluate("solution => solution.open")
