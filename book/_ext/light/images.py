"""Load figures when they come near, and keep their place until then."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.images import get_image_size
from sphinx.writers.html5 import HTML5Translator

# Pixels of CSS to a unit; a number alone is in pixels.
UNITS = {"": 1, "px": 1, "pt": 96 / 72, "in": 96, "cm": 96 / 2.54, "mm": 96 / 25.4}


def load_late(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Let images load late, but for those before the first subsection: these may be in sight."""
    for section in doctree.findall(nodes.section):
        if isinstance(section.parent, nodes.section):
            for image in section.findall(nodes.image):
                image["loading"] = "lazy"


def visit_image(translator: HTML5Translator, node: nodes.image) -> None:
    """Write an image with its size, from which a browser knows its shape before it comes."""
    size = image_size(Path(translator.builder.srcdir, node["uri"]))
    HTML5Translator.visit_image(translator, node)
    if size is not None:
        width, height = size
        tag = translator.body[-1]
        translator.body[-1] = tag.replace("<img ", f'<img width="{width}" height="{height}" ', 1)


def image_size(path: Path) -> tuple[int, int] | None:
    """Return width and height of an image in pixels, or None if it does not say."""
    if path.suffix != ".svg":
        return get_image_size(str(path))
    root = ElementTree.parse(path).getroot()
    width, height = (_pixels(root.get(side, "")) for side in ("width", "height"))
    return None if width is None or height is None else (round(width), round(height))


def _pixels(length: str) -> float | None:
    match = re.fullmatch(r"([\d.]+)(\w*)", length)
    return float(match[1]) * UNITS[match[2]] if match and match[2] in UNITS else None
