"""The numbers that are typed in a page's prose, and those of its cells."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BOOK = ROOT / "book"
EXECUTED = ROOT / "_build" / "jupyter_execute"
PAGES = sorted(
    page.relative_to(BOOK).with_suffix("").as_posix()
    for page in BOOK.glob("*/*.md")
    if page.stem != "index"
)

# What is no prose: front matter, cells, options of directives, roles, labels, addresses, tags.
NOT_PROSE = re.compile(
    r"\A---\n.*?\n---\n"
    r"|^ *(?P<fence>`{3,})\{(?:code-cell|literalinclude|glue:figure)\}.*?^ *(?P=fence)$"
    r"|^ *:[\w-]+:(?: [^\n]*)?$"
    r"|\{[\w:-]+\}`[^`]*`"
    r"|^\([\w-]+\)=$"
    r"|\$\$ *\([\w-]+\)"
    r"|https?://[^\s)>]+"
    r"|\]\([^)\s]*\)"
    r"|\\(?:tag|label)\{[^}]*\}",
    re.MULTILINE | re.DOTALL,
)
SEPARATORS = re.compile(r"(?<=\d)(?:\{,\}|,|\\,|\u2009|\u202f|_)(?=\d{3}(?!\d))")
NUMBER = re.compile(r"(?<![\w.\\])\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![\w]|\.\d)")
POWER = re.compile(r"\s*(?:\\cdot|\\times|·|×)\s*10\^(?:\{([-−]?\d+)\}|(\d))")


@dataclass(frozen=True)
class Typed:
    """A number as it is typed, without separators, and where."""

    text: str
    line: int
    sentence: str
    start: int
    end: int


def blank(match: re.Match[str]) -> str:
    """Replace what is no prose by spaces, so that lines and places stay."""
    return re.sub(r"[^\n]", " ", match[0])


def significant(text: str) -> bool:
    """Tell whether a number has three digits or more that count, and is not like a year."""
    digits = text.partition("e")[0].replace(".", "").lstrip("0")
    return len(digits) >= 3 and not (text.isdigit() and 1600 <= int(text) <= 2030)


def typed_numbers(source: str) -> list[Typed]:
    """Return the numbers that are typed in the prose of a page's source, in order."""
    prose = NOT_PROSE.sub(blank, source)
    # A separator between two digits is part of the number.
    separated = r"\d{1,3}(?:(?:\{,\}|,|\\,|\u2009|\u202f)\d{3}(?!\d))+(?:\.\d+)?"
    pattern = re.compile(rf"(?<![\w.\\])(?:{separated}|\d+(?:\.\d+)?)(?![\w]|\.\d)")
    found = []
    for match in pattern.finditer(prose):
        text = SEPARATORS.sub("", match[0])
        if power := POWER.match(prose, match.end()):
            text += "e" + (power[1] or power[2]).replace("−", "-")
        if significant(text):
            before, after = prose.rfind("\n\n", 0, match.start()), prose.find("\n\n", match.end())
            near = slice(max(before, match.start() - 90), min(after % len(prose), match.end() + 60))
            found.append(
                Typed(
                    text,
                    source.count("\n", 0, match.start()) + 1,
                    " ".join(source[near].split()),
                    match.start(),
                    match.end(),
                )
            )
    return found


def cell_numbers(page: str) -> set[str]:
    """Return the numbers in a page's cells: in their sources and in what they print."""
    notebook = json.loads((EXECUTED / f"{page}.ipynb").read_text(encoding="utf-8"))
    found: set[str] = set()
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        texts = ["".join(cell["source"])]
        for output in cell["outputs"]:
            texts.append("".join(output.get("text", "")))
            texts += ["".join(output.get("data", {}).get("text/plain", ""))]
        for text in texts:
            found |= set(NUMBER.findall(SEPARATORS.sub("", re.sub(r"(?<=\d)_(?=\d)", "", text))))
    # 5e-1 and 2.50 of a cell are 0.5 and 2.5 of the prose.
    return (
        found
        | {f"{float(text):g}" for text in found}
        | {text.rstrip("0") for text in found if "." in text and "e" not in text}
    )
