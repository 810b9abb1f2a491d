"""Probes: what an output depends on, what passes through a layer, measured instead of believed.

They take the engine's networks and Keras models alike, and leave them as they were. TensorFlow
is imported only for what is made of it.
"""

from underhood.probes.layers import PreActivations, gradient_norms, pre_activation_statistics
from underhood.probes.receptive_field import MeasuredReceptiveField, measure_receptive_field

__all__ = [
    "MeasuredReceptiveField",
    "PreActivations",
    "gradient_norms",
    "measure_receptive_field",
    "pre_activation_statistics",
]
