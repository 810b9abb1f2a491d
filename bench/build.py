"""Time ``make html`` beside a plain ``jupyter-book build`` of the same pages.

Usage: ``python bench/build.py``

Both build copies of this checkout in temporary folders: from nothing (cold), again (warm), and
after a sentence was added to one page (text edit). Ratios carry over to other machines,
seconds do not.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

import build  # noqa: E402

REPEATS = 3


def copy_checkout(target: Path) -> build.Book:
    """Copy what a build reads."""
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for folder in ("book", "code", "tools"):
        shutil.copytree(ROOT / folder, target / folder, ignore=ignored)
    for file in ("_config.yml", "_toc.yml", "requirements.txt"):
        shutil.copy(ROOT / file, target)
    (target / "node_modules").symlink_to(ROOT / "node_modules")
    return build.Book(target)


def make_html(book: build.Book) -> None:
    """Build the way ``make html`` does."""
    run([sys.executable, str(book.root / "tools/build.py"), "html"])


def plain_jupyter_book(book: build.Book) -> None:
    """Build with Jupyter Book's own command, as strict as ours."""
    arguments = [
        "--config",
        str(book.config),
        "--toc",
        str(book.toc),
        "--path-output",
        str(book.root),
    ]
    command = str(Path(sysconfig.get_path("scripts"), "jupyter-book"))
    run([command, "build", str(book.source), *arguments, "-W", "--keep-going", "-n"])


def run(command: list[str]) -> None:
    """Run a command, or stop with what it printed."""
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        sys.exit(
            f"{result.stdout[-2000:]}{result.stderr[-2000:]}\nerror: {' '.join(command)} failed"
        )


def seconds(action: Callable[[], None]) -> float:
    """Return how long an action takes."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def measure(builder: Callable[[build.Book], None]) -> dict[str, float]:
    """Return the seconds of a cold build, a warm one and one after a text edit."""
    with tempfile.TemporaryDirectory() as folder:
        book = copy_checkout(Path(folder))
        environment = dict(os.environ)
        build.prepare_environment(book)
        page = next(iter(build.read_pages(book)))

        def edit_and_build() -> None:
            page.write_text(page.read_text(encoding="utf-8") + "\nOne more sentence.\n")
            builder(book)

        times = {
            "cold": seconds(lambda: builder(book)),
            "warm": statistics.median(seconds(lambda: builder(book)) for _ in range(REPEATS)),
            "text edit": statistics.median(seconds(edit_and_build) for _ in range(REPEATS)),
        }
        os.environ.clear()
        os.environ.update(environment)
    return times


def main() -> None:
    """Print the table."""
    peer, ours = measure(plain_jupyter_book), measure(make_html)
    print(f"{'build':<12}{'make html':>12}{'jupyter-book':>14}{'ratio':>8}")
    for name in ours:
        print(
            f"{name:<12}{ours[name]:>10.1f} s{peer[name]:>12.1f} s{ours[name] / peer[name]:>8.2f}"
        )


if __name__ == "__main__":
    main()
