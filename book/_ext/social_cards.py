"""Give each page a description and a picture, for search engines and for those who share a link.

The description is what the page begins with, in whole sentences, or the page's own field
``og:description``. sphinxext-opengraph makes the tags; its pictures have room for a cut
description alone, so the card is drawn here: number, title and description in the book's style.
"""

from __future__ import annotations

import hashlib
import re
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bs4 import BeautifulSoup
from docutils import nodes
from PIL import Image
from sphinx.application import Sphinx

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FOLDER = "_images/cards"
LONGEST = 200  # characters; search engines show no more
FORMULA = "\0"

WIDTH, HEIGHT, DPI = 1200, 630, 100
PAPER, INK, MUTED, TITLE = "#fdfcf9", "#23272e", "#59616d", "#14325a"


def describe(doctree: nodes.document) -> str:
    r"""Return the first sentences of a page that hold no formula, as many as fit in a row.

    >>> from docutils.core import publish_doctree
    >>> page = "Title\n=====\n\nWith :math:`x`. A radio.\n\nIt plays. It plays :math:`x`. Loud."
    >>> describe(publish_doctree(page))
    'A radio. It plays.'
    """
    chosen = ""
    for paragraph in doctree.findall(nodes.paragraph):
        if not isinstance(paragraph.parent, nodes.section | nodes.document):
            continue
        for sentence in sentences(paragraph):
            longer = f"{chosen} {sentence}".strip()
            if FORMULA not in sentence and len(longer) <= LONGEST:
                chosen = longer
            elif chosen:
                return chosen
    return chosen


def sentences(paragraph: nodes.paragraph) -> list[str]:
    """Return the sentences of a paragraph, without citations; formulas are one character."""
    text = "".join(
        FORMULA if isinstance(node.parent, nodes.math) else node.astext()
        for node in paragraph.findall(nodes.Text)
    )
    text = re.sub(r"\s*\[[\w+,; ]*\d\d\w?\]", "", text)
    return re.findall(r"\S.*?[.?](?=\s|$)", " ".join(text.split()))


def draw(label: str, title: str, description: str) -> Figure:
    """Return the card of a page."""
    from matplotlib.figure import Figure
    from matplotlib.patches import Circle

    from underhood.style import COLORS

    figure = Figure(figsize=(WIDTH / DPI, HEIGHT / DPI), dpi=DPI, facecolor=PAPER)
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, WIDTH), ylim=(HEIGHT, 0))
    axes.set_axis_off()

    # The book's sign: a value goes into a node, a gradient comes back.
    arrow = {"arrowstyle": "->,head_length=0.55,head_width=0.4", "lw": 4}
    arrow |= {"shrinkA": 0, "shrinkB": 0}
    for x, towards, y, direction in ((70, 118, 78, "forward"), (118, 70, 108, "backward")):
        style = {**arrow, "color": COLORS[direction]}
        axes.annotate("", (towards, y), (x, y), arrowprops=style)
    axes.add_patch(Circle((148, 93), 22, fill=False, color="#7b8694", linewidth=4))

    def write(y: float, text: str, size: float, color: str, x: float = 70, **style: Any) -> None:
        style = {"va": "top", "family": "DejaVu Sans", **style}
        axes.text(x, y, text, size=size, color=color, **style)

    write(93, "Deep Learning Under the Hood", 19, MUTED, x=195, va="center")
    lines = textwrap.wrap(title, 30)
    write(190, label, 24, MUTED)
    write(236, "\n".join(lines), 40, TITLE, weight="bold", linespacing=1.15)
    write(256 + 66 * len(lines), textwrap.fill(description, 66), 20, INK, linespacing=1.45)
    return figure


def save(path: Path, label: str, title: str, description: str) -> None:
    """Draw a card into a file, unless the file is this very card."""
    made_from = repr((label, title, description, Path(__file__).read_bytes()))
    digest = hashlib.sha256(made_from.encode()).hexdigest()
    if path.exists():
        with Image.open(path) as card:
            if card.info.get("Comment") == digest:
                return
    path.parent.mkdir(parents=True, exist_ok=True)
    metadata = {"Comment": digest, "Software": None}
    draw(label, title, description).savefig(path, metadata=metadata)


def describe_page(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Draw the page's card and hand it over, with the description, as the page's fields."""
    if app.builder.name != "html" or doctree is None:
        return
    own = context.get("meta") or {}
    heading = BeautifulSoup(context["title"], "html.parser").get_text()
    number, title = re.fullmatch(r"((?:\d+\.)*)\s*(.*)", heading, re.DOTALL).groups()  # type: ignore[union-attr]
    label = f"Chapter {number[:-1]}" if number.count(".") == 1 else number[:-1]
    description = own.get("og:description") or describe(doctree)
    description = description or f"{title}: {app.config.project}."
    name = f"{FOLDER}/{page.replace('/', '-')}.png"
    save(Path(app.outdir, name), label, title, description)
    context["meta"] = {
        **own,
        "og:description": description,
        "og:image": name,
        "og:image:width": str(WIDTH),
        "og:image:height": str(HEIGHT),
        "og:image:alt": f"{title}. {description}",
    }
    context["metatags"] += app.builder.templates.render_string(
        '<meta name="description" content="{{ text|e }}" />\n'
        '<meta name="twitter:card" content="summary_large_image" />\n',
        {"text": description},
    )


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension with Sphinx."""
    app.setup_extension("sphinxext.opengraph")
    app.connect("html-page-context", describe_page, priority=400)  # before opengraph reads fields
    return {"parallel_read_safe": True, "parallel_write_safe": True}
