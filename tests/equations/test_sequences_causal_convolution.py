"""The equations of book/sequences/causal-convolution.md."""

from __future__ import annotations

import keras
import numpy as np

from underhood.convolution import causal_conv1d
from underhood.probes import measure_receptive_field

from .numeric import close, engine_gradients, jacobian


def convolve(x, w):
    """Return the package's causal convolution of one series with one channel."""
    return causal_conv1d(x[np.newaxis, :, np.newaxis], w[:, np.newaxis, np.newaxis])[0, :, 0]


def draw(seed, batch=2, steps=8, size=3, channels=2, filters=4):
    """Return inputs, kernel, bias and an arriving gradient."""
    rng = np.random.default_rng(seed)
    shapes = (
        (batch, steps, channels),
        (size, channels, filters),
        (filters,),
        (batch, steps, filters),
    )
    return [rng.normal(size=shape) for shape in shapes]


def test_eq_causal_convolution_forecast():
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=12), rng.normal(size=4)
    forecasts = convolve(x, w)

    for t in range(3, 12):  # K = 4 values, the last one x[t]
        window = [x[t - 4 + 1], x[t - 2], x[t - 1], x[t]]
        close(forecasts[t], np.dot(w, window))
    probe = measure_receptive_field(
        lambda series: causal_conv1d(series, w[:, np.newaxis, np.newaxis]), steps=12
    )
    assert (probe.size, probe.leaks) == (4, [])


def test_eq_causal_convolution_pairs():
    omega = 0.4
    series = np.cos(omega * np.arange(21))  # x[0] to x[T], T = 20
    inputs, targets = series[:-1], series[1:]

    assert len(inputs) == len(targets) == 20
    assert (inputs[0], inputs[-1]) == (series[0], series[19])
    assert (targets[0], targets[-1]) == (series[1], series[20])
    # The next value of a tone follows from two: forecasts and targets agree step by step.
    close(convolve(inputs, np.array([-1, 2 * np.cos(omega)]))[1:], targets[1:])


def test_eq_causal_convolution_turned():
    rng = np.random.default_rng(1)
    x, w = rng.normal(size=7), rng.normal(size=3)
    h = w[::-1]
    correlation = [sum(w[k] * x[t - (3 - 1 - k)] for k in range(3)) for t in range(2, 7)]
    convolution = [sum(h[m] * x[t - m] for m in range(3)) for t in range(2, 7)]

    close(np.correlate(x, w, "valid"), correlation)
    close(np.convolve(x, h, "valid"), convolution)
    close(convolution, correlation)
    close(convolve(x, w)[2:], correlation)


def test_eq_causal_convolution_layer():
    for dilation in (1, 2):
        x, w, b, _ = draw(2)
        y = np.zeros((2, 8, 4))
        for r, t, j in np.ndindex(y.shape):
            y[r, t, j] = b[j]
            for k, i in np.ndindex(3, 2):
                lag = (3 - 1 - k) * dilation
                y[r, t, j] += (x[r, t - lag, i] if t >= lag else 0) * w[k, i, j]

        close(causal_conv1d(x, w, b, dilation), y)


def test_eq_causal_convolution_parameters():
    for size, channels, filters, dilation in ((3, 2, 4, 1), (2, 12, 5, 8)):
        layer = keras.layers.Conv1D(filters, size, padding="causal", dilation_rate=dilation)
        layer.build((None, None, channels))

        assert layer.count_params() == (size * channels + 1) * filters


def test_eq_causal_convolution_matrix():
    w, x = np.random.default_rng(3).normal(size=2), np.random.default_rng(4).normal(size=4)
    matrix = np.array(
        [
            [w[1], 0, 0, 0],
            [w[0], w[1], 0, 0],
            [0, w[0], w[1], 0],
            [0, 0, w[0], w[1]],
        ]
    )

    close(convolve(x, w), matrix @ x)
    close(jacobian(lambda v: convolve(v, w), x), matrix)


def test_eq_causal_convolution_inputs():
    x, w, b, seed = draw(5)
    for dilation in (1, 2):
        formula = np.zeros(x.shape)
        for r, s, i in np.ndindex(x.shape):
            for k, j in np.ndindex(3, 4):
                later = s + (3 - 1 - k) * dilation
                formula[r, s, i] += (seed[r, later, j] if later < 8 else 0) * w[k, i, j]

        close(jacobian(lambda v, d=dilation: np.sum(seed * causal_conv1d(v, w, b, d)), x), formula)
        given, _, _ = engine_gradients(
            lambda x, w, b, d=dilation: causal_conv1d(x, w, b, d), x, w, b, seed=seed
        )
        close(given, formula)


def test_eq_causal_convolution_kernel():
    x, w, b, seed = draw(6)
    for dilation in (1, 2):
        of_kernel, of_bias = np.zeros(w.shape), np.zeros(b.shape)
        for r, t, j in np.ndindex(seed.shape):
            of_bias[j] += seed[r, t, j]
            for k, i in np.ndindex(3, 2):
                lag = (3 - 1 - k) * dilation
                of_kernel[k, i, j] += (x[r, t - lag, i] if t >= lag else 0) * seed[r, t, j]

        def loss(w, b, d=dilation):
            return np.sum(seed * causal_conv1d(x, w, b, d))

        close(jacobian(lambda v: loss(v, b), w), of_kernel)
        close(jacobian(lambda v: loss(w, v), b), of_bias)
        _, *given = engine_gradients(
            lambda x, w, b, d=dilation: causal_conv1d(x, w, b, d), x, w, b, seed=seed
        )
        close(given[0], of_kernel)
        close(given[1], of_bias)


def test_eq_causal_convolution_memory():
    memory, steps = 0.9, 12
    # Each row says how a value is made of the noise: linear, so covariances are products of rows.
    rows = np.eye(steps)
    for t in range(1, steps):
        rows[t] = memory * rows[t - 1] + np.sqrt(1 - memory**2) * np.eye(steps)[t]
    covariance = rows @ rows.T
    lags = np.abs(np.subtract.outer(np.arange(steps), np.arange(steps)))

    close(np.diag(covariance), np.ones(steps))
    close(covariance, memory**lags)
    best = np.linalg.solve(covariance[:-1, :-1], covariance[:-1, -1])
    close(best, [0.0] * (steps - 2) + [memory])
    close(1 - best @ covariance[:-1, -1], 1 - 0.9**2)
