"""A reader's progress: noted, shown, taken along and erased, in this browser alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .test_accessibility import AXE, colors, structure
from .test_keyboard import has_focus
from .test_light import SHIFTS
from .test_pages import PHONE

LESSON = "backprop/graphs"
OTHER = "likelihood/regression"
KEY = "underhood-progress"
DARK_PHONE = {**PHONE, "color_scheme": "dark", "reduced_motion": "reduce"}
WIDTHS = (320, 390, 768, 1280)
STORED = f"localStorage.getItem('{KEY}')"
ASIDE = f"localStorage.getItem('{KEY}-unreadable')"

CONTENT = {
    "pages": {LESSON: "2026-01-31", OTHER: "2026-02-01"},
    "exercises": {"ex-graphs-spider": "2026-02-02"},
    "quizzes": {f"{LESSON}#1": "A", f"{OTHER}#1": "A", f"{OTHER}#2": "A"},
    "version": 1,
}

# A browser that refuses, and one that is full.
BLOCKED = """
for (const name of ["localStorage", "sessionStorage"]) Object.defineProperty(window, name, {
  configurable: true,
  get() { throw new DOMException("The operation is insecure.", "SecurityError"); },
});
"""
FULL = f"""
globalThis.keep = Storage.prototype.setItem;
Storage.prototype.setItem = function (key, value) {{
  if (key.startsWith("{KEY}")) throw new DOMException("full", "QuotaExceededError");
  keep.call(this, key, value);
}};
"""


@pytest.fixture
def store(visit):
    """Return a function that fills the browser's storage before a page opens."""

    def fill(content: object) -> None:
        text = content if isinstance(content, str) else json.dumps(content)
        visit.page.goto(f"{visit.server}/404.html")
        visit.page.evaluate("([key, text]) => localStorage.setItem(key, text)", [KEY, text])

    return fill


def open_progress(visit):
    """Go to the page of progress and wait for its script."""
    page = visit.open("progress.html")
    page.locator("reader-progress:defined").wait_for(timeout=5000)
    return page


def open_lesson(visit, name: str = LESSON):
    """Go to a page of a chapter; return its box, once its script is there."""
    page = visit.open(f"{name}.html")
    box = page.get_by_role("checkbox", name="I have read this page")
    box.scroll_into_view_if_needed()
    page.locator("page-read:defined").wait_for(timeout=5000)
    return box


def cells(page, name: str) -> list[str]:
    """Return what the row of a page says."""
    return page.locator(f'tr[data-page="{name}"] td').all_inner_texts()


def summary(page) -> str:
    """Return the sentence above the tables."""
    return page.locator("reader-progress .summary").inner_text()


def news(page) -> str:
    """Return what a screen reader announces."""
    return page.locator("reader-progress").get_by_role("status").inner_text()


def stored(page) -> dict:
    """Return what the browser keeps."""
    return json.loads(page.evaluate(STORED))


def give(page, path: Path) -> None:
    """Choose a file, by key."""
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Read from a file").press("Enter")
    chooser.value.set_files(path)
    page.wait_for_timeout(200)


# --- noting ----------------------------------------------------------------------------------


def test_a_page_counts_as_read_after_a_minute_and_at_its_end(visit):
    visit.page.clock.install()
    page = visit.open(f"{LESSON}.html")
    box = page.get_by_role("checkbox", name="I have read this page")

    page.clock.fast_forward(61_000)
    assert not box.is_checked()
    box.scroll_into_view_if_needed()
    page.locator("page-read input:checked").wait_for(timeout=5000)

    assert stored(page)["pages"] == {LESSON: page.evaluate("progress.today()")}


def test_a_glance_at_the_end_is_no_reading(visit):
    visit.page.clock.install()
    page = visit.open(f"{LESSON}.html")
    box = page.get_by_role("checkbox", name="I have read this page")

    box.scroll_into_view_if_needed()
    page.locator("page-read:defined").wait_for(timeout=5000)
    page.wait_for_timeout(300)
    page.clock.fast_forward(30_000)
    assert not box.is_checked()
    page.keyboard.press("Home")
    page.wait_for_timeout(300)
    page.clock.fast_forward(61_000)
    assert not box.is_checked()


