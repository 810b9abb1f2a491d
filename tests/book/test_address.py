"""book/_ext/address.py: canonical links, the sitemap, the 404 page."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup
from sphinx.errors import ConfigError

from address import site_address

from ..built_site import PAGES, SITE, base_path

LOCATIONS = "{http://www.sitemaps.org/schemas/sitemap/0.9}url/{*}loc"
# Made by the theme and by an extension: nobody looks for them.
WITHOUT_ADDRESS = ("404.html", "search.html")


def read(name: str) -> BeautifulSoup:
    """Return a page, parsed."""
    return BeautifulSoup((SITE / name).read_text(encoding="utf-8"), "html.parser")


@pytest.mark.parametrize("repository", ["a-book", "https://github.com/a/book", "a/book/", "a b/c"])
def test_a_repository_that_is_none_is_refused(repository):
    with pytest.raises(ConfigError, match="owner/name"):
        site_address(repository)


def test_a_fork_has_its_own_addresses(scratch_book, monkeypatch):
    monkeypatch.setenv("GITHUB_REPOSITORY", "Somebody/a-book")

    run = scratch_book.build()

    assert run.returncode == 0, run.stderr
    assert 'href="https://somebody.github.io/a-book/page.html"' in scratch_book.html()
    assert "https://somebody.github.io/a-book/_images/cards/page.png" in scratch_book.html()
    site = scratch_book.root / "_build/html"
    assert "https://somebody.github.io/a-book/page.html" in (site / "sitemap.xml").read_text()
    missing = BeautifulSoup((site / "404.html").read_text(), "html.parser")
    assert missing.html["data-content_root"] == "/a-book/"
    assert missing.select_one("article a")["href"] == "/a-book/index.html"


@pytest.mark.usefixtures("site")
def test_the_sitemap_has_every_page_once():
    locations = [each.text for each in ElementTree.parse(SITE / "sitemap.xml").findall(LOCATIONS)]
    canonical = [read(page).select_one("link[rel=canonical]") for page in PAGES]

    assert locations == sorted(set(locations))
    assert set(locations) == {
        link["href"]
        for page, link in zip(PAGES, canonical, strict=True)
        if page not in WITHOUT_ADDRESS
    }


@pytest.mark.usefixtures("site")
def test_the_404_page_works_at_any_depth():
    page = read("404.html")
    addresses = [tag.get("href") or tag.get("src") for tag in page.select("[href], [src]")]

    assert page.html["data-content_root"] == base_path()
    assert not [each for each in addresses if not each.startswith((base_path(), "#"))]
    assert page.select_one("link[rel=canonical]") is None
