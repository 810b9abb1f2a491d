"""What all tests share: the quiet environment, the built site, and programs that may be missing."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from pathlib import Path

import pytest

import build

ROOT = Path(__file__).resolve().parent.parent

# Before anything imports TensorFlow.
os.environ.update(build.KERNEL_ENVIRONMENT)
os.environ["MPLBACKEND"] = "agg"


def require(programs: tuple[str, ...], purpose: str, remedy: str) -> str:
    """Return the path of the first program found; skip the test if there is none.

    Continuous integration has to have them all: there, the test fails instead.
    """
    for program in programs:
        if path := shutil.which(program):
            return path
    message = f"{purpose} needs {' or '.join(programs)}: {remedy}"
    if os.environ.get("CI"):
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say once for each reason why tests were skipped."""
    reasons = Counter(report.longrepr[2] for report in terminalreporter.getreports("skipped"))
    for reason, count in reasons.items():
        terminalreporter.write_line(f"{count} tests skipped: {reason.removeprefix('Skipped: ')}")


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of a browser."""
    return require(("chromium", "google-chrome"), "tests/browser", "apt-get install chromium")


@pytest.fixture(scope="session")
def tex() -> None:
    """Ask for everything that the PDF is made with."""
    for program in build.TEX_PROGRAMS:
        require((program,), "the PDF", f"apt-get install {build.TEX_PACKAGES}")


@pytest.fixture(scope="session")
def site() -> Path:
    """Return the folder of the built site."""
    folder = ROOT / "_build" / "html"
    if not (folder / "index.html").exists():
        pytest.fail("the site is not built: run make html", pytrace=False)
    return folder
