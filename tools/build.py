"""Build the book: execute the pages that changed, then let Sphinx set all of them.

Usage: ``python tools/build.py {html,pdf,links} [--root FOLDER]``

Execution comes first and apart from Sphinx, for two reasons: pages run two at a time, and a
failing cell is reported as page, line and traceback. The outputs go to a jupyter-cache, where
MyST-NB finds them. That cache knows a page by its cells alone, so its folder is named after
everything else that the outputs depend on: the package, its data and the lock.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

PAGES_AT_A_TIME = 2

# Every kernel gets these: quiet libraries, one thread where threads change the last digits,
# and nothing from the user's own configuration. The date is the one that files get stamped with.
KERNEL_ENVIRONMENT = {
    "CUDA_VISIBLE_DEVICES": "-1",
    "KERAS_BACKEND": "tensorflow",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",  # another one would show no figure
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "SOURCE_DATE_EPOCH": "1767225600",  # 2026-01-01
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "TF_NUM_INTRAOP_THREADS": "1",
}

# Sphinx's names for what we build.
BUILDERS = {"html": "html", "pdf": "latex", "links": "linkcheck"}

TEX_PROGRAMS = ("latexmk", "xelatex", "rsvg-convert")
TEX_PACKAGES = (
    "texlive-xetex texlive-latex-extra texlive-fonts-recommended latexmk "
    "fonts-texgyre fonts-texgyre-math librsvg2-bin"
)


VISIBLE = 4.0
"""Points by which a line or a page may be too large before anybody sees it."""


class BuildError(Exception):
    """The book cannot be built; the message is for the author."""


@dataclass(frozen=True)
class Book:
    """Where the parts of one book are, by the layout of this repository."""

    root: Path

    @property
    def source(self) -> Path:
        """Return the folder of the pages."""
        return self.root / "book"

    @property
    def config(self) -> Path:
        """Return the book's configuration."""
        return self.root / "_config.yml"

    @property
    def toc(self) -> Path:
        """Return the table of contents."""
        return self.root / "_toc.yml"

    @property
    def output(self) -> Path:
        """Return the folder of everything that is built."""
        return self.root / "_build"


def code_hash(book: Book) -> str:
    """Return a hash of everything but the pages that their outputs depend on."""
    machine = (sys.version_info[:2], platform.machine(), KERNEL_ENVIRONMENT)
    return hash_files(book.root, ["code", "requirements.txt"], repr(machine))


