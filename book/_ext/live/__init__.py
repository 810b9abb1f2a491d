"""Load the script of a live figure when the figure comes near.

A live figure is an element of a name of its own and of class ``live``, which the package writes
(`underhood.live`) complete: without a script it is a still with a text. Its script has the
element's name. ``live.js``, on every page, loads it; the rest of a page does not wait for it.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

HERE = Path(__file__).parent
FIGURES = HERE / "figures"


def add_files(app: Sphinx) -> None:
    """Copy the scripts of the figures into the book, and what all pages need."""
    if app.builder.name != "html":
        return
    static = Path(app.outdir, "_static")
    shutil.copytree(FIGURES, static / "live", dirs_exist_ok=True)
    for name in ("live.js", "live.css"):
        shutil.copy(HERE / name, static)
    app.add_js_file("live.js", loading_method="defer")
    app.add_css_file("live.css")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension with Sphinx."""
    app.connect("builder-inited", add_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
