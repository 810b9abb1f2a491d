"""What the live figures share: how a notebook shows them, and plots as SVG."""

from __future__ import annotations

import base64
import io
import textwrap
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from html import escape
from numbers import Real
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from underhood.canvas import INK, text_width

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from underhood.autodiff import Array


TRUTH = bool, np.bool
"""Types of truth values; Python takes its own for numbers."""


class LiveFigure(ABC):
    """The last expression of a cell: on the site it is HTML, on paper stills, elsewhere words.

    A figure has a `drawing`, some states of it in `words`, a `strip` of stills, and perhaps
    `data` for its script.
    """

    element: ClassVar[str]
    """The name of the figure's element, and of its script."""

    @abstractmethod
    def drawing(self) -> str:
        """Return the figure in its first state, as SVG."""

    @abstractmethod
    def words(self) -> list[str]:
        """Return what the figure shows in some of its states, one sentence for each."""

    @abstractmethod
    def strip(self) -> Figure:
        """Return stills side by side, for paper."""

    def data(self) -> dict[str, str]:
        """Return what the script needs to know, by name."""
        return {}

    def html(self) -> str:
        """Return an element of class ``live``, complete without its script."""
        data = "".join(f' data-{name}="{escape(text)}"' for name, text in self.data().items())
        words = "".join(f"<li>{escape(sentence)}</li>" for sentence in self.words())
        return (
            f'<{self.element} class="live"{data}>{self.drawing()}'
            f"<details><summary>In words</summary><ul>{words}</ul></details></{self.element}>"
        )

    def __repr__(self) -> str:
        return "\n".join(textwrap.fill(sentence, width=98) for sentence in self.words())

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        pdf = io.BytesIO()
        self.strip().savefig(pdf, format="pdf", metadata={"CreationDate": None})
        return {
            "text/html": self.html(),
            "application/pdf": base64.b64encode(pdf.getvalue()).decode(),
            "text/plain": repr(self),
        }


def chosen(value: Any, name: str, choices: Sequence[Any]) -> Any:
    """Return the one of `choices` that equals `value`; all are texts, truth values or numbers.

    Raises
    ------
    ValueError
        If there is none, or `value` is of another kind.

    Examples
    --------
    >>> chosen(7.5, "spread", range(4, 61))
    Traceback (most recent call last):
        ...
    ValueError: spread must be one of 4, 5, ..., 60; got 7.5
    """
    kind = next(kind for kind in (str, TRUTH, Real) if isinstance(choices[0], kind))
    if isinstance(value, kind) and isinstance(value, TRUTH) == (kind is TRUTH):
        for choice in choices:
            if value == choice:
                return choice
    texts = [*map(str, choices)]
    if len(texts) > 8:
        texts[2:-1] = ["..."]
    raise ValueError(f"{name} must be one of {', '.join(texts)}; got {value!r:.80}")


def stills(rows: int, columns: int, height: float) -> tuple[Figure, Array]:
    """Return a figure as wide as a page of the book and `height` inches high, and its panels.

    The panels, of shape (rows, columns), share their vertical axis.
    """
    import matplotlib.pyplot as plt

    with plt.ioff():
        figure, panels = plt.subplots(
            rows, columns, figsize=(6, height), sharey=True, squeeze=False
        )
    plt.close(figure)  # the caller has it; pyplot would show it a second time
    return figure, panels


