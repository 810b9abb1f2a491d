"""Make ``code/underhood/data/fashion_mnist_4000.npz`` from the Fashion-MNIST in Debian's package.

Usage::

    apt-get download dataset-fashion-mnist=0.0~git20200523.55506a9-1
    dpkg -x dataset-fashion-mnist_*.deb unpacked
    python tools/extract_fashion_mnist.py unpacked/usr/share/datasets/fashion-mnist

Any folder with the four files as Zalando published them will do.
"""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np

from extraction import Array, pack, source_from_command_line, verify, write

# Of the files once unpacked: Debian compressed them anew.
SOURCE_SHA256 = {
    "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}
TRAIN_PER_CLASS = 300
TEST_PER_CLASS = 100
SEED = 0


def read_source(folder: Path, name: str) -> Array:
    """Return one of the four files as an array of uint8."""
    packed = (folder / f"{name}.gz").read_bytes()
    return parse(verify(gzip.decompress(packed), name, SOURCE_SHA256[name]))


def parse(content: bytes) -> Array:
    """Return the unsigned bytes of an IDX file, the format of MNIST, in their shape.

    The fourth byte is the number of axes; their lengths follow, four bytes each, then the data.
    """
    start = 4 + 4 * content[3]
    shape = struct.unpack(f">{content[3]}I", content[4:start])
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)


def choose(labels: Array, per_class: int, rng: np.random.Generator) -> Array:
    """Return the indices of `per_class` images of every class, drawn and ordered at random."""
    drawn = [
        rng.permutation(np.flatnonzero(labels == label))[:per_class] for label in np.unique(labels)
    ]
    return rng.permutation(np.concatenate(drawn))


def convert(folder: Path) -> bytes:
    """Return the npz file: training images from the 60,000, test images from the 10,000."""
    rng = np.random.default_rng(SEED)
    arrays = {}
    for part, source, per_class in (
        ("train", "train", TRAIN_PER_CLASS),
        ("test", "t10k", TEST_PER_CLASS),
    ):
        images = read_source(folder, f"{source}-images-idx3-ubyte")
        labels = read_source(folder, f"{source}-labels-idx1-ubyte")
        rows = choose(labels, per_class, rng)
        arrays[f"x_{part}"], arrays[f"y_{part}"] = images[rows], labels[rows]
    return pack(arrays)


if __name__ == "__main__":
    write("fashion_mnist_4000.npz", convert(source_from_command_line(__doc__)))
