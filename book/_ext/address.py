"""Derive every absolute address of the site from one setting.

``repository`` in ``_config.yml`` names the book's repository on GitHub, ``owner/name``. In a
workflow GitHub names it itself, in ``GITHUB_REPOSITORY``, so that a fork's pages point at the
fork. What follows from it: the site's address on GitHub Pages, which canonical links, the sitemap
and the social cards need, and its path, which the links of the 404 page begin with. A book
without a repository has the address where ``make serve`` shows it.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError

LOCAL = "http://localhost:8000/"


def site_address(repository: str) -> str:
    """Return the address of the site that GitHub Pages makes from a repository.

    >>> site_address("Somebody/a-book")
    'https://somebody.github.io/a-book/'
    >>> site_address("Somebody/somebody.github.io")
    'https://somebody.github.io/'
    >>> site_address("")
    'http://localhost:8000/'
    """
    if not repository:
        return LOCAL
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository):
        raise ConfigError(f"repository must be owner/name, got {repository!r}")
    owner, name = repository.split("/")
    host = f"{owner.lower()}.github.io"
    return f"https://{host}/" if name.lower() == host else f"https://{host}/{name}/"


def set_address(app: Sphinx, config: Config) -> None:
    """Give the address to all that ask for it."""
    config.repository = os.environ.get("GITHUB_REPOSITORY") or config.repository
    address = site_address(config.repository)
    config.html_baseurl = address
    config.ogp_site_url = address
    config.notfound_urls_prefix = urlsplit(address).path


def mend_404(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object
) -> None:
    """Tell the 404 page that it has no address of its own, and where the search finds pages."""
    if page == app.config.notfound_pagename:
        context["pageurl"] = None
        context["content_root"] = app.config.notfound_urls_prefix


def write_sitemap(app: Sphinx, exception: Exception | None) -> None:
    """Write the addresses of all pages into ``sitemap.xml``, for search engines."""
    if exception or app.builder.name != "html":
        return
    root = ElementTree.Element("urlset", xmlns="http://www.sitemaps.org/schemas/sitemap/0.9")
    for page in sorted(app.env.found_docs):
        address = app.config.html_baseurl + app.builder.get_target_uri(page)
        ElementTree.SubElement(ElementTree.SubElement(root, "url"), "loc").text = address
    ElementTree.indent(root)
    sitemap = ElementTree.tostring(root, encoding="unicode", xml_declaration=True)
    Path(app.outdir, "sitemap.xml").write_text(f"{sitemap}\n", encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension with Sphinx."""
    app.add_config_value("repository", "", "html", str)
    app.connect("config-inited", set_address, priority=400)  # before others check what they got
    app.connect("html-page-context", mend_404)
    app.connect("build-finished", write_sitemap)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