@dataclass(frozen=True)
class Plot:
    """A drawing with two axes, as SVG; lengths are pixels of CSS.

    The script of a figure finds the limits of an axis and their places in ``data-x`` and
    ``data-y`` of the drawing. Colors are those of paper: on the site a style sheet has others.

    Parameters
    ----------
    x, y : tuple of float
        What the axes reach from and to. For a logarithmic axis, pass logarithms.
    width, height : float
        Of the drawing. Wider than 420, its text is hard to read on a phone.
    left, bottom, top : float
        Room for the numbers and the labels of the axes, and for a legend above.
    """

    x: tuple[float, float]
    y: tuple[float, float]
    width: float = 400
    height: float = 260
    left: float = 70
    bottom: float = 42
    top: float = 34

    @property
    def x_places(self) -> tuple[float, float]:
        """Where the horizontal axis begins and ends."""
        return self.left, self.width - 14

    @property
    def y_places(self) -> tuple[float, float]:
        """Where the vertical axis begins, below, and ends, above."""
        return self.height - self.bottom, self.top

    def across(self, value: float) -> float:
        """Return the place of a value along the horizontal axis."""
        return _place(value, self.x, self.x_places)

    def up(self, value: float) -> float:
        """Return the place of a value along the vertical axis, which points up."""
        return _place(value, self.y, self.y_places)

    def points(self, xs: Iterable[float], ys: Iterable[float]) -> str:
        """Return the path through these points."""
        pairs = zip(xs, ys, strict=True)
        return "M" + "L".join(f"{px(self.across(x))} {px(self.up(y))}" for x, y in pairs)

    def axes(
        self,
        x_ticks: Mapping[float, str],
        y_ticks: Mapping[float, str],
        x_label: str,
        y_label: str,
    ) -> str:
        """Return both axes with their ticks, a text for each value, and their labels."""
        (left, right), (low, high) = self.x_places, self.y_places
        parts = [f'<path stroke="{INK}" d="M{px(left)} {px(high)}V{px(low)}H{px(right)}"/>']
        for value, text in x_ticks.items():
            across = self.across(value)
            parts.append(f'<path stroke="{INK}" d="M{px(across)} {px(low)}v4"/>')
            parts.append(svg_text(text, across, low + 17, "middle"))
        for value, text in y_ticks.items():
            up = self.up(value)
            parts.append(f'<path stroke="{INK}" d="M{px(left)} {px(up)}h-4"/>')
            parts.append(svg_text(text, left - 7, up + 4, "end"))
        parts.append(svg_text(x_label, (left + right) / 2, low + 35, "middle"))
        middle = (low + high) / 2
        turned = f'transform="rotate(-90 13 {px(middle)})"'
        parts.append(svg_text(y_label, 13, middle, "middle", turned))
        return f'<g class="axes">{"".join(parts)}</g>'

    def legend(self, entries: Mapping[str, tuple[str, float, str]]) -> str:
        """Return samples of lines with their texts, in a row above the plot.

        `entries` has the color, the width and the dashes of each text's line.
        """
        parts, x = [], self.left
        for text, (color, width, dashes) in entries.items():
            parts.append(
                f'<path stroke="{color}" stroke-width="{px(width)}" stroke-dasharray="{dashes}" '
                f'd="M{px(x)} 14h32"/>'
            )
            parts.append(svg_text(text, x + 38, 18))
            x += 38 + 96 * text_width(text, 9) + 18
        return "".join(parts)

    def svg(self, content: str, label: str) -> str:
        """Return the drawing; `label` is its name for those who do not see it."""
        limits = [
            f'data-{name}="{" ".join(f"{number:g}" for number in (*limits, *places))}"'
            for name, limits, places in (
                ("x", self.x, self.x_places),
                ("y", self.y, self.y_places),
            )
        ]
        return (
            f'<svg class="plot" viewBox="0 0 {px(self.width)} {px(self.height)}" '
            f'width="{px(self.width)}" height="{px(self.height)}" role="img" '
            f'aria-label="{escape(label)}" {" ".join(limits)} font-family="sans-serif" '
            f'font-size="12" fill="none" stroke="none">{content}</svg>'
        )


def _place(value: float, limits: tuple[float, float], places: tuple[float, float]) -> float:
    share = (value - limits[0]) / (limits[1] - limits[0])
    return places[0] + share * (places[1] - places[0])


def svg_text(text: str, x: float, y: float, anchor: str = "start", attributes: str = "") -> str:
    """Return a text of SVG, whose `y` is its baseline."""
    more = f" {attributes}" if attributes else ""
    return (
        f'<text fill="{INK}" text-anchor="{anchor}" x="{px(x)}" y="{px(y)}"{more}>'
        f"{escape(text)}</text>"
    )


def px(length: float) -> str:
    """Write a number with one decimal place at most.

    >>> px(12.04), px(0.25)
    ('12', '0.2')
    """
    return f"{length:.1f}".removesuffix(".0")


def fixed(number: float, digits: int) -> str:
    """Write a number as a script does, with so many digits behind the point.

    >>> fixed(-0.125, 2), fixed(-0.001, 2)
    ('−0.13', '0.00')
    """
    text = _rounded(number, f".{digits}f")
    return text.replace("-", "−" if text.strip("-0.") else "")


def scientific(number: float, digits: int) -> str:
    """Write a number as a script does, as a power of ten with so many digits behind the point.

    >>> scientific(0.5625, 2), scientific(2400, 1)
    ('5.63e−1', '2.4e3')
    """
    if number == 0:
        return f"{0:.{digits}f}e0"
    return _rounded(number, f".{digits}e").replace("+", "").replace("-", "−")


def _rounded(number: float, form: str) -> str:
    """Format a number; where it is halfway, scripts round away from zero."""
    with localcontext(rounding=ROUND_HALF_UP):
        return format(Decimal(float(number)), form)