def hash_files(root: Path, names: list[str], salt: str = "") -> str:
    """Return a hash of files and of all files in folders, by their names and contents."""
    digest = hashlib.sha256(salt.encode())
    found = {path for name in names for path in (root / name, *root.glob(f"{name}/**/*"))}
    ignored = re.compile(r"/__pycache__/|\.egg-info/|/\.")
    for path in sorted(path for path in found if path.is_file()):
        name = path.relative_to(root).as_posix()
        if not ignored.search(name):
            digest.update(f"{name}\0{path.stat().st_size}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def source_hash(book: Book) -> str:
    """Return a hash of everything that a built copy of the book depends on."""
    digest = hashlib.sha256(code_hash(book).encode())
    pages = (path for path in book.source.rglob("*") if path.is_file())
    for path in sorted([*pages, book.config, book.toc]):
        if "__pycache__" not in path.parts:
            digest.update(f"{path.relative_to(book.root).as_posix()}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def prepare_environment(book: Book) -> None:
    """Set the variables that the kernels inherit."""
    os.environ.update(KERNEL_ENVIRONMENT)
    # An editable install may point at another checkout: this one's package comes first.
    paths = [str(book.root / "code"), os.environ.get("PYTHONPATH", "")]
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    os.environ["IPYTHONDIR"] = str(book.output / ".ipython")
    os.environ["MPLCONFIGDIR"] = str(book.output / ".matplotlib")


# --- executing -------------------------------------------------------------------------------


def read_pages(book: Book) -> dict[Path, Any]:
    """Return the notebook of every page of the table of contents that has cells to execute."""
    from myst_nb.core.read import is_myst_markdown_notebook, read_myst_markdown_notebook
    from myst_parser.config.main import MdParserConfig
    from sphinx_external_toc.parsing import parse_toc_yaml

    config = yaml.safe_load(book.config.read_text(encoding="utf-8"))
    # The syntax that is switched on decides what is a cell: Sphinx must read the same ones.
    syntax = MdParserConfig(enable_extensions=set(config["parse"]["myst_enable_extensions"]))
    notebooks = {}
    for name in parse_toc_yaml(book.toc):
        path = book.source / f"{name.removesuffix('.md')}.md"
        if not path.exists():
            raise BuildError(f"{book.toc.name} names the page {name}, which does not exist")
        text = path.read_text(encoding="utf-8")
        if is_myst_markdown_notebook(text):
            notebooks[path] = read_myst_markdown_notebook(
                text, config=syntax, add_source_map=True, path=path
            )
    return notebooks


def execute_pages(book: Book, cache_folder: Path) -> None:
    """Execute the pages that the cache does not hold, and put them there.

    Raises
    ------
    BuildError
        If a cell fails; pages that did not fail are in the cache all the same.
    """
    from jupyter_cache import get_cache

    for stale in cache_folder.parent.glob("*"):
        if stale != cache_folder:
            shutil.rmtree(stale)
    cache = get_cache(cache_folder)

    def is_cached(notebook: Any) -> bool:
        try:
            cache.match_cache_notebook(notebook)
        except KeyError:
            return False
        return True

    notebooks = read_pages(book)
    waiting = {path: notebook for path, notebook in notebooks.items() if not is_cached(notebook)}
    if waiting:
        print(
            f"Executing {len(waiting)} of {len(notebooks)} pages, {PAGES_AT_A_TIME} at a time",
            flush=True,
        )
        timeout = yaml.safe_load(book.config.read_text(encoding="utf-8"))["execute"]["timeout"]
        failures = asyncio.run(_execute_all(book, cache, waiting, timeout))
        if failures:
            raise BuildError("\n\n".join(failures))


async def _execute_all(
    book: Book, cache: Any, notebooks: dict[Path, Any], timeout: float
) -> list[str]:
    """Execute notebooks side by side; return the reports of those that failed."""
    slots = asyncio.Semaphore(PAGES_AT_A_TIME)

    async def execute_next(path: Path, notebook: Any) -> str | None:
        async with slots:
            return await _execute(book, cache, path, notebook, timeout)

    reports = await asyncio.gather(*(execute_next(*item) for item in notebooks.items()))
    return [report for report in reports if report is not None]


async def _execute(book: Book, cache: Any, path: Path, notebook: Any, timeout: float) -> str | None:
    """Execute one notebook in an empty folder and cache it; return a report if it failed."""
    from jupyter_cache.base import CacheBundleIn
    from nbclient import NotebookClient
    from nbclient.exceptions import CellControlSignal
    from traitlets.config import Config

    page = path.relative_to(book.root).as_posix()
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(
            notebook,
            timeout=timeout,
            record_timing=False,  # times in the notebook would hide it from the cache
            resources={"metadata": {"path": folder}},
            # Without encryption, each kernel warns that it talks in plain text.
            config=Config(KernelManager={"transport_encryption": "auto"}),
        )
        try:
            await client.async_execute()
        # A cell that raises or takes too long, and a kernel that dies or does not start.
        except (CellControlSignal, RuntimeError) as error:
            print(f"  {time.monotonic() - started:5.1f} s  {page}  FAILED", flush=True)
            return describe_failure(page, notebook, error)
    seconds = time.monotonic() - started
    print(f"  {seconds:5.1f} s  {page}", flush=True)
    bundle = CacheBundleIn(notebook, str(path), data={"execution_seconds": seconds})
    cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
    return None


def describe_failure(page: str, notebook: Any, error: Exception) -> str:
    """Return page, line, cell and traceback of a failed execution."""
    for number, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", []):
            if output["output_type"] == "error":
                line = notebook.metadata["source_map"][number] + 1
                trace = "\n".join(output["traceback"])
                return f"{page}:{line}: this cell failed:\n\n{cell.source}\n\n{_plain(trace)}"
    return f"{page}: {_plain(str(error))}"


def _plain(text: str) -> str:
    """Return the text without terminal colors."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


# --- setting ---------------------------------------------------------------------------------


def run_sphinx(book: Book, builder: str, cache_folder: Path) -> None:
    """Set all pages, strictly: whatever Sphinx warns about fails the build.

    Sphinx keeps what it read, and a page that it does not read again warns no more. Its
    memory is therefore thrown away unless the last build went through: what fails once,
    fails until it is mended.

    Raises
    ------
    BuildError
        If Sphinx fails or warns; it has printed why.
    """
    from jupyter_book.sphinx import build_sphinx
    from sphinx.util.console import nocolor

    if not sys.stderr.isatty():
        nocolor()
    memory = book.output / ".doctrees" / builder
    flawless = memory / "flawless"
    if flawless.exists():
        flawless.unlink()
    else:
        shutil.rmtree(memory, ignore_errors=True)
    started = time.monotonic()
    result = build_sphinx(
        book.source,
        book.output / builder,
        path_config=book.config,
        noconfig=True,
        confoverrides={
            "code_hash": cache_folder.name,
            "extensions_hash": hash_files(book.root, ["book/_ext", "package-lock.json"]),
            "external_toc_path": str(book.toc),
            "latex_individualpages": False,
            "looks_hash": hash_files(book.root, ["book/_static", "book/_templates"]),
            "nb_execution_cache_path": str(cache_folder),
            "nitpicky": True,
            "printed_copy": str(current_pdf(book) or ""),
        },
        doctreedir=memory,
        builder=builder,
        warningiserror=True,
        keep_going=True,
        quiet=True,
    )
    if result != 0:
        raise BuildError("Sphinx did not accept the book: see the messages above")
    flawless.touch()
    print(f"Set the pages as {builder} in {time.monotonic() - started:.1f} s", flush=True)


def build(book: Book, target: str) -> None:
    """Build the book as ``html`` or ``pdf``, or look its ``links`` up."""
    if target == "pdf":
        require_tex()
    prepare_environment(book)
    cache_folder = book.output / ".jupyter_cache" / code_hash(book)
    execute_pages(book, cache_folder)
    if target == "pdf":
        # latexmk does not try again what failed before, even if a missing font has come since.
        shutil.rmtree(book.output / "latex", ignore_errors=True)
    run_sphinx(book, BUILDERS[target], cache_folder)
    if target == "links":
        return
    result = typeset(book) if target == "pdf" else book.output / "html" / "index.html"
    print(f"The book is ready: open {os.path.relpath(result)}")


# --- printing --------------------------------------------------------------------------------


def require_tex() -> None:
    """Raise a BuildError that says how to get TeX if it is missing."""
    missing = [program for program in TEX_PROGRAMS if shutil.which(program) is None]
    if missing:
        raise BuildError(f"the PDF needs {', '.join(missing)}: apt-get install {TEX_PACKAGES}")


def typeset(book: Book) -> Path:
    """Run LaTeX on what Sphinx wrote; return the PDF."""
    folder = book.output / "latex"
    sources = list(folder.glob("*.tex"))
    if len(sources) != 1:
        raise BuildError(f"expected one LaTeX document, found {len(sources)}")
    print("Running XeLaTeX", flush=True)
    started = time.monotonic()
    command = [
        "latexmk",
        "-xelatex",
        "-interaction=nonstopmode",
        "-halt-on-error",
        "-silent",
        sources[0].name,
    ]
    environment = {**os.environ, "max_print_line": "10000"}  # or TeX breaks its messages
    run = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    log = sources[0].with_suffix(".log").read_text(encoding="utf-8", errors="replace")
    problems = latex_problems(log)
    if run.returncode or problems:
        raise BuildError(
            "\n".join(["LaTeX did not accept the book:", *(problems or log.splitlines()[-30:])])
        )
    target = book.output / "pdf" / sources[0].with_suffix(".pdf").name
    target.parent.mkdir(exist_ok=True)
    shutil.copy(sources[0].with_suffix(".pdf"), target)
    target.with_suffix(".sources").write_text(source_hash(book), encoding="utf-8")
    print(f"Printed the book in {time.monotonic() - started:.1f} s", flush=True)
    return target


def current_pdf(book: Book) -> Path | None:
    """Return the printed book if it was made from what the sources are now."""
    for stamp in (book.output / "pdf").glob("*.sources"):
        path = stamp.with_suffix(".pdf")
        if path.exists() and stamp.read_text(encoding="utf-8") == source_hash(book):
            return path
    return None


def latex_problems(log: str) -> list[str]:
    """Return the lines of a LaTeX log that report something to mend.

    These are errors, missing glyphs, all warnings, and lines or pages that are too large for
    their place, if one can see it. Loose lines (underfull boxes) are none.
    """
    serious = re.compile(r"^(?:!|Missing character:)|Warning: ")
    too_large = re.compile(r"^Overfull \\[hv]box \((\d+(?:\.\d+)?)pt")
    problems = set()
    for line in log.splitlines():
        box = too_large.match(line)
        if serious.search(line) or (box and float(box[1]) > VISIBLE):
            problems.add(line)
    return sorted(problems)


def main() -> None:
    """Read the command line and build."""
    parser = argparse.ArgumentParser(description="Execute the book's pages and build it.")
    parser.add_argument("target", choices=list(BUILDERS))
    parser.add_argument(
        "--root", type=Path, default=Path(__file__).parent.parent, help="the book's checkout"
    )
    arguments = parser.parse_args()
    try:
        build(Book(arguments.root.resolve()), arguments.target)
    except BuildError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
