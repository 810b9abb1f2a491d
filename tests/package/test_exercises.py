"""Every exercise: the right answer, each known mistake, empty stubs, and other wrong answers."""

import re

import numpy as np
import pytest

from underhood.check import check_answer
from underhood.exercises import EXERCISES, Exercise, find, register
from underhood.exercises import backpropagation as chapter
from underhood.exercises.outcomes import WHOLE, Malformed, Raised, complaints, difference, is_empty

from ..exercise_answers import ALL, VALUES, by_label, completed, numbers_in, slightly_wrong

FUNCTIONS = [exercise for exercise in ALL if exercise.inputs]
MISTAKES = [(exercise, wrong, said) for exercise in ALL for wrong, said in exercise.mistakes]


def replay(exercise, outcomes):
    """An answer that has these outcomes: a value, or a function that gives one after the other."""
    if not exercise.inputs:
        return outcomes[0]
    remaining = iter(outcomes)

    def answer(*case):
        outcome = next(remaining)
        if isinstance(outcome, Raised):
            raise outcome.kind(outcome.text)
        return outcome

    return answer


@pytest.mark.parametrize("exercise", ALL, ids=by_label)
def test_reference_is_right(exercise):
    feedback = check_answer(exercise.label, exercise.reference)
    assert feedback
    assert feedback.kind == "right"


@pytest.mark.parametrize(("exercise", "wrong", "said"), MISTAKES, ids=by_label)
def test_known_mistake_gets_its_own_message(exercise, wrong, said):
    feedback = check_answer(exercise.label, replay(exercise, completed(exercise, wrong)))
    assert not feedback
    assert (feedback.kind, feedback.message) == ("known", said)


EMPTY = [None, ..., "", " … ", [], (), {}, (None, None), np.array([]), float("nan")]


def raises_not_implemented(*case):
    raise NotImplementedError


def passes(*case):
    pass


STUBS = [
    raises_not_implemented,
    passes,
    lambda *case: ...,
    lambda *case: (..., ...),
    lambda *case: [],
    lambda *case: {},
    lambda *case: float("nan"),
]


@pytest.mark.parametrize("stub", EMPTY, ids=repr)
@pytest.mark.parametrize("exercise", ALL, ids=by_label)
def test_empty_answer_counts_as_not_answered(exercise, stub):
    feedback = check_answer(exercise.label, stub)
    assert not feedback
    assert feedback.kind == "empty"


@pytest.mark.parametrize("stub", STUBS)
@pytest.mark.parametrize("exercise", FUNCTIONS, ids=by_label)
def test_stub_function_counts_as_not_answered(exercise, stub):
    feedback = check_answer(exercise.label, stub)
    assert not feedback
    assert feedback.kind == "empty"


@pytest.mark.parametrize("exercise", [e for e in ALL if len(e.parts) > 1], ids=by_label)
def test_partly_filled_answer_names_what_is_missing(exercise):
    half = (0.5, *[...] * (len(exercise.parts) - 1))
    answer = (lambda *case: half) if exercise.inputs and not is_viewed(exercise) else half
    feedback = check_answer(exercise.label, answer)
    assert not feedback
    if not is_viewed(exercise):
        assert feedback.kind == "empty"
        assert feedback.message.endswith(f"{', '.join(exercise.parts[1:])}.")


def is_viewed(exercise):
    return exercise.label == "ex-engine-order"


@pytest.mark.parametrize(
    "exercise", [e for e in ALL if not e.choices and not is_viewed(e)], ids=by_label
)
def test_other_wrong_answer_gets_a_hint_that_gives_nothing_away(exercise):
    feedback = check_answer(exercise.label, slightly_wrong(exercise))
    assert not feedback
    assert feedback.kind == "other"
    assert feedback.message.endswith(exercise.hint)


@pytest.mark.parametrize("exercise", [e for e in VALUES if not e.choices], ids=by_label)
def test_no_message_holds_a_right_value(exercise):
    right = set(np.ravel(exercise.reference).astype(float))
    said = [message for _, message in exercise.mistakes]
    said += [check_answer(exercise.label, slightly_wrong(exercise)).message]
    said += [check_answer(exercise.label, None).message, repr(exercise.parts), exercise.hint]
    said += [check_answer(exercise.label, [0.5] * 11).message]
    said += [check_answer(exercise.label, [0.5] * len(exercise.parts)).message]
    assert not right & numbers_in(" ".join(said))


@pytest.mark.parametrize("exercise", ALL, ids=by_label)
def test_repr_gives_nothing_away(exercise):
    text = repr(exercise)
    assert "reference" not in text
    assert "mistakes" not in text
    assert "hint" not in text


