"""What functions make of their arguments."""

from __future__ import annotations

import numpy as np
import pytest

from underhood.arguments import in_one_precision
from underhood.autodiff import Tensor

SINGLE = np.ones(2, np.float32)
DOUBLE = np.ones(2)


def precisions(**given):
    return [x.dtype for x in in_one_precision(**given)]


def test_lists_and_numbers_alone_become_float64():
    assert precisions(x=[1, 2], y=3) == [np.float64, np.float64]


@pytest.mark.parametrize("beside", [SINGLE, Tensor(SINGLE)], ids=["array", "Tensor"])
def test_list_takes_the_precision_of_what_stands_beside_it(beside):
    assert precisions(x=[1.0, 2.0], y=beside) == [np.float32, np.float32]


def test_integers_in_an_array_count_as_float64():
    assert precisions(x=np.array([1, 2]), y=SINGLE) == [np.float64, np.float64]


def test_array_takes_the_widest_precision():
    assert precisions(x=SINGLE, y=DOUBLE) == [np.float64, np.float64]


def test_tensor_stays_what_it_is():
    tensor = Tensor(SINGLE)
    assert in_one_precision(x=tensor, y=DOUBLE)[0] is tensor


def test_array_that_has_the_precision_is_not_copied():
    assert in_one_precision(x=SINGLE, y=[1.0])[0] is SINGLE


def test_complex_numbers_neither_lose_their_imaginary_part_nor_make_others_complex():
    assert precisions(x=[1j, 2], y=DOUBLE + 0j, z=[1.0]) == [complex, complex, np.float64]


def test_what_is_no_number_is_refused_by_name():
    with pytest.raises(TypeError, match="^scale must be a number"):
        in_one_precision(y=DOUBLE, scale="one")
