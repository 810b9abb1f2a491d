"""Look up the addresses that the book links to, for ``make links``."""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx

DOI = "https://doi.org/"


def ask_registry(app: Sphinx, address: str) -> str | None:
    """Look a DOI up where it is registered: many publishers turn away whoever is no browser."""
    if address.startswith(DOI):
        return f"{DOI}api/handles/{address.removeprefix(DOI)}"
    return None


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to Sphinx's builder ``linkcheck``."""
    app.connect("linkcheck-process-uri", ask_registry)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
