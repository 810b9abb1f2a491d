"""A line set by hand, a Gaussian around it, and how probable both make the data."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from underhood.datasets import load_blood_pressure
from underhood.likelihood import gaussian_nll
from underhood.live.figure import LiveFigure, Plot, chosen, fixed, px, scientific, stills
from underhood.style import COLORS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from underhood.autodiff import Array

PIVOT = 46.0
"""The age at which the line has its level, about the mean of all ages."""

LEVELS = range(90, 191)
SLOPES = tuple(tenths / 10 for tenths in range(-20, 31))
SPREADS = range(4, 61)
"""What the reader can choose from: mmHg at the pivot, mmHg a year, and mmHg."""

START = 139.0, 0.0, 26.0
"""Level, slope and spread of the drawing: everybody the mean."""

STRIP = START, (139.0, 1.1, 19.0), (139.0, 1.1, 8.0)
"""The stills: the mean, about the best line, and the same line too sure of itself."""

AGES, PRESSURES = (0.0, 100.0), (60.0, 240.0)
"""The limits of the axes."""

AGES_OF_DENSITIES = 15.0, 35.0, 55.0, 75.0

DENSITY_WIDTH = 200.0
"""Years to a density of one per mmHg."""


class LineLikelihood(LiveFigure):
    """The blood pressures of 33 women, a line and a spread, and their mean NLL.

    On the site, the reader sets the line's level at 46 years, its slope and the spread.

    Examples
    --------
    >>> print(LineLikelihood().sentence(139, 1.1, 19))
    139 mmHg at 46 years, +1.1 mmHg with each year, spread 19 mmHg. The mean NLL is 4.347; the least
    possible is 4.347. The least probable pressure is 105 mmHg at 54 years, with the density
    1.7e−3 per mmHg.
    """

    element = "line-likelihood"

    def __init__(self) -> None:
        self.age, self.pressure = load_blood_pressure()

    def sentence(self, level: float, slope: float, spread: float) -> str:
        """Return what the figure says about a line and a spread.

        Raises
        ------
        ValueError
            If the figure does not have this level, slope or spread.
        """
        level, slope, spread = _checked(level, slope, spread)
        line = self._line(level, slope)
        nll = float(gaussian_nll(self.pressure, line, spread))
        worst = np.argmax(np.abs(self.pressure - line))
        residual = self.pressure[worst] - line[worst]
        density = math.exp(-((residual / spread) ** 2) / 2) / (spread * math.sqrt(2 * math.pi))
        return (
            f"{level:.0f} mmHg at {PIVOT:.0f} years, {_signed(slope)} mmHg with each year, spread "
            f"{spread:.0f} mmHg. The mean NLL is {fixed(nll, 3)}; the least possible is "
            f"{fixed(self.least, 3)}. The least probable pressure is "
            f"{self.pressure[worst]:.0f} mmHg at {self.age[worst]:.0f} years, with the density "
            f"{scientific(density, 1)} per mmHg."
        )

    @property
    def least(self) -> float:
        """The mean NLL of the best line with the best spread."""
        line = np.polyval(np.polyfit(self.age, self.pressure, 1), self.age)
        return float(gaussian_nll(self.pressure, line, np.std(self.pressure - line)))

    def words(self) -> list[str]:
        """Return the sentences of the stills."""
        return [self.sentence(*state) for state in STRIP]

    def data(self) -> dict[str, str]:
        """Return the ages, the pressures and the least NLL."""
        return {
            "ages": " ".join(f"{age:g}" for age in self.age),
            "pressures": " ".join(f"{pressure:g}" for pressure in self.pressure),
            "least": repr(self.least),
        }

    def drawing(
        self, level: float = START[0], slope: float = START[1], spread: float = START[2]
    ) -> str:
        """Return the women, the line and four densities as SVG, at the start or in any state.

        Raises
        ------
        ValueError
            If the figure does not have this level, slope or spread.
        """
        level, slope, spread = _checked(level, slope, spread)
        plot = Plot(x=AGES, y=PRESSURES, height=300, top=14, left=58)
        parts = [
            plot.axes(
                {float(age): str(age) for age in range(0, 101, 20)},
                {float(pressure): str(pressure) for pressure in range(80, 241, 40)},
                "age in years",
                "blood pressure in mmHg",
            )
        ]
        for age in AGES_OF_DENSITIES:
            xs, ys = _density(age, level + slope * (age - PIVOT), spread)
            parts.append(
                f'<path class="density" stroke="{COLORS["baseline"]}" stroke-width="1.5" '
                f'fill="{COLORS["baseline"]}" fill-opacity=".25" d="{plot.points(xs, ys)}"/>'
            )
        ends = np.array(AGES)
        parts.append(
            f'<path class="line" stroke="{COLORS["model"]}" stroke-width="2.5" '
            f'd="{plot.points(AGES, level + slope * (ends - PIVOT))}"/>'
        )
        women = "".join(
            f"M{px(plot.across(age))} {px(plot.up(pressure))}h0"
            for age, pressure in zip(self.age, self.pressure, strict=True)
        )
        parts.append(
            f'<path stroke="{COLORS["data"]}" stroke-width="5" stroke-linecap="round" d="{women}"/>'
        )
        label = "33 women's blood pressures, a line and densities around it, told in words below"
        return plot.svg("".join(parts), label)

    def strip(self) -> Figure:
        """Return three lines with their densities side by side."""
        figure, (panels,) = stills(1, 3, height=2.5)
        for axes, (level, slope, spread) in zip(panels, STRIP, strict=True):
            self._draw(axes, level, slope, spread)
        panels[0].set(ylabel="blood pressure in mmHg")
        return figure

    def _draw(self, axes: Axes, level: float, slope: float, spread: float) -> None:
        for age in AGES_OF_DENSITIES:
            outline = _density(age, level + slope * (age - PIVOT), spread)
            axes.fill(*outline, color=COLORS["baseline"], alpha=0.5, lw=0)
        ends = np.array(AGES)
        axes.plot(ends, level + slope * (ends - PIVOT), "-", color=COLORS["model"], lw=1.5)
        axes.plot(self.age, self.pressure, "o", color=COLORS["data"], ms=2.5)
        nll = gaussian_nll(self.pressure, self._line(level, slope), spread)
        title = f"{slope} a year, σ = {spread:.0f}\nNLL {nll:.3f}"
        axes.set(xlabel="age in years", xlim=AGES, ylim=PRESSURES, xticks=[0, 40, 80])
        axes.set_title(title, fontsize=9)

    def _line(self, level: float, slope: float) -> Array:
        return level + slope * (self.age - PIVOT)


def _checked(level: float, slope: float, spread: float) -> tuple[float, float, float]:
    """Return what was given, if the reader can set it."""
    return (
        chosen(level, "level", LEVELS),
        chosen(slope, "slope", SLOPES),
        chosen(spread, "spread", SPREADS),
    )


def _density(age: float, mean: float, spread: float) -> tuple[Array, Array]:
    """Return the outline of a Gaussian that lies on its side, three spreads long both ways."""
    z = np.linspace(-3, 3, 25)
    heights = np.exp(-(z**2) / 2) / (spread * math.sqrt(2 * math.pi))
    return age + DENSITY_WIDTH * heights, mean + spread * z


def _signed(slope: float) -> str:
    return ("+" if slope > 0 else "") + fixed(slope, 1)
