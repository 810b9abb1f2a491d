"""Keep what a reader has done in the reader's browser."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

HERE = Path(__file__).parent


def add_files(app: Sphinx) -> None:
    """Copy the store into the book, where every page has it."""
    if app.builder.name != "html":
        return
    shutil.copy(HERE / "progress.js", Path(app.outdir, "_static"))
    app.add_js_file("progress.js", loading_method="defer")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension with Sphinx."""
    app.connect("builder-inited", add_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
