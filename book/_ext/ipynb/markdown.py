"""Write resolved pages as the Markdown that every notebook program shows.

What Sphinx knows beyond Markdown is written in what Markdown has: numbers of figures, equations and
exercises as text, boxes as quotations, what folds as ``<details>``, formulas without macros of our
own. A node without a rule here is an error, so that nothing is lost in silence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from html import escape as escape_html

from docutils import nodes
from sphinx import addnodes
from sphinx.locale import admonitionlabels
from sphinx_design.dropdown import dropdown_main, dropdown_title
from sphinx_design.tabs import sd_tab_input, sd_tab_label
from sphinx_exercise.nodes import exercise_enumerable_node, exercise_node, solution_node

from disclosures import Disclosure, DisclosureTitle
from katex_math import display_source
from quiz import Question

SILENT = (
    nodes.comment,
    nodes.substitution_definition,
    nodes.target,
    addnodes.index,
    sd_tab_input,
)
BOXES = (nodes.Admonition, nodes.admonition)
EXERCISES = (exercise_node, exercise_enumerable_node)
TRANSPARENT = (nodes.inline, nodes.generated, nodes.abbreviation, addnodes.literal_emphasis)
MARKS = {  # in Markdown, and in HTML, where Markdown is not read
    nodes.emphasis: (("*", "*"), ("<em>", "</em>")),
    nodes.strong: (("**", "**"), ("<strong>", "</strong>")),
    nodes.title_reference: (("*", "*"), ("<em>", "</em>")),
    nodes.subscript: (("<sub>", "</sub>"), ("<sub>", "</sub>")),
    nodes.superscript: (("<sup>", "</sup>"), ("<sup>", "</sup>")),
}


class UnknownNodeError(NotImplementedError):
    """A part of a page that there is no rule for."""


@dataclass(frozen=True)
class Text:
    """Markdown of one block; a heading begins a cell of its own."""

    source: str
    heading: bool = False


@dataclass(frozen=True)
class Code:
    """A code cell, by its index among the cells of the page."""

    index: int


@dataclass(frozen=True)
class Solution:
    """A solution's address on the page, with all that it is made of."""

    node_id: str
    parts: tuple[Part, ...]


Part = Text | Code | Solution


@dataclass(frozen=True)
class Page:
    """What a page's nodes alone do not tell.

    Parameters
    ----------
    number : callable
        Takes the kind of a thing (``figure``, ``exercise``, ``displaymath``, ...) and its node,
        returns the number in the book, or an empty string.
    section_number : callable
        Takes a section, returns its number with a space behind it, or an empty string.
    link : callable
        Takes a reference, returns its address, or None if it leads nowhere from a notebook.
    image : callable
        Takes an image's address among the pages, returns one that works from everywhere.
    macros : mapping
        The formulas' macros, name to replacement.
    formats : mapping
        Kind of a thing to the words around its number, such as ``Figure %s``.
    """

    number: Callable[[str, nodes.Element], str]
    section_number: Callable[[nodes.section], str]
    link: Callable[[nodes.reference], str | None]
    image: Callable[[str], str]
    macros: Mapping[str, str]
    formats: Mapping[str, str]


def parts(node: nodes.Element, page: Page, level: int = 0) -> Iterator[Part]:
    """Yield what a page is made of, in order: text, code cells and solutions."""
    for child in node.children:
        if isinstance(child, nodes.section):
            yield from _section(child, page, level + 1)
        elif isinstance(child, EXERCISES):
            yield from _exercise(child, page, level + 1)
        elif _is_solution(child):
            assert isinstance(child, nodes.Element)
            content = nodes.container("", *child.children[1:])
            yield Solution(_first_id(child), tuple(parts(content, page, level)))
        elif _is_cell(child):
            assert isinstance(child, nodes.Element)
            yield Code(child["cell_index"])
            for figure in child.findall(nodes.figure):
                yield Text(_figure_caption(figure, page))
        elif isinstance(child, addnodes.compact_paragraph | nodes.compound):
            continue  # a table of contents
        elif text := block(child, page):
            yield Text(text)


def _section(section: nodes.section, page: Page, level: int) -> Iterator[Part]:
    if isinstance(section[0], nodes.title):
        title = f"{page.section_number(section)}{inline(section[0], page)}"
        yield Text(f"{'#' * min(level, 6)} {title}", heading=True)
        content = nodes.container("", *section.children[1:])
    else:  # the body of an exercise or a solution
        content, level = nodes.container("", *section.children), level - 1
    yield from parts(content, page, level)


