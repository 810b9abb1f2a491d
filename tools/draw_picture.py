"""Draw the picture of README.md as ``.github/picture-{light,dark}.svg``: the book's first graph.

Usage: ``python tools/draw_picture.py``
"""

from __future__ import annotations

import colorsys
import io
import re
from pathlib import Path

import matplotlib as mpl

from underhood import style
from underhood.autodiff import Tensor
from underhood.graphs import draw_graph

FOLDER = Path(__file__).resolve().parent.parent / ".github"


def draw() -> str:
    """Return the graph of (x + y) z with values and gradients as SVG on a transparent ground."""
    x, y, z = Tensor(-2.0, name="x"), Tensor(5.0, name="y"), Tensor(-4.0, name="z")
    f = (x + y) * z
    f.backward()
    file = io.StringIO()
    with mpl.rc_context():
        style.use()
        draw_graph(f).savefig(file, format="svg", metadata={"Date": None})
    return file.getvalue()


def for_dark_pages(svg: str) -> str:
    """Return an SVG with light colors for dark ones and the other way round, of the same hue.

    >>> for_dark_pages("fill: #0072B2; stroke: #000000")
    'fill: #4dbfff; stroke: #ffffff'
    """

    def turn(match: re.Match[str]) -> str:
        hue, lightness, saturation = colorsys.rgb_to_hls(
            *(int(match[1][i : i + 2], 16) / 255 for i in (0, 2, 4))
        )
        color = colorsys.hls_to_rgb(hue, 1 - lightness, saturation)
        return "#" + "".join(f"{round(255 * part):02x}" for part in color)

    return re.sub(r"#([0-9a-fA-F]{6})\b", turn, svg)


def main() -> None:
    """Draw both pictures."""
    svg = draw()
    (FOLDER / "picture-light.svg").write_text(svg, encoding="utf-8")
    (FOLDER / "picture-dark.svg").write_text(for_dark_pages(svg), encoding="utf-8")


if __name__ == "__main__":
    main()
