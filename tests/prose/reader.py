"""The numbers that are typed in a page's prose, and those of its cells."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BOOK = ROOT / "book"
EXECUTED = ROOT / "_build" / "jupyter_execute"
PAGES = sorted(page.relative_to(BOOK).with_suffix("").as_posix() for page in BOOK.rglob("*.md"))

# What is no prose: front matter, cells, options of directives, roles, labels, addresses, tags.
NOT_PROSE = re.compile(
    r"\A---\n.*?\n---\n"
    r"|^ *(?P<fence>`{3,})\{(?:code-cell|literalinclude|glue:figure)\}.*?^ *(?P=fence)$"
    r"|^ *:[\w-]+:(?: [^\n]*)?$"
    r"|\{[\w:-]+\}`[^`]*`"
    r"|^\([\w-]+\)=$"
    r"|(?<=\$\$) *\([\w-]+\)"
    r"|https?://[^\s)>]+"
    r"|\]\([^)\s]*\)"
    r"|\\(?:tag|label)\{[^}]*\}",
    re.MULTILINE | re.DOTALL,
)
SEPARATORS = re.compile(r"(?<=\d)(?:\{,\}|,|\\,|\u2009|\u202f|_)(?=\d{3}(?!\d))")
# A minus belongs to its number, unless it follows what it may be subtracted from, or joined to.
SIGN = r"(?:(?<![\w)\]}-])[-−])?"
NUMBER = re.compile(rf"{SIGN}(?<![\w.\\])\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![\w]|\.\d)")
HEADING = re.compile(r"^## ", re.MULTILINE)
FORMULA = re.compile(r"\$\$.*?\$\$|\$[^$\n]+\$", re.DOTALL)
POWER = re.compile(r"\s*(?:\\cdot|\\times|·|×)\s*10\^(?:\{([-−]?\d+)\}|(\d))")


@dataclass(frozen=True)
class Typed:
    """A number as it is typed, with its sign and without separators, and where."""

    text: str
    section: int
    line: int
    sentence: str
    start: int
    end: int


def blank(match: re.Match[str]) -> str:
    """Replace what is no prose by spaces, so that lines and places stay."""
    return re.sub(r"[^\n]", " ", match[0])


def significant(text: str, is_prose: bool) -> bool:
    """Tell whether a number has three digits or more that count, and is no year of a sentence."""
    digits = text.partition("e")[0].replace(".", "").lstrip("-0")
    year = is_prose and text.isdigit() and 1600 <= int(text) <= 2030
    return len(digits) >= 3 and not year


def typed_numbers(source: str) -> list[Typed]:
    """Return the numbers that are typed in the prose of a page's source, in order."""
    prose = NOT_PROSE.sub(blank, source)
    # A separator between two digits is part of the number.
    separated = r"\d{1,3}(?:(?:\{,\}|,|\\,|\u2009|\u202f)\d{3}(?!\d))+(?:\.\d+)?"
    pattern = re.compile(rf"{SIGN}(?<![\w.\\])(?:{separated}|\d+(?:\.\d+)?)(?![\w]|\.\d)")
    formulas = [match.span() for match in FORMULA.finditer(prose)]
    headings = [match.start() for match in HEADING.finditer(prose)]
    found = []
    for match in pattern.finditer(prose):
        text = SEPARATORS.sub("", match[0]).replace("−", "-")
        if power := POWER.match(prose, match.end()):
            text += "e" + (power[1] or power[2]).replace("−", "-")
        in_formula = any(start < match.start() < end for start, end in formulas)
        if significant(text, not in_formula):
            before, after = prose.rfind("\n\n", 0, match.start()), prose.find("\n\n", match.end())
            near = slice(max(before, match.start() - 90), min(after % len(prose), match.end() + 60))
            found.append(
                Typed(
                    text,
                    bisect_right(headings, match.start()),
                    source.count("\n", 0, match.start()) + 1,
                    " ".join(source[near].split()),
                    match.start(),
                    match.end(),
                )
            )
    return found


def literals(text: str) -> set[str]:
    """Return the numbers in a cell's source or in what it prints, as prose may write them."""
    found = set(NUMBER.findall(SEPARATORS.sub("", text).replace("−", "-")))
    plain = {f"{float(number):g}" for number in found}  # 5e-1 is 0.5
    short = {number.rstrip("0") for number in found if "." in number and "e" not in number}
    return found | plain | short


def cell_numbers(page: str) -> list[set[str]]:
    """Return the numbers in the cells of each section of a page; the first is before any heading.

    A section begins at a heading of the second level.
    """
    notebook = json.loads((EXECUTED / f"{page}.ipynb").read_text(encoding="utf-8"))
    sections: list[set[str]] = [set()]
    for cell in notebook["cells"]:
        text = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            sections += [set() for _ in HEADING.findall(text)]
        elif cell["cell_type"] == "code":
            sections[-1] |= literals(text)
            for output in cell["outputs"]:
                sections[-1] |= literals("".join(output.get("text", "")))
                sections[-1] |= literals("".join(output.get("data", {}).get("text/plain", "")))
    return sections
