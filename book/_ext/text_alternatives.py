"""Warn about every image whose text alternative is missing or says nothing.

A reader who cannot see a figure gets its alternative text, so a missing one is a defect
like a broken reference. Left alone, Sphinx writes the file name instead, which no
accessibility checker objects to.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

logger = logging.getLogger(__name__)

ADVICE = (
    "say what it shows, in the directive's `:alt:` option or, for a code cell, as "
    "`mystnb: {image: {alt: ...}}`"
)
FEWEST_WORDS = 4


def problem(text: str, uri: str = "", caption: str = "") -> str | None:
    """Return what is wrong with an image's alternative text, if anything is.

    >>> problem("A line")
    'the alternative text of this image says too little'
    >>> problem("A line that falls from 3 to 1")
    """
    text = text.strip()
    if text in ("", uri, PurePosixPath(uri).name):
        return "this image has no alternative text"
    if re.search(r"\.(svg|png|pdf|jpe?g|gif|webp)\b", text, re.I):
        return "the alternative text of this image names a file"
    if re.search(r"[$`]|\{\w+\}", text):
        return "the alternative text of this image holds markup, which nobody sets"
    if re.match(r"(an? |the )?(image|picture|figure)( of\b|:)", text, re.I):
        return "the alternative text of this image begins with what every screen reader says"
    if _letters(text) == _letters(caption):
        return "the alternative text of this image repeats its caption"
    if len(text.split()) < FEWEST_WORDS:
        return "the alternative text of this image says too little"
    return None


def _letters(text: str) -> str:
    """Return the text as it is compared: without case, spaces and punctuation."""
    return re.sub(r"\W", "", text).casefold()


def check(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Warn, page by page, of the alternative texts that fall short."""
    for image in doctree.findall(nodes.image):
        captions = image.parent.findall(nodes.caption) if image.parent else ()
        caption = next((caption.astext() for caption in captions), "")
        if complaint := problem(str(image.get("alt", "")), image["uri"], caption):
            message = f"{complaint}: {ADVICE}"
            logger.warning(message, location=location(image), type="image", subtype="alt")


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
