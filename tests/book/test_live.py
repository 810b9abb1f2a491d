"""Live figures in the built site: complete without a script, and light with it."""

from __future__ import annotations

import re
from functools import cache

import pytest
from bs4 import BeautifulSoup

from ..built_site import PAGES, SITE

THREE_KNOBS = "fig-backpropagation-three-knobs"

pytestmark = pytest.mark.usefixtures("site")


@cache
def read(page: str) -> BeautifulSoup:
    """Return a page, parsed."""
    return BeautifulSoup((SITE / page).read_text(encoding="utf-8"), "html.parser")


def live_figures() -> list:
    """Return the live figures of all pages."""
    return [figure for page in PAGES for figure in read(page).select("article .live")]


def test_the_figures_of_the_lecture_are_live():
    figures = "figure:has(backprop-stepper)"
    places = {figure["id"] for page in PAGES for figure in read(page).select(figures)}

    assert places >= {
        THREE_KNOBS,
        "fig-graphs-spider",
        "fig-linear-regression-graph",
        "fig-activations-sigmoid-gate",
        "fig-activations-relu-gate",
    }


def test_every_live_figure_has_its_script_and_no_page_loads_it_at_once():
    for figure in live_figures():
        assert (SITE / "_static" / "live" / f"{figure.name}.js").exists()
    for page in PAGES:
        assert not read(page).select("script[src*='/live/'], link[href*='/live/']")


def test_the_style_sheet_keeps_what_the_scripts_switch():
    sheet = (SITE / "_static" / "book.css").read_text(encoding="utf-8")

    for name in (".live-controls", ".live-status", ".later", ".now", "[data-way"):
        assert name in sheet


def test_without_a_script_the_three_knobs_are_a_still_with_all_steps_in_words():
    (figure,) = [f for page in PAGES for f in read(page).select(f"#{THREE_KNOBS} .live")]

    texts = [text.get_text() for text in figure.select("svg text[data-from]")]
    assert sorted(texts) == sorted(
        ["↓ −2", "↑ −4", "↓ 5", "↑ −4", "↓ 3", "↑ −4", "↓ −4", "↑ 3", "↓ −12", "↑ 1"]
    )
    assert figure.select("svg")[0]["role"] == "img"
    steps = [re.sub(r"\s", " ", step.get_text()) for step in figure.select("details li")]
    assert len(steps) == 10
    assert steps[5].endswith("it passes on 1 · (−4) = −4 to + and 1 · 3 = 3 to z.")
    assert not figure.select("button, input, [hidden], [style]")
