"""The exercises of the chapter on one-dimensional convolutional networks for sequences."""

from __future__ import annotations

# ---- Causal convolution ----

# ---- Receptive field and dilation ----

# ---- Forecasting lab ----
