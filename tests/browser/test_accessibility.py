"""Every page for everyone: axe-core, large type, narrow screens, little motion."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from ..built_site import PAGES

AXE = (Path(__file__).resolve().parents[2] / "node_modules/axe-core/axe.min.js").read_text(
    encoding="utf-8"
)

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

OPEN_ALL = "document.querySelectorAll('details').forEach(box => { box.open = true; })"
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
        for width in (1280, 390)
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
