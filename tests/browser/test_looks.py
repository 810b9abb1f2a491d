"""How pages look: lines that can be read, nothing cut off, paper."""

from __future__ import annotations

import pytest

from ..built_site import PAGES

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DARK = {"color_scheme": "dark"}
CHAPTERS = [page for page in PAGES if "/" in page]

# Characters of the text's full lines: all but the last one of each paragraph.
LINES = """() => {
  const lengths = [];
  for (const paragraph of document.querySelectorAll(".bd-article section > p")) {
    if (paragraph.querySelector(".katex, code")) continue;
    const height = parseFloat(getComputedStyle(paragraph).lineHeight);
    const lines = Math.round(paragraph.getBoundingClientRect().height / height);
    if (lines > 2) lengths.push(paragraph.textContent.length / (lines - 0.4));
  }
  // The last line of a paragraph is as long as it happens to be: few of them tell nothing.
  return lengths.length < 3 ? null : lengths.sort((a, b) => a - b)[Math.floor(lengths.length / 2)];
}"""

# Content that is wider than its box, in a box that neither scrolls nor shows it.
CUT_OFF = """() => [...document.querySelectorAll(".bd-article *")]
  .filter(e => e.checkVisibility() && e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 1)
  .filter(e => ["hidden", "clip"].includes(getComputedStyle(e).overflowX))
  .filter(e => !e.closest(".katex-mathml, svg"))
  .map(e => e.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize("name", CHAPTERS)
def test_lines_hold_some_seventy_characters(visit, name):
    length = visit.open(name).evaluate(LINES)

    assert length is None or 58 <= length <= 82


@pytest.mark.parametrize("visit", [{}, PHONE], indirect=True, ids=["desk", "phone"])
@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_cut_off(visit, name):
    page = visit.open(name)
    page.evaluate("document.querySelectorAll('article details').forEach(each => each.open = true)")

    assert page.evaluate(CUT_OFF) == []


@pytest.mark.parametrize("visit", [DARK], indirect=True, ids=["dark"])
def test_paper_is_white(visit):
    page = visit.open("backprop/backpropagation.html")
    page.emulate_media(media="print")

    color = page.locator("article p").first.evaluate("e => getComputedStyle(e).color")
    assert max(map(int, color.removeprefix("rgb(").removesuffix(")").split(","))) < 64
    image = page.locator("article img").first
    assert "invert" not in image.evaluate("e => getComputedStyle(e).filter")


@pytest.mark.parametrize("name", CHAPTERS)
def test_paper_shows_the_text_alone(visit, name):
    page = visit.open(name)
    page.emulate_media(media="print")

    around = ".bd-sidebar-primary, .bd-sidebar-secondary, .bd-header-article, .prev-next-area"
    assert [each for each in page.locator(around).all() if each.is_visible()] == []
    assert page.locator(".definition:visible, .headerlink:visible, .copybtn:visible").count() == 0
    assert page.locator("article h1").is_visible()


def test_code_is_wrapped_on_paper(visit):
    page = visit.open("backprop/backpropagation.html")
    page.emulate_media(media="print")

    wrapping = page.locator("article pre").evaluate_all(
        "all => all.map(pre => getComputedStyle(pre).whiteSpace)"
    )
    assert set(wrapping) == {"pre-wrap"}