def test_the_reader_says_so_and_takes_it_back_by_key(visit):
    visit.page.clock.install()
    box, page = open_lesson(visit), visit.page
    links = page.locator("nav.bd-links a.read")

    box.press("Space")
    assert stored(page)["pages"].keys() == {LESSON}
    assert links.all_text_contents() == ["2.1. Computational graphs (read)"]
    box.press("Space")
    page.clock.fast_forward(61_000)
    page.wait_for_timeout(300)
    assert not box.is_checked()
    assert stored(page)["pages"] == {}
    assert links.count() == 0
    assert "(read)" not in page.locator("nav.bd-links").text_content()


def test_a_click_before_the_script_is_there_counts(visit):
    page = visit.page
    waiting = []
    page.route("**/page-read.js", lambda route: waiting.append(route))
    page.goto(f"{visit.server}/{LESSON}.html")
    page.get_by_role("checkbox", name="I have read this page").check()
    page.wait_for_timeout(500)
    (route,) = waiting

    route.continue_()
    page.locator("page-read:defined").wait_for(timeout=5000)

    assert stored(page)["pages"].keys() == {LESSON}


def test_time_in_the_background_is_no_reading(visit):
    page = visit.page
    page.clock.install()
    page.add_init_script(
        "Object.defineProperty(document, 'hidden', { get: () => globalThis.isShown !== true });"
    )
    page.goto(f"{visit.server}/{LESSON}.html")
    box = page.get_by_role("checkbox", name="I have read this page")

    page.clock.fast_forward(300_000)
    page.evaluate("isShown = true; document.dispatchEvent(new Event('visibilitychange'))")
    box.scroll_into_view_if_needed()
    page.locator("page-read:defined").wait_for(timeout=5000)
    page.wait_for_timeout(300)
    page.clock.fast_forward(50_000)
    assert not box.is_checked()
    page.clock.fast_forward(11_000)
    assert box.is_checked()


def test_what_was_erased_does_not_come_back_by_the_back_button(visit):
    box, page = open_lesson(visit), visit.page
    box.press("Space")
    open_progress(visit).evaluate("document.querySelector('reader-progress').forget()")

    page.go_back(wait_until="networkidle")
    box.scroll_into_view_if_needed()
    page.locator("page-read:defined").wait_for(timeout=5000)

    assert not box.is_checked()
    assert page.evaluate("progress.all().pages") == {}


@pytest.mark.parametrize(
    ("visit", "day"),
    [
        ({"timezone_id": "America/Los_Angeles"}, "2026-11-25"),
        ({"timezone_id": "Asia/Tokyo"}, "2026-11-26"),
    ],
    indirect=["visit"],
)
@pytest.mark.parametrize("moment", ["2026-11-26T04:30:00Z", "2026-11-25T16:30:00Z"])
def test_a_day_is_that_of_the_reader(visit, day, moment):
    visit.page.clock.install(time=moment)
    box, page = open_lesson(visit), visit.page

    box.press("Space")

    assert stored(page)["pages"] == {LESSON: day}


@pytest.mark.parametrize("visit", [{}, PHONE], indirect=True, ids=["desk", "phone"])
def test_pages_read_are_marked_on_the_map_and_move_nothing(visit, store):
    visit.open("index.html")
    places = "[...document.querySelectorAll('.chapter-map li li a')].map(a => a.offsetTop)"
    before = visit.page.evaluate(places)
    store(CONTENT)

    page = visit.open("index.html")

    assert page.evaluate(SHIFTS) < 0.01
    assert page.evaluate(places) == before
    marked = page.locator(".chapter-map a.read")
    assert marked.all_text_contents() == [
        "Computational graphs (read)",
        "Regression and counts (read)",
    ]
    sign = "a => getComputedStyle(a.closest('li'), '::before').clipPath"
    assert marked.first.evaluate(sign).startswith("polygon")
    assert page.locator(".chapter-map li li a:not(.read)").first.evaluate(sign) == "none"


# --- showing ---------------------------------------------------------------------------------


