"""The equations of book/depth/residual.md."""

from __future__ import annotations

import math

import keras
import numpy as np
import scipy.integrate

from underhood import ops
from underhood.autodiff import Tensor
from underhood.layers import Activation, BatchNorm, Dense, Residual, Sequential

from .numeric import close, engine_gradients, jacobian

GROWTH = math.pi / (math.pi - 1)


def small_block(rng, scale=1.0):
    """Return the layers of a block of four units."""
    kernels = scale * rng.normal(size=(2, 4, 4))
    return Dense(kernels[0]), Activation(ops.tanh), Dense(kernels[1])


def wide_layers(rng, units=300, normalized=False):
    """Return the layers of a block as the page builds them, with He's weights."""
    layers = []
    for _ in range(2):
        layers += [BatchNorm(units, epsilon=0.0)] if normalized else []
        layers += [Activation(ops.relu), Dense.initialized(units, units, "he", rng)]
    return layers


def test_eq_residual_expanded():
    weights = (0.1, -0.2, 0.3)
    blocks = Sequential(*(Residual(Dense([[w]])) for w in weights))
    (slope,) = engine_gradients(blocks, [[2.0]], seed=[[1.0]])

    close((1 + 0.1) * (1 - 0.2) * (1 + 0.3), slope.item())
    close(1 + (0.1 - 0.2 + 0.3) + (-0.02 + 0.03 - 0.06) - 0.006, slope.item())
    close(slope.item(), 1.144)


def test_eq_residual_block():
    rng = np.random.default_rng(0)
    layers, x = small_block(rng), rng.normal(size=(3, 4))

    by_hand = x + np.tanh(x @ layers[0].kernel.data) @ layers[2].kernel.data
    close(Residual(*layers)(x).data, by_hand)


def test_eq_residual_jacobian():
    rng = np.random.default_rng(1)
    layers, x = small_block(rng), rng.normal(size=4)

    def F(v):
        return Sequential(*layers)(v[np.newaxis]).data[0]

    def H(v):
        return Residual(*layers)(v[np.newaxis]).data[0]

    close(jacobian(H, x), np.eye(4) + jacobian(F, x), rtol=1e-8)
    seed = rng.normal(size=(1, 4))
    (given,) = engine_gradients(Residual(*layers), x[np.newaxis], seed=seed)
    close(given[0], seed[0] @ (np.eye(4) + jacobian(F, x)), rtol=1e-8)


def stack(rng):
    """Return five functions F and the same functions with shortcuts, of vectors of four."""
    blocks = [small_block(rng, 0.5) for _ in range(5)]
    return [Sequential(*block) for block in blocks], [Residual(*block) for block in blocks]


def test_eq_residual_sum():
    rng = np.random.default_rng(2)
    functions, blocks = stack(rng)
    signals = [rng.normal(size=(1, 4))]
    for block in blocks:
        signals.append(block(signals[-1]).data)

    written = sum(F(x).data for F, x in zip(functions, signals, strict=False))
    close(signals[-1], signals[0] + written)
    close(Sequential(*blocks)(signals[0]).data, signals[0] + written)


def test_eq_residual_gradient():
    rng = np.random.default_rng(3)
    functions, blocks = stack(rng)
    signals, seed = [Tensor(rng.normal(size=(1, 4)))], rng.normal(size=(1, 4))
    for block in blocks:
        signals.append(block(signals[-1]))
    signals[-1].backward(seed)
    bars = [signal.grad[0] for signal in signals]
    slopes = [
        jacobian(lambda v, F=F: F(v[np.newaxis]).data[0], x.data[0])
        for F, x in zip(functions, signals, strict=False)
    ]

    for layer in range(6):
        # slopes[k - 1] belongs to block k
        rest = sum(slopes[k - 1].T @ bars[k] for k in range(layer + 1, 6))
        close(bars[layer], bars[5] + rest, rtol=1e-8)
    whole = jacobian(lambda v: np.sum(seed * Sequential(*blocks)(v).data), signals[0].data)
    close(signals[0].grad, whole, rtol=1e-8)


def test_eq_residual_bounds():
    rng = np.random.default_rng(4)
    depth = 12
    for epsilon in (1 / depth, 0.5):
        for sign in (None, 1, -1):
            blocks = []
            for _ in range(depth):
                rotation, _ = np.linalg.qr(rng.normal(size=(4, 4)))
                matrix = rotation if sign is None else sign * np.eye(4)
                blocks.append(Residual(Dense(epsilon * matrix)))
            seed = rng.normal(size=(1, 4))
            (gradient,) = engine_gradients(Sequential(*blocks), rng.normal(size=(1, 4)), seed=seed)
            ratio = np.linalg.norm(gradient) / np.linalg.norm(seed)
            low, high = (1 - epsilon) ** depth, (1 + epsilon) ** depth

            assert low * (1 - 1e-12) <= ratio <= high * (1 + 1e-12)
            if sign is not None:  # both bounds are reached
                close(ratio, high if sign == 1 else low)


