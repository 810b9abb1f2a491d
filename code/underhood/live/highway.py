"""The gradient in each layer of networks that differ in four respects."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from underhood.arguments import whole_number
from underhood.canvas import INK
from underhood.claims import Runs, plain_number
from underhood.live.figure import LiveFigure, Plot, chosen, stills, svg_text
from underhood.style import COLORS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FIRST = 2
"""The number of the first layer that is shown: the one in front of all blocks is not."""

LOOKS = {
    (False, False): (COLORS["data"], "--"),
    (False, True): (COLORS["baseline"], "-."),
    (True, False): (COLORS["second"], ":"),
    (True, True): (COLORS["model"], "-"),
}
"""Color and line on paper, without and with shortcuts, without and with batch normalization."""


class _Network(NamedTuple):
    activation: str
    shortcuts: bool
    normalized: bool
    layers: int


class GradientHighway(LiveFigure):
    """The norm of the gradient in each layer, of networks with and without a highway for it.

    On the site, the reader chooses the activation and the number of layers, switches shortcuts
    and batch normalization on and off, and sees the medians of the runs; a dashed line keeps
    those of the network before.

    Parameters
    ----------
    norms : dict of list of Runs
        Measured norms, of layers 2 to the last but one. The key is a tuple: the name of the
        activation, whether there are shortcuts, whether there is batch normalization, and the
        number of layers. Every combination must be there.

    Raises
    ------
    ValueError
        If a combination is missing, the layers are more or fewer than the key says, the runs are
        not equally many, or a norm is not a positive number, which has a logarithm.
    TypeError
        If `norms`, a key, a value or a norm is something else.

    Examples
    --------
    >>> half, same = Runs([0.5, 0.4, 0.6], range(3)), Runs([1.0, 1.0, 1.0], range(3))
    >>> figure = GradientHighway({
    ...     ("tanh", shortcuts, normalized, 4): [same if shortcuts else half, same]
    ...     for shortcuts in (False, True) for normalized in (False, True)
    ... })
    >>> print(figure.sentence("tanh", False, False, 4))
    tanh, 4 layers, no shortcuts, no batch norm: the gradient of layer 2 is 0.500 times that of
    layer 3 (median of 3 runs).
    """

    element = "gradient-highway"

    def __init__(self, norms: Mapping[tuple[str, bool, bool, int], Sequence[Runs]]) -> None:
        if not isinstance(norms, Mapping):
            raise TypeError(f"norms must be a dict of lists of Runs; got {norms!r:.80}")
        if not norms:
            raise ValueError("norms must have one network or more; got none")
        given = {_network(key): runs for key, runs in norms.items()}
        self.activations = list(dict.fromkeys(key.activation for key in given))
        self.depths = sorted({key.layers for key in given})
        ways = (False, True)
        grid = [*map(_Network._make, product(self.activations, ways, ways, self.depths))]
        if set(grid) != set(given):
            missing = [tuple(key) for key in grid if key not in given]
            raise ValueError(f"norms must have every combination; missing: {missing}")
        for key, runs in given.items():
            _require_norms(key, runs)
        counts = {len(run.values) for runs in given.values() for run in runs}
        if len(counts) > 1:
            raise ValueError(f"all runs must be equally many; got {sorted(counts)}")
        (self._count,) = counts
        self._norms = {key: [*given[key]] for key in grid}  # in the order that the script expects
        self._logs = {
            key: [round(math.log10(run.median), 2) for run in runs]
            for key, runs in self._norms.items()
        }
        self._start = _Network(self.activations[0], False, False, self.depths[-1])

    def sentence(self, activation: str, shortcuts: bool, normalized: bool, layers: int) -> str:
        """Return what the figure says about a network.

        Raises
        ------
        ValueError
            If the figure does not have this network.
        """
        key = _Network(
            chosen(activation, "activation", self.activations),
            chosen(shortcuts, "shortcuts", (False, True)),
            chosen(normalized, "normalized", (False, True)),
            chosen(layers, "layers", self.depths),
        )
        runs = "1 run" if self._count == 1 else f"{self._count} runs"
        return (
            f"{key.activation}, {key.layers} layers, {_with(key.shortcuts)} shortcuts, "
            f"{_with(key.normalized)} batch norm: the gradient of layer {FIRST} is "
            f"{self._ratio(key)} times that of layer {key.layers - 1} (median of {runs})."
        )

    def _ratio(self, key: _Network) -> str:
        runs = self._norms[key]
        return plain_number((runs[0] / runs[-1]).median)

    def words(self) -> list[str]:
        """Return the sentences about the deepest networks."""
        return [self.sentence(*key) for key in self._norms if key.layers == self.depths[-1]]

    def data(self) -> dict[str, str]:
        """Return the measured values in the order of the controls, depths in the inmost loop.

        The norms are hundredths of the decimal logarithm.
        """
        return {
            "activations": "|".join(self.activations),
            "depths": " ".join(map(str, self.depths)),
            "ratios": " ".join(map(self._ratio, self._norms)),
            "norms": "|".join(
                " ".join(f"{round(100 * log)}" for log in logs) for logs in self._logs.values()
            ),
        }

    def drawing(self) -> str:
        """Return the norms of the deepest plain network with the first activation, as SVG."""
        from matplotlib.ticker import MaxNLocator

        logs = [log for logs in self._logs.values() for log in logs]
        low, high = math.floor(min(logs)), math.floor(max(logs)) + 1
        deepest = self.depths[-1]
        plot = Plot(x=(1, deepest), y=(low, high), top=24)
        locator = MaxNLocator(6, integer=True, steps=(1, 2, 5, 10))
        powers, numbers = locator.tick_values(low, high), locator.tick_values(1, deepest)
        shown = self._logs[self._start]
        path = plot.points(range(FIRST, FIRST + len(shown)), shown)
        color = COLORS["backward"]
        parts = [
            plot.axes(
                {x: f"{x:g}" for x in numbers if 1 <= x <= deepest},
                {y: f"1e{y:g}".replace("-", "−") if y else "1" for y in powers if low <= y <= high},
                "layer (the gradient comes from the right)",
                "norm of the gradient",
            ),
            f'<g class="before" display="none"><path stroke="{INK}" stroke-width="1.5" '
            f'stroke-dasharray="4 4"/><path stroke="{INK}" stroke-width="1.5" '
            f'stroke-dasharray="4 4" d="M266 12h26"/>{svg_text("the one before", 298, 16)}</g>',
            f'<path class="norms" stroke="{color}" stroke-width="3" d="{path}"/>',
        ]
        return plot.svg("".join(parts), "Norm of the gradient in each layer, told in words below")

    def strip(self) -> Figure:
        """Return the deepest networks, an activation in each panel."""
        figure, (panels,) = stills(1, len(self.activations), height=3.2)
        for axes, activation in zip(panels, self.activations, strict=True):
            for (shortcuts, normalized), (color, line) in LOOKS.items():
                key = _Network(activation, shortcuts, normalized, self.depths[-1])
                logs = self._logs[key]
                label = f"{_with(shortcuts)} shortcuts, {_with(normalized)} batch norm"
                layers = np.arange(FIRST, FIRST + len(logs))
                axes.plot(layers, np.power(10.0, logs), line, color=color, lw=2, label=label)
            axes.set(title=activation, xlabel="layer", yscale="log")
        panels[0].set_ylabel("norm of the gradient")
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
        return figure


def _network(key: tuple[str, bool, bool, int]) -> _Network:
    kinds = (str, bool, bool, int)
    if not (
        isinstance(key, tuple)
        and len(key) == len(kinds)
        and all(isinstance(part, kind) for part, kind in zip(key, kinds, strict=True))
        and not isinstance(key[-1], bool)  # which Python takes for an integer
    ):
        raise TypeError(
            "a key of norms must be (activation, shortcuts, batch norm, layers), such as "
            f"('ReLU', True, False, 56); got {key!r}"
        )
    return _Network(*key)


def _require_norms(key: _Network, runs: Sequence[Runs]) -> None:
    whole_number(key.layers, f"the layers of {tuple(key)}", FIRST + 1)
    if not isinstance(runs, Sequence):
        raise TypeError(f"norms must be a list of Runs for {tuple(key)}; got {runs!r:.80}")
    for run in runs:
        if not isinstance(run, Runs):
            raise TypeError(f"the norms of a layer must be Runs; got {run!r:.80}")
        if not all(0 < value < math.inf for value in run.values):
            raise ValueError(f"norms must be positive numbers; got {run.values} for {tuple(key)}")
    if len(runs) != key.layers - FIRST:
        raise ValueError(
            f"norms must be those of layers {FIRST} to {key.layers - 1} for {tuple(key)}; got "
            f"{len(runs)} instead of {key.layers - FIRST}"
        )


def _with(there: bool) -> str:
    return "with" if there else "no"