@pytest.mark.parametrize("exercise", ALL, ids=by_label)
def test_exercise_has_known_mistakes_with_messages_of_their_own(exercise):
    messages = [message for _, message in exercise.mistakes] + [exercise.hint]
    assert len(exercise.mistakes) >= 2
    assert len(set(messages)) == len(messages)
    assert all(message.endswith((".", "?")) for message in messages)


SEQUENCES = ["causal-convolution", "receptive-field", "forecasting"]
BACKPROPAGATION = ["graphs", "backpropagation", "linear-regression", "engine"]
DEPTH = ["activations", "normalization", "residual"]
LIKELIHOOD = [
    "distributions",
    "likelihood-principle",
    "numerical-stability",
    "classification",
    "regression-likelihood",
]


@pytest.mark.parametrize("page", SEQUENCES + BACKPROPAGATION + DEPTH + LIKELIHOOD)
def test_each_page_has_three_kinds_of_exercise(page):
    kinds = {e.kind for e in ALL if e.label.startswith(f"ex-{page}-")}
    assert kinds == {"hand", "code", "think"}


def test_retrace_answer_is_what_tensorflow_does():
    import tensorflow as tf

    traces = []

    @tf.function
    def f(x):
        traces.append(x)
        return x

    for x in (1, 2, tf.constant(1), tf.constant(2), tf.constant([1, 2])):
        f(x)
    assert len(traces) == find("ex-graphs-retrace").reference


def test_difference_with_a_tiny_step_is_spoilt_by_rounding():
    x, step = 1.0, 1e-12
    quotient = (np.exp(x + step) - np.exp(x - step)) / (2 * step)
    spacing = np.spacing(np.exp(x)) / step
    assert 1e-5 < abs(quotient - np.exp(x)) < 2 * spacing


def test_overwriting_backward_gives_the_answer_of_accumulate():
    from underhood.autodiff import Tensor, edge_gradients
    from underhood.autodiff import topological_order as order

    x = Tensor(3.0)
    f = x * x + x
    f.grad = np.array(1.0)
    for node in reversed(order(f)):
        for parent, gradient in edge_gradients(node):
            parent.grad = gradient
    overwritten = float(x.grad)
    f.backward()
    assert (float(x.grad), overwritten) == find("ex-engine-accumulate").reference


def test_largest_stable_rate_is_where_gradient_descent_starts_to_diverge():
    exercise = find("ex-linear-regression-rate")
    rate, condition = exercise.reference
    curvatures = np.array(exercise.given["eigenvalues"])

    def distance(rate):
        return np.max(np.abs(1 - rate * curvatures)) ** 1000

    assert distance(0.99 * rate) < 1 < distance(1.01 * rate)
    assert condition == np.max(curvatures) / np.min(curvatures)


# Functions that readers write: natural versions of right and wrong ones.


def kahn(parents, root):
    waiting, order = dict(parents), []
    while waiting:
        ready = [name for name in waiting if all(p in order for p in waiting[name])]
        order += ready
        for name in ready:
            del waiting[name]
    return order


def kahn_of_the_needed(parents, root):
    needed = set(chapter.topological_order(parents, root))
    waiting = {name: set(ps) for name, ps in parents.items() if name in needed}
    users = {name: [] for name in waiting}
    for name, ps in waiting.items():
        for p in ps:
            users[p].append(name)
    ready, order = [name for name, ps in waiting.items() if not ps], []
    for name in ready:
        order.append(name)
        for user in users[name]:
            waiting[user].discard(name)
            if not waiting[user]:
                ready.append(user)
    return order


def postorder_without_memory(parents, root):
    order, stack = [], [(root, False)]
    while stack:
        name, listed = stack.pop()
        if listed:
            order.append(name)
        else:
            stack.append((name, True))
            stack.extend((parent, False) for parent in parents[name])
    return order


def test_any_valid_order_is_right():
    assert check_answer("ex-engine-order", kahn_of_the_needed)
    assert check_answer("ex-engine-order", lambda p, r: tuple(chapter.topological_order(p, r)))


def test_order_reversed_is_known():
    feedback = check_answer("ex-engine-order", lambda p, r: chapter.topological_order(p, r)[::-1])
    assert feedback.kind == "known"
    assert "begins at the root" in feedback.message


def test_order_of_the_whole_graph_is_known():
    small = [case for case in find("ex-engine-order").cases() if len(case[0]) < 100]
    assert small
    feedback = check_answer(
        "ex-engine-order",
        lambda p, r: kahn(p, r) if len(p) < 100 else chapter.topological_order(p, r),
    )
    assert feedback.kind == "known"
    assert "whole graph" in feedback.message


