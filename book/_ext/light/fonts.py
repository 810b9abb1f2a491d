"""Cut fonts down to the glyphs in use."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Set
from dataclasses import dataclass
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

# It reports every table that it cuts.
logging.getLogger("fontTools").setLevel(logging.WARNING)


@dataclass(frozen=True)
class Face:
    """A font as a style sheet declares it."""

    rule: str
    family: str
    weight: str
    style: str
    address: str


def faces(sheet: str) -> list[Face]:
    r"""Return the fonts that a style sheet declares.

    >>> faces('@font-face{font-family:A\\ B;font-weight:700;src:url(a.woff2)}')[0].family
    'A B'
    """
    found = []
    for rule in re.findall(r"@font-face\s*\{[^}]*\}", sheet):
        values = dict(re.findall(r"font-(family|weight|style):\s*([^;}]+)", rule))
        address = re.search(r"url\(([^)]*)\)", rule)
        if address is not None:
            found.append(
                Face(
                    rule,
                    values["family"].replace("\\", "").strip("\"'"),
                    values.get("weight", "400"),
                    values.get("style", "normal"),
                    address[1],
                )
            )
    return found


def icons(sheet: str) -> set[str]:
    r"""Return the characters from the private area of Unicode in a style sheet, escaped or not.

    >>> icons('.fa-bars{--fa:"\\f0c9"}.dash{content:"\\2014"}') == {"\uf0c9"}
    True
    """
    escaped = (chr(int(code, 16)) for code in re.findall(r"\\([0-9a-f]{4})\b", sheet))
    return {icon for icon in [*escaped, *sheet] if "\ue000" <= icon <= "\uf8ff"}


def cut(font: Path, characters: Set[str]) -> bytes:
    """Return a font with the glyphs of these characters alone, as WOFF2; nothing if it has none."""
    options = subset.Options(
        layout_features=[],
        hinting=False,
        name_IDs=[0, 13, 14],  # its license asks for these
    )
    with TTFont(font, recalcTimestamp=False) as loaded:
        codes = {ord(character) for character in characters} & set(loaded.getBestCmap())
        if not codes:
            return b""
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=codes)
        subsetter.subset(loaded)
        loaded.flavor = "woff2"
        stream = io.BytesIO()
        loaded.save(stream)
    return stream.getvalue()
