"""What scripts do for a reader, on pages that load as little as they can."""

from __future__ import annotations

import pytest

from ..built_site import PAGES, SITE
from .test_pages import PHONE

TABLET = {"viewport": {"width": 900, "height": 900}}  # on a wide screen, the theme hides the button
LONGEST = max(PAGES, key=lambda page: (SITE / page).stat().st_size)

SHIFTS = """() => new Promise((resolve) => {
  let sum = 0;
  new PerformanceObserver((list) => {
    for (const { value, hadRecentInput } of list.getEntries()) if (!hadRecentInput) sum += value;
  }).observe({ type: "layout-shift", buffered: true });
  setTimeout(() => resolve(sum), 300);
})"""

MENU = """() => document.querySelector("main").insertAdjacentHTML("afterbegin", `
  <div class="article-header-buttons"><div class="dropdown">
    <button class="btn dropdown-toggle" data-bs-toggle="dropdown" aria-expanded="false">M</button>
    <ul class="dropdown-menu"><li><a class="dropdown-item" href="#">Item</a></li></ul>
  </div></div>`)"""


def test_code_is_copied(visit):
    page = visit.open(LONGEST)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    code = page.locator("div.highlight:not(details *)").first

    code.hover()
    code.locator("button.copybtn").click()

    page.locator("button.copybtn.success").wait_for(timeout=2000)
    assert page.evaluate("navigator.clipboard.readText()") == code.locator(
        "pre"
    ).inner_text().rstrip("\n")
    assert visit.complaints == []


def test_a_page_shows_what_was_searched_for_until_told_not_to(visit):
    page = visit.open("notation.html?highlight=layer")

    page.locator("span.highlighted").first.wait_for(timeout=5000)
    page.locator(".highlight-link a").click()

    assert page.locator("span.highlighted").count() == 0
    assert visit.complaints == []


def test_the_search_opens_by_key_and_finds_a_page(visit):
    page = visit.open("index.html")

    page.keyboard.press("Control+k")
    page.keyboard.type("notation")
    page.keyboard.press("Enter")

    page.locator('#search-results a[href^="notation.html"]').first.wait_for(timeout=5000)
    assert visit.complaints == []


def test_the_colors_are_there_before_any_script_has_come(visit):
    visit.page.emulate_media(color_scheme="dark")
    visit.page.route("**/*.js", lambda route: route.abort())

    visit.page.goto(f"{visit.server}/index.html")

    assert visit.page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_a_menu_of_the_theme_opens_and_closes(visit):
    page = visit.open("index.html")
    page.evaluate(MENU)
    button, item = page.locator(".dropdown-toggle"), page.locator(".dropdown-item")

    button.click()
    assert button.get_attribute("aria-expanded") == "true"
    assert item.locator("xpath=../..").get_attribute("class") == "dropdown-menu show"
    page.keyboard.press("Escape")
    assert button.get_attribute("aria-expanded") == "false"
    assert page.evaluate("document.activeElement.className") == "btn dropdown-toggle"
    button.click()
    page.locator("h1").click()
    assert button.get_attribute("aria-expanded") == "false"


@pytest.mark.parametrize("visit", [TABLET], indirect=True, ids=["tablet"])
def test_the_way_back_to_the_top_shows_while_one_goes_up(visit):
    page = visit.open(LONGEST)
    button = page.locator("#pst-back-to-top")

    page.mouse.move(600, 500)
    page.mouse.wheel(0, 2000)
    page.wait_for_function("scrollY > 1000")
    assert not button.is_visible()
    page.mouse.wheel(0, -300)
    button.wait_for(state="visible", timeout=2000)
    button.click()
    page.wait_for_function("scrollY === 0", timeout=2000)


@pytest.mark.parametrize("visit", [PHONE], indirect=True, ids=["phone"])
@pytest.mark.parametrize("side", ["primary", "secondary"])
def test_the_sidebars_open_and_close_on_a_phone(visit, side):
    page = visit.open(LONGEST)
    dialog = page.locator(f"#pst-{side}-sidebar-modal")

    page.locator(f".{side}-toggle").click()
    assert dialog.evaluate("dialog => dialog.open")
    assert dialog.locator("a").first.is_visible()
    page.keyboard.press("Escape")
    assert not dialog.evaluate("dialog => dialog.open")
    assert visit.complaints == []


