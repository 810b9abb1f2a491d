"""What a page uses: the names that style sheets select by, and the glyphs of its formulas."""

from __future__ import annotations

import pickle
import re
from collections import defaultdict
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, NamedTuple

VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
)


class Font(NamedTuple):
    """A font as CSS names it."""

    family: str = "KaTeX_Main"
    weight: str = "400"
    style: str = "normal"


@dataclass(frozen=True)
class FontRule:
    """A rule of KaTeX's style sheet: elements of these classes change the font in this way."""

    classes: frozenset[str]
    change: dict[str, str]


def font_rules(sheet: str) -> list[FontRule]:
    """Return the rules of a style sheet by which KaTeX chooses fonts, in their order.

    A rule for the children of an element is taken for one of the element, which they
    inherit from.

    >>> font_rules(".katex .size1{font-family:KaTeX_Size1}.katex .bold .wide>span{font-weight:700}")
    [FontRule(classes=frozenset({'size1'}), change={'family': 'KaTeX_Size1'}),
     FontRule(classes=frozenset({'wide'}), change={'weight': '700'})]
    """
    rules = []
    for selectors, body in re.findall(r"(\.katex [^{}]+)\{([^{}]*)\}", sheet):
        change = dict(re.findall(r"(?:^|;)font-(family|weight|style):([^;]+)", body))
        if not change:
            continue
        for selector in selectors.split(","):
            innermost = selector.removesuffix(">span").split()[-1]
            rules.append(FontRule(frozenset(re.findall(r"\.([\w-]+)", innermost)), change))
    return rules


@dataclass
class Usage:
    """What pages use."""

    tags: set[str] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)
    classes: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    values: set[str] = field(default_factory=set)
    glyphs: defaultdict[Font, set[str]] = field(default_factory=lambda: defaultdict(set))

    def merge(self, other: Usage) -> None:
        """Add what another page uses."""
        for name in ("tags", "ids", "classes", "names", "values"):
            getattr(self, name).update(getattr(other, name))
        for font, characters in other.glyphs.items():
            self.glyphs[font] |= characters


class Reader(HTMLParser):
    """Collect what one page uses."""

    def __init__(self, rules: list[FontRule]) -> None:
        super().__init__()
        self.usage = Usage()
        self._rules = rules
        # One entry for each open element; None outside of formulas.
        self._fonts: list[Font | None] = [None]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the element and the font inside it."""
        usage, font = self.usage, self._fonts[-1]
        usage.tags.add(tag)
        for name, value in attrs:
            usage.names.add(name)
            usage.values.add(value or "")
            if name == "class":
                classes = (value or "").split()
                usage.classes.update(classes)
                font = self._font_inside(frozenset(classes), font)
            elif name == "id":
                usage.ids.add(value or "")
        if tag not in VOID:
            self._fonts.append(font)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element that closes itself."""
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        """Leave the element."""
        if tag not in VOID and len(self._fonts) > 1:
            self._fonts.pop()

    def handle_data(self, data: str) -> None:
        """Note the characters of formulas."""
        if font := self._fonts[-1]:
            self.usage.glyphs[font].update(data)

    def _font_inside(self, classes: frozenset[str], font: Font | None) -> Font | None:
        if font is None:
            return Font() if "katex-html" in classes else None
        changes: dict[str, Any] = {}
        for rule in self._rules:
            if rule.classes <= classes:
                changes |= rule.change
        return font._replace(**changes)


def read(page: str, rules: list[FontRule]) -> Usage:
    """Return what a page uses.

    >>> rules = font_rules(".katex .mathnormal{font-family:KaTeX_Math;font-style:italic}")
    >>> page = '<b>a<span class="katex-html">1<i class="mathnormal">x</i></span></b>'
    >>> dict(read(page, rules).glyphs)
    {Font(family='KaTeX_Main', weight='400', style='normal'): {'1'},
     Font(family='KaTeX_Math', weight='400', style='italic'): {'x'}}
    """
    reader = Reader(rules)
    reader.feed(page)
    reader.close()
    return reader.usage


def read_pickled(page: str, rules: list[FontRule]) -> bytes:
    """Return what a page uses, to be kept."""
    return pickle.dumps(read(page, rules))
