"""The book's colors and its matplotlib style.

`use` is called once, at the top of a page. Figures are transparent, so that one file serves a
light page, a dark one (which inverts it and rotates the hue back) and paper.
"""

from __future__ import annotations

import sys
from functools import partial
from typing import Any

COLORS = {
    "forward": "#0072B2",
    "backward": "#D55E00",
    "data": "#000000",
    "model": "#009E73",
    "baseline": "#CC79A7",
    "second": "#56B4E9",
    "highlight": "#E69F00",
    "area": "#F0E442",
}
"""The palette of Okabe and Ito, which color-blind readers can tell apart, by meaning.

``forward`` and ``backward`` stand for values and gradients and for nothing else. ``second``
and ``highlight`` are light: give them thick lines or areas; ``area`` is for areas alone.
"""

LINE_STYLES: tuple[Any, ...] = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))
"""One for each color of the cycle, so that no line is told apart by its color alone."""

_CYCLE = ("data", "model", "baseline", "second", "highlight")
_NO_DATE: dict[str, dict[str, None]] = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}
_MEDIA_TYPES = {"svg": "image/svg+xml", "pdf": "application/pdf"}


def use() -> None:
    """Set the book's matplotlib style; in a notebook, show figures as SVG and PDF, undated.

    The default figure is 4.8 × 3.1 inches: scaled to a phone 390 pixels wide, its text is
    still legible. Lines differ in color and in line style. The same figure gives the same
    file on every run.

    Examples
    --------
    >>> import matplotlib
    >>> with matplotlib.rc_context():
    ...     use()
    ...     matplotlib.rcParams["figure.figsize"], matplotlib.rcParams["figure.facecolor"]
    ([4.8, 3.1], 'none')
    """
    import matplotlib

    _show_vector_figures()
    matplotlib.rcParams.update(_settings())


def _settings() -> Any:
    from cycler import cycler

    colors = cycler(color=[COLORS[name] for name in _CYCLE])
    return {
        "figure.figsize": (4.8, 3.1),
        "figure.constrained_layout.use": True,
        "figure.facecolor": "none",
        "axes.facecolor": "none",
        "savefig.facecolor": "none",
        "savefig.edgecolor": "none",
        "font.family": "DejaVu Sans",  # comes with matplotlib: the same on every machine
        "font.size": 11,
        "figure.titlesize": 12,
        "axes.titlesize": 11,
        "axes.labelsize": 11,
        "xtick.labelsize": 10,
        "ytick.labelsize": 10,
        "legend.fontsize": 10,
        "legend.frameon": False,
        "legend.handlelength": 2.6,  # long enough to show a dash pattern
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.unicode_minus": True,
        "axes.axisbelow": True,
        "axes.grid": False,
        "grid.color": "#bbbbbb",
        "grid.linewidth": 0.6,
        "axes.prop_cycle": colors + cycler(linestyle=LINE_STYLES),
        "lines.linewidth": 1.8,
        "lines.markersize": 5,
        "image.cmap": "cividis",
        "svg.fonttype": "path",
        "pdf.fonttype": 42,  # TrueType: text that can be searched and embedded
        "svg.hashsalt": "underhood",
    }


def _show_vector_figures() -> None:
    """In IPython, let a figure display as SVG (for the page) and PDF (for print), undated."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is None:
        return
    from IPython.core.pylabtools import print_figure
    from matplotlib.figure import Figure
    from matplotlib_inline.backend_inline import set_matplotlib_formats

    set_matplotlib_formats(*_NO_DATE)
    for kind, metadata in _NO_DATE.items():  # each format has its own name for the date
        formatter = shell.display_formatter.formatters[_MEDIA_TYPES[kind]]
        formatter.for_type(Figure, partial(print_figure, fmt=kind, metadata=metadata))
