"""Deep stacks of dense layers in Keras, with shortcuts and without."""

from __future__ import annotations

from typing import Any

import keras

from underhood.arguments import whole_number


def build_dense_stack(
    blocks: int,
    units: int = 64,
    *,
    shortcuts: bool,
    inputs: int = 784,
    outputs: int = 10,
    activation: str = "relu",
    initializer: Any = "he_normal",
    last_initializer: Any = None,
    batch_norm: bool = False,
) -> Any:
    """Return a plain or a residual network of ``2 * blocks + 2`` dense layers.

    A block is a function F of two layers, each a batch normalization (if asked for), an
    activation and a dense layer, in this order. With shortcuts a block returns ``h + F(h)``,
    without them ``F(h)``: the two networks have the same weights. The order, with nothing behind
    the sum, is that of K. He et al. (2016), *Identity mappings in deep residual networks*.

    Parameters
    ----------
    blocks : int
        Between the first dense layer, which reads the inputs, and the last one; these two stand
        outside of all blocks.
    units : int, optional
        Of every dense layer but the last.
    shortcuts : bool
        True for a residual network, False for a plain one.
    inputs, outputs : int, optional
        Numbers that an example consists of, and that the network puts out.
    activation : str, optional
        Keras's name for it.
    initializer : str or keras.initializers.Initializer, optional
        Of the kernels.
    last_initializer : str or keras.initializers.Initializer, optional
        Of the kernel of the second layer in every block; with "zeros", a residual network
        starts as if it had no blocks. The default is `initializer`.
    batch_norm : bool, optional
        Whether every activation has a batch normalization in front of it.

    Returns
    -------
    keras.Model
        From (batch, inputs) to (batch, outputs). Not compiled. Its dense layers are called
        ``first``, ``block_1_dense_1``, ``block_1_dense_2``, …, ``last``. The weights are drawn
        from Keras's generator: see `keras.utils.set_random_seed`.

    Raises
    ------
    ValueError
        If a number is less than 1, or Keras does not know a name.
    TypeError
        If a number is not an integer.

    Examples
    --------
    >>> model = build_dense_stack(27, shortcuts=True)
    >>> sum(isinstance(layer, keras.layers.Dense) for layer in model.layers)
    56
    >>> model.count_params() == build_dense_stack(27, shortcuts=False).count_params()
    True
    """
    blocks, units = whole_number(blocks, "blocks"), whole_number(units, "units")
    first = keras.Input((whole_number(inputs, "inputs"),))
    outputs = whole_number(outputs, "outputs")
    if last_initializer is None:
        last_initializer = initializer

    def dense(h: Any, size: int, kernel: Any, name: str) -> Any:
        # An initializer draws the same numbers whenever it is called: every layer gets its own.
        kernel = keras.initializers.get(kernel).clone()
        return keras.layers.Dense(size, kernel_initializer=kernel, name=name)(h)

    def activated(h: Any, name: str) -> Any:
        if batch_norm:
            h = keras.layers.BatchNormalization(name=f"{name}_norm")(h)
        return keras.layers.Activation(activation, name=f"{name}_activation")(h)

    h = dense(first, units, initializer, "first")
    for block in range(1, blocks + 1):
        one, two = f"block_{block}_dense_1", f"block_{block}_dense_2"
        residual = dense(activated(h, one), units, initializer, one)
        residual = dense(activated(residual, two), units, last_initializer, two)
        h = keras.layers.Add(name=f"block_{block}")([h, residual]) if shortcuts else residual
    return keras.Model(first, dense(activated(h, "last"), outputs, initializer, "last"))
