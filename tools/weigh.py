"""Say what a page of the built site loads, and how much that is on the wire."""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from bs4 import BeautifulSoup

COMPRESSED = {".png", ".woff", ".woff2"}  # which no server compresses again
LOADED = "link[rel=stylesheet], link[rel=icon], link[rel=preload], script[src]"


@dataclass
class Load:
    """The files of a page, figures left out, and the addresses on other hosts."""

    files: set[Path] = field(default_factory=set)
    foreign: set[str] = field(default_factory=set)

    @property
    def weight(self) -> int:
        """Return the bytes on the wire, without those of other hosts."""
        return sum(weight(file) for file in self.files)


@cache
def weight(file: Path) -> int:
    """Return the bytes of a file on the wire; live figures in a page do not count, as images."""
    content = file.read_bytes()
    if file.suffix == ".html":
        content = re.sub(rb'<([\w-]+) class="live".*?</\1>', b"", content, flags=re.DOTALL)
    return len(content if file.suffix in COMPRESSED else gzip.compress(content, mtime=0))


def load(site: Path, page: str, *, base: str = "/", fonts: bool = True) -> Load:
    """Return what a page loads before figures, on a site whose addresses begin with `base`.

    Which of a style sheet's fonts a browser asks for depends on the text. With `fonts`, all of
    them count: the page cannot weigh more. Without, none does: it cannot weigh less.
    """
    html = site / page
    found = Load({html.resolve()})
    document = BeautifulSoup(html.read_text(encoding="utf-8"), "html.parser")
    for tag in document.select(LOADED):
        address = re.sub(f"^{re.escape(base)}", "/", str(tag.get("href") or tag["src"]))
        _add(found, site, html.parent, address, fonts)
    return found


def _add(found: Load, site: Path, folder: Path, address: str, fonts: bool) -> None:
    parts = urlsplit(address)
    if parts.netloc:
        found.foreign.add(address)
        return
    file = (site / parts.path[1:] if parts.path.startswith("/") else folder / parts.path).resolve()
    if file.suffix == ".woff2" and not fonts:
        return
    found.files.add(file)
    if file.suffix == ".css":
        sheet = file.read_text(encoding="utf-8")
        addresses = re.findall(r"@import\s+(?:url\()?[\"']([^\"']+)", sheet)
        if fonts:
            addresses += re.findall(r"url\([\"']?([^\"')]+\.woff2)", sheet)
        for inner in addresses:
            _add(found, site, file.parent, inner, fonts)