def test_the_tables_say_what_is_stored(visit, store):
    store(CONTENT)

    page = open_progress(visit)

    right = page.locator(f'tr[data-page="{OTHER}"]').get_attribute("data-right")
    assert right[:2] == "AB"
    assert cells(page, OTHER) == ["2026-02-01", "0 of 8", f"1 of {len(right)}"]
    day, solved, _ = cells(page, LESSON)
    assert (day, solved[:5]) == ("2026-01-31", "1 of ")
    assert cells(page, "depth/residual")[0] == "–"
    assert summary(page).startswith("Read 2 of 15 pages, solved 1 of ")
    assert visit.complaints == []
    assert visit.foreign == []


def test_with_nothing_stored_the_page_says_how_to_begin(visit):
    page = open_progress(visit)

    assert summary(page).startswith("Nothing is kept yet. Read a page to its end")


@pytest.mark.parametrize(
    "visit",
    [{"viewport": {"width": width, "height": 2400}} for width in WIDTHS],
    indirect=True,
    ids=map(str, WIDTHS),
)
@pytest.mark.parametrize("content", [CONTENT, None], ids=["something kept", "nothing kept"])
def test_nothing_moves_when_the_tables_fill(visit, store, content):
    if content:
        store(content)
    page, waiting = visit.page, []
    page.route("**/reader-progress.js", lambda route: waiting.append(route))
    page.goto(f"{visit.server}/progress.html", wait_until="domcontentloaded")
    page.wait_for_timeout(300)  # painted, and the script is waited for
    (route,) = waiting
    assert page.locator("reader-progress:defined").count() == 0
    assert page.locator("reader-progress table").first.is_visible()

    route.continue_()
    page.locator("reader-progress:defined").wait_for(timeout=5000)
    assert summary(page).startswith("Read 2" if content else "Nothing is kept yet")
    assert page.evaluate(SHIFTS) == 0


def test_another_tab_is_heard(visit, store):
    store(CONTENT)
    page = open_progress(visit)
    other = page.context.new_page()
    other.goto(f"{visit.server}/depth/residual.html")

    other.evaluate("progress.set('pages', 'depth/residual', progress.today())")
    page.locator('tr[data-page="depth/residual"] td', has_text="20").wait_for(timeout=5000)

    assert summary(page).startswith("Read 3 of 15 pages")


# --- taking along and erasing ----------------------------------------------------------------


def test_saved_erased_and_read_again_is_the_same_by_key_alone(visit, store, tmp_path):
    store(CONTENT)
    page = open_progress(visit)
    before = page.locator("reader-progress table").all_inner_texts()
    file = tmp_path / "saved.json"

    with page.expect_download() as download:
        page.get_by_role("button", name="Save as a file").press("Enter")
    download.value.save_as(file)
    assert download.value.suggested_filename.startswith(f"{KEY}-20")
    erase = page.get_by_role("button", name="Erase", exact=True)
    erase.press("Enter")
    assert erase.get_attribute("aria-expanded") == "true"
    assert has_focus(page.get_by_role("button", name="No, keep it"))
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    assert news(page) == "Everything is erased."
    assert has_focus(page.locator("reader-progress .news"))
    assert page.evaluate(f"[{STORED}, {ASIDE}]") == [None, None]
    assert summary(page).startswith("Nothing is kept yet.")
    give(page, file)

    assert news(page) == "Read saved.json: 6 entries are new."
    assert stored(page) == CONTENT | {"format": KEY} or stored(page) == CONTENT
    assert page.locator("reader-progress table").all_inner_texts() == before
    assert visit.complaints == []


@pytest.mark.parametrize("key", ["Enter", "Escape"])
def test_erasing_can_be_called_off(visit, store, key):
    store(CONTENT)
    page = open_progress(visit)
    erase = page.get_by_role("button", name="Erase", exact=True)

    erase.press("Enter")
    page.keyboard.press(key)  # the button that keeps has the focus

    assert has_focus(erase)
    assert erase.get_attribute("aria-expanded") == "false"
    assert not page.get_by_role("button", name="Yes, erase it").is_visible()
    assert stored(page) == CONTENT


def test_what_is_here_stays_when_a_file_is_read(visit, store, tmp_path):
    store(CONTENT)
    page = open_progress(visit)
    file = tmp_path / "other.json"
    theirs = {
        "format": KEY,
        "version": 1,
        "pages": {LESSON: "2020-01-01", "depth/residual": "2020-01-02"},
        "exercises": {},
        "quizzes": {f"{LESSON}#1": "C"},
    }
    file.write_text(json.dumps(theirs))

    give(page, file)

    assert news(page) == "Read other.json: 1 entry is new."
    assert stored(page)["pages"] == CONTENT["pages"] | {"depth/residual": "2020-01-02"}
    assert stored(page)["quizzes"] == CONTENT["quizzes"]


