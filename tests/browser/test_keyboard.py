"""Everything that a mouse can do, a keyboard can; and it shows where it is."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
from PIL import Image

from ..built_site import PAGES, SITE

DESK = {"reduced_motion": "reduce", "permissions": ["clipboard-read", "clipboard-write"]}
PHONE = {"reduced_motion": "reduce", "viewport": {"width": 390, "height": 844}}

on_desk = pytest.mark.parametrize("visit", [DESK], indirect=True, ids=["desk"])
on_phone = pytest.mark.parametrize("visit", [PHONE], indirect=True, ids=["phone"])


def page_with(*signs: str) -> str:
    """Return the first page whose HTML has all of the signs."""
    texts = ((page, (SITE / page).read_text(encoding="utf-8")) for page in PAGES)
    return next(page for page, text in texts if all(sign in text for sign in signs))


def has_focus(locator) -> bool:
    """Tell whether an element has the focus."""
    return locator.evaluate("element => element === document.activeElement")


def focus_is_in(page, selector: str) -> bool:
    """Tell whether the focus is inside an element."""
    return page.evaluate("s => document.activeElement.closest(s) !== null", selector)


@on_desk
def test_the_first_stop_leads_past_the_navigation(visit):
    page = visit.open("index.html")

    page.keyboard.press("Tab")
    link = page.get_by_role("link", name="Skip to main content")
    assert has_focus(link)
    assert link.bounding_box()["y"] >= 0
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert focus_is_in(page, "main")


@on_desk
def test_ctrl_k_opens_the_search_and_escape_closes_it(visit):
    page = visit.open("index.html")
    button = page.locator(".search-button-field")
    button.focus()

    page.keyboard.press("Control+k")
    assert has_focus(page.locator("dialog[open] input"))
    page.keyboard.press("Escape")
    assert page.locator("dialog[open]").count() == 0
    assert has_focus(button)


@on_desk
def test_the_search_works_by_key_alone(visit):
    page = visit.open("index.html")

    page.keyboard.press("Control+k")
    page.keyboard.type("loss")
    page.keyboard.press("Enter")
    page.locator("#search-results li a").first.wait_for(timeout=5000)


@on_desk
def test_no_single_key_is_taken_from_the_reader(visit):
    page = visit.open(page_with("<h1>"))
    page.keyboard.press("Tab")
    before = page.evaluate("document.activeElement.outerHTML")

    for key in "/sk?jnp":
        page.keyboard.press(key)
    assert page.evaluate("document.activeElement.outerHTML") == before
    assert page.locator("dialog[open]").count() == 0


@on_desk
def test_the_switch_of_colors_says_which_are_on_and_keeps_the_focus(visit):
    page = visit.open("index.html")
    switch = page.locator(".theme-switch-button:visible")
    page.keyboard.press("Tab")
    switch.focus()

    names = []
    for _ in range(3):
        page.keyboard.press("Enter")
        names.append(switch.get_attribute("aria-label"))
    assert len(set(names)) == 3
    assert has_focus(switch)


@on_desk
def test_the_sidebar_on_a_desk_goes_and_leaves_the_tab_order(visit):
    page = visit.open("index.html")
    page.keyboard.press("Tab")
    toggle = page.locator(".primary-toggle")
    toggle.focus()
    assert toggle.get_attribute("aria-expanded") == "true"

    page.keyboard.press("Enter")
    assert toggle.get_attribute("aria-expanded") == "false"
    assert not page.locator("nav.bd-links").is_visible()
    page.keyboard.press("Enter")
    assert page.locator("nav.bd-links").is_visible()


@on_phone
@pytest.mark.parametrize("side", ["primary", "secondary"])
@pytest.mark.parametrize("key", ["Escape", "Enter"])
def test_a_sidebar_on_a_phone_opens_and_closes_by_key(visit, side, key):
    page = visit.open(page_with("pst-secondary-sidebar"))
    page.keyboard.press("Tab")
    toggle = page.locator(f".{side}-toggle")
    toggle.focus()

    page.keyboard.press("Enter")
    assert toggle.get_attribute("aria-expanded") == "true"
    assert focus_is_in(page, "dialog[open]")
    page.keyboard.press(key)  # Enter presses the button that has the focus: Close
    assert page.locator("dialog[open]").count() == 0
    assert toggle.get_attribute("aria-expanded") == "false"
    assert has_focus(toggle)


@on_desk
@pytest.mark.parametrize("key", ["Enter", "Space"])
@pytest.mark.parametrize(
    "kind", ["details.solution", "details.dropdown:not(.solution)", "details.hide"]
)
def test_what_is_folded_opens_by_key(visit, kind, key):
    page = visit.open(page_with("solution dropdown", 'class="above-input'))
    box = page.locator(kind).first
    box.locator("summary").first.focus()

    page.keyboard.press(key)
    assert box.evaluate("box => box.open")
    page.keyboard.press(key)
    assert not box.evaluate("box => box.open")


@on_desk
def test_a_link_into_a_solution_opens_it(visit):
    page = visit.open(page_with("solution dropdown"))
    inside = page.locator("details.solution > :not(summary)").first
    inside.evaluate("element => { element.id = 'inside'; location.hash = 'inside'; }")

    page.locator("#inside").wait_for(state="visible", timeout=5000)


@on_desk
def test_code_is_copied_by_key(visit):
    page = visit.open("index.html")
    button = page.get_by_role("button", name=re.compile("copy", re.I)).first
    code = button.evaluate("button => button.parentElement.querySelector('pre').innerText")
    button.focus()

    page.keyboard.press("Enter")
    page.wait_for_timeout(200)  # writing to the clipboard is not immediate
    assert page.evaluate("navigator.clipboard.readText()").strip() == code.strip()


@on_phone
def test_what_scrolls_sideways_is_reached_named_and_moved_by_key(visit):
    page = visit.open(page_with("katex-display", "solution dropdown"))
    page.evaluate("document.querySelectorAll('details').forEach(box => { box.open = true; })")
    region = page.locator("pre[tabindex='0']").first
    region.wait_for(timeout=5000)

    assert region.get_attribute("role") == "group"
    assert region.get_attribute("aria-label") in ("Code, scrolls", "Output, scrolls")
    region.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(500)  # it glides
    assert region.evaluate("region => region.scrollLeft") > 0


# --- the focus is seen ------------------------------------------------------------------------

# One of each kind: elements of the same tag and classes in the same part of the page look alike.
KINDS = """seen => {
  document.querySelectorAll("details").forEach(box => { box.open = true; });
  const found = [];
  for (const element of document.querySelectorAll("a[href], button, input, summary, [tabindex]")) {
    const box = element.getBoundingClientRect();
    if (element.tabIndex < 0 || !box.width || element.closest(".skip-link, dialog")) continue;
    if (!element.checkVisibility({visibilityProperty: true})) continue;
    const part = element.closest("nav, header, article, .bd-header-article")?.tagName;
    const kind = [part, element.tagName, ...[...element.classList].sort()].join(" ");
    if (seen.includes(kind) || found.includes(kind)) continue;
    element.dataset.kind = kind;
    found.push(kind);
  }
  return found;
}"""


def luminance(image: np.ndarray) -> np.ndarray:
    """Return the relative luminance of each pixel, as WCAG defines it."""
    value = image / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    return linear @ np.array([0.2126, 0.7152, 0.0722])


def picture(page, clip: dict[str, float]) -> np.ndarray:
    """Return what a part of the window looks like."""
    image = Image.open(io.BytesIO(page.screenshot(clip=clip))).convert("RGB")
    return luminance(np.asarray(image, dtype=float))


def ring(page, kind: str) -> float:
    """Return how much of a 2 pixel line around an element the focus adds, at 3 to 1."""
    element = page.locator(f'[data-kind="{kind}"]')
    for _ in range(2):  # what comes into sight gets its height, and moves
        element.evaluate("e => e.scrollIntoView({block: 'center'})")
        page.wait_for_timeout(50)
    page.evaluate("document.activeElement.blur()")
    box = element.evaluate("e => e.getBoundingClientRect().toJSON()")
    size = page.viewport_size
    left, top = max(0, box["left"] - 8), max(0, box["top"] - 8)
    width = min(size["width"], box["right"] + 8) - left
    height = min(size["height"], box["bottom"] + 8) - top
    clip = {"x": left, "y": top, "width": width, "height": height}
    before = picture(page, clip)
    element.evaluate("e => e.focus({preventScroll: true})")
    after = picture(page, clip)
    lighter, darker = np.maximum(before, after), np.minimum(before, after)
    changed = np.sum((lighter + 0.05) / (darker + 0.05) >= 3)
    return float(changed / (4 * (min(box["width"], width) + min(box["height"], height))))


@pytest.mark.parametrize(
    "visit",
    [{**DESK, "color_scheme": theme} for theme in ("light", "dark")],
    indirect=True,
    ids=["light", "dark"],
)
def test_every_kind_of_stop_shows_the_focus(visit):
    seen, faint = [], {}
    for name in PAGES:
        page = visit.open(name)
        page.keyboard.press("Tab")  # from now on, focus is keyboard focus
        kinds = page.evaluate(KINDS, seen)
        faint |= {kind: share for kind in kinds if (share := ring(page, kind)) < 0.9}
        seen += kinds

    assert len(seen) > 10
    assert faint == {}
