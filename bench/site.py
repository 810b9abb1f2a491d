"""Weigh the site beside the same sources built by plain Jupyter Book.

Usage: ``python bench/site.py``

Both show the same outputs, from the cache of ``make html``. What counts is all that a page loads
before figures, compressed as servers do. The comparison leans against us: of our fonts, all
count, of plain Jupyter Book's none, nor does what it loads from other hosts, MathJax above all.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

import build  # noqa: E402
import weigh  # noqa: E402


def plain_jupyter_book(book: build.Book, cache: Path, folder: Path) -> Path:
    """Build the pages as Jupyter Book does out of the box; return the site.

    What it does not know, our own directives, it reports and leaves out.
    """
    ignored = shutil.ignore_patterns("_*", "__pycache__")
    shutil.copytree(book.source, folder / "book", ignore=ignored)
    (folder / "code").symlink_to(book.root / "code")
    shutil.copy(book.toc, folder)
    ours = yaml.safe_load(book.config.read_text(encoding="utf-8"))
    plain = {key: ours[key] for key in ("title", "author", "parse", "bibtex_bibfiles")}
    plain["only_build_toc_files"] = True
    plain["execute"] = {"execute_notebooks": "cache", "cache": str(cache)}
    plain["sphinx"] = {"extra_extensions": ["sphinx_exercise"]}
    (folder / "_config.yml").write_text(yaml.safe_dump(plain), encoding="utf-8")
    command = [
        str(Path(sysconfig.get_path("scripts"), "jupyter-book")),
        *("build", str(folder / "book")),
        *("--config", str(folder / "_config.yml")),
        *("--toc", str(folder / "_toc.yml")),
        *("--path-output", str(folder)),
    ]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        sys.exit(f"{result.stdout[-2000:]}{result.stderr[-2000:]}\nerror: Jupyter Book failed")
    return folder / "_build" / "html"


def compare(ours: Path, plain: Path) -> None:
    """Print a line for each page that both sites have."""
    print(f"{'page':<36}{'ours':>22}{'plain Jupyter Book':>34}{'ratio':>8}")
    for path in sorted(plain.rglob("*.html")):
        page = path.relative_to(plain).as_posix()
        if page.startswith("_static/") or not (ours / page).exists():
            continue
        mine, peer = weigh.load(ours, page), weigh.load(plain, page, fonts=False)
        print(
            f"{page:<36}{mine.weight / 1000:>7.1f} kB,{len(mine.files):>3} requests"
            f"{peer.weight / 1000:>9.1f} kB,{len(peer.files):>3} requests"
            f" + {len(peer.foreign)} abroad{mine.weight / peer.weight:>8.2f}"
        )


def main() -> None:
    """Build both and print the table."""
    book = build.Book(ROOT)
    build.build(book, "html")
    cache = book.output / ".jupyter_cache" / build.code_hash(book)
    with tempfile.TemporaryDirectory() as folder:
        compare(book.output / "html", plain_jupyter_book(book, cache, Path(folder)))


if __name__ == "__main__":
    main()
