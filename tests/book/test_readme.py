"""README.md and CONTRIBUTING.md: what they point at is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import draw_picture

ROOT = Path(__file__).resolve().parent.parent.parent
PICTURES = ROOT / ".github"

every_text = pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])


def prose(name):
    """Return a text without its examples of pages."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return re.sub(r"^( *)(`{4,}|```text).*?^\1`{3,}$", "", text, flags=re.MULTILINE | re.DOTALL)


@every_text
def test_the_files_exist(name):
    text = prose(name)
    found = re.findall(
        r'\]\(([\w./-]+)\)|(?:src|srcset)="([^"]+)"|`([\w./-]+/[\w./-]*|\w+\.\w+)`', text
    )
    paths = {"".join(match) for match in found}
    ours = {path for path in paths if not path.startswith(("../../", "_build", "owner/"))}

    assert len(ours) >= 10
    assert [path for path in sorted(ours) if not (ROOT / path).exists()] == []


@every_text
def test_the_make_targets_exist(name):
    targets = re.search(r"\.PHONY:(.*)", (ROOT / "Makefile").read_text(encoding="utf-8"))[1].split()
    named = set(re.findall(r"^make ([a-z-]+)|`make ([a-z-]+)`", prose(name), flags=re.MULTILINE))

    assert {"".join(match) for match in named} <= {*targets}
    assert len(named) >= 4


def test_the_dark_picture_is_the_light_one_in_other_colors():
    light = (PICTURES / "picture-light.svg").read_text(encoding="utf-8")
    dark = (PICTURES / "picture-dark.svg").read_text(encoding="utf-8")

    assert dark == draw_picture.for_dark_pages(light)
    assert draw_picture.for_dark_pages("#000000 #0072b2 #ffffff") == "#ffffff #4dbfff #000000"


def test_the_picture_is_the_one_that_the_package_draws():
    light = (PICTURES / "picture-light.svg").read_text(encoding="utf-8")
    drawn = draw_picture.draw()

    # The paths may differ from one matplotlib to the next; what they show may not.
    assert re.findall(r'id="([a-z]\w*)"', light) == re.findall(r'id="([a-z]\w*)"', drawn)
