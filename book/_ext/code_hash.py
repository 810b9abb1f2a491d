"""Let Sphinx read every page again when the package changes.

Sphinx knows a page's own file, not the package whose outputs it shows. The build
(``tools/build.py``) therefore passes a hash of the package as a configuration value, and a
value that is registered for ``env`` invalidates all pages when it changes.
"""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension with Sphinx."""
    app.add_config_value("code_hash", "", "env", str)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
