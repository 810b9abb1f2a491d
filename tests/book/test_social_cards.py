"""book/_ext/social_cards.py: what a shared link shows."""

from __future__ import annotations

import io
from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup
from docutils.core import publish_doctree
from PIL import Image

from social_cards import LONGEST, describe, draw, save

from ..built_site import PAGES, SITE, base_path


def tags(page: str) -> dict[str, str]:
    """Return name and content of the page's metadata."""
    html = BeautifulSoup((SITE / page).read_text(encoding="utf-8"), "html.parser")
    return {
        tag.get("property") or tag["name"]: tag["content"]
        for tag in html.select("meta:is([property], [name])")
    }


WITH_CARDS = [page for page in PAGES if page not in ("404.html", "search.html")]


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize("page", WITH_CARDS)
def test_a_page_describes_itself(page):
    described = tags(page)

    assert described["description"] == described["og:description"]
    assert 20 <= len(described["description"]) <= LONGEST
    assert described["description"].endswith((".", "?"))
    assert "\\" not in described["description"], "a formula as TeX"


@pytest.mark.usefixtures("site")
def test_no_two_pages_describe_themselves_alike():
    assert len({tags(page)["description"] for page in WITH_CARDS}) == len(WITH_CARDS)


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize("page", WITH_CARDS)
def test_a_page_has_a_card(page):
    described = tags(page)
    path = urlsplit(described["og:image"]).path.removeprefix(base_path())
    with Image.open(SITE / path) as card:
        size = card.size

    assert size == (int(described["og:image:width"]), int(described["og:image:height"]))
    assert described["og:image:alt"].endswith(described["description"])
    assert described["twitter:card"] == "summary_large_image"


@pytest.mark.parametrize(
    ("text", "description"),
    [
        ("A radio. It plays.", "A radio. It plays."),
        ("A radio.\n\nIt plays.", "A radio. It plays."),
        ("It plays :math:`x`. A radio. It plays.", "A radio. It plays."),
        ("A radio. It plays :math:`x`. Loud.", "A radio."),
        ("A radio [RHW86]. It plays 3.5 hours.", "A radio. It plays 3.5 hours."),
        (f"{'A radio. ' * 30}", ("A radio. " * 22).strip()),
        ("A radio without an end", ""),
    ],
)
def test_a_description_is_whole_sentences_without_formulas(text, description):
    text = text.replace("[RHW86]", r"\ [RHW86]")

    assert describe(publish_doctree(f"Title\n=====\n\n{text}")) == description


def test_the_same_card_is_the_same_file():
    cards = []
    for _ in range(2):
        card = io.BytesIO()
        draw("2.2", "Backpropagation", "A radio.").savefig(card, metadata={"Software": None})
        cards.append(card.getvalue())

    assert cards[0] == cards[1]


def test_a_card_is_drawn_again_only_if_it_changes(tmp_path):
    card = tmp_path / "cards" / "page.png"
    save(card, "2.2", "Backpropagation", "A radio.")
    drawn = card.stat().st_mtime_ns

    save(card, "2.2", "Backpropagation", "A radio.")
    assert card.stat().st_mtime_ns == drawn
    save(card, "2.2", "Backpropagation", "Another radio.")
    assert card.stat().st_mtime_ns > drawn