def _exercise(exercise: nodes.Element, page: Page, level: int) -> Iterator[Part]:
    name = page.formats["exercise"].replace("%s", page.number("exercise", exercise)).strip()
    title = inline(exercise[0], page) if isinstance(exercise[0], nodes.title) else ""
    yield Text(f"{'#' * min(level, 6)} {f'{name} {title.strip()}'.strip()}", heading=True)
    yield from parts(nodes.container("", *exercise.children[1:]), page, level)


def _is_cell(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Element) and node.get("nb_element") == "cell_code"


def _is_solution(node: nodes.Node) -> bool:
    if isinstance(node, solution_node):
        return True
    return isinstance(node, Disclosure) and "solution" in node["classes"]


def _first_id(node: nodes.Element) -> str:
    return str(node["ids"][0]) if node["ids"] else ""


# --- blocks ----------------------------------------------------------------------------------


def block(node: nodes.Node, page: Page) -> str:
    """Return a block of text as Markdown.

    Raises
    ------
    UnknownNodeError
        If there is no rule for the node or for one in it.
    """
    for kinds, write in BLOCKS:
        if isinstance(node, kinds):
            return write(node, page)
    raise _unknown(node)


def blocks(node: nodes.Element, page: Page, start: int = 0) -> str:
    """Return all blocks of an element, from one of its children on."""
    return "\n\n".join(filter(None, (block(child, page) for child in node.children[start:])))


def _unknown(node: nodes.Node) -> UnknownNodeError:
    place = next((each.line for each in _ancestors(node) if each.line), "?")
    return UnknownNodeError(f"line {place}: notebooks have no rule for {type(node).__name__}")


def _ancestors(node: nodes.Node | None) -> Iterator[nodes.Node]:
    while node is not None:
        yield node
        node = node.parent


def _nothing(node: nodes.Element, page: Page) -> str:
    return ""


def _paragraph(node: nodes.Element, page: Page) -> str:
    text = inline(node, page).strip()
    # What would begin a list, a heading or a quotation is meant as it stands.
    text = re.sub(r"^(\d+)([.)])(?=\s|$)", r"\1\\\2", text)
    return re.sub(r"^([-+>#])(?=[\s>#-]|$)", r"\\\1", text)


def _literal_block(node: nodes.Element, page: Page) -> str:
    text = node.astext().rstrip("\n")
    language = node.get("language", "")
    language = {"ipython3": "python", "none": "", "default": ""}.get(language, language)
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _display_math(node: nodes.Element, page: Page) -> str:
    assert isinstance(node, nodes.math_block)
    tex = expand_macros(display_source(node), page.macros)
    tex = re.sub(r"\n\s*\n", "\n", tex)  # a blank line would end the formula
    if node.get("nowrap"):
        return tex
    number = page.number("displaymath", node) if node.get("number") else ""
    tag = f" \\tag{{{number}}}" if number else ""
    return f"$$\n{tex}{tag}\n$$"


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def _quote(node: nodes.Element, page: Page) -> str:
    return _quoted(blocks(node, page))


def _box(node: nodes.Element, page: Page) -> str:
    if isinstance(node[0], nodes.title):
        title, start = inline(node[0], page), 1
    else:
        title, start = admonitionlabels[node.tagname], 0
    return _quoted(f"**{title}**\n\n{blocks(node, page, start)}")


def _details(node: nodes.Element, page: Page) -> str:
    if isinstance(node[0], DisclosureTitle | dropdown_title):
        summary, start = inline(node[0], page, html=True).strip(), 1
    else:
        summary, start = "More", 0
    return details(summary, blocks(node, page, start))


def details(summary: str, content: str) -> str:
    """Return a box that opens and closes; a blank line tells Markdown to read its content."""
    return f"<details>\n<summary>{summary}</summary>\n\n{content}\n\n</details>"


def _question(node: nodes.Element, page: Page) -> str:
    assert isinstance(node, Question)
    texts = [block(child, page) for child in node.numbered()]
    for choice in node.choices:
        title = choice[0]
        assert isinstance(title, nodes.Element)
        summary = f"{choice['letter']}. {inline(title, page, html=True).strip()}"
        texts.append(details(summary, blocks(choice, page, start=1)))
    return "\n\n".join(texts)


def _list(node: nodes.Element, page: Page) -> str:
    numbered = isinstance(node, nodes.enumerated_list)
    items = []
    for number, item in enumerate(node.children, start=node.get("start", 1)):
        assert isinstance(item, nodes.Element)
        mark = f"{number}. " if numbered else "- "
        items.append(mark + _indented(blocks(item, page), len(mark)))
    return "\n".join(items)


