"""tools/lint.py: the checks of the pages that are the book's own."""

from __future__ import annotations

import pytest

import lint

GOOD = """\
(sec-graphs)=
# Graphs

````{note}
```python
x = 1
```
````

$$
a = b
$$ (eq-graphs-one)

:::{figure} a.svg
:name: fig-graphs-one

A caption.
:::
"""


@pytest.fixture
def problems(tmp_path):
    def check(*texts: str) -> str:
        pages = []
        for number, text in enumerate(texts):
            pages.append(tmp_path / f"page{number}.md")
            pages[-1].write_text(text, encoding="utf-8")
        return "\n".join(lint.check_pages(pages))

    return check


def test_a_good_page_passes(problems):
    assert problems(GOOD) == ""


@pytest.mark.parametrize("fence", ["```{note}", ":::{note}", "````python"])
def test_an_unclosed_fence_is_found(problems, fence):
    assert "page0.md:3: " in problems(f"# Page\n\n{fence}\nText.\n")


def test_a_fence_inside_one_that_is_not_longer_is_found(problems):
    text = "# Page\n\n```{note}\n```python\nx = 1\n```\n```\n"

    assert "page0.md:4: ```python opens inside ```" in problems(text)


@pytest.mark.parametrize(
    "text",
    [
        "(sec-one)=\n# A\n\n(sec-one)=\n## B\n",
        "(sec-one)=\n# A\n\n$$\nx\n$$ (sec-one)\n",
        "(sec-one)=\n# A\n\n```{figure} a.svg\n:name: sec-one\n```\n",
    ],
)
def test_a_label_that_is_taken_is_found(problems, text):
    assert "the label sec-one is taken by page0.md:1" in problems(text)


def test_a_label_that_another_page_has_is_found(problems):
    assert "page1.md:1: the label sec-one is taken" in problems("(sec-one)=\n", "(sec-one)=\n")


def test_a_label_says_what_it_labels(problems):
    assert "the label graphs begins with none of" in problems("(graphs)=\n# Graphs\n")
