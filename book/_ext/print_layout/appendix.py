"""Collect hints, solutions and the answers of quizzes at the end of the printed book.

The site folds them. On paper, readers of a textbook expect them where the eye does not fall on
them by accident: hints in one chapter after the text, solutions in the next, in the order of the
exercises. Links lead there and back, with page numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeGuard

from docutils import nodes
from sphinx import addnodes
from sphinx.environment import BuildEnvironment
from sphinx_exercise.nodes import (
    exercise_enumerable_node,
    exercise_node,
    is_exercise_node,
    solution_node,
)

from quiz import Question


@dataclass
class PageAppendix:
    """What a page leaves to the end of the book."""

    hints: list[nodes.Node] = field(default_factory=list)
    solutions: list[nodes.Node] = field(default_factory=list)


def collect(doctree: nodes.document, env: BuildEnvironment) -> list[nodes.Node]:
    """Take hints, solutions and answers out of the pages; return two chapters that hold them."""
    pages: dict[str, PageAppendix] = {}
    for section in list(doctree.findall(nodes.section)):
        if any(map(is_exercise_node, section.children)):
            page = pages.setdefault(section["docname"], PageAppendix())
            take_exercises(section, page)
        if any(isinstance(child, Question) for child in section.children):
            page = pages.setdefault(section["docname"], PageAppendix())
            take_answers(section, page)
    return list(chapters(pages, env))


def take_exercises(section: nodes.Element, page: PageAppendix) -> None:
    """Move the hints and solutions of a section's exercises."""
    exercise: nodes.Element | None = None
    hinted: set[str] = set()
    for child in list(section.children):
        if isinstance(child, exercise_node | exercise_enumerable_node):
            exercise = child
        elif exercise is None:
            continue
        elif isinstance(child, nodes.admonition) and "dropdown" in child["classes"]:
            section.remove(child)
            label = exercise["label"]
            if label not in hinted:
                page.hints.append(heading(exercise, f"hint:{label}"))
            hinted.add(label)
            page.hints += child.children[1:]
        elif isinstance(child, solution_node):
            section.remove(child)
            label = exercise["label"]
            page.solutions.append(heading(exercise, f"solution:{label}"))
            page.solutions += child.children[1].children
            hint = rf"\printedlink{{Hint}}{{hint:{label}}}, " if label in hinted else ""
            link = rf"\exerciselinks{{{hint}\printedlink{{Solution}}{{solution:{label}}}}}"
            exercise.append(raw(link))
        elif is_stub(child):
            # What the check says of the untouched stub: "Not answered yet".
            del child.children[1:]


def is_stub(node: nodes.Node) -> TypeGuard[nodes.container]:
    """Return whether a cell waits for the reader's answer."""
    return (
        isinstance(node, nodes.container)
        and node.get("nb_element") == "cell_code"
        and "check_answer(" in node.children[0].astext()
    )


def heading(exercise: nodes.Element, label: str) -> nodes.rubric:
    """Return the title of an exercise, which leads back to it, under a label."""
    title = [child.deepcopy() for child in exercise.children[0].children]
    back = raw(rf"\backlink{{exercise:{exercise['label']}}}")
    return nodes.rubric("", "", raw(rf"\printedlabel{{{label}}}"), *title, back)


def take_answers(quiz: nodes.Element, page: PageAppendix) -> None:
    """Leave the choices in the quiz, and move what is said about them."""
    label = raw(rf"\printedlabel{{answers:{quiz['docname']}}}")
    back = raw(rf"\backlink{{{quiz['docname']}:{quiz['ids'][0]}}}")  # the label of its heading
    page.solutions.append(nodes.rubric("", "", label, nodes.Text("Quiz"), back))
    for question in [child for child in quiz.children if isinstance(child, Question)]:
        printed = question.numbered()
        for choice in question.choices:
            title, *said = choice.children
            letter = choice["letter"]
            text = nodes.paragraph("", "", *title.children)
            printed += [raw(rf"\begin{{choice}}{{{letter}.}}"), text, raw(r"\end{choice}")]
            number = rf"\begin{{choice}}{{{question['number']}{letter}.}}"
            page.solutions += [raw(number), *said, raw(r"\end{choice}")]
        quiz.replace(question, printed)
    quiz.append(raw(rf"\exerciselinks{{\printedlink{{Answers}}{{answers:{quiz['docname']}}}}}"))


def chapters(pages: dict[str, PageAppendix], env: BuildEnvironment) -> Iterator[nodes.section]:
    """Yield the chapters, with one section for each page."""
    for title, name in (("Hints", "hints"), ("Solutions", "solutions")):
        chapter = nodes.section("", nodes.title(text=title), ids=[f"print-{name}"])
        for docname, page in pages.items():
            if content := getattr(page, name):
                chapter += start_page(docname, name, content, env)
        if len(chapter) > 1:
            yield chapter


def start_page(
    docname: str, name: str, content: Iterable[nodes.Node], env: BuildEnvironment
) -> addnodes.start_of_file:
    """Return a section under the page's number and title; within, links are those of the page."""
    number = ".".join(map(str, env.toc_secnumbers.get(docname, {}).get("", ())))
    title = nodes.title("", f"{number} " if number else "")
    title += [child.deepcopy() for child in env.titles[docname].children]
    section = nodes.section("", title, *content, ids=[f"print-{name}"])
    return addnodes.start_of_file("", section, docname=docname)


def raw(latex: str) -> nodes.raw:
    """Return a node of LaTeX."""
    return nodes.raw("", latex, format="latex")