GOOD = {"format": KEY, "version": 1, "pages": {}, "exercises": {}, "quizzes": {}}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "is no JSON, as a file that was saved here is: it is empty"),
        ("<html>", "is no JSON, as a file that was saved here is: it begins with “<html>”"),
        ("null", "an object was expected, this is null"),
        ("[1]", "an object was expected, this is a list"),
        ('"a"', 'an object was expected, this is the string "a"'),
        ("{}", f"the format {KEY} was expected, this one's is missing"),
        (json.dumps(GOOD | {"version": 2}), "version 1 was expected, this is version 2"),
        (json.dumps(GOOD | {"pages": []}), "an object was expected for pages, there is a list"),
        (
            json.dumps({key: value for key, value in GOOD.items() if key != "quizzes"}),
            "an object was expected for quizzes, there is none",
        ),
        (
            json.dumps(GOOD | {"pages": {LESSON: 5}}),
            f"a day such as 2026-01-31 was expected for {LESSON} in pages, there is the number 5",
        ),
        (
            json.dumps(GOOD | {"quizzes": {f"{LESSON}#1": "<b>"}}),
            f'a letter was expected for {LESSON}#1 in quizzes, there is the string "<b>"',
        ),
    ],
)
def test_a_bad_file_changes_nothing_and_is_told_what_it_is(visit, store, tmp_path, text, complaint):
    store(CONTENT)
    page = open_progress(visit)
    file = tmp_path / "bad.json"
    file.write_text(text)

    give(page, file)

    assert news(page).startswith("Nothing was changed. bad.json ")
    assert complaint in news(page)
    assert stored(page) == CONTENT


# --- when storage fails ----------------------------------------------------------------------


@pytest.mark.parametrize("script", [BLOCKED, FULL], ids=["blocked", "full"])
def test_a_browser_that_keeps_nothing_shows_all_and_says_so(visit, script):
    visit.page.add_init_script(script)
    box, page = open_lesson(visit), visit.page

    box.press("Space")
    assert page.locator("nav.bd-links a.read").count() == 1
    page.locator("quiz-question").first.scroll_into_view_if_needed()
    page.locator("quiz-question:defined").first.wait_for(timeout=5000)
    page.locator("quiz-question summary").first.press("Enter")
    assert "your first answer, A" in page.locator(".question-title").first.inner_text()
    assert page.locator(".quiz-result").get_by_role("status").inner_text().startswith("Question 1")
    assert visit.complaints == []

    page = open_progress(visit)
    page.evaluate("progress.set('pages', 'depth/residual', '2026-01-31')")
    assert "This browser keeps nothing for this site" in summary(page)
    assert cells(page, "depth/residual")[0] == "2026-01-31"
    assert visit.complaints == []


def test_a_full_storage_is_told_of_on_every_page_and_loses_nothing_of_another_tab(visit):
    page = visit.open("progress.html")
    page.evaluate(f"{FULL};0")
    page.evaluate("progress.set('pages', 'a/b', '2026-01-31')")
    other = page.context.new_page()
    other.goto(f"{visit.server}/{LESSON}.html")
    other.evaluate("progress.set('pages', 'c/d', '2026-01-31')")

    assert "This browser keeps nothing" in summary(page)
    page.evaluate("() => { Storage.prototype.setItem = keep; }")
    page.evaluate("progress.set('pages', 'e/f', '2026-01-31')")
    assert stored(page)["pages"].keys() == {"a/b", "c/d", "e/f"}

    page.add_init_script(FULL)
    assert "This browser keeps nothing" in summary(open_progress(visit))


def test_colors_can_be_switched_where_storage_is_blocked(visit):
    visit.page.add_init_script(BLOCKED)
    page = visit.open("index.html")

    themes = set()
    for _ in range(3):
        page.locator(".theme-switch-button:visible").first.click()
        themes.add(page.evaluate("document.documentElement.dataset.theme"))
    assert themes == {"light", "dark"}


