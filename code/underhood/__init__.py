"""The tested code of the book *Deep Learning Under the Hood*.

The core imports NumPy alone; SciPy, matplotlib and TensorFlow are imported inside
the functions that need them. Import what a page uses by its module, for example
``from underhood.autodiff import Tensor``.
"""
