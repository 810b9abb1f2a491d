"""Make a build that reuses the last one equal to a build from nothing.

Sphinx reads a page again when its own file changed, and writes what it read. That misses
four things:

- Outputs and included code change with the package. ``tools/build.py`` passes a hash of it
  as ``code_hash``, and a value that is registered for ``env`` invalidates every page. The same
  holds for ``extensions_hash``.
- Style sheets, scripts and templates change what is written. ``looks_hash``, registered for
  ``html``, lets all pages be written, but not read again.
- A page shows what others define: the titles in its navigation, the numbers and texts of its
  references, the definitions of its terms, the questions of the chapters, what there is to
  solve. When any of that changed, all pages are written, which also finds the reference whose
  label is gone.
- Two extensions copy their style sheets after the pages are written, so that the sheets' check
  sums would be in the pages from the second build on only. They are copied at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import myst_nb.sphinx_ext
import sphinx_exercise
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment


def fingerprint(env: BuildEnvironment) -> str:
    """Return a hash of everything that pages show of one another."""
    standard = env.domaindata["std"]
    shared = [
        {page: title.astext() for page, title in env.titles.items()},
        {page: contents.astext() for page, contents in env.tocs.items()},
        env.toc_secnumbers,
        env.toc_fignumbers,
        standard["labels"],
        standard["anonlabels"],
        standard["terms"],
        {page: env.get_doctree(page).astext() for page, _ in standard["terms"].values()},
        env.domaindata["math"]["objects"],
        getattr(env, "questions", {}),
        getattr(env, "quizzes", {}),
        {
            citation.key: citation.formatted_entry.label
            for citation in env.domaindata.get("cite", {}).get("citations", [])
        },
        {
            label: (entry["docname"], entry["type"])
            for label, entry in getattr(env, "sphinx_exercise_registry", {}).items()
        },
    ]
    parts = (repr(sorted(table.items())) for table in shared)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def rewrite_all_if_shared_changed(app: Sphinx, env: BuildEnvironment) -> Iterable[str]:
    """Return the pages to write besides those that were read: all or none."""
    before, now = getattr(env, "shared_fingerprint", ""), fingerprint(env)
    env.shared_fingerprint = now  # type: ignore[attr-defined]  # Sphinx keeps it with the rest
    return [] if before == now else sorted(env.found_docs)


def copy_late_assets(app: Sphinx) -> None:
    """Copy the style sheets that would come too late for their check sums."""
    if app.builder.format == "html":
        sphinx_exercise.copy_asset_files(app, None)
        myst_nb.sphinx_ext.add_global_html_resources(app, None)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension with Sphinx."""
    app.add_config_value("code_hash", "", "env", str)
    app.add_config_value("extensions_hash", "", "env", str)
    app.add_config_value("looks_hash", "", "html", str)
    app.connect("builder-inited", copy_late_assets)
    # The last event before pages are written: by now Sphinx has numbered everything.
    app.connect("env-get-updated", rewrite_all_if_shared_changed, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