def _indented(text: str, columns: int) -> str:
    return re.sub(r"\n(?=[^\n])", "\n" + " " * columns, text)


def _definitions(node: nodes.Element, page: Page) -> str:
    items = []
    for item in node.findall(nodes.definition_list_item):
        terms = ", ".join(
            f"**{inline(term, page).strip()}**"
            for term in item.children
            if isinstance(term, nodes.term)
        )
        definition = item[-1]
        assert isinstance(definition, nodes.Element)
        items.append(f"- {terms}: {_indented(blocks(definition, page), 2)}")
    return "\n".join(items)


def _table(node: nodes.Element, page: Page) -> str:
    rows = [
        [_entry(entry, page) for entry in row.children if isinstance(entry, nodes.entry)]
        for row in node.findall(nodes.row)
    ]
    if not list(node.findall(nodes.thead)):
        rows.insert(0, [""] * len(rows[0]))
    first = next(iter(node.findall(nodes.tbody)))[0]
    assert isinstance(first, nodes.Element)
    rules = [
        "---:" if "text-right" in entry["classes"] else "---"
        for entry in first.children
        if isinstance(entry, nodes.Element)
    ]
    lines = [f"| {' | '.join(cells)} |" for cells in (rows[0], rules, *rows[1:])]
    title = next(iter(node.findall(nodes.title)), None)
    caption = [_numbered("table", node, title, page), ""] if title is not None else []
    return "\n".join([*caption, *lines])


def _entry(entry: nodes.Element, page: Page) -> str:
    if entry.get("morecols") or entry.get("morerows"):
        raise UnknownNodeError("notebooks have no rule for cells of a table that span others")
    text = "<br>".join(filter(None, (_in_a_line(child, page) for child in entry.children)))
    # A formula's bar would end the cell.
    text = re.sub(
        r"\$[^$]*\$", lambda m: m[0].replace(r"\|", r"\Vert ").replace("|", r"\vert "), text
    )
    return re.sub(r"(?<!\\)\|", r"\\|", text)


def _in_a_line(node: nodes.Node, page: Page) -> str:
    text = block(node, page)
    if "\n" in text:
        raise UnknownNodeError(
            f"notebooks have no rule for {type(node).__name__} in a cell of a table"
        )
    return text


def _figure(node: nodes.Element, page: Page) -> str:
    image = next(iter(node.findall(nodes.image)))
    return f"{_image(image, page)}\n\n{_figure_caption(node, page)}"


def _figure_caption(figure: nodes.Element, page: Page) -> str:
    """Return number and caption, and folded, what the figure shows, for whoever cannot see it."""
    image = next(iter(figure.findall(nodes.image)), None)
    caption = next(iter(figure.findall(nodes.caption)), None)
    texts = [_numbered("figure", figure, caption, page)] if caption is not None else []
    if image is not None and image.get("alt"):
        texts.append(details("The figure in words", escape(" ".join(image["alt"].split()))))
    return "\n\n".join(texts)


def _numbered(kind: str, node: nodes.Element, caption: nodes.Element, page: Page) -> str:
    number = page.number(kind, node)
    name = f"**{page.formats[kind].replace('%s', number)}.** " if number else ""
    return f"{name}{inline(caption, page).strip()}"


def _image(node: nodes.Element, page: Page) -> str:
    return f"![{escape(node.get('alt', ''))}]({page.image(node['uri'])})"


def _container(node: nodes.Element, page: Page) -> str:
    if _is_cell(node):
        raise UnknownNodeError("notebooks have no rule for a code cell inside of something else")
    if "literal-block-wrapper" not in node["classes"]:
        return blocks(node, page)
    caption, program = node.children
    assert isinstance(caption, nodes.Element)
    return f"{_numbered('code-block', node, caption, page)}\n\n{block(program, page)}"


def _footnote(node: nodes.Element, page: Page) -> str:
    return f"<sup>{node[0].astext()}</sup> {blocks(node, page, start=1)}"


def _rubric(node: nodes.Element, page: Page) -> str:
    return f"**{inline(node, page).strip()}**"


def _rule(node: nodes.Element, page: Page) -> str:
    return "---"


BLOCKS: tuple[tuple[type | tuple[type, ...], Callable[..., str]], ...] = (
    (SILENT, _nothing),
    (nodes.paragraph, _paragraph),
    (nodes.math_block, _display_math),
    ((Disclosure, dropdown_main), _details),
    (Question, _question),
    (BOXES, _box),
    (nodes.literal_block, _literal_block),
    ((nodes.bullet_list, nodes.enumerated_list), _list),
    (nodes.definition_list, _definitions),
    (nodes.table, _table),
    (nodes.block_quote, _quote),
    (nodes.figure, _figure),
    (nodes.image, _image),
    (nodes.footnote, _footnote),
    ((nodes.rubric, sd_tab_label), _rubric),
    (nodes.transition, _rule),
    (nodes.container, _container),
)


