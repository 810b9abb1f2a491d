"""The exercises of the chapter on activations, normalization and residual networks."""

from __future__ import annotations

# ---- Activations ----

# ---- Normalization and initialization ----

# ---- Residual networks ----
