"""Answer exercises on the page, without a server.

An exercise whose answer is numbers or a choice gets a form, one whose answer is a function gets
a button to mark it as solved. ``answers.js``, on every page, loads all that is needed once an
exercise comes near: the comparison, the forms, their style sheet and, written here from
`underhood.exercises`, what the page's exercises expect and say. The page itself holds none of it.
"""

from __future__ import annotations

import json
import shutil
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sphinx.application import Sphinx

if TYPE_CHECKING:
    from underhood.exercises import Exercise

HERE = Path(__file__).parent


def key(exercise: Exercise) -> dict[str, Any]:
    """Return what a page has to know to compare answers; of a function, nothing."""
    if exercise.inputs:
        return {}
    said = {"hint": exercise.hint, "remark": exercise.remark}
    if exercise.choices:
        choices = {"choices": exercise.choices, "right": exercise.reference}
        return {**choices, "mistakes": dict(exercise.mistakes), **said}
    return {
        "parts": exercise.parts,
        "rtol": list(exercise.tolerances.values()),
        "wanted": numbers(exercise, exercise.reference),
        "mistakes": [(numbers(exercise, wrong), message) for wrong, message in exercise.mistakes],
        **said,
    }


def numbers(exercise: Exercise, answer: Any) -> dict[str, Any]:
    """Return the numbers by part that an author's answer asks for."""
    (expected,) = exercise.expectations(answer)
    assert isinstance(expected, dict)  # no function that could raise
    return {part: np.asarray(value, np.float64).tolist() for part, value in expected.items()}


def keys(app: Sphinx) -> dict[str, dict[str, Any]]:
    """Return the keys of the exercises by page and label."""
    registry = getattr(app.env, "sphinx_exercise_registry", {})
    places = {label: entry["docname"] for label, entry in registry.items()}
    if not places:
        return {}
    from underhood.exercises import load  # this book's package

    exercises = load()
    found: dict[str, dict[str, Any]] = defaultdict(dict)
    for label in sorted(places.keys() & exercises.keys()):
        found[places[label]][label] = key(exercises[label])
    return found


def add_files(app: Sphinx) -> None:
    """Copy scripts and style sheet into the book, and what all pages need."""
    if app.builder.name != "html":
        return
    static = Path(app.outdir, "_static")
    shutil.copytree(HERE / "static", static / "answers", dirs_exist_ok=True)
    shutil.copy(HERE / "answers.js", static)
    app.add_js_file("answers.js", loading_method="defer")


def write_keys(app: Sphinx, exception: Exception | None) -> None:
    """Write the keys of each page into a script of its own, which works without a server, too."""
    if exception or app.builder.name != "html":
        return
    folder = Path(app.outdir, "_static", "answers", "pages")
    shutil.rmtree(folder, ignore_errors=True)
    for page, found in keys(app).items():
        file = folder / f"{page}.js"
        file.parent.mkdir(parents=True, exist_ok=True)
        # What JSON lacks, an infinite number, is written as JavaScript has it.
        text = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
        file.write_text(f"answers({text});\n", encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension with Sphinx."""
    app.connect("builder-inited", add_files)
    app.connect("build-finished", write_keys)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
