"""Everything that needs TensorFlow: the models of the chapters, converters, training.

Layouts are those of the package, so weights move between Keras and NumPy unchanged.
"""

from underhood.keras.models import CausalLayer, build_causal_network, causal_layers
from underhood.keras.stacks import build_dense_stack
from underhood.keras.training import reinitialize, train

__all__ = [
    "CausalLayer",
    "build_causal_network",
    "build_dense_stack",
    "causal_layers",
    "reinitialize",
    "train",
]
