"""book/_ext/execution_report.py: seconds, versions, checksums."""

from __future__ import annotations

import platform
from pathlib import Path

import numpy as np
import pytest
from bs4 import BeautifulSoup

from execution_report import processor

from ..built_site import PAGES, SITE

DATA = Path(__file__).resolve().parent.parent.parent / "code/underhood/data"


@pytest.fixture(scope="module")
def tables(site) -> list[list[list[str]]]:
    """Return the tables of the report, as rows of texts."""
    page = BeautifulSoup((site / "execution.html").read_text(encoding="utf-8"), "html.parser")
    return [
        [
            [cell.get_text(" ", strip=True) for cell in row.select("td")]
            for row in table.select("tbody tr")
        ]
        for table in page.select("article table")
    ]


@pytest.fixture(scope="module")
def executed() -> list[str]:
    """Return the pages that have cells."""
    return [page for page in PAGES if "cell_input" in (SITE / page).read_text(encoding="utf-8")]


def test_every_executed_page_has_its_seconds(tables, executed):
    times, *_ = tables

    assert len(times) == len(executed) + 1
    assert all(float(seconds) > 0 for _, seconds in times)


def test_the_seconds_add_up(tables):
    *pages, (_, total) = tables[0]

    assert sum(float(seconds) for _, seconds in pages) == pytest.approx(float(total), abs=1)


def test_versions_are_those_of_the_environment(tables):
    versions = dict(tables[1])

    assert versions["CPython"] == platform.python_version()
    assert versions["numpy"] == np.__version__
    assert "keras" in versions


def test_checksums_are_those_of_the_data(tables):
    lines = (DATA / "SHA256SUMS").read_text(encoding="utf-8").splitlines()

    assert {name: checksum.replace(" ", "") for name, _, checksum in tables[2]} == {
        name: checksum for checksum, name in map(str.split, lines)
    }


def test_sizes_are_those_of_the_data(tables):
    for name, size, _ in tables[2]:
        assert float(size.replace(",", "")) * 1000 == pytest.approx(
            (DATA / name).stat().st_size, abs=50
        )


def test_a_changed_file_is_noticed(tmp_path, run_sphinx):
    data = tmp_path / "code/underhood/data"
    data.mkdir(parents=True)
    (data / "age.csv").write_text("58\n")
    (data / "SHA256SUMS").write_text(f"{'0' * 64}  age.csv\n")

    run = run_sphinx("# Data\n\n```{data-checksums}\n```\n", "execution_report")

    assert "index.md:3: WARNING: age.csv is not what SHA256SUMS says" in run.warnings


def seconds_of(book) -> float:
    """Return the sum that a scratch book's first page reports."""
    html = (book.root / "_build/html/index.html").read_text(encoding="utf-8")
    return float(BeautifulSoup(html, "html.parser").select("article td")[-1].get_text())


def test_the_report_follows_a_new_execution(scratch_book):
    report = "# A book\n\n```{execution-times}\n```\n"
    (scratch_book.root / "book/index.md").write_text(report)
    scratch_book.build()
    before = seconds_of(scratch_book)
    page = (scratch_book.root / "book/page.md").read_text()
    scratch_book.write(page.replace("answer()", "(__import__('time').sleep(5), answer())[1]"))

    scratch_book.build()

    assert seconds_of(scratch_book) != before
    assert seconds_of(scratch_book) > 5


@pytest.mark.parametrize(
    ("cpuinfo", "name"),
    [
        ("processor\t: 0\nmodel name\t: Z80 at 4 MHz\n", "Z80 at 4 MHz"),
        ("processor\t: 0\n", platform.processor() or platform.machine()),
        (None, platform.processor() or platform.machine()),
    ],
)
def test_the_processor_has_a_name(tmp_path, cpuinfo, name):
    path = tmp_path / "cpuinfo"
    if cpuinfo is not None:
        path.write_text(cpuinfo)

    assert processor(path) == name
