"""Join style sheets to one, and leave out of it what no page uses."""

from __future__ import annotations

import json
import posixpath
import re
from pathlib import Path

from .programs import run_node
from .usage import Usage


def join(sheets: list[str], folder: Path) -> str:
    """Return the style sheets of a folder as one, with addresses relative to that folder.

    Imported sheets take the place of their ``@import``; of a font's formats, only the smallest
    stays.
    """
    return "\n".join(_read(sheet, folder) for sheet in sheets)


def _read(sheet: str, folder: Path) -> str:
    here = posixpath.dirname(sheet)

    def include(match: re.Match[str]) -> str:
        return _read(posixpath.normpath(posixpath.join(here, match[1])), folder)

    def move(match: re.Match[str]) -> str:
        return f"url({posixpath.normpath(posixpath.join(here, match[1]))})"

    text = (folder / sheet).read_text(encoding="utf-8")
    text = re.sub(r'@charset "[^"]*";', "", text)
    text = re.sub(r',\s*url\([^)]*\) format\("truetype"\)', "", text)
    text = re.sub(r"""url\(["']?(?!data:|#)([^"')]+)["']?\)""", move, text)
    return re.sub(r'@import "([^"]+)";', include, text)


def purge_request(css: str, usage: Usage, scripts: list[str]) -> str:
    """Return what PurgeCSS has to know: the style sheet, and the names in pages and scripts.

    Any word of a script may be the name of something that it adds to a page.
    """
    used = {
        "tags": sorted(usage.tags),
        "ids": sorted(usage.ids),
        "classes": sorted(usage.classes),
        "attributes": {"names": sorted(usage.names), "values": sorted(usage.values)},
        "undetermined": sorted(set(re.findall(r"[\w-]+", "\n".join(scripts)))),
    }
    return json.dumps({"css": css, "used": used})


def purge(request: str) -> bytes:
    """Return the style sheet without the rules for what is neither in a page nor in a script."""
    return run_node("purge.mjs", request)
