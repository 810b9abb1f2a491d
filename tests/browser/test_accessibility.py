"""Every page for everyone: axe-core, large type, narrow screens, little motion."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from ..built_site import PAGES, SITE
from .conftest import ARGUMENTS

HERE = Path(__file__).resolve().parent
AXE = (HERE.parents[1] / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")
LAYOUT = (HERE / "layout.js").read_text(encoding="utf-8")

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOR_RULES = ["color-contrast", "link-in-text-block"]

# axe-core looks at each element many times, and two thirds of a page's elements are pieces of
# formulas and of code. Formulas that name nothing go; of code, one piece of each color stays.
THIN_OUT = """() => {
  for (const formula of document.querySelectorAll(":not(.katex-display) > .katex"))
    formula.closest("a, h1, h2, h3, h4, summary, th") || formula.remove();
  const seen = new Set();
  for (const piece of document.querySelectorAll(".highlight span"))
    seen.has(piece.className) ? piece.replaceWith(piece.textContent) : seen.add(piece.className);
}"""

# Everything is laid out at once, whether in sight or not.
LAY_OUT_ALL = "* { content-visibility: visible !important; }"

# What a reader may set without losing anything: WCAG 2.2, 1.4.12.
SPACING = """
  * { line-height: 1.5 !important; letter-spacing: .12em !important }
  * { word-spacing: .16em !important }
  p { margin-bottom: 2em !important }
"""

ADD_STYLE = """text => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  document.adoptedStyleSheets.push(sheet);
}"""

# Then wait until the page has been laid out and has taken notice.
OPEN_ALL = """async () => {
  document.querySelectorAll("details").forEach(box => { box.open = true; });
  for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
}"""
THEME = "theme => { document.documentElement.dataset.theme = theme; }"
RUN = """([context, options]) =>
  axe.run(context, {...options, resultTypes: ["violations"], preload: false})
    .then(result => result.violations.flatMap(rule => rule.nodes.map(
      node => `${rule.id}: ${node.html.slice(0, 200)}: ${node.failureSummary}`)))"""


def structure(tab: Page) -> list[str]:
    """Return what all rules find but those on colors."""
    without = {rule: {"enabled": False} for rule in COLOR_RULES}
    return tab.evaluate(RUN, [{"include": ["html"]}, {"runOnly": TAGS, "rules": without}])


def colors(tab: Page, **context: list[str]) -> list[str]:
    """Return what the rules on colors find in light and in dark."""
    found = []
    for theme in ("light", "dark"):
        tab.evaluate(THEME, theme)
        rules = {"type": "rule", "values": COLOR_RULES}
        found += [
            f"{theme}: {problem}" for problem in tab.evaluate(RUN, [context, {"runOnly": rules}])
        ]
    return found


@pytest.fixture(scope="module")
def tabs(browser: Browser) -> Iterator[dict[int, Page]]:
    """Return a tab for each width, without motion, because axe-core does not wait for it."""
    contexts = {
        width: browser.new_context(
            viewport={"width": width, "height": 900}, reduced_motion="reduce"
        )
        for width in (1280, 390, 320)
    }
    yield {width: context.new_page() for width, context in contexts.items()}
    for context in contexts.values():
        context.close()


@pytest.fixture
def prepared(tabs, server):
    """Return a function that opens a page at a width, ready for axe-core."""

    def prepare(name: str, width: int) -> Page:
        tab = tabs[width]
        tab.goto(f"{server}/{name}")
        tab.evaluate(ADD_STYLE, LAY_OUT_ALL)
        tab.evaluate(THIN_OUT)
        tab.evaluate(AXE)
        return tab

    return prepare


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_on_a_desk(prepared, name):
    tab = prepared(name, 1280)

    closed = structure(tab)
    tab.evaluate(OPEN_ALL)
    assert closed + structure(tab) + colors(tab, include=["html"]) == []


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_on_a_phone(prepared, name):
    tab = prepared(name, 390)

    tab.evaluate(OPEN_ALL)
    # The colors of the text are those of the desk.
    assert structure(tab) + colors(tab, include=["html"], exclude=["article"]) == []


# --- dialogs, which are closed on a page that was only loaded ---------------------------------


@pytest.mark.parametrize(
    ("width", "button"),
    [(1280, ".search-button-field"), (390, ".primary-toggle"), (390, ".secondary-toggle")],
)
def test_axe_finds_nothing_in_an_open_dialog(prepared, width, button):
    page = next(
        page for page in PAGES if "pst-secondary-sidebar" in (SITE / page).read_text("utf-8")
    )
    tab = prepared(page, width)

    tab.locator(button).click()
    assert tab.locator("dialog[open]").count() == 1
    assert structure(tab) + colors(tab, include=["dialog[open]"]) == []


def test_axe_finds_nothing_in_the_results_of_a_search(prepared):
    tab = prepared("search.html?q=loss", 1280)

    tab.locator("#search-results li").first.wait_for()
    assert structure(tab) + colors(tab, include=["main"]) == []


def test_the_outcome_of_a_search_is_announced(tabs, server):
    tabs[1280].goto(f"{server}/search.html?q=loss")

    tabs[1280].get_by_role("status").filter(has_text="found").wait_for(timeout=5000)


# --- large type, narrow screens, little motion ------------------------------------------------


def layout(tab: Page) -> list[str]:
    """Return what sticks out, is cut off or overlaps."""
    tab.evaluate(ADD_STYLE, LAY_OUT_ALL)
    tab.evaluate(OPEN_ALL)
    return tab.evaluate(LAYOUT)


@pytest.fixture(scope="module")
def large_type(chromium, playwright) -> Iterator[Page]:
    """Return a tab for a reader who has set the browser to letters of twice the size."""
    arguments = [*ARGUMENTS, "--blink-settings=defaultFontSize=32"]
    browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
    yield browser.new_page(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    browser.close()


@pytest.mark.parametrize("name", PAGES)
def test_letters_of_twice_the_size_are_neither_cut_off_nor_overlap(large_type, server, name):
    large_type.goto(f"{server}/{name}")

    assert layout(large_type) == []


@pytest.mark.parametrize("name", PAGES)
def test_text_flows_in_320_pixels_and_bears_wide_spacing(tabs, server, name):
    tab = tabs[320]
    tab.goto(f"{server}/{name}")

    narrow = layout(tab)
    tab.evaluate(ADD_STYLE, SPACING)
    assert narrow + layout(tab) == []


def test_nothing_moves_for_those_who_ask_for_rest(tabs, server):
    tabs[1280].goto(f"{server}/index.html")

    moving = """() => [...document.querySelectorAll("*")].filter(element => {
      const style = getComputedStyle(element);
      return style.animationName !== "none" || parseFloat(style.transitionDuration)
        || style.scrollBehavior === "smooth";
    }).length"""
    assert tabs[1280].evaluate(moving) == 0
