"""Set mathematics at build time with KaTeX, so that pages need no script to show it.

KaTeX's own script runs inside this process, in the V8 engine of ``mini-racer``. A formula
that it cannot read is a warning which names page, line and problem. Each formula carries
MathML beside its HTML: what a screen reader speaks.

Configuration: ``katex_dist``, the folder of KaTeX's distribution, relative to the pages;
``math_macros``, a table of macros that KaTeX and LaTeX share, name to replacement.
"""

from __future__ import annotations

import json
import re
import shutil
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from py_mini_racer import MiniRacer
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)

# `strict` refuses what KaTeX forgives and LaTeX does not: the PDF is set from the same source.
RENDER = """
function render(tex, displayMode, macros) {
  try {
    const options = {displayMode, macros: JSON.parse(macros), strict: "error", throwOnError: true};
    return JSON.stringify({html: katex.renderToString(tex, options)});
  } catch (error) {
    return JSON.stringify({problem: error.message});
  }
}
"""
HIDDEN = r"<annotation .*?</annotation>|</?semantics>|(?<=<math) xmlns=\"[^\"]*\""
LOOKS = (
    r" (?:columnspacing|displaystyle|fence|lspace|maxsize|minsize|rowspacing|rspace|scriptlevel"
    r"|separator|stretchy)=\"[^\"]*\""
)


class FormulaError(ValueError):
    """A formula that KaTeX cannot read."""


@cache
def _engine(script: Path) -> MiniRacer:
    """Start V8 and load KaTeX into it, once for each process."""
    engine = MiniRacer()
    engine.eval(script.read_text(encoding="utf-8"))
    engine.eval(RENDER)
    return engine


@cache
def render(tex: str, display: bool, macros: str, script: Path) -> str:
    """Return a formula as HTML.

    Parameters
    ----------
    tex : str
        The formula, without delimiters.
    display : bool
        Whether it stands on its own, not in a line of text.
    macros : str
        The macros as JSON.
    script : Path
        KaTeX's script, ``katex.min.js``.

    Raises
    ------
    FormulaError
        If KaTeX cannot read the formula; the message says where and why.
    """
    answer = json.loads(str(_engine(script).call("render", tex, display, macros)))
    if "problem" in answer:
        # KaTeX underlines the culprit with combining characters, which few terminals show well.
        raise FormulaError(answer["problem"].replace("\u0332", ""))
    # KaTeX hides the source in each formula, a tenth of its weight: no browser shows it. Nor do
    # browsers need the box that held it, the name space of what stands in HTML, or the looks of
    # MathML that is spoken, not shown.
    html = re.sub(HIDDEN, "", answer["html"], flags=re.S)
    return re.sub(r"<m\w+[^>]*>", lambda tag: re.sub(LOOKS, "", tag[0]), html)


def display_source(node: nodes.math_block) -> str:
    r"""Return a displayed formula as KaTeX reads it.

    Sphinx lets blank lines part one block into several equations, and line breaks stand
    alone; LaTeX environments (``nowrap``) come as they are, but unnumbered, because the
    number is Sphinx's.

    >>> display_source(nodes.math_block("", "a \\\\ b", nowrap=False))
    '\\begin{split}a \\\\ b\\end{split}'
    >>> display_source(nodes.math_block("", "\\begin{align}a\\end{align}", nowrap=True))
    '\\begin{align*}a\\end{align*}'
    """
    tex = node.astext().strip()
    if node.get("nowrap"):
        return re.sub(r"\\(begin|end)\{(equation|align|gather|alignat)\}", r"\\\1{\2*}", tex)
    parts = [part.strip() for part in re.split(r"\n\s*\n", tex)]
    parts = [
        rf"\begin{{split}}{part}\end{{split}}" if needs_split(part) else part for part in parts
    ]
    if len(parts) == 1:
        return parts[0]
    return r"\begin{aligned}" + r"\\".join(parts) + r"\end{aligned}"


