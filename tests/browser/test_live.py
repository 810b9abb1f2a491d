"""Live figures: by keyboard alone to a state that the package knows, for every reader."""

from __future__ import annotations

import re

import pytest

from underhood.autodiff import Tensor
from underhood.live import BackpropStepper

from .test_accessibility import ADD_STYLE, AXE, colors, structure
from .test_keyboard import has_focus, page_with
from .test_pages import PHONE

FIGURE = "fig-backpropagation-three-knobs"
SIGN = f'id="{FIGURE}"'
DARK_PHONE = {**PHONE, "color_scheme": "dark", "reduced_motion": "reduce"}
ON_PAPER = """figure => [...figure.querySelectorAll("svg text")]
  .filter(text => getComputedStyle(text).opacity !== "1").length"""
WORDS = "figure => figure.querySelector('ol').checkVisibility()"


@pytest.fixture(scope="module")
def walk() -> BackpropStepper:
    """Return what the page shows, computed here."""
    x, y, z = Tensor(-2.0, name="x"), Tensor(5.0, name="y"), Tensor(-4.0, name="z")
    f = (x + y) * z
    f.backward()
    return BackpropStepper(f)


def open_figure(visit):
    """Go to the figure and wait for its script."""
    visit.page.goto(f"{visit.server}/{page_with(SIGN)}", wait_until="networkidle")
    figure = visit.page.locator(f"#{FIGURE} backprop-stepper")
    figure.scroll_into_view_if_needed()
    figure.get_by_role("slider").wait_for(timeout=5000)
    return figure


def shown(figure) -> list[str]:
    """Return the numbers that are to be seen."""
    return sorted(figure.locator("text[data-from]:not(.later)").all_text_contents())


def known(walk, number: int) -> list[str]:
    """Return the numbers that the package knows after so many steps."""
    texts = re.findall(r'data-from="(\d+)"[^>]*>([^<]*)<', walk.html())
    return sorted(text for step, text in texts if int(step) <= number)


def status(figure) -> str:
    """Return what a screen reader announces."""
    return figure.get_by_role("status").inner_text().replace("\u00a0", " ")


def test_the_script_waits_until_the_figure_is_near(visit):
    asked = []
    visit.page.on("request", lambda request: asked.append(request.url))
    visit.page.set_viewport_size({"width": 1280, "height": 300})
    visit.page.goto(f"{visit.server}/{page_with(SIGN)}", wait_until="networkidle")

    assert not [url for url in asked if "/live/" in url]
    visit.page.locator(f"#{FIGURE}").scroll_into_view_if_needed()
    visit.page.locator(f"#{FIGURE}").get_by_role("slider").wait_for(timeout=5000)
    loaded = [url.rpartition("/")[2] for url in asked if "/live/" in url]
    assert loaded == ["base.js", "backprop-stepper.js"]


def test_at_first_the_graph_has_no_numbers(visit):
    figure = open_figure(visit)

    assert shown(figure) == []
    assert status(figure).startswith("Step 0 of 10.")


@pytest.mark.parametrize("number", [1, 5, 6, 10])
def test_the_keyboard_alone_leads_to_what_the_package_computed(visit, walk, number):
    figure = open_figure(visit)
    page = visit.page
    figure.get_by_role("button", name="First step").focus()
    for _ in range(3):  # past Previous and the slider
        page.keyboard.press("Tab")
    assert has_focus(figure.get_by_role("button", name="Next step"))

    for _ in range(number):
        page.keyboard.press("Enter")

    assert shown(figure) == known(walk, number)
    sentence = walk.steps[number - 1].sentence
    assert status(figure) == f"Step {number} of 10. {sentence}"
    assert visit.complaints == []
    assert visit.foreign == []


