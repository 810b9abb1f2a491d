"""What pages load: how much it weighs, and from where it may come."""

from __future__ import annotations

import re

import pytest
from bs4 import BeautifulSoup

import weigh

from ..built_site import PAGES, SITE, base_path

BUDGET = 120_000  # bytes, before figures

pytestmark = pytest.mark.usefixtures("site")


@pytest.mark.parametrize("page", PAGES)
def test_a_page_keeps_to_its_budget(page):
    load = weigh.load(SITE, page, base=base_path())

    assert len(load.files) > 4  # page, sheet, script, icon, fonts
    assert load.weight <= BUDGET, {file.name: weigh.weight(file) for file in load.files}
    assert load.foreign == set()


def read(page: str) -> BeautifulSoup:
    return BeautifulSoup((SITE / page).read_text(encoding="utf-8"), "html.parser")


@pytest.mark.parametrize("page", PAGES)
def test_a_page_allows_nothing_from_another_host(page):
    policy = read(page).select_one('meta[http-equiv="Content-Security-Policy"]')["content"]
    sources = {name: rest for name, *rest in map(str.split, policy.split(";"))}

    assert sources.pop("default-src") == ["'self'"]
    assert sources.pop("style-src-attr") == ["'unsafe-inline'"]
    for directive, allowed in sources.items():
        others = set(allowed) - {"'self'", "'none'"}
        assert all(re.match(r"'sha256-|data:$", source) for source in others), directive


@pytest.mark.parametrize("page", PAGES)
def test_the_policy_comes_before_all_that_it_governs(page):
    head = read(page).head
    governed = head.find(["script", "style", "link"])

    assert governed.find_previous("meta", attrs={"http-equiv": True}) is not None


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_one_inline_script_and_no_other_inline_code(page):
    document = read(page)

    assert len(document.select("script:not([src])")) == 1
    assert not document.select("style")
    assert not [
        tag.name
        for tag in document.find_all(True)
        if any(name.startswith("on") for name in tag.attrs)
    ]


@pytest.mark.parametrize("page", PAGES)
def test_no_script_or_sheet_loads_twice(page):
    tags = read(page).select("script[src], link[rel=stylesheet], link[rel=preload]")
    addresses = [tag.get("src") or tag.get("href") for tag in tags]

    assert sorted(addresses) == sorted(set(addresses))
    assert all(tag.has_attr("defer") for tag in tags if tag.name == "script")


@pytest.mark.parametrize("page", PAGES)
def test_images_keep_their_place(page):
    images = read(page).select("article img")

    assert not [tag["src"] for tag in images if not (tag.get("width") and tag.get("height"))]


@pytest.mark.parametrize("page", PAGES)
def test_images_far_down_load_late(page):
    images = read(page).select("article > section > section img")

    assert not [tag["src"] for tag in images if tag.get("loading") != "lazy"]