def test_repeated_names_by_a_loop_are_known():
    feedback = check_answer("ex-engine-order", postorder_without_memory)
    assert feedback.kind == "known"
    assert "more than once" in feedback.message


def test_order_of_something_else_than_names_is_malformed():
    feedback = check_answer("ex-engine-order", lambda parents, root: 3)
    assert feedback.kind == "other"
    assert "Your answer is an int, but a list of names was expected" in feedback.message


def test_repeated_names_by_recursion_are_known():
    def order(parents, root):
        return [n for p in parents[root] for n in order(parents, p)] + [root]

    feedback = check_answer("ex-engine-order", order)
    assert feedback.kind == "known"
    assert "more than once" in feedback.message


def test_evaluate_that_skips_the_wait_is_known():
    def evaluate(graph, inputs):
        values = dict(inputs)
        for name, op, names in graph:
            values[name] = op(*[values[n] for n in names])
        return values

    feedback = check_answer("ex-graphs-evaluate", evaluate)
    assert feedback.kind == "known"
    assert "order in which they are listed" in feedback.message


def test_another_error_than_that_of_a_known_mistake_is_another_mistake():
    def evaluate(graph, inputs):
        values = dict(inputs)
        for name, op, names in graph:
            if not all(n in values for n in names):
                raise RuntimeError("not ready")
            values[name] = op(*[values[n] for n in names])
        return values

    feedback = check_answer("ex-graphs-evaluate", evaluate)
    assert feedback.kind == "other"
    assert "raised RuntimeError: not ready" in feedback.message


def test_evaluate_that_returns_the_last_value_only_is_told_the_type():
    feedback = check_answer("ex-graphs-evaluate", lambda graph, inputs: 1.5)
    assert feedback.kind == "other"
    assert "is a float, but a dict was expected" in feedback.message


def test_stable_and_plain_sigmoids_are_both_right():
    def plain(g, x):
        s = 1 / (1 + np.exp(-x))
        return g * s * (1 - s)

    assert check_answer("ex-backpropagation-sigmoid-gate", plain)


def test_softplus_by_its_output_is_right():
    assert check_answer("ex-engine-softplus", lambda g, out, x: g * (1 - np.exp(-out)))


def test_unbroadcast_must_keep_the_axes_of_a_number():
    feedback = check_answer(
        "ex-engine-unbroadcast",
        lambda gradient, shape: chapter.unbroadcast(gradient, shape or (1,)),
    )
    assert feedback.kind == "other"
    assert "has shape (1,); expected shape ()" in feedback.message


def test_two_mistakes_the_more_specific_wins():
    exercise = Exercise(
        "ex-test-specific",
        "hand",
        "Look again.",
        reference=(1.5, 2.5),
        parts=("a", "b"),
        mistakes=(({"a": 3.5}, "Only a."), ((3.5, 4.5), "Both.")),
    )
    assert exercise.known_mistake([(3.5, 4.5)]) == "Both."
    assert exercise.known_mistake([(3.5, 2.5)]) == "Only a."
    assert exercise.known_mistake([(1.5, 2.5)]) is None


def unsound(**changes):
    sound = {"kind": "hand", "hint": "Look again.", "reference": 2.0}
    return Exercise("ex-test-unsound", **(sound | {"mistakes": ((3.0, "Three."),)} | changes))