def test_the_slider_and_the_arrow_keys_agree(visit):
    figure = open_figure(visit)
    page = visit.page
    address = page.url
    figure.get_by_role("slider").focus()

    page.keyboard.press("End")
    assert status(figure).startswith("Step 10 of 10.")
    page.keyboard.press("ArrowLeft")
    assert status(figure).startswith("Step 9 of 10.")
    assert figure.get_by_role("slider").get_attribute("aria-valuetext") == "Step 9 of 10"
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowLeft")
    assert status(figure).startswith("Step 8 of 10.")
    page.keyboard.press("Home")
    assert status(figure).startswith("Step 0 of 10.")
    page.keyboard.press("ArrowLeft")
    assert status(figure).startswith("Step 0 of 10.")
    assert page.url == address


def test_the_last_button_keeps_the_focus_where_it_has_nothing_to_do(visit):
    figure = open_figure(visit)
    last = figure.get_by_role("button", name="Last step")
    last.focus()
    visit.page.keyboard.press("Enter")

    assert has_focus(last)
    assert last.get_attribute("aria-disabled") == "true"


@pytest.mark.parametrize("visit", [{}, DARK_PHONE], indirect=True, ids=["desk", "dark phone"])
def test_axe_finds_nothing_at_any_kind_of_step(visit):
    figure = open_figure(visit)
    visit.page.emulate_media(reduced_motion="reduce")
    visit.page.evaluate(f"{AXE};0")
    for key in ("Home", "End", "ArrowLeft"):
        figure.get_by_role("slider").press(key)
        assert structure(visit.page) == []
        assert colors(visit.page, include=[f"#{FIGURE}"]) == []


@pytest.mark.parametrize("visit", [DARK_PHONE], indirect=True, ids=["phone"])
def test_a_finger_can_hit_every_button_on_a_phone(visit):
    figure = open_figure(visit)

    for button in figure.get_by_role("button").all():
        box = button.bounding_box()
        assert min(box["width"], box["height"]) >= 44
        assert 0 <= box["x"] <= box["x"] + box["width"] <= 390
    figure.get_by_role("button", name="Next step").tap()
    assert shown(figure) == ["↓ −2"]


@pytest.mark.parametrize("visit", [PHONE], indirect=True, ids=["phone"])
def test_the_slider_and_all_buttons_have_room_with_large_letters_on_a_phone(visit):
    figure = open_figure(visit)
    visit.page.evaluate(ADD_STYLE, "html { font-size: 200%; }")

    assert figure.get_by_role("slider").bounding_box()["width"] >= 150
    for button in figure.get_by_role("button").all():
        box = button.bounding_box()
        assert 0 <= box["x"] <= box["x"] + box["width"] <= 390


def test_steps_do_not_move_what_is_below(visit):
    figure = open_figure(visit)
    below = figure.locator("summary")
    place = below.bounding_box()["y"]

    for _ in range(10):
        figure.get_by_role("button", name="Next step").press("Enter")
        assert below.bounding_box()["y"] == place


def test_numbers_do_not_fade_for_those_who_want_no_motion(visit):
    figure = open_figure(visit)
    text = figure.locator("text[data-from]").first
    duration = "element => getComputedStyle(element).transitionDuration"

    assert text.evaluate(duration) == "0.25s"
    visit.page.emulate_media(reduced_motion="reduce")
    assert text.evaluate(duration) in ("0s", "1e-05s")


def test_paper_shows_all_numbers_and_all_words(visit):
    figure = open_figure(visit)
    visit.page.emulate_media(media="print")

    assert figure.evaluate(ON_PAPER) == 0
    assert not figure.get_by_role("slider").is_visible()
    assert figure.evaluate(WORDS)


@pytest.mark.parametrize("visit", [{"java_script_enabled": False}], indirect=True, ids=["none"])
def test_without_scripts_everything_is_there(visit, walk):
    visit.page.goto(f"{visit.server}/{page_with(SIGN)}")
    figure = visit.page.locator(f"#{FIGURE} backprop-stepper")

    assert shown(figure) == known(walk, 10)
    assert figure.get_by_role("button").count() == 0
    figure.locator("summary").click()
    assert figure.locator("li").last.is_visible()
