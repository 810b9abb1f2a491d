"""Ask questions at the end of a page, the directive ``question``.

The question is followed by a task list of its choices, the right one ticked. What a choice's item
says below its first paragraph is the answer to whoever chooses it::

    :::{question}
    What does a causal layer see?

    - [ ] The future.

      Not quite. That is what it is named for.

    - [x] The past.

      Right.
    :::

Numbers and letters come from the order. On the site a choice is a ``<details>``, which works
without a script. ``quiz-question.js``, loaded when a question comes near (`live`), notes which one
was opened first. Notebooks write the same (`ipynb`), and print has the answers at the end of the
book (`print_layout`).

The libraries for quizzes in notebooks and Sphinx need a script to show anything at all, and
bring more of it than a page may weigh.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from string import ascii_uppercase
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.environment.collectors import EnvironmentCollector
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

SCRIPT = Path(__file__).with_name("quiz-question.js")
RESULT = """\
<p class="quiz-result"><span></span>
<button type="button" hidden>Answer again</button>
<span class="visually-hidden" role="status"></span></p>
"""


class Question(nodes.General, nodes.Element):
    """A question of a quiz, by its number; its last children are its choices."""

    @property
    def choices(self) -> list[Choice]:
        """Return the choices."""
        return [child for child in self.children if isinstance(child, Choice)]

    @property
    def right(self) -> str:
        """Return the letter of the right choice."""
        return next(choice["letter"] for choice in self.choices if choice["right"])

    def numbered(self) -> list[nodes.Node]:
        """Return what is asked, with the number at its beginning, for media without a heading."""
        first, *more = [
            child.deepcopy() for child in self.children if not isinstance(child, Choice)
        ]
        number = nodes.strong(text=f"{self['number']}.")
        return [nodes.paragraph("", "", number, nodes.Text(" "), *first.children), *more]


class Choice(nodes.Part, nodes.Element):
    """A choice by its letter; its first child is its title, the others answer it."""


class ChoiceTitle(nodes.Part, nodes.TextElement):
    """What is to be chosen."""


class QuestionDirective(SphinxDirective):
    """Ask a question here."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the question."""
        content = self.parse_content_to_nodes()
        *text, choices = content or [nodes.paragraph()]
        if not text or not isinstance(text[0], nodes.paragraph):
            raise self.error("a question begins with a paragraph that asks it")
        if not isinstance(choices, nodes.bullet_list):
            raise self.error(
                "a question ends in the list of its choices, `- [ ]` or `- [x]`; "
                f"this one ends in a {type(choices).__name__}"
            )
        question = Question("", *text, number=self.env.new_serialno("question") + 1)
        self.set_source_info(question)
        for letter, item in zip(ascii_uppercase, choices.children, strict=False):
            question.append(self.choice(letter, item))
        if len(question.choices) < 2:
            raise self.error(f"a question has two choices at least; this one has {len(choices)}")
        right = [choice["letter"] for choice in question.choices if choice["right"]]
        if len(right) != 1:
            raise self.error(
                "one choice of a question is right and marked `[x]`; "
                f"here it is {' and '.join(right) or 'none'}"
            )
        return [question]

    def choice(self, letter: str, item: nodes.Node) -> Choice:
        """Return a choice from its item of the list."""
        assert isinstance(item, nodes.list_item)
        title = item[0] if item.children else None
        box = title[0] if isinstance(title, nodes.paragraph) and title.children else None
        if not isinstance(box, nodes.raw) or "task-list-item" not in item["classes"]:
            raise self.error(f"choice {letter} begins with neither `[ ]` nor `[x]`")
        assert isinstance(title, nodes.paragraph)
        if len(item) < 2:
            raise self.error(f"choice {letter} has no answer: a paragraph below it, indented")
        text = title.children[1:]
        if isinstance(text[0], nodes.Text):
            text[0] = nodes.Text(text[0].lstrip())
        return Choice(
            "",
            ChoiceTitle("", "", *text),
            *item.children[1:],
            letter=letter,
            right='checked="checked"' in box.astext(),
        )


class QuizCollector(EnvironmentCollector):
    """Keep the right choices of every page that asks."""

    def clear_doc(self, app: Sphinx, env: BuildEnvironment, docname: str) -> None:
        """Forget a page's questions."""
        quizzes(env).pop(docname, None)

    def process_doc(self, app: Sphinx, doctree: nodes.document) -> None:
        """Note the letters of a page's right choices."""
        if letters := [question.right for question in doctree.findall(Question)]:
            quizzes(app.env)[app.env.docname] = "".join(letters)

    def merge_other(
        self, app: Sphinx, env: BuildEnvironment, docnames: set[str], other: BuildEnvironment
    ) -> None:
        """Take over what another process read."""
        quizzes(env).update(quizzes(other))


def quizzes(env: BuildEnvironment) -> dict[str, str]:
    """Return page to right choices, which Sphinx keeps from build to build."""
    if not hasattr(env, "quizzes"):
        env.quizzes = {}  # type: ignore[attr-defined]
    found: dict[str, str] = env.quizzes  # type: ignore[attr-defined]
    return found


def mark_last(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Tell the last question of a page that the result follows."""
    if questions := list(doctree.findall(Question)):
        questions[-1]["is_last"] = True


def visit_question(translator: HTML5Translator, node: Question) -> None:
    """Open the question, under a title that has room for what became of it."""
    name = f"Question {node['number']}"
    translator.body.append(
        f'<quiz-question id="question-{node["number"]}" role="group"'
        f' aria-label="{name}" data-right="{node.right}">\n'
        f'<p class="question-title">{name}<span></span></p>\n'
    )


def depart_question(translator: HTML5Translator, node: Question) -> None:
    """Close the question; below the last one is the place of the result."""
    translator.body.append("</quiz-question>\n" + (RESULT if "is_last" in node else ""))


def visit_choice(translator: HTML5Translator, node: Choice) -> None:
    """Open the choice."""
    translator.body.append("<details>")


def depart_choice(translator: HTML5Translator, node: Choice) -> None:
    """Close the choice."""
    translator.body.append("</details>\n")


def visit_title(translator: HTML5Translator, node: ChoiceTitle) -> None:
    """Open the title, after the letter."""
    translator.body.append(f"<summary>{node.parent['letter']}. ")


def depart_title(translator: HTML5Translator, node: ChoiceTitle) -> None:
    """Close the title."""
    translator.body.append("</summary>\n")


def add_script(app: Sphinx) -> None:
    """Copy the script into the book."""
    if app.builder.name == "html":
        folder = Path(app.outdir, "_static", "live")
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(SCRIPT, folder)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension with Sphinx."""
    app.add_node(Question, html=(visit_question, depart_question))
    app.add_node(Choice, html=(visit_choice, depart_choice))
    app.add_node(ChoiceTitle, html=(visit_title, depart_title))
    app.add_directive("question", QuestionDirective)
    app.add_env_collector(QuizCollector)
    app.connect("builder-inited", add_script)
    app.connect("doctree-resolved", mark_last)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
