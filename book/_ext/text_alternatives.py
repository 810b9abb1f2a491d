"""Warn about every image without a text alternative.

A reader who cannot see a figure gets its alternative text, so a missing one is a defect
like a broken reference. Left alone, Sphinx writes the file name instead, which no
accessibility checker objects to.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

logger = logging.getLogger(__name__)

ADVICE = (
    "this image has no alternative text: say what it shows, in the directive's `:alt:` option "
    "or, for a code cell, as `mystnb: {image: {alt: ...}}`"
)


def is_missing(image: nodes.image) -> bool:
    """Tell whether the image's alternative text is absent, blank or a mere file name."""
    text = str(image.get("alt", "")).strip()
    return text in ("", image["uri"], PurePosixPath(image["uri"]).name)


def check(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Warn, page by page, where the alternative text is missing."""
    for image in doctree.findall(nodes.image):
        if is_missing(image):
            logger.warning(ADVICE, location=location(image), type="image", subtype="alt")


def location(image: nodes.image) -> nodes.Element:
    """Return the innermost element around the image that knows its line."""
    element: nodes.Element = image
    while not element.line and element.parent is not None:
        element = element.parent
    return element


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension with Sphinx."""
    # Only resolved pages hold what a code cell drew: before, one image stands for many formats.
    app.connect("doctree-resolved", check)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
