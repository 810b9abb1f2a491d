"""Small books in temporary folders."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

ROOT = Path(__file__).resolve().parent.parent.parent

PAGE = """\
---
file_format: mystnb
kernelspec:
  name: python3
---

(sec-page)=
# A page

A sentence about $x^2$. See {ref}`sec-page` and {eq}`eq-page`.

$$
f(x) = x^2
$$ (eq-page)

```{code-cell} ipython3
---
mystnb:
  image:
    alt: A line that rises from one to two
  figure:
    name: fig-page
    caption: A line.
---
from IPython.display import SVG
SVG('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 1"><path d="M0 1 2 0"/></svg>')
```

```{code-cell} ipython3
from myst_nb import glue
from underhood import answer
glue("number", f"[{answer()}]", display=False)
```

The package says {glue:text}`number`.

```{literalinclude} ../code/underhood/__init__.py
:pyobject: answer
```
"""


@dataclass(frozen=True)
class ScratchBook:
    """A book of one page, with this book's configuration and extensions."""

    root: Path

    def write(self, page: str) -> None:
        """Replace the text of the page."""
        (self.root / "book" / "page.md").write_text(page, encoding="utf-8")

    def write_package(self, answer: int) -> None:
        """Replace the package by one whose function gives this answer."""
        source = f'"""A package."""\n\n\ndef answer():\n    return {answer}\n'
        (self.root / "code" / "underhood" / "__init__.py").write_text(source, encoding="utf-8")

    def build(self, target: str = "html") -> subprocess.CompletedProcess[str]:
        """Build the book as make html does, or make pdf or links."""
        command = [sys.executable, str(ROOT / "tools/build.py"), target, "--root", str(self.root)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def html(self) -> str:
        """Return the built page."""
        return (self.root / "_build/html/page.html").read_text(encoding="utf-8")

    def site(self) -> dict[str, bytes]:
        """Return every built file but Sphinx's search index, which keeps old words."""
        folder = self.root / "_build/html"
        files = (path for path in folder.rglob("*") if path.is_file())
        files = (path for path in files if path.name != "searchindex.js")
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.fixture
def scratch_book(tmp_path: Path) -> ScratchBook:
    """Return a book of one good page."""
    for folder in ("_ext", "_static", "_templates"):
        shutil.copytree(ROOT / "book" / folder, tmp_path / "book" / folder)
    shutil.copy(ROOT / "_config.yml", tmp_path)
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: index\nchapters:\n  - file: page\n")
    (tmp_path / "requirements.txt").write_text("numpy==2.0.0\n")
    (tmp_path / "book" / "references.bib").touch()
    (tmp_path / "book" / "index.md").write_text("# A book\n\nIts beginning.\n")
    (tmp_path / "code" / "underhood").mkdir(parents=True)
    book = ScratchBook(tmp_path)
    book.write_package(41)
    book.write(PAGE)
    return book


@dataclass(frozen=True)
class SphinxRun:
    """What Sphinx made of one page, and what it said."""

    html: str
    warnings: str
    output: Path


@pytest.fixture
def run_sphinx(tmp_path: Path):
    """Return a function that sets one page with one of the book's extensions."""

    def run(text: str, extension: str, **config) -> SphinxRun:
        source = tmp_path / "source"
        source.mkdir(exist_ok=True)
        (source / "index.md").write_text(text, encoding="utf-8")
        warnings = io.StringIO()
        with docutils_namespace():
            Sphinx(
                srcdir=source,
                confdir=None,
                outdir=tmp_path / "output",
                doctreedir=tmp_path / "doctrees",
                buildername="html",
                confoverrides={
                    "extensions": ["myst_parser", extension],
                    "myst_enable_extensions": ["amsmath", "colon_fence", "dollarmath"],
                    "numfig": True,
                    **config,
                },
                status=None,
                warning=warnings,
            ).build()
        html = (tmp_path / "output" / "index.html").read_text(encoding="utf-8")
        return SphinxRun(html, warnings.getvalue(), tmp_path / "output")

    return run
