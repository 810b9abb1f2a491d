"""The equations of book/sequences/forecasting.md."""

from __future__ import annotations

import itertools
import math

import numpy as np

from underhood.convolution import causal_conv1d
from underhood.datasets import make_modulated_sine

from .numeric import close

NU = math.pi / 137
OMEGAS = 19 * NU, 21 * NU
C = [2 * math.cos(omega) for omega in OMEGAS]
EXACT = np.array([C[0] + C[1], -(2 + C[0] * C[1]), C[0] + C[1], -1])  # newest value first


def tones(t, s=0.4):
    """Return the wave as the sum of its two tones."""
    return (np.cos(19 * NU * t) - np.cos(21 * NU * t + 2 * s)) / 2


def test_eq_forecasting_tones():
    t = np.arange(300)
    for s in (0.0, 0.4, 2.0):
        close(np.sin(s + 20 * NU * t) * np.sin(s + NU * t), tones(t, s))
    close([2 * math.pi / omega for omega in OMEGAS], [14.4, 13.0], rtol=5e-3)
    for series in make_modulated_sine(3, n_steps=200).signal[..., 0]:
        # Of all phases there is one that gives the package's series.
        basis = np.cos(21 * NU * t[:200]), np.sin(21 * NU * t[:200])
        rest = np.cos(19 * NU * t[:200]) / 2 - series
        weights, *_ = np.linalg.lstsq(np.stack(basis, axis=1), rest, rcond=None)

        close(weights @ basis, rest, atol=1e-6)
        close(np.linalg.norm(weights), 1 / 2, rtol=1e-6)


def test_eq_forecasting_tone():
    t = np.arange(20)
    for omega, phase in ((0.44, 0.3), (2.0, -1.0)):
        u = 1.7 * np.cos(omega * t + phase)
        kernel = np.reshape([-1, 2 * math.cos(omega)], (2, 1, 1))

        close(2 * math.cos(omega) * u[1:-1] - u[:-2], u[2:])
        close(causal_conv1d(u[None, :, None], kernel)[0, 1:-1, 0], u[2:])


def test_eq_forecasting_product():
    for c1, c2 in (C, (0.0, -1.0), (0.7, 1.1)):
        coefficients = [1, -(c1 + c2), 2 + c1 * c2, -(c1 + c2), 1]

        close(np.convolve([1, -c1, 1], [1, -c2, 1]), coefficients)
        for z in (0.3, -1.2 + 0.4j):
            product = (1 - c1 * z + z**2) * (1 - c2 * z + z**2)
            close(np.polynomial.polynomial.polyval(z, coefficients), product)


def test_eq_forecasting_recurrence():
    x = tones(np.arange(60))
    close([EXACT @ x[t - 3 : t + 1][::-1] for t in range(3, 59)], x[4:])
    given = causal_conv1d(x[None, :, None], EXACT[::-1, None, None])[0, 3:-1, 0]
    close(given, x[4:])


def test_eq_forecasting_amplification():
    x, spread = tones(np.arange(5)), 0.1
    squares = []
    for signs in itertools.product((-1, 1), repeat=4):  # equally probable, independent
        noisy = x[:4] + spread * np.array(signs)
        squares.append((EXACT @ noisy[::-1] - x[4]) ** 2)

    close(np.mean(squares), spread**2 * sum(EXACT**2))


def test_eq_forecasting_wiener():
    variance, p = 0.01, 5
    t = np.arange(274)  # after so many steps both tones are back at their starts

    def autocovariance(lag):
        return (np.cos(19 * NU * lag) + np.cos(21 * NU * lag)) / 8

    i = np.arange(p)
    matrix = autocovariance(i[:, None] - i) + variance * np.eye(p)
    past = np.stack([tones(t - lag) for lag in i], axis=1)
    for h in (1, 4):
        formula = np.linalg.solve(matrix, autocovariance(h + i))
        error = variance + autocovariance(0) - autocovariance(h + i) @ formula

        # Noise of the inputs costs σ²‖a‖²: least squares with so many rows more.
        rows = np.vstack([past, math.sqrt(274 * variance) * np.eye(p)])
        targets = np.concatenate([tones(t + h), np.zeros(p)])
        best, (squares,), *_ = np.linalg.lstsq(rows, targets, rcond=None)
        close(formula, best, rtol=1e-7)
        close(error, squares / 274 + variance)
