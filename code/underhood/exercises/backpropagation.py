"""The exercises of the chapter on computational graphs and backpropagation."""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from underhood.autodiff import Array, unbroadcast
from underhood.exercises.exercise import Case, Exercise, register
from underhood.exercises.outcomes import Malformed, kind_of
from underhood.ops import sigmoid, softplus

Graph = Sequence[tuple[str, Callable[..., Any], tuple[str, ...]]]
Parents = Mapping[str, tuple[str, ...]]

# ---- Computational graphs ----

register(
    Exercise(
        "ex-graphs-spider",
        "hand",
        "Knit from left to right: first the op that takes both matrices, a row times a column, "
        "then the op that takes its result.",
        reference=(12, 120),
        parts=("matmul", "multiply"),
        given={"m1": [[3, 3]], "m2": [[2], [2]], "factor": 10},
        mistakes=(
            (
                (120, 12),
                "The values are there, but in the wrong order: that of the matrix product first.",
            ),
            (
                (12, 12),
                "The factor is missing: after the matrix product another op multiplies by it.",
            ),
            (
                {"matmul": 6},
                "You multiplied a single pair. A row times a column multiplies pair by pair and "
                "adds the products up.",
            ),
            (
                {"matmul": [6, 6]},
                "You multiplied element by element. A matrix product of a row and a column adds "
                "these products up to one number.",
            ),
            (
                {"matmul": [[6, 6], [6, 6]]},
                "That is the outer product, a column times a row. Here the row stands on the "
                "left, so that shape (1, 2) meets shape (2, 1).",
            ),
            (
                {"matmul": 10},
                "You added the numbers up. matmul multiplies each number of the row with its "
                "partner in the column before it adds.",
            ),
        ),
        remark="Two ops, two arrows into each: that is the whole graph.",
    )
)