# --- text in a line --------------------------------------------------------------------------


def inline(node: nodes.Element, page: Page, html: bool = False) -> str:
    """Return what stands in an element's line of text, as Markdown or as HTML."""
    return "".join(_inline(child, page, html) for child in node.children)


def _inline(node: nodes.Node, page: Page, html: bool) -> str:
    if isinstance(node, nodes.Text):
        text = re.sub(r"\s*\n\s*", " ", node.astext())
        return escape_html(text, quote=False) if html else escape(text)
    if isinstance(node, nodes.math):
        return f"${expand_macros(node.astext().strip(), page.macros)}$"
    if isinstance(node, nodes.literal) and "xref" not in node["classes"]:
        return f"<code>{escape_html(node.astext())}</code>" if html else code(node.astext())
    if isinstance(node, nodes.reference):
        return _reference(node, page, html)
    if isinstance(node, nodes.footnote_reference):
        return f"<sup>{node.astext()}</sup>"
    if isinstance(node, SILENT) or _is_icon(node):
        return ""
    if isinstance(node, nodes.image):
        return _image(node, page)
    if isinstance(node, (*TRANSPARENT, nodes.literal)):
        return inline(node, page, html)
    for kind, marks in MARKS.items():
        if isinstance(node, kind):
            opening, closing = marks[html]
            return f"{opening}{inline(node, page, html).strip()}{closing}"
    raise _unknown(node)


def _is_icon(node: nodes.Node) -> bool:
    """Tell whether a node is what sphinx-design draws into titles of boxes that fold."""
    return isinstance(node, nodes.raw) and node.astext().startswith("<svg")


def _reference(node: nodes.reference, page: Page, html: bool) -> str:
    text = inline(node, page, html)
    address = page.link(node)
    if address is None:
        return text
    return f'<a href="{escape_html(address)}">{text}</a>' if html else f"[{text}]({address})"


def code(text: str) -> str:
    """Return a piece of code in a line.

    >>> code("x[0]"), code("a`b"), code("`")
    ('`x[0]`', '``a`b``', '`` ` ``')
    """
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * (longest + 1)
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{space}{text}{space}{fence}"


def escape(text: str) -> str:
    r"""Return text that Markdown and MathJax leave as it is.

    >>> print(escape("a_b, _c_, 2 * 3, [x], 5 $ < 6 $"))
    a_b, \_c\_, 2 \* 3, \[x\], 5 \$ \< 6 \$
    """
    text = re.sub(r"([\\`*\[\]<$~])", r"\\\1", text)
    text = re.sub(r"(?<!\w)_|_(?!\w)", r"\\_", text)
    return re.sub(r"&(?=#?\w+;)", r"\\&", text)


def expand_macros(tex: str, macros: Mapping[str, str]) -> str:
    r"""Return a formula in which each of the book's macros stands written out.

    >>> expand_macros(r"x \in \R^n, \Re x", {r"\R": r"\mathbb{R}"})
    'x \\in \\mathbb{R}^n, \\Re x'
    >>> expand_macros(r"\E{x + {y}}{z}", {r"\E": r"\mathrm{E}_{#2}[#1]"})
    '\\mathrm{E}_{z}[x + {y}]'
    """
    for name, body in macros.items():
        count = max(map(int, re.findall(r"#(\d)", body)), default=0)
        found = re.compile(re.escape(name) + r"(?![A-Za-z])")
        start = 0
        while match := found.search(tex, start):
            end, arguments = match.end(), []
            for _ in range(count):
                argument, end = _argument(tex, end)
                arguments.append(argument)
            written = body
            for place, argument in enumerate(arguments, start=1):
                written = written.replace(f"#{place}", argument)
            tex, start = tex[: match.start()] + written + tex[end:], match.start()
    return tex


def _argument(tex: str, start: int) -> tuple[str, int]:
    """Return the argument of a macro that begins here, and where it ends."""
    while tex[start].isspace():
        start += 1
    if tex[start] != "{":
        return tex[start], start + 1
    depth = 0
    for position in range(start, len(tex)):
        depth += {"{": 1, "}": -1}.get(tex[position], 0)
        if depth == 0:
            return tex[start + 1 : position], position + 1
    raise ValueError(f"a brace is never closed in {tex!r}")
