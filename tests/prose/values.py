"""What the typed numbers are that stand in no cell of their section: how each is computed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from math import acosh, e, exp, log, log2, pi, sqrt

import numpy as np

from underhood.datasets import load_blood_pressure, load_sunspots


@dataclass(frozen=True)
class About:
    """A value that the sentence names only roughly."""

    value: float
    share: float


def about(value: float, share: float = 0.05) -> About:
    """Return a value that a typed number may miss by a share of it."""
    return About(value, share)


# Chosen by the text or an exercise: nothing to compute.
GIVEN = "given"
# Reported by a cited paper or another source that the sentence names.
SOURCE = "source"
# Stands in a cell of another section of the page; of a page without cells, in one of its chapter.
CELLS = "cells"

age, pressure = load_blood_pressure()
slope, intercept = np.polyfit(age, pressure, deg=1)
residuals = pressure - (slope * age + intercept)
mse = np.mean(residuals**2)
design = np.column_stack([age, np.ones(len(age))])
curvature = np.linalg.eigvalsh(2 / len(age) * design.T @ design).max()
years, spots = load_sunspots()


def share(low: float, high: float) -> float:
    """Return the share of the women whose residual lies between two numbers."""
    return float(np.mean((residuals >= low) & (residuals < high)))


half_log_2_pi = 0.5 * log(2 * pi)
gain = pi / (pi - 1)
shifted = sum(exp(z - 1002) for z in (1000, 1001, 1002))
tick = pi / 137  # nu of the modulated sine

VALUES: dict[str, dict[str, float | About | str]] = {
    "backprop/backpropagation": {
        "32000": 32 * 1000,
        "784": CELLS,
        "512": CELLS,
        "407050": 784 * 512 + 512 + 512 * 10 + 10,
    },
    "backprop/engine": {
        "709": math.floor(log(np.finfo(float).max)),
        "1000": CELLS,
        "20000": CELLS,
    },
    "backprop/graphs": {
        "3.01": 3 + 0.01,
        "120.2": 10 * (3.01 * 2 + 3 * 2),
        "216": 600**3 / 1e6,
        "2.27": SOURCE,
        "1.41": SOURCE,
        "180": SOURCE,
        "200": CELLS,
        "120": CELLS,
    },
    "backprop/index": {"80000": CELLS},
    "backprop/linear-regression": {
        "-1624": 2 * (0 * 58 + 139 - 153) * 58,
        "2624": -2 * (0 * 41 + 139 - 171) * 41,
        "0.03248": 0 - 0.00002 * 2 * (0 * 58 + 139 - 153) * 58,
        "139.00056": 139 - 0.00002 * 2 * (139 - 153),
        "1.00": GIVEN,
        "-1.02": 1 - 1.01 * 2,
        "171": max(pressure[age == 41]),
        "0.996": 1 - 0.04 * 0.1,
        "250": 1 / (0.04 * 0.1),
        "4787": curvature,
        "349.20": mse,
        "340": GIVEN,
        "139": CELLS,
        "196": (0 * 58 + 139 - 153) ** 2,
        "80000": CELLS,
    },
    "depth/activations": {
        "4.54e-5": exp(-10),
        "2.993": acosh(10),
        "5.99": 2 * acosh(10),
        "1024": 4**5,
        "1048576": 4**10,
        "2.25": 12 * 3 / 4 * 1 / 4,
        "4.32": 12 * (1 - ((3 - 1 / 3) / (3 + 1 / 3)) ** 2),
        "256": (2 * 8) ** 2,
        "1.818": acosh(sqrt(10)),
        "3.637": 2 * acosh(sqrt(10)),
        "0.9997": 1 / (1 + exp(-8)),
        "0.0000454": exp(-10) / (1 + exp(-10)) ** 2,
        "2.99": acosh(10),
        "1000": CELLS,
    },
    "depth/index": {
        "152": 1 + 3 * (3 + 8 + 36 + 3) + 1,  # the first, three in each block, the last
    },
    "depth/normalization": {
        "12.5": np.mean([max(3 * x + 4 * y, 0) ** 2 for x in (-1, 1) for y in (-1, 1)]),
        "1024": np.spacing(np.float32(1e10)),
        "1.21": sqrt(gain),
        "14000": about(gain**25),
        "89.8": log(0.01) / log(0.95),
        "13.5": log(0.5) / log(0.95),
        "33554432": 2**25,
        "256": CELLS,
        "117": CELLS,
        "100": CELLS,
        "200": CELLS,
        "459": CELLS,
    },
    "depth/residual": {
        "1.76": 2 * 1.1 * 0.8,
        "2.15": gain**2,
        "1001": SOURCE,
        "25.0": SOURCE,
        "27.9": SOURCE,
        "1202": SOURCE,
        "110": SOURCE,
        "4096": 2**12,
        "2.613": (13 / 12) ** 12,
        "65536": 512 * 128,
        "147456": 9 * 128 * 128,
        "278528": 2 * 512 * 128 + 9 * 128 * 128,
        "155": 1 + 3 * 50 + 4,  # the first, the blocks', and one where each stage begins
        "152": CELLS,
        "1.21": sqrt(gain),
        "128": CELLS,
    },
    "glossary": {
        "0.147": exp(-1.92),  # as likelihood/principle computes it
        "1.44": 1 / log(2),
    },
    "likelihood/classification": {
        "0.03125": 0.5**5,
        "1.386": log(4),
        "2.302585": log(10),
        "2.303": log(10),
        "3.32": log2(10),
        "0.693": log(2),
        "1.01": 1 / 0.99,
        "110": GIVEN,  # a code word
        "111": GIVEN,  # a code word
        "0.644": log(25) / 5,
        "-0.644": log(0.04) / 5,
        "0.525": 0.04 ** (1 / 5),
        "2.079": log(8),
        "1.040": 1.5 * log(2),
        "1.099": log(3),
        "1.498": -0.5 * log(0.05),
        "1.551": -0.5 * log(0.9) - 0.5 * log(0.05),
        "10000": GIVEN,
        "-0.0196": 2 * -0.99 * 0.01 * 0.99,
        "0.414": -9 * 0.01 * log(0.01),
        "0.500": -0.91 * log(0.91) - 9 * 0.01 * log(0.01),
        "6.88": GIVEN,
        "6.96": GIVEN,
        "4.605": log(100),
        "6.908": log(1000),
        "999": GIVEN,
        "2.29": GIVEN,
        "1000": CELLS,
        "0.613": CELLS,
        "4000": CELLS,
        "5000": CELLS,
    },
    "likelihood/distributions": {
        "115": slope * 25 + intercept,
        "117": 1 * 35 + 82,
        "1.105": slope,
        "87.67": intercept,
        "0.242": share(-30, -10),
        "0.485": share(-10, 10),
        "0.152": share(10, 30),
        "0.0213": 1 / sqrt(2 * pi * mse),
        "160": GIVEN,
        "115.5": 88 + 1.1 * 25,
        "1.39": log(4),
        "-1.39": log(0.2 / 0.8),
        "710": math.ceil(log(np.finfo(float).max)),
        "110": GIVEN,
        "135": GIVEN,
        "122": GIVEN,
        "130": GIVEN,
        "0.907": 7**2 / (1**2 + 2**2 + 7**2),
        "10000": GIVEN,
        "90.1": GIVEN,
        "150": CELLS,
        "126.35": slope * 35 + intercept,
        "1000": CELLS,
        "100": CELLS,
        "20000": CELLS,
    },
    "likelihood/numerical-stability": {
        "-126": log2(np.finfo(np.float32).tiny),
        "7.14": 10.0**-44 / 2.0**-149,
        "0.714": 10.0**-45 / 2.0**-149,
        "-1074": log2(5e-324),
        "-324": math.floor(math.log10(5e-324)),
        "323": math.floor(-math.log10(5e-324)),
        "-323": math.ceil(math.log10(5e-324)),
        "-2.3026": log(0.1),
        "2.30": log(10),
        "1040": about(150 * log(2) / 0.1, 0.001),
        "7450": about(1075 * log(2) / 0.1, 0.001),
        "104": 150 * log(2),
        "1.5032": shifted,
        "-700": GIVEN,
        "16.12": 7 * log(10),
        "16.1": 7 * log(10),
        "1.46": log(1 + 9 / e),
        "-148": -2 * 74,
        "537": 1074 / 2,
        "538": 1074 / 2 + 1,
        "-1386.3": -1000 * log(4),
        "-1997.9206": -2000 + log(8),
        "2000": GIVEN,
        "2.0794": log(8),
        "100000": GIVEN,
        "0.744": log(1 + 3 / e),
        "16777216": 2**24,
        "100": CELLS,
        "745": 1075 * log(2),
        "-149": log2(np.nextafter(np.float32(0), np.float32(1))),
        "150": CELLS,
        "-150": log2(np.nextafter(np.float32(0), np.float32(1))) - 1,
        "1000": GIVEN,
        "-1000": GIVEN,
        "10000": CELLS,
    },
    "likelihood/principle": {
        "0.167": 1 / 6,
        "0.579": 5**3 / 6**3,
        "0.347": 3 * 5**2 / 6**3,
        "126": GIVEN,
        "125.5": 126 - 0.5,
        "126.5": 126 + 0.5,
        "1.92": 1.96**2 / 2,
        "-1.92": -(1.96**2) / 2,
        "0.147": exp(-1.92),  # as the text computes it, from the rounded number
        "0.3951": 4 * (2 / 3) ** 3 / 3,
        "324": 6**4 / 4,
        "0.3858": 5 * 4 * 5**3 / (5 * 6**4),
        "1.024": (32 / 81) / (125 / 324),
        "300": GIVEN,
        "125": 5**3,
        "216": 6**3,
        "10000": CELLS,
        "0.2907": CELLS,
    },
    "likelihood/regression": {
        "0.919": half_log_2_pi,
        "1.612": log(2) + half_log_2_pi,
        "2.000": 2**2 / (2 * 1**2),
        "0.500": 2**2 / (2 * 2**2),
        "0.125": 2**2 / (2 * 4**2),
        "1.386": log(4),
        "349": mse,
        "171": max(pressure[age == 41]),
        "4.24": sqrt(18),
        "1.419": half_log_2_pi + 0.5,
        "2.518": half_log_2_pi + 0.5 + log(3),
        "4.605": log(100),
        "4.105": log(100) - 0.5,
        "0.147": exp(-0.5 - (half_log_2_pi + 0.5)),
        "226": np.var([1, 2, 3, 4, 40]),
        "15.0": np.std([1, 2, 3, 4, 40]),
        "0.614": 2 - 2 * log(2),
        "1.290": log(48) / 3,
        "1.904": 2 - 2 * log(2) + log(48) / 3,
        "190.2": spots[years == 1957][0],
        "1.75": GIVEN,
        "0.693": log(2),
    },
    "notation": {"137": CELLS},
    "sequences/causal-convolution": {
        "1013": SOURCE,  # the standard atmosphere
        "64000": 2000 * 32,  # series of validation, and the steps forecast in each
        "1920": 5 * 12 * 32,
        "55680": 29 * 5 * 12 * 32,
        "10000": GIVEN,
        "294": SOURCE,
        "1000": CELLS,
        "100": CELLS,
    },
    "sequences/forecasting": {
        "200": 1000 - 800,
        "14.4": 2 * pi / (19 * tick),
        "13.0": 2 * pi / (21 * tick),
        "120": 360 / 3,
        "13.7": 2 * pi / (20 * tick),
        "129": 128 + 1,
        "220": 160 + 50 + 10,
        "100000": SOURCE,
        "137": CELLS,
        "800": CELLS,
        "1000": CELLS,
        "128": CELLS,
    },
    "sequences/receptive-field": {
        "1100": int(f"{12:b}"),
        "512": 2**9,
        "1001": 1000 + 1,
        "2187": 3**7,
        "729": 3**6,
        "500": GIVEN,
        "1024": 2**10,
        "320": CELLS,
    },
}
