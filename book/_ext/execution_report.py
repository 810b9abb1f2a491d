"""Report on the run behind this copy of the book, in three tables, one a directive.

- ``execution-times``: how long the cells of each page took. MyST-NB knows it from the cache.
- ``execution-versions``: interpreter, processor and libraries. The cache is of use only to a build
  with the same ones, so those of this build are those of the run.
- ``data-checksums``: size and SHA-256 of the package's data. A file that is not what its list of
  checksums says is a warning.
"""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from operator import itemgetter
from pathlib import Path
from typing import Any

from docutils import nodes
from myst_nb.sphinx_ import NbMetadataCollector
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

logger = logging.getLogger(__name__)

DATA = "../code/underhood/data"  # relative to the pages
LIBRARIES = (
    *("numpy", "scipy", "matplotlib", "tensorflow", "tensorflow-cpu", "keras"),
    *("jupyter-book", "myst-nb", "sphinx"),
)

Cell = str | nodes.Node


def table(header: Iterable[Cell], rows: Iterable[Iterable[Cell]], numbers: int) -> nodes.table:
    """Return a table; the column of this index holds numbers."""

    def row(cells: Iterable[Cell]) -> nodes.row:
        entries = []
        for index, cell in enumerate(cells):
            content = nodes.paragraph("", "", nodes.Text(cell) if isinstance(cell, str) else cell)
            aligned = ["text-right"] if index == numbers else []
            entries.append(nodes.entry("", content, classes=aligned))
        return nodes.row("", *entries)

    head = row(header)
    group = nodes.tgroup("", cols=len(head))
    group += [nodes.colspec(colwidth=1) for _ in head]
    group += nodes.thead("", head)
    group += nodes.tbody("", *(row(cells) for cells in rows))
    return nodes.table("", group, classes=["colwidths-auto"])


class ExecutionTimes(nodes.General, nodes.Element):
    """The place of the table of times, until all pages are read."""


class ExecutionTimesDirective(SphinxDirective):
    """Put the table of times here."""

    def run(self) -> list[nodes.Node]:
        """Return the place."""
        return [ExecutionTimes()]


def execution_times(env: BuildEnvironment) -> dict[str, float]:
    """Return the seconds that each page's cells took, in the order of the book."""
    data = NbMetadataCollector.get_doc_data(env)
    reports = {
        page: data[page].get("exec_data") for page in reading_order(env, env.config.root_doc)
    }
    return {page: report["runtime"] for page, report in reports.items() if report}


def reading_order(env: BuildEnvironment, page: str) -> list[str]:
    """Return a page and all below it, as the table of contents has them."""
    below = env.toctree_includes.get(page, [])
    return [page, *(each for child in below for each in reading_order(env, child))]


def outdated(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Return the page of the report if a page was executed anew."""
    before, now = getattr(env, "reported_times", {}), execution_times(env)
    env.reported_times = now  # type: ignore[attr-defined]  # Sphinx keeps it with the rest
    return sorted(getattr(env, "execution_reports", ())) if before != now else []


def fill_in(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Replace the place by the table of times."""
    for place in list(doctree.findall(ExecutionTimes)):
        times = execution_times(app.env)
        rows: list[list[Cell]] = []
        for executed, seconds in times.items():
            address = app.builder.get_relative_uri(page, executed)
            number = app.env.toc_secnumbers.get(executed, {}).get("")
            title = app.env.titles[executed].astext()
            text = f"{'.'.join(map(str, number))}. {title}" if number else title
            link = nodes.reference("", text, internal=True, refuri=address)
            rows.append([link, f"{seconds:.1f}"])
        rows.append([nodes.strong(text="All pages"), f"{sum(times.values()):.1f}"])
        place.replace_self(table(["page", "seconds"], rows, numbers=1))


class ExecutionVersionsDirective(SphinxDirective):
    """Put the table of versions here."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        rows = [
            ["processor", f"{processor()}, {os.cpu_count()} cores"],
            ["system", f"{platform.system()}, {platform.machine()}"],
            [platform.python_implementation(), platform.python_version()],
            *([name, found] for name in LIBRARIES if (found := installed(name))),
        ]
        return [table(["what", "which"], rows, numbers=-1)]


def installed(library: str) -> str:
    """Return the version of a library, or nothing if it is not there."""
    try:
        return version(library)
    except PackageNotFoundError:
        return ""


def processor(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """Return the kind of processor, as its maker calls it where the system tells."""
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()


class DataChecksumsDirective(SphinxDirective):
    """Put the table of checksums here."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        folder = Path(self.env.app.confdir, DATA)
        checksums = folder / "SHA256SUMS"
        self.env.note_dependency(str(checksums))
        rows: list[list[Cell]] = []
        lines = checksums.read_text(encoding="utf-8").splitlines()
        for expected, name in sorted(map(str.split, lines), key=itemgetter(1)):
            content = (folder / name).read_bytes()
            if hashlib.sha256(content).hexdigest() != expected:
                where = self.get_location()
                logger.warning("%s is not what SHA256SUMS says", name, location=where, type="data")
            self.env.note_dependency(str(folder / name))
            # In groups, so that the table fits a phone and a page of paper.
            groups = nodes.inline()
            for start in range(0, len(expected), 16):
                groups += [nodes.literal(text=expected[start : start + 16]), nodes.Text(" ")]
            rows.append([nodes.literal(text=name), f"{len(content) / 1000:,.1f}", groups])
        return [table(["file", "kB", "SHA-256"], rows, numbers=1)]


def note_report(app: Sphinx, doctree: nodes.document) -> None:
    """Remember which page holds the table of times."""
    reports: set[str] = getattr(app.env, "execution_reports", set()) - {app.env.docname}
    if any(doctree.findall(ExecutionTimes)):
        reports |= {app.env.docname}
    app.env.execution_reports = reports  # type: ignore[attr-defined]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension with Sphinx."""
    app.add_node(ExecutionTimes)
    app.add_directive("execution-times", ExecutionTimesDirective)
    app.add_directive("execution-versions", ExecutionVersionsDirective)
    app.add_directive("data-checksums", DataChecksumsDirective)
    app.connect("doctree-read", note_report)
    app.connect("env-get-updated", outdated)
    app.connect("doctree-resolved", fill_in)
    return {"parallel_read_safe": False, "parallel_write_safe": True}
