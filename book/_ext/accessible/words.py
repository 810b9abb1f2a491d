"""Say formulas in words, where a name must be text."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from py_mini_racer import MiniRacer

# KaTeX's script for it wants Node's names; what it does not know, a matrix say, stays TeX.
SPEAK = """
var exports = {}, module = {exports}, require = () => katex;
%s
function speak(tex, macros) {
  try {
    return module.exports(tex, {macros: JSON.parse(macros)});
  } catch {
    return tex;
  }
}
"""


@cache
def _engine(dist: Path) -> MiniRacer:
    """Start V8 and load KaTeX into it, once for each process."""
    engine = MiniRacer()
    engine.eval((dist / "katex.min.js").read_text(encoding="utf-8"))
    words = (dist / "contrib" / "render-a11y-string.min.js").read_text(encoding="utf-8")
    engine.eval(SPEAK % words)
    return engine


def speak(tex: str, macros: dict[str, str], dist: Path) -> str:
    """Return a formula in words.

    Parameters
    ----------
    tex : str
        The formula, without delimiters.
    macros : dict of str to str
        The book's macros, name to replacement.
    dist : Path
        The folder of KaTeX's distribution.
    """
    words = str(_engine(dist).call("speak", tex, json.dumps(macros)))
    return words.replace("\\", "")  # some symbols keep their TeX names
