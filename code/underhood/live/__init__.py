"""Figures that a reader moves: on the site by a small script, on paper as a strip of stills.

All numbers in them are computed and spelled out here, when the page is built; the script shows
and hides. A figure is the last expression of a cell.
"""

from underhood.live.die import DieLikelihood
from underhood.live.highway import GradientHighway
from underhood.live.stepper import BackpropStepper
from underhood.live.underflow import ProductUnderflow

__all__ = ["BackpropStepper", "DieLikelihood", "GradientHighway", "ProductUnderflow"]