def test_eq_residual_cosine():
    rng = np.random.default_rng(5)
    for c in (-0.6, 0.0, 0.5, 0.9):
        formula = (math.sqrt(1 - c**2) + (math.pi - math.acos(c)) * c) / math.pi
        # Two normal numbers of correlation c are r cos(a) and r cos(a - arccos c), where the
        # direction a is uniform and the mean of r² is 2; the mean square of a ReLU is a half.
        product, _ = scipy.integrate.quad(
            lambda a, c=c: ops.relu(math.cos(a)) * ops.relu(math.cos(a - math.acos(c))),
            -math.pi,
            math.pi,
            points=(math.acos(c) - math.pi / 2, math.pi / 2, -math.pi / 2),
        )
        close(2 * product / (2 * math.pi) / (1 / 2), formula)

        first, other = rng.normal(size=(2, 100, 1000))  # a hundred pairs of images
        second = c * first + math.sqrt(1 - c**2) * other
        layer = Dense.initialized(1000, 1000, "he", rng)
        behind = [layer(ops.relu(z)).data for z in (first, second)]
        cosine = np.sum(behind[0] * behind[1]) / math.prod(map(np.linalg.norm, behind))
        assert abs(cosine - formula) < 0.03


def test_eq_residual_doubling():
    rng = np.random.default_rng(6)
    growth = []
    for _ in range(5):
        x = 3 * rng.normal(size=(50, 300))
        growth.append(np.mean(Residual(*wide_layers(rng))(x).data ** 2) / np.mean(x**2))
    close(np.mean(growth), 2.0, rtol=0.05)


def test_eq_residual_variance():
    rng = np.random.default_rng(7)
    x = 2 * rng.normal(size=(400, 300))
    variances = [np.mean(np.var(x, axis=0))]
    for _ in range(3):
        x = Residual(*wide_layers(rng, normalized=True))(x, training=True).data
        variances.append(np.mean(np.var(x, axis=0)))

    close(np.diff(variances), [1 / GROWTH] * 3, rtol=0.06)


def test_eq_residual_power():
    rng = np.random.default_rng(8)
    for variance in (0.5, 2.0):
        x, seed = math.sqrt(variance) * rng.normal(size=(400, 300)), 3 * rng.normal(size=(400, 300))
        block = Residual(*wide_layers(rng, normalized=True))
        (gradient,) = engine_gradients(lambda v, f=block: f(v, training=True), x, seed=seed)
        growth = np.mean(gradient**2) / np.mean(seed**2)

        close(growth - 1, GROWTH / variance, rtol=0.06)


def test_eq_residual_mirrored():
    rng = np.random.default_rng(9)
    rotations = [np.linalg.qr(rng.normal(size=(4, 4)))[0] for _ in range(3)]
    z = rng.normal(size=4)
    signal, rotated = np.concatenate([z, -z]), z
    for Q in rotations:
        matrix = np.block([[Q, -Q], [-Q, Q]])
        signal, rotated = matrix @ ops.relu(signal), Q @ rotated

        close(signal, np.concatenate([rotated, -rotated]))
    close(np.linalg.norm(signal[:4]), np.linalg.norm(z))


def test_eq_residual_lstm():
    rng = np.random.default_rng(10)
    x, h, c = rng.normal(size=(3, 1, 2)).astype(np.float32)
    layer = keras.layers.LSTMCell(2)
    layer.build((1, 2))
    kernel, recurrent, bias = (np.asarray(w) for w in layer.get_weights())
    i, f, g, _ = np.split(x @ kernel + h @ recurrent + bias, 4, axis=1)
    i, f, g = ops.sigmoid(i), ops.sigmoid(f), ops.tanh(g)

    def cell(before):
        _, (_, after) = layer(x, [h, before.astype(np.float32)])
        return keras.ops.convert_to_numpy(after)

    close(f * c + i * g, cell(c), rtol=1e-5, atol=1e-6)
    # Here, where h and with it the gates are held, nothing stands for the dots.
    close(jacobian(lambda v: cell(v[np.newaxis])[0], c[0], 0.5), np.diag(f[0]), atol=1e-5)

    # A single unit whose forget gate reads the cell: then something does.
    (whole,) = engine_gradients(lambda v: ops.sigmoid(v) * v + 0.3, 0.8)
    forget, (slope,) = ops.sigmoid(0.8), engine_gradients(ops.sigmoid, 0.8)
    close(whole, forget + slope * 0.8)