def needs_split(tex: str) -> bool:
    r"""Tell whether a line break stands outside every environment.

    >>> needs_split("a \\\\ b"), needs_split("\\begin{pmatrix} a \\\\ b \\end{pmatrix}")
    (True, False)
    """
    outside = tex
    while outside != (
        shorter := re.sub(
            r"\\begin\{([^}]*)\}(?:(?!\\begin).)*?\\end\{\1\}", "", outside, flags=re.S
        )
    ):
        outside = shorter
    return r"\\" in outside


def _html(translator: HTML5Translator, node: nodes.Element, tex: str, display: bool) -> str:
    """Return the formula's HTML, or its source and a warning."""
    config = translator.builder.config
    try:
        return render(
            tex,
            display,
            json.dumps(config.math_macros),
            _dist(translator.builder.app) / "katex.min.js",
        )
    except FormulaError as error:
        logger.warning("%s in the formula `%s`", error, tex, location=node, type="katex")
        return f"<code>{escape(tex)}</code>"


def visit_inline(translator: HTML5Translator, node: nodes.math) -> None:
    """Write a formula in a line of text."""
    opening = translator.starttag(node, "span", "", CLASS="math notranslate nohighlight")
    translator.body.append(f"{opening}{_html(translator, node, node.astext(), False)}</span>")
    raise nodes.SkipNode


def visit_display(translator: HTML5Translator, node: nodes.math_block) -> None:
    """Write a formula on its own, with its number and a link to itself if it has a label."""
    formula = _html(translator, node, display_source(node), True)
    translator.body.append(translator.starttag(node, "div", CLASS="math notranslate nohighlight"))
    if node.get("number"):
        translator.body.append(f'<span class="eqno">({get_node_equation_number(translator, node)})')
        translator.add_permalink_ref(node, "Link to this equation")
        translator.body.append("</span>")
    translator.body.append(f"{formula}</div>\n")
    raise nodes.SkipNode


def _dist(app: Sphinx) -> Path:
    """Return the folder of KaTeX's distribution."""
    return Path(app.confdir, app.config.katex_dist).resolve()


def copy_assets(app: Sphinx) -> None:
    """Copy KaTeX's style sheet and fonts into the book, the fonts in their smallest format only."""
    if app.builder.format != "html":
        return
    dist = _dist(app)
    if not dist.is_dir():
        raise ExtensionError(
            f"KaTeX is not in {app.config.katex_dist}: run make html, which installs it"
        )
    target = Path(app.outdir, "_static", "katex")
    (target / "fonts").mkdir(parents=True, exist_ok=True)
    style = (dist / "katex.min.css").read_text(encoding="utf-8")
    style = re.sub(r',url\([^)]*\) format\("(?:woff|truetype)"\)', "", style)
    (target / "katex.css").write_text(style, encoding="utf-8")
    for font in dist.glob("fonts/*.woff2"):
        shutil.copy(font, target / "fonts")
    app.add_css_file("katex/katex.css")


def share_macros(app: Sphinx, config: Config) -> None:
    """Define the macros for LaTeX, too."""
    definitions = [
        rf"\newcommand{{{name}}}"
        + (f"[{count}]" if (count := _arguments(body)) else "")
        + f"{{{body}}}"
        for name, body in config.math_macros.items()
    ]
    elements = config.latex_elements
    elements["preamble"] = "\n".join([elements.get("preamble", ""), *definitions])


def _arguments(body: str) -> int:
    """Return how many arguments a macro takes: the largest number after a ``#``."""
    return max(map(int, re.findall(r"#(\d)", body)), default=0)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension with Sphinx."""
    app.add_config_value("katex_dist", "../node_modules/katex/dist", "html", str)
    app.add_config_value("math_macros", {}, "env", dict)
    app.add_html_math_renderer("katex", (visit_inline, None), (visit_display, None))
    app.connect("config-inited", share_macros)
    app.connect("builder-inited", copy_assets)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