@pytest.mark.parametrize(
    "content",
    [
        "no JSON {",
        "[]",
        "null",
        '"text"',
        '{"pages": []}',
        '{"pages": null}',
        '{"pages": {"a/b": 5}}',
        '{"version": 2, "pages": {}}',
    ],
)
def test_what_cannot_be_read_breaks_nothing_and_is_put_aside(visit, store, content):
    store(content)
    box, page = open_lesson(visit), visit.page
    assert page.evaluate(STORED) == content

    box.press("Space")

    assert page.evaluate(ASIDE) == content
    assert stored(page)["pages"].keys() == {LESSON}
    page = open_progress(visit)
    assert f"It begins with {content}" in summary(page)
    assert visit.complaints == []


@pytest.mark.parametrize("content", ['{"pages": {"backprop/graphs": "2026-01-31"}}', "{}"])
def test_a_kind_that_is_missing_is_empty(visit, store, content):
    store(content)
    page = visit.open(f"{LESSON}.html")

    page.evaluate("progress.set('exercises', 'ex-graphs-spider', '2026-01-31')")

    assert stored(page)["exercises"] == {"ex-graphs-spider": "2026-01-31"}
    assert stored(page)["pages"] == json.loads(content).get("pages", {})
    assert page.evaluate(ASIDE) is None


def test_what_a_later_version_may_add_is_kept(visit, store):
    store(CONTENT | {"notes": {"a": 1}})
    page = visit.open(f"{LESSON}.html")

    page.evaluate("progress.set('pages', 'a/b', '2026-01-31')")

    assert stored(page)["notes"] == {"a": 1}


# --- for everyone ----------------------------------------------------------------------------


@pytest.mark.parametrize("visit", [{}, DARK_PHONE], indirect=True, ids=["desk", "dark phone"])
def test_axe_finds_nothing_on_the_page_while_it_asks(visit, store):
    store(CONTENT)
    page = open_progress(visit)
    page.emulate_media(reduced_motion="reduce")
    page.get_by_role("button", name="Erase", exact=True).press("Enter")
    page.evaluate(f"{AXE};0")

    assert structure(page) == []
    assert colors(page, include=["html"]) == []


@pytest.mark.parametrize("visit", [{"color_scheme": "dark"}, {}], indirect=True, ids=["dark", ""])
def test_axe_finds_nothing_where_pages_are_marked(visit, store):
    store(CONTENT)
    page = visit.open("index.html")
    page.emulate_media(reduced_motion="reduce")
    page.evaluate(f"{AXE};0")

    assert structure(page) == []


@pytest.mark.parametrize("visit", [DARK_PHONE], indirect=True, ids=["phone"])
def test_a_finger_can_hit_all_there_is_to_hit(visit):
    page = open_progress(visit)
    page.get_by_role("button", name="Erase", exact=True).tap()

    for button in page.locator("reader-progress button").all():
        box = button.bounding_box()
        assert min(box["width"], box["height"]) >= 44
        assert 0 <= box["x"] <= box["x"] + box["width"] <= 390


@pytest.mark.parametrize("visit", [{"java_script_enabled": False}], indirect=True, ids=["none"])
def test_without_scripts_the_page_says_what_it_needs(visit):
    visit.page.goto(f"{visit.server}/progress.html")

    assert visit.page.get_by_text("Switch JavaScript on").is_visible()
    assert not visit.page.get_by_role("button", name="Erase").is_visible()
    assert visit.page.locator("tbody tr td").nth(1).inner_text().startswith("– of ")


def test_without_its_script_the_page_says_what_it_needs(visit):
    visit.page.route("**/reader-progress.js", lambda route: route.abort())
    visit.page.goto(f"{visit.server}/progress.html")

    visit.page.get_by_text("or load the page again").wait_for(timeout=5000)


def test_paper_has_nothing_to_press(visit, store):
    store(CONTENT)
    page = open_progress(visit)
    page.emulate_media(media="print")
    assert page.locator("reader-progress table").first.is_visible()
    assert not page.get_by_role("button").locator("visible=true").count()

    page.emulate_media(media="screen")
    box = open_lesson(visit)
    page.emulate_media(media="print")
    assert not box.is_visible()
    assert not page.locator(".quiz-result").is_visible()