def evaluate(graph: Graph, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the value of every name of a graph whose nodes are listed in any order."""
    values = dict(inputs)
    waiting = list(graph)
    while waiting:
        ready = [node for node in waiting if all(name in values for name in node[2])]
        for name, op, names in ready:
            values[name] = op(*(values[n] for n in names))
        waiting = [node for node in waiting if node[0] not in values]
    return values


def _evaluate_as_listed(graph: Graph, inputs: Mapping[str, Any]) -> dict[str, Any]:
    values = dict(inputs)
    for name, op, names in graph:
        values[name] = op(*(values[n] for n in names))
    return values


def _evaluate_once(graph: Graph, inputs: Mapping[str, Any]) -> dict[str, Any]:
    values = dict(inputs)
    for name, op, names in graph:
        if all(n in values for n in names):
            values[name] = op(*(values[n] for n in names))
    return values


def _evaluate_turned(graph: Graph, inputs: Mapping[str, Any]) -> dict[str, Any]:
    return evaluate([(name, op, names[::-1]) for name, op, names in graph], inputs)


def _evaluate_nodes(graph: Graph, inputs: Mapping[str, Any]) -> dict[str, Any]:
    values = evaluate(graph, inputs)
    return {name: values[name] for name, _, _ in graph}


def _graphs(rng: np.random.Generator) -> list[Case]:
    add, subtract, multiply = operator.add, operator.sub, operator.mul
    q, f = ("q", add, ("x", "y")), ("f", multiply, ("q", "z"))
    square, difference = ("s", multiply, ("x", "x")), ("d", subtract, ("s", "y"))
    late = [
        ("e", subtract, ("d", "c")),
        ("d", multiply, ("c", "b")),
        ("c", add, ("b", "b")),
        ("b", subtract, ("a", "k")),
    ]
    a, k = (float(number) for number in rng.uniform(1, 3, 2))
    return [
        ([q, f], {"x": -2.0, "y": 5.0, "z": -4.0}),
        ([f, q], {"x": -2.0, "y": 5.0, "z": -4.0}),
        ([square, difference], {"x": 3.0, "y": 1.0}),
        (late, {"a": a, "k": k}),
        ([late[i] for i in (1, 3, 0, 2)], {"a": a, "k": k}),
    ]


register(
    Exercise(
        "ex-graphs-evaluate",
        "code",
        "A node can be computed as soon as all its inputs have values. Keep a dict of values, "
        "begin it with the inputs, and go on until no node is left.",
        reference=evaluate,
        inputs=_graphs,
        mistakes=(
            (
                _evaluate_as_listed,
                "Your function takes the nodes in the order in which they are listed, and meets "
                "a node whose inputs are not computed yet. The order of the list says nothing: "
                "look for a node that is ready.",
            ),
            (
                _evaluate_once,
                "Your function passes over nodes that are not ready yet, and never comes back "
                "to them.",
            ),
            (
                _evaluate_turned,
                "Your function hands the inputs to the op in the wrong order. For a difference "
                "that matters.",
            ),
            (
                _evaluate_nodes,
                "The values are right, but the inputs' own values are missing from the dict: "
                "return the value of every name.",
            ),
        ),
        remark="You have written the forward pass of a computational graph.",
    )
)
register(
    Exercise(
        "ex-graphs-retrace",
        "think",
        "Go call by call and ask: has TensorFlow met this kind of call before? A tensor's kind "
        "is its type and shape, a Python number's is the number itself.",
        reference=4,
        given={
            "calls": ("f(1)", "f(2)", "tf.constant(1)", "tf.constant(2)", "tf.constant([1, 2])")
        },
        mistakes=(
            (
                5,
                "You counted a trace for every call. A tensor's value does not belong to its "
                "kind: scalars of one type share a trace.",
            ),
            (
                3,
                "You let calls of different kinds share a trace. Python numbers are told apart "
                "by their value. And do two tensors that differ in shape share one?",
            ),
            (
                2,
                "You counted one trace for Python numbers and one for tensors. Python numbers "
                "are told apart by value, and tensors by type and shape.",
            ),
            (
                1,
                "You traced at the first call only. A graph is made for one kind of call; a call "
                "of another kind traces anew.",
            ),
        ),
        remark="Each Python number costs a trace; tensors of one type and shape share theirs.",
    )
)

# ---- Backpropagation ----

register(
    Exercise(
        "ex-backpropagation-max",
        "hand",
        "Write each op's output first. Then go back: at the product each factor gets the other "
        "factor, and the maximum passes its gradient on to one input only.",
        reference=(12, 3, 0, 4),
        parts=("f", "df/dx", "df/dy", "df/dz"),
        given={"x": 4, "y": -1, "z": 3},
        mistakes=(
            (
                {"df/dx": 3, "df/dy": 3},
                "You passed the gradient on to both inputs of the maximum. It routes: the "
                "smaller input has no influence on f.",
            ),
            (
                {"df/dx": 4, "df/dz": 3},
                "The product did not switch: its gradient for one factor is the value of the "
                "other factor.",
            ),
            (
                {"f": 12, "df/dx": 0, "df/dy": 3},
                "You routed the gradient to the smaller input. The input that won is the one "
                "that f depends on.",
            ),
            (
                {"df/dx": 1},
                "You gave the local gradient of the maximum. It has still to be multiplied by the "
                "gradient that arrives from the product.",
            ),
            (
                {"f": -3},
                "You took the smaller of the two numbers; the op is a maximum.",
            ),
        ),
        remark="A maximum routes the gradient to the winner, a product switches.",
    )
)
register(
    Exercise(
        "ex-backpropagation-twice",
        "hand",
        "Count the edges that leave x in the graph. Along each of them a gradient comes back, and "
        "they add up.",
        reference=(3, 4, 3),
        parts=("f", "df/dx", "df/dy"),
        given={"x": 3, "y": -2},
        mistakes=(
            (
                {"df/dx": 1},
                "You counted one of the two edges from x to the square. x enters the product x·x "
                "as left and as right factor, and both gradients add.",
            ),
            (
                {"df/dx": 3, "df/dy": 4},
                "Your two gradients are in the wrong order: that of x first.",
            ),
            (
                {"df/dx": 3},
                "You kept the gradient of a single edge. x is used several times, and all the "
                "gradients that come back add up.",
            ),
            (
                {"df/dx": -2},
                "You kept the gradient that comes back through x·y and lost those through x·x. "
                "Add them; a later one must not overwrite an earlier one.",
            ),
            (
                {"df/dx": 6},
                "That is the derivative of x·x alone. The product x·y sends a gradient back to x, "
                "too.",
            ),
            (
                {"df/dx": 9, "df/dy": -2},
                "At x·y the factors did not switch: x gets the value of y, and y that of x.",
            ),
        ),
        remark="Every use of a value adds its gradient.",
    )
)


def matmul_vjp(g: Array, x: Array, y: Array) -> tuple[Array, Array]:
    """Return the gradients of x (n, k) and y (k, m), given g (n, m) at x @ y."""
    return g @ y.T, x.T @ g


def _matrices(rng: np.random.Generator) -> list[Case]:
    shapes = [(2, 3, 4), (3, 3, 3), (1, 2, 1), (5, 1, 2), (4, 2, 4)]
    return [
        (rng.normal(size=(n, m)), rng.normal(size=(n, k)), rng.normal(size=(k, m)))
        for n, k, m in shapes
    ]


register(
    Exercise(
        "ex-backpropagation-matmul",
        "code",
        "The gradient of x has the shape of x. Which product of g and y, one of them transposed, "
        "has that shape?",
        reference=matmul_vjp,
        parts=("dx", "dy"),
        inputs=_matrices,
        mistakes=(
            (
                lambda g, x, y: (x.T @ g, g @ y.T),
                "Both gradients are there, but in the wrong order: return that of x first.",
            ),
            (
                lambda g, x, y: (g @ y, x @ g),
                "The transposes are missing: with square matrices no error shows that, with "
                "others the shapes do not fit.",
            ),
            (
                lambda g, x, y: (y.T @ g, g @ x.T),
                "The factors stand in the wrong order: a matrix that stood on the right of the "
                "product stays on the right.",
            ),
            (
                lambda g, x, y: (g * y, g * x),
                "You multiplied element by element, as for a product of numbers. An element of x "
                "meets a whole row of y, so its gradient is a sum: a matrix product.",
            ),
            (
                lambda g, x, y: (np.ones_like(g) @ y.T, x.T @ np.ones_like(g)),
                "You left out g, the gradient that arrives: each local gradient is multiplied "
                "by it.",
            ),
            (
                lambda g, x, y: (y.T, x.T),
                "Those are the local factors. They have still to be multiplied by g, the "
                "gradient that arrives.",
            ),
        ),
        remark="The shapes leave no other choice: that is how to remember it.",
    )
)


def sigmoid_vjp(g: Any, x: Any) -> Any:
    """Return the gradient at x, given g at sigmoid(x)."""
    s = sigmoid(x)
    return g * s * (1 - s)


def _gate_inputs(rng: np.random.Generator) -> list[Case]:
    return [
        (1.0, 0.0),
        (-2.5, 1.5),
        (rng.normal(size=4), rng.normal(size=4)),
        (rng.normal(size=(2, 3)), 3 * rng.normal(size=(2, 3))),
        (np.array([1.5, -2.0]), np.array([-1000.0, 1000.0])),
    ]


def _overflowing_sigmoid_vjp(g: Any, x: Any) -> Any:
    return g * np.exp(-x) / (1 + np.exp(-x)) ** 2


register(
    Exercise(
        "ex-backpropagation-sigmoid-gate",
        "code",
        "Compute s = σ(x) first. The local gradient is a product of two terms in s, and "
        "what arrives is multiplied by it.",
        reference=sigmoid_vjp,
        inputs=_gate_inputs,
        mistakes=(
            (
                lambda g, x: sigmoid_vjp(1.0, x),
                "That is the local gradient. It has still to be multiplied by g, the gradient "
                "that arrives.",
            ),
            (
                lambda g, x: g * sigmoid(x),
                "You multiplied g by the value of the gate, not by its slope.",
            ),
            (
                lambda g, x: g * x * (1 - x),
                "The formula s (1 − s) wants the gate's output s, not its input x.",
            ),
            (
                lambda g, x: g * (1 - sigmoid(x)),
                "That is the derivative of log σ(x): for the gate a factor is missing.",
            ),
            (
                _overflowing_sigmoid_vjp,
                "The formula is right, but far from zero the exponential overflows and the "
                "gradient becomes nan. Written with s = σ(x) it stays finite.",
            ),
            (
                lambda g, x: _overflowing_sigmoid_vjp(g, -np.asarray(x)),
                "The formula is right, but for large x the exponential overflows, infinity is "
                "divided by infinity, and the gradient becomes nan. Which exponential stays small "
                "there?",
            ),
        ),
        remark="Far from zero hardly anything passes: the gate is saturated.",
    )
)
register(
    Exercise(
        "ex-backpropagation-passes",
        "think",
        "Ask what one pass gives: in forward mode how every value moves with one input, in "
        "reverse mode how one output moves with every value.",
        reference=(1000, 1),
        parts=("forward mode", "reverse mode"),
        rtol=1e-6,
        given={"inputs": 1000, "outputs": 1},
        mistakes=(
            (
                (1, 1000),
                "You have the modes the wrong way round: which of them follows one input "
                "through the graph?",
            ),
            (
                {"reverse mode": 1000},
                "Reverse mode does not go input by input: a backward pass leaves a gradient on "
                "every edge, the inputs' edges included.",
            ),
            (
                {"forward mode": 1000, "reverse mode": 2},
                "You counted the forward pass, too. How many of the passes go backward?",
            ),
            (
                {"forward mode": 1},
                "A pass in forward mode follows the change of one input only, or of one direction.",
            ),
            (
                {"forward mode": 1001},
                "That is the number of evaluations for finite differences. Forward mode carries "
                "value and derivative along together.",
            ),
            (
                {"forward mode": 2000},
                "That is the number of evaluations for central differences. Forward mode carries "
                "the derivative along exactly.",
            ),
        ),
        remark="A loss is one number, and parameters are many: hence backpropagation.",
    )
)
register(
    Exercise(
        "ex-backpropagation-difference",
        "think",
        "Compare the step with the spacing of floating-point numbers near exp(x), and with what "
        "the cubic term of the Taylor series leaves.",
        reference="rounding",
        choices=("truncation", "rounding", "kink"),
        given={"x": 1.0, "step": 1e-12},
        mistakes=(
            (
                "truncation",
                "The truncation error shrinks with the square of the step: with so small a step "
                "it is far below anything to be seen.",
            ),
            (
                "kink",
                "exp is smooth: it has no kink anywhere.",
            ),
        ),
        remark="The two values agree in most of their digits; subtracting leaves the others.",
    )
)

# ---- Linear regression in depth ----

register(
    Exercise(
        "ex-linear-regression-step",
        "hand",
        "Forward: the prediction, minus the observation, squared. Backward: the square gives "
        "twice the residual, and a gets that times x. Then go against the gradient. The last two "
        "need all their decimals.",
        reference=(-32, 1024, -2624, -64, 0.05248, 139.00128),
        parts=("r", "loss", "da", "db", "a", "b"),
        rtol=(1e-3, 1e-3, 1e-3, 1e-3, 1e-3, 2e-7),
        given={"x": 41, "y": 171, "a": 0.0, "b": 139.0, "learning_rate": 2e-5},
        mistakes=(
            (
                {"da": -2624, "db": -64, "a": -0.05248, "b": 138.99872},
                "The gradients are right, but the step goes uphill: subtract learning rate times "
                "gradient.",
            ),
            (
                {"da": -1312, "db": -32},
                "The derivative of the square is missing its factor: r² has the slope 2r.",
            ),
            (
                {"da": -64, "db": -64},
                "The gradient of a is that of a·x, times x. You forgot the x.",
            ),
            (
                {"da": 2624, "db": 64},
                "The signs of the gradients are switched: the residual here is prediction minus "
                "observation, and it is negative.",
            ),
            (
                {"r": 32, "da": -2624, "db": -64},
                "Your residual is observation minus prediction. The gradients fit, but the "
                "exercise's residual has the other sign.",
            ),
            (
                {"da": -2624, "db": -64, "a": 2624, "b": 203},
                "You subtracted the whole gradient: multiply it by the learning rate first.",
            ),
            (
                {"da": -2624, "db": -64, "a": -2624, "b": 75},
                "You added the whole gradient. The step goes against it, and the learning rate "
                "scales it first.",
            ),
        ),
        remark="The slope moves much more than the intercept: its gradient has the factor x.",
    )
)


def gradient(a: float, b: float, x: Array, y: Array) -> tuple[float, float]:
    """Return the gradients of mean((a x + b - y)²) with respect to a and b."""
    residual = a * x + b - y
    return float(np.mean(2 * residual * x)), float(np.mean(2 * residual))


def _points(rng: np.random.Generator) -> list[Case]:
    return [
        (0.0, 139.0, np.array([58.0]), np.array([153.0])),
        (1.0, -2.0, np.array([1.0, 2.0, 4.0]), np.array([3.0, -1.0, 0.5])),
        (*rng.normal(size=2), rng.normal(size=7), rng.normal(size=7)),
    ]


def _half(numbers: tuple[float, float]) -> tuple[float, float]:
    return numbers[0] / 2, numbers[1] / 2


register(
    Exercise(
        "ex-linear-regression-gradient",
        "code",
        "Compute the n residuals once. Each of the two gradients is a mean over n products.",
        reference=gradient,
        parts=("da", "db"),
        inputs=_points,
        mistakes=(
            (
                lambda a, b, x, y: tuple(len(x) * d for d in gradient(a, b, x, y)),
                "You summed over the points. The loss is their mean, and so is its gradient.",
            ),
            (
                lambda a, b, x, y: _half(gradient(a, b, x, y)),
                "The factor from the square is missing: r² has the slope 2r.",
            ),
            (
                lambda a, b, x, y: tuple(-d for d in gradient(a, b, x, y)),
                "The sign is switched: with y − ŷ in place of ŷ − y the inner derivative is −1, "
                "and it belongs there, too.",
            ),
            (
                lambda a, b, x, y: gradient(a, b, x, y)[::-1],
                "Both are there, but in the wrong order: return that of a first.",
            ),
            (
                lambda a, b, x, y: {"da": gradient(a, b, x, y)[1]},
                "The gradient of a lacks the factor x, its local gradient.",
            ),
            (
                lambda a, b, x, y: {"da": gradient(a, b, x, y)[1] * float(np.mean(x))},
                "A mean of products is not the product of the means: multiply each residual by "
                "its own x, then take the mean.",
            ),
        ),
        remark="This is what the engine does for any loss.",
    )
)


def to_original_units(
    slope: float, intercept: float, mean: float, std: float
) -> tuple[float, float]:
    """Return a and b of the line a x + b that equals slope (x - mean) / std + intercept."""
    return slope / std, intercept - slope * mean / std


register(
    Exercise(
        "ex-linear-regression-standardize",
        "code",
        "Put z = (x − mean) / std into slope · z + intercept, multiply out, and collect what "
        "belongs to x.",
        reference=to_original_units,
        parts=("a", "b"),
        inputs=lambda rng: [
            (2.0, 5.0, 3.0, 4.0),
            *((*rng.normal(size=3), rng.uniform(0.5, 3)) for _ in range(3)),
        ],
        mistakes=(
            (
                lambda slope, intercept, mean, std: (intercept - slope * mean / std, slope / std),
                "Both are there, but in the wrong order: the slope a comes first.",
            ),
            (
                lambda slope, intercept, mean, std: (slope / std, intercept),
                "The shift is missing: the standardized line has its intercept at the mean of x, "
                "not at x = 0.",
            ),
            (
                lambda slope, intercept, mean, std: {"a": slope * std},
                "You multiplied the slope by the standard deviation. A step of one in z is a step "
                "of std in x.",
            ),
            (
                lambda slope, intercept, mean, std: {
                    "a": slope / std,
                    "b": intercept + slope * mean / std,
                },
                "The shift has the wrong sign: z subtracts the mean.",
            ),
            (
                lambda slope, intercept, mean, std: {
                    "a": slope / std,
                    "b": intercept - slope * mean,
                },
                "The shift uses the slope in units of z. The mean of x is in units of x.",
            ),
            (
                lambda slope, intercept, mean, std: {
                    "a": slope / std,
                    "b": intercept - mean / std,
                },
                "The shift lacks the slope: multiply out slope · (x − mean) / std, both terms.",
            ),
            (
                lambda slope, intercept, mean, std: {"a": slope},
                "The slope is still that of z: a step of one in x is a step of another size in z.",
            ),
        ),
        remark="The line is the same, only its axis has other units.",
    )
)
register(
    Exercise(
        "ex-linear-regression-rate",
        "think",
        "Along an eigenvector a step multiplies the distance from the minimum by 1 − rate · "
        "eigenvalue. When does that stay between −1 and 1, for both?",
        reference=(0.04, 500),
        parts=("rate", "condition number"),
        given={"eigenvalues": (50, 0.1)},
        mistakes=(
            (
                {"rate": 20},
                "The bound comes from the largest eigenvalue: along the steepest direction a "
                "step overshoots first.",
            ),
            (
                {"rate": 2 / 50.1},
                "That is the rate at which both directions shrink equally fast. The limit is "
                "where the first of them stops shrinking.",
            ),
            (
                {"rate": 0.02},
                "With that rate the steepest direction lands on its minimum at once. It may "
                "overshoot and still come closer with each step.",
            ),
            (
                {"condition number": 0.002},
                "The condition number is the larger eigenvalue over the smaller one.",
            ),
            (
                {"condition number": 49.9},
                "The condition number is a ratio, not a difference.",
            ),
            (
                (500, 0.04),
                "Both are there, but in the wrong order: the rate comes first.",
            ),
        ),
        remark="The steepest direction sets the rate, and the flattest waits for it.",
    )
)

# ---- Build an autodiff engine ----

register(
    Exercise(
        "ex-engine-bias",
        "hand",
        "b is copied to every row of x. Each copy gets a gradient, and the gradients of all uses "
        "of a value add up.",
        reference=[5, 7, 9],
        given={"gradient": [[1, 2, 3], [4, 5, 6]]},
        mistakes=(
            (
                [2.5, 3.5, 4.5],
                "You took the mean over the rows. Each row uses b, and the gradients of all uses "
                "add up.",
            ),
            (
                [6, 15],
                "You summed along the rows. b was copied down the columns, along axis 0.",
            ),
            (
                [[1, 2, 3], [4, 5, 6]],
                "That is the gradient of x. The gradient of b has the shape of b.",
            ),
            (
                21,
                "You summed over everything. Only the axis along which b was copied goes.",
            ),
            (
                [4, 5, 6],
                "You kept the last row only: a later gradient must not overwrite an earlier one.",
            ),
        ),
        remark="Copying forward means summing backward.",
    )
)


def softplus_vjp(g: Any, out: Any, x: Any) -> Any:
    """Return the gradient at x, given g at out = log(1 + exp(x))."""
    return g * sigmoid(x)


register(
    Exercise(
        "ex-engine-softplus",
        "code",
        "Differentiate log(1 + exp(x)) with the chain rule, and look at the fraction you get: it "
        "has a name.",
        reference=softplus_vjp,
        inputs=lambda rng: [(g, softplus(x), x) for g, x in _gate_inputs(rng)],
        mistakes=(
            (
                lambda g, out, x: sigmoid(x),
                "That is the local gradient. It has still to be multiplied by g, the gradient "
                "that arrives.",
            ),
            (
                lambda g, out, x: sigmoid_vjp(g, x),
                "That is the gradient of a sigmoid gate, one derivative too far.",
            ),
            (
                lambda g, out, x: g * np.exp(x),
                "That is the inner derivative. The logarithm outside contributes a factor, too.",
            ),
            (
                lambda g, out, x: g / (1 + np.exp(x)),
                "That is the outer derivative. The exponential inside contributes a factor, too.",
            ),
            (
                lambda g, out, x: g * out,
                "You multiplied g by the value, not by the slope.",
            ),
            (
                lambda g, out, x: g * np.log(1 + np.exp(x)),
                "You multiplied g by the softplus itself. What is asked for is its slope.",
            ),
            (
                lambda g, out, x: g * np.exp(x) / (1 + np.exp(x)),
                "The formula is right, but for large x it divides infinity by infinity. Written "
                "as a sigmoid it stays finite.",
            ),
        ),
        remark="The smooth ReLU has a smooth step as its slope.",
    )
)


def _gradients(rng: np.random.Generator) -> list[Case]:
    shapes = [
        ((2, 3), (2, 3)),
        ((2, 3), (3,)),
        ((2, 3), (2, 1)),
        ((4, 2, 3), (1, 3)),
        ((2, 3), ()),
        ((2, 4, 2, 3), (4, 1, 3)),
        ((3, 1), (3, 1)),
    ]
    return [(rng.normal(size=big), small) for big, small in shapes]


def _sum_new_axes(gradient: Array, shape: tuple[int, ...]) -> Array:
    return gradient.sum(axis=tuple(range(gradient.ndim - len(shape))))


def _sum_stretched_axes(gradient: Array, shape: tuple[int, ...]) -> Array:
    new = gradient.ndim - len(shape)
    stretched = tuple(new + axis for axis, size in enumerate(shape) if size == 1)
    return gradient.sum(axis=stretched, keepdims=True)


def _repetitions(gradient: Array, shape: tuple[int, ...]) -> float:
    return gradient.size / np.prod(shape)


def _first_copy(gradient: Array, shape: tuple[int, ...]) -> Array:
    first = gradient[(0,) * (gradient.ndim - len(shape))]
    return first[tuple(slice(0, size) for size in shape)]


register(
    Exercise(
        "ex-engine-unbroadcast",
        "code",
        "Broadcasting does two things: it puts new axes in front, and it repeats axes of size 1. "
        "The gradient is summed over both, and keeps the axes of size 1.",
        reference=unbroadcast,
        inputs=_gradients,
        mistakes=(
            (
                _sum_new_axes,
                "You sum over the axes that broadcasting put in front, but not over those of "
                "size 1 that it repeated.",
            ),
            (
                _sum_stretched_axes,
                "You sum over the axes of size 1 that broadcasting repeated, but the axes that "
                "it put in front are still there.",
            ),
            (
                lambda gradient, shape: (
                    unbroadcast(gradient, shape) / _repetitions(gradient, shape)
                ),
                "You took the mean over the copies. Each copy was used, and the gradients of all "
                "uses add up.",
            ),
            (
                lambda gradient, shape: np.squeeze(
                    unbroadcast(gradient, shape),
                    axis=tuple(axis for axis, size in enumerate(shape) if size == 1),
                ),
                "The sums are right, but axes of size 1 got lost: the gradient has to come back "
                "in the given shape.",
            ),
            (
                _first_copy,
                "You kept the gradient of one copy. Each copy was used, and the gradients of all "
                "uses add up.",
            ),
        ),
        remark="Copying forward means summing backward.",
    )
)


def topological_order(parents: Parents, root: str) -> list[str]:
    """List every name that root depends on once, inputs before results, root last."""
    order, seen, stack = [], set(), [(root, False)]
    while stack:
        name, inputs_are_listed = stack.pop()
        if inputs_are_listed:
            order.append(name)
        elif name not in seen:
            seen.add(name)
            stack.append((name, True))
            stack.extend((parent, False) for parent in parents[name])
    return order


def _recursive_order(parents: Parents, root: str) -> list[str]:
    order: dict[str, None] = {}

    def visit(name: str) -> None:
        if name not in order:
            for parent in parents[name]:
                visit(parent)
            order[name] = None

    visit(root)
    return list(order)


DEMANDS = (
    "the set of names",
    "the number of times each is listed",
    "the order of names",
    "the last name",
)


def _order_of_paths(parents: Parents, root: str) -> Any:
    if len(parents) > 100:
        return {}  # whether a long chain ends in an error is another question
    return [name for p in parents[root] for name in _order_of_paths(parents, p)] + [root]


def _breadth_first(parents: Parents, root: str) -> list[str]:
    order, latest = {root: None}, [root]
    while latest:
        latest = [p for name in latest for p in parents[name] if p not in order]
        order |= dict.fromkeys(latest)
    return list(order)


def _depth_first(parents: Parents, root: str) -> list[str]:
    order: dict[str, None] = {}
    stack = [root]
    while stack:
        name = stack.pop()
        if name not in order:
            order[name] = None
            stack.extend(parents[name])
    return list(order)


def _order_of_everything(parents: Parents, root: str) -> Any:
    unrelated = len(topological_order(parents, root)) < len(parents)
    return {"the set of names": int(unrelated), "the order of names": 0}


def _chain(length: int) -> dict[str, tuple[str, ...]]:
    return {f"n{i}": (f"n{i - 1}",) if i else () for i in range(length)}


def _orders(rng: np.random.Generator) -> list[Case]:
    uneven = {"f": ("p", "q"), "p": ("x", "a"), "q": ("a", "x"), "a": ("x",), "x": ()}
    depth, deep = 6, 500 + sys.getrecursionlimit()
    diamonds: dict[str, tuple[str, ...]] = {"d0": ()}
    for i in range(depth):
        diamonds |= {f"l{i}": (f"d{i}",), f"r{i}": (f"d{i}",), f"d{i + 1}": (f"l{i}", f"r{i}")}
    return [
        ({"x": (), "y": (), "z": (), "q": ("x", "y"), "f": ("q", "z")}, "f"),
        ({"x": (), "f": ("x", "x")}, "f"),
        (uneven, "f"),
        ({"x": (), "y": (), "f": ("x",), "h": ("f", "y")}, "f"),
        (diamonds, f"d{depth}"),
        (_chain(deep), f"n{deep - 1}"),
    ]


def _faults_of_order(output: Any, parents: Parents, root: str) -> Any:
    """Say which of the four demands the list fails, for there are many right ones."""
    if isinstance(output, Mapping) and set(output) <= set(DEMANDS):
        return output  # what a known mistake asks for
    if not isinstance(output, list | tuple):
        raise Malformed(f"is {kind_of(output)}, but a list of names was expected")
    if not all(isinstance(name, str) for name in output):
        raise Malformed("lists something else than names, but a list of names was expected")
    first: dict[str, int] = {}
    for position, name in enumerate(output):
        first.setdefault(name, position)
    late = any(
        first.get(parent, -1) > position
        for name, position in first.items()
        for parent in parents.get(name, ())
    )
    wrong_set = set(output) != set(topological_order(parents, root))
    return tuple(map(int, (wrong_set, len(first) < len(output), late, output[-1] != root)))


register(
    Exercise(
        "ex-engine-order",
        "code",
        "A name may be listed as soon as all its parents are. Keep a stack of your own, and put a "
        "name back on it below its parents, so that it comes up again after them.",
        reference=topological_order,
        parts=DEMANDS,
        inputs=_orders,
        view=_faults_of_order,
        mistakes=(
            (
                _breadth_first,
                "Your list begins at the root: results stand before their inputs. Turning it round "
                "helps only if every name was listed after all names that use it.",
            ),
            (
                lambda parents, root: _breadth_first(parents, root)[::-1],
                "A breadth-first walk, turned round: where two paths of unequal length lead to a "
                "name, it comes after a result that needs it.",
            ),
            (
                lambda parents, root: _depth_first(parents, root)[::-1],
                "You list a name on the way down, and turn the list round at the end: where two "
                "paths meet, a name comes after a result that needs it. List it on the way up.",
            ),
            (
                _order_of_paths,
                "Names are listed more than once, one time for every path that leads to them. "
                "Remember what you have seen; the number of paths can double with every layer.",
            ),
            (
                _recursive_order,
                "The order is right, but a deep graph exceeds Python's recursion limit. Keep a "
                "stack of your own in a loop.",
            ),
            (
                lambda parents, root: [n for n in topological_order(parents, root) if n != root],
                "The root itself is missing: its gradient is where the backward pass begins.",
            ),
            (
                _order_of_everything,
                "You list the whole graph. Only what the root depends on takes part in its "
                "backward pass.",
            ),
        ),
        remark="Reversed, it is the order of the backward pass.",
    )
)
register(
    Exercise(
        "ex-engine-accumulate",
        "think",
        "Draw the graph: three edges leave x. Write on each what comes back, and in which order "
        "the ops are visited from f backward.",
        reference=(7, 3),
        parts=("right gradient", "overwritten"),
        given={"x": 3},
        mistakes=(
            (
                {"right gradient": 7, "overwritten": 1},
                "The addition is visited first, so what it sends to x is overwritten later. What "
                "arrives last stays.",
            ),
            (
                {"right gradient": 7, "overwritten": 6},
                "You overwrote the gradient from the addition, but x·x has two edges to x, and the "
                "second overwrites the first.",
            ),
            (
                {"right gradient": 7, "overwritten": 4},
                "Nothing is added when backward overwrites: a single edge's gradient stays.",
            ),
            (
                (3, 7),
                "Both are there, but in the wrong order: the right gradient comes first.",
            ),
            (
                {"overwritten": 7},
                "That is the sum of all edges. Overwriting keeps the gradient of one edge only.",
            ),
            (
                {"right gradient": 6},
                "That is the derivative of x·x. The other term of f depends on x, too.",
            ),
            (
                {"right gradient": 4},
                "One edge is missing: in x·x both factors are x, and each gets a gradient.",
            ),
        ),
        remark="No error, no warning, a wrong number: hence the gradient checks.",
    )
)
