"""Figures that a reader moves: on the site by a small script, on paper as a strip of stills.

What a figure shows without its script is computed and spelled out here, when the page is built.
A script shows and hides, or computes what a test compares with this package. A figure is the last
expression of a cell.
"""

from underhood.live.die import DieLikelihood
from underhood.live.highway import GradientHighway
from underhood.live.line import LineLikelihood
from underhood.live.receptive import ReceptiveField
from underhood.live.saturation import SaturationProduct
from underhood.live.stepper import BackpropStepper
from underhood.live.underflow import ProductUnderflow

__all__ = [
    "BackpropStepper",
    "DieLikelihood",
    "GradientHighway",
    "LineLikelihood",
    "ProductUnderflow",
    "ReceptiveField",
    "SaturationProduct",
]