@pytest.mark.parametrize("visit", [{}, PHONE], indirect=True, ids=["desk", "phone"])
@pytest.mark.parametrize("name", PAGES)
def test_nothing_moves_while_a_page_loads(visit, name):
    page = visit.open(name)

    assert page.evaluate(SHIFTS) < 0.01


@pytest.mark.parametrize("visit", [{}, PHONE], indirect=True, ids=["desk", "phone"])
def test_links_lead_to_their_place_in_a_page_of_which_most_is_not_laid_out(visit):
    page = visit.open(LONGEST)
    links = page.locator("#pst-page-toc-nav a").evaluate_all("all => all.map((a) => a.hash)")

    missed = {}
    for link in links:
        page.goto("about:blank")
        page.goto(f"{visit.server}/{LONGEST}{link}", wait_until="networkidle")
        page.wait_for_timeout(100)
        top = page.evaluate(f"document.getElementById({link[1:]!r}).getBoundingClientRect().top")
        at_end = page.evaluate("scrollY + innerHeight >= document.documentElement.scrollHeight - 2")
        if not (0 <= top < 200 or at_end):
            missed[link] = top

    assert links
    assert missed == {}


WHOLE = """() => document.readyState === "complete"
  && [...document.querySelectorAll(".bd-article *")].every((box) =>
    getComputedStyle(box).contentVisibility === "visible" || box.matches(".katex-mathml"))
  && [...document.images].every((image) => image.complete && image.naturalWidth)"""


@pytest.mark.parametrize("visit", [{}, PHONE], indirect=True, ids=["desk", "phone"])
def test_the_whole_page_is_there_soon_without_being_looked_at(visit):
    page = visit.open(LONGEST)

    page.wait_for_function(WHOLE, timeout=10_000)
    assert page.evaluate("scrollY") == 0


def test_whoever_presses_a_key_has_the_whole_page_at_once(visit):
    page = visit.open(LONGEST)
    # Nothing is idle here.
    page.add_init_script("globalThis.requestIdleCallback = () => {}")
    page.reload()
    sections = page.locator(".bd-article > section > section").last

    assert sections.evaluate("s => getComputedStyle(s).contentVisibility") == "auto"
    page.keyboard.press("Shift")
    assert sections.evaluate("s => getComputedStyle(s).contentVisibility") == "visible"


def test_a_link_in_a_page_that_is_not_laid_out_leads_to_its_place(visit):
    page = visit.open(LONGEST)
    page.add_init_script("globalThis.requestIdleCallback = () => {}")
    page.reload()

    page.evaluate("location.hash = '#exercises'")
    page.wait_for_timeout(1000)
    assert 0 <= page.evaluate("exercises.getBoundingClientRect().top") < 200


def test_the_page_refuses_code_and_pictures_from_elsewhere(visit):
    page = visit.open("index.html")

    refused = page.evaluate("""() => new Promise((resolve) => {
      const refused = [];
      addEventListener("securitypolicyviolation", ({ effectiveDirective }) => {
        if (refused.push(effectiveDirective) === 3) resolve(refused.sort());
      });
      const script = document.createElement("script");
      script.textContent = "globalThis.broken = true";
      const image = document.createElement("img");
      image.src = "https://example.org/x.png";
      document.body.append(script, image);
      fetch("https://example.org/").catch(() => {});
    })""")

    assert refused == ["connect-src", "img-src", "script-src-elem"]
    assert visit.foreign == []


@pytest.mark.parametrize("name", PAGES)
def test_every_glyph_of_a_formula_is_in_its_font(visit, name):
    page = visit.open(name)
    session = page.context.new_cdp_session(page)
    session.send("DOM.enable")
    session.send("CSS.enable")
    root = session.send("DOM.getDocument")["root"]["nodeId"]
    query = {"nodeId": root, "selector": ".katex-html"}
    formulas = session.send("DOM.querySelectorAll", query)["nodeIds"]
    fonts = [
        session.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"] for node in formulas
    ]

    assert {
        font["familyName"] for each in fonts for font in each if not font["isCustomFont"]
    } == set()
