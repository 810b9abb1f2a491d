"""book/_ext/katex_math.py: mathematics set at build time."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

ROOT = Path(__file__).resolve().parent.parent.parent

LABELED = """\
# Page

See {eq}`eq-square`.

$$
f(x) = x^2
$$ (eq-square)
"""


@pytest.fixture
def set_math(run_sphinx):
    return partial(
        run_sphinx,
        extension="katex_math",
        html_math_renderer="katex",
        katex_dist=str(ROOT / "node_modules/katex/dist"),
    )


def test_formulas_carry_mathml_for_screen_readers(set_math):
    page = BeautifulSoup(set_math("# Page\n\nA square $x^2$.").html, "html.parser")

    assert page.select_one("span.math .katex-mathml math msup") is not None


def test_formulas_need_no_script(set_math):
    page = BeautifulSoup(set_math(LABELED).html, "html.parser")

    assert not [tag["src"] for tag in page.select("script[src]") if "math" in tag["src"].lower()]


def test_an_equation_shows_its_number_and_a_link_to_itself(set_math):
    page = BeautifulSoup(set_math(LABELED).html, "html.parser")

    number = page.select_one("div.math#equation-eq-square .eqno")
    assert number.get_text().startswith("(1)")
    assert number.a["href"] == "#equation-eq-square"


def test_a_reference_leads_to_the_equation(set_math):
    page = BeautifulSoup(set_math(LABELED).html, "html.parser")

    assert page.select_one('p a[href="#equation-eq-square"]').get_text() == "(1)"


def test_an_unlabeled_equation_has_no_number(set_math):
    page = BeautifulSoup(set_math("# Page\n\n$$\nx\n$$\n").html, "html.parser")

    assert page.select_one(".katex-display") is not None
    assert page.select_one(".eqno") is None


@pytest.mark.parametrize(
    "formula",
    [
        "$$\na &= b \\\\\nc &= d\n$$",
        "$$\n\\begin{pmatrix} 1 \\\\ 2 \\end{pmatrix}\n$$",
        "$$\n\\begin{aligned} a &= b \\\\ c &= d \\end{aligned}\n$$",
        "\\begin{align*}\na &= b \\\\\nc &= d\n\\end{align*}",
        "\\begin{align}\na &= b \\\\\nc &= d\n\\end{align}",
    ],
)
def test_equations_of_several_lines_are_set(set_math, formula):
    run = set_math(f"# Page\n\n{formula}\n")

    assert run.warnings == ""
    assert "katex-display" in run.html


def test_macros_come_from_the_configuration(set_math):
    run = set_math("# Page\n\n$x \\in \\reals$\n", math_macros={"\\reals": "\\mathbb{R}"})

    assert run.warnings == ""
    assert "ℝ" in run.html or "mathbb" in run.html


def test_macros_are_defined_for_latex(run_sphinx):
    from sphinx.config import Config

    from katex_math import share_macros

    config = Config(overrides={"latex_elements": {"preamble": "first"}})
    config.add("latex_elements", {}, "env", ())
    config.add("math_macros", {"\\R": "\\mathbb{R}", "\\norm": "\\|#1\\|"}, "env", ())
    share_macros(None, config)

    assert config.latex_elements["preamble"].splitlines() == [
        "first",
        "\\newcommand{\\R}{\\mathbb{R}}",
        "\\newcommand{\\norm}[1]{\\|#1\\|}",
    ]


@pytest.mark.parametrize("formula", ["$\\frac{1$", "$\\undefined$", "$$\n\\begin{align} x\n$$"])
def test_a_bad_formula_is_a_warning_that_names_page_and_line(set_math, formula):
    run = set_math(f"# Page\n\nText.\n\n{formula}\n")

    assert "index.md:5: WARNING: KaTeX parse error" in run.warnings


def test_fonts_come_in_one_format(set_math):
    folder = set_math(LABELED).output / "_static" / "katex"

    assert {font.suffix for font in (folder / "fonts").iterdir()} == {".woff2"}
    assert ".ttf" not in (folder / "katex.css").read_text(encoding="utf-8")


def test_missing_assets_are_reported_with_the_remedy(set_math):
    from sphinx.errors import ExtensionError

    with pytest.raises(ExtensionError, match="make html"):
        set_math(LABELED, katex_dist="nowhere")