def unreadable_below_0(output, *case):
    if output < 0:
        raise Malformed("is a riddle")
    return output


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"mistakes": ((2.0005, "Two."),)}, "is the right answer: 'Two.'"),
        ({"mistakes": ((3.0, "Same."), (4.0, "Same."))}, "same message"),
        ({"reference": float("nan")}, "not right by its own standard"),
        ({"reference": (1.0,), "parts": ("a", "b")}, "has one value; expected two values"),
        ({"choices": ("x",), "reference": "x", "mistakes": (("z", "Z."),)}, "is no choice"),
        ({"choices": ("x",), "mistakes": ()}, "reference must be one of the choices; got 2.0"),
        ({"choices": ("x", "y"), "reference": "z"}, "reference must be one of the choices; got"),
        ({"choices": ("x", "Y"), "reference": "x"}, "choices must be different words in small"),
        ({"choices": ("x", "y "), "reference": "x"}, "blanks at the ends; got ('x', 'y ')"),
        ({"choices": ("x", "x"), "reference": "x"}, "choices must be different words"),
        ({"reference": (1.0, 2.0), "parts": ("a", "a")}, "parts must be different names; got"),
        ({"kind": "guess"}, "kind must be 'hand', 'code' or 'think'; got 'guess'"),
        ({"hint": " "}, "hint must be a sentence on what to look at; got ' '"),
        ({"rtol": (1e-3, 1e-3)}, "rtol must be a number or one for each of the parts ('',); got"),
        ({"mistakes": (3.0, "Three.")}, "mistakes must be pairs of a wrong answer and a message"),
        ({"mistakes": (("three", "Three."),)}, "is a str, but a number"),
        ({"mistakes": ((None, "None."),)}, "is None, but a number"),
        (
            {
                "reference": (1.0, 2.0),
                "parts": ("a", "b"),
                "mistakes": (({"a": 3.0, "c": 3.0}, "C."),),
            },
            "has the key 'c'; expected some of a, b",
        ),
        (
            {
                "reference": abs,
                "inputs": lambda rng: [(1.0,)],
                "view": unreadable_below_0,
                "mistakes": ((lambda x: -x, "Minus."),),
            },
            "a known mistake is a riddle",
        ),
        (
            {
                "reference": abs,
                "inputs": lambda rng: [(1.0,)],
                "mistakes": ((lambda x: x / None, "None."),),
            },
            "fails on every case",
        ),
    ],
)
def test_unsound_exercise_is_refused(changes, said):
    with pytest.raises(ValueError, match=f"^ex-test-unsound: .*{re.escape(said)}"):
        register(unsound(**changes))
    assert "ex-test-unsound" not in EXERCISES


@pytest.mark.parametrize("label", ["ex-graphs-spider", "graphs-new"])
def test_label_must_be_new_and_begin_with_ex(label):
    exercise = Exercise(label, "hand", "Look again.", 2.0, ((3.0, "Three."),))
    with pytest.raises(ValueError, match="label must begin with 'ex-' and be new"):
        register(exercise)


def test_inputs_are_the_same_every_time():
    exercise = find("ex-backpropagation-matmul")
    for first, second in zip(exercise.cases(), exercise.cases(), strict=True):
        np.testing.assert_array_equal(first[0], second[0])


@pytest.mark.parametrize(
    ("value", "expected", "said"),
    [
        (np.ones((3, 2)), np.ones((2, 3)), "is a transpose missing"),
        (np.ones(3), np.ones((1, 3)), "has shape (3,); expected shape (1, 3)"),
        ([1, 2, 4], [1, 2, 3], "one element of three differs"),
        ([4, 4], [1, 2], "none of its elements is right"),
        ([1, np.nan], [1, 2], "it holds nan"),
        ([[1], [1, 2]], [1, 2], "does not make an array of numbers"),
        ([1, None], [1, 2], "holds None, but real numbers"),
        (["1", "2"], [1, 2], "holds text, but real numbers"),
        ("12", 12, "is a str, but a number"),
        (True, 1, "is a bool, but a number"),
        (1 + 0j, 1, "complex128 values"),
        (lambda: 1, 1, "is a function"),
        ({"a": 1}, {"a": 1, "b": 2}, "lacks the key 'b'"),
        ({"a": 1, "c": 3}, {"a": 1}, "has the key 'c', which"),
        ({"a": 1, "b": 3}, {"a": 1, "b": 2}, "has a wrong value at 'b'"),
    ],
)
def test_difference_is_named(value, expected, said):
    assert said in difference(value, expected, 1e-6, strict=True)


def test_equal_values_have_no_difference():
    from fractions import Fraction

    assert difference(Fraction(1, 2), 0.5, 1e-6, strict=True) == ""
    assert difference([[0.5]], 0.5, 1e-6, strict=False) == ""
    assert difference({"a": [1, 2]}, {"a": np.array([1.0, 2.0])}, 1e-6, strict=True) == ""


def test_rounding_beside_a_large_element_is_no_difference():
    assert difference([1.0, 1e-12], [1.0, 0.0], 1e-6, strict=True) == ""
    assert difference([1.0, 1e-6], [1.0, 0.0], 1e-6, strict=True)


def test_nan_is_never_equal_to_a_finite_number():
    assert difference(np.nan, 0.0, 1.0, strict=False)


def test_complaint_about_a_malformed_answer_is_the_reason():
    said = complaints(Malformed("is a riddle"), {"": 1.0}, WHOLE, {"": 1e-3}, False)
    assert said == ["Your answer is a riddle."]


def test_zero_is_an_answer():
    assert not is_empty(0)
    assert not is_empty([0, 0])
    assert not is_empty(np.zeros(3))
