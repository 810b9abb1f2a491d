"""book/_ext/text_alternatives.py: no image without words."""

from __future__ import annotations

from functools import partial

import pytest

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'


@pytest.fixture
def set_image(run_sphinx, tmp_path):
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "line.svg").write_text(SVG)
    return partial(run_sphinx, extension="text_alternatives")


@pytest.mark.parametrize(
    ("image", "line"),
    [
        ("![](line.svg)", 5),
        ("![line.svg](line.svg)", 5),
        ("```{figure} line.svg\nA caption is no alternative.\n```", 5),
        # MyST does not record where this directive stands: the section has to do.
        ("```{image} line.svg\n```", 1),
        ("```{image} line.svg\n:alt: \n```", 1),
    ],
)
def test_a_missing_alternative_is_a_warning_that_names_page_and_line(set_image, image, line):
    run = set_image(f"# Page\n\nText.\n\n{image}\n")

    assert f"index.md:{line}: WARNING: this image has no alternative text" in run.warnings


@pytest.mark.parametrize(
    ("alternative", "complaint"),
    [
        ("A rising line, from line.svg", "names a file"),
        ("A line that rises as $x^2$ does", "holds markup"),
        ("A line like that in {ref}`sec-line`", "holds markup"),
        ("Image of a line that rises", "begins with what every screen reader says"),
        ("the loss, step by step", "repeats its caption"),
        ("A line", "says too little"),
    ],
)
def test_an_alternative_that_says_nothing_is_a_warning(set_image, alternative, complaint):
    figure = f"```{{figure}} line.svg\n:alt: {alternative}\n\nThe loss, step by step.\n```"

    assert complaint in set_image(f"# Page\n\n{figure}\n").warnings


@pytest.mark.parametrize(
    "image",
    [
        "![A line that rises](line.svg)",
        "```{figure} line.svg\n:alt: A line that rises\n\nThe loss.\n```",
    ],
)
def test_an_image_with_an_alternative_passes(set_image, image):
    run = set_image(f"# Page\n\n{image}\n")

    assert run.warnings == ""
