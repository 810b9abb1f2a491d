"""Where the built site is, its pages, and the path that they will lie under."""

from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from bs4 import BeautifulSoup

SITE = Path(__file__).resolve().parent.parent / "_build" / "html"
PAGES = sorted(
    name
    for path in SITE.rglob("*.html")
    # _static/ holds templates of the theme
    if not (name := path.relative_to(SITE).as_posix()).startswith("_static/")
)


@cache
def base_path() -> str:
    """Return what comes before a page's name in its published address, without the host."""
    page = BeautifulSoup((SITE / "index.html").read_text(encoding="utf-8"), "html.parser")
    return urlsplit(page.select_one("link[rel=canonical]")["href"]).path.removesuffix("index.html")
