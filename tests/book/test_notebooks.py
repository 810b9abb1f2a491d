"""The notebooks: what is in them, what they say, that they run, and what opens them."""

from __future__ import annotations

import ast
import copy
import doctest
import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import nbformat
import pytest
from bs4 import BeautifulSoup
from IPython.core.inputtransformer2 import TransformerManager
from nbclient import NotebookClient

import build
import ipynb
import notebooks
from ipynb import cells, markdown

from ..built_site import PAGES, SITE
from .conftest import PAGE, ROOT

FOLDER = SITE / "notebooks"
NOTEBOOKS = sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.ipynb"))
EXERCISES = [name for name in NOTEBOOKS if "-solutions" not in name]
WITH_SOLUTIONS = [name for name in EXERCISES if f"{name[:-6]}-solutions.ipynb" in NOTEBOOKS]

pytestmark = pytest.mark.usefixtures("site")


@cache
def read(name: str) -> nbformat.NotebookNode:
    return nbformat.read(FOLDER / name, as_version=nbformat.NO_CONVERT)


@cache
def text(name: str) -> str:
    """Return all Markdown of a notebook."""
    return "\n\n".join(cell.source for cell in read(name).cells if cell.cell_type == "markdown")


def prose(name: str) -> str:
    """Return all Markdown of a notebook, formulas and code left out."""
    return re.sub(r"^```.*?^```|`+.+?`+|\$\$.*?\$\$|\$.+?\$", "", text(name), flags=re.S | re.M)


def code(name: str) -> list[str]:
    return [cell.source for cell in read(name).cells if cell.cell_type == "code"]


def page(name: str) -> BeautifulSoup:
    """Return the page that a notebook was made from."""
    return parse(f"{name.removesuffix('.ipynb').removesuffix('-solutions')}.html")


@cache
def parse(name: str) -> BeautifulSoup:
    """Return a page of the site."""
    return BeautifulSoup((SITE / name).read_text(encoding="utf-8"), "html.parser")


def plain(markdown_text: str) -> str:
    """Return text without marks, for comparisons."""
    without_links = re.sub(r"\]\([^)]*\)", "", markdown_text)
    return re.sub(r"[\\*\[\]`\s]", "", without_links)


# --- what is in them -------------------------------------------------------------------------


def test_every_page_with_cells_is_a_notebook_and_no_other():
    pages = {path.relative_to(ROOT / "book") for path in build.read_pages(build.Book(ROOT))}

    assert {f"{path.with_suffix('')}.ipynb" for path in pages} == set(EXERCISES)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_keeps_to_the_format_and_holds_no_outputs(name):
    notebook = read(name)
    names = [cell.id for cell in notebook.cells]

    nbformat.validate(notebook)
    assert len(names) == len(set(names))
    assert notebook.cells[0].source.startswith("# ")
    assert not [cell.outputs for cell in notebook.cells if cell.get("outputs")]
    assert {cell.get("execution_count") for cell in notebook.cells} == {None}


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_nothing_is_left_that_only_the_book_understands(name):
    left = re.findall(r"\{[a-z:-]+\}`[^`]*`|^`{3,}\{.*|^:{3,}.*|^\(.*\)=$", text(name), re.M)
    config = (ROOT / "_config.yml").read_text(encoding="utf-8")
    macros = re.findall(r"^      (\\\w+): ", config, re.M)

    assert macros
    assert left == []
    assert not [each for each in macros if re.search(re.escape(each) + r"\b", text(name))]
    assert not [source for source in code(name) if re.search(r"\bglue\b|myst_nb", source)]


@pytest.mark.parametrize("name", WITH_SOLUTIONS)
def test_solutions_are_in_the_second_notebook_alone(name):
    solved = f"{name[:-6]}-solutions.ipynb"
    folded = page(name).select("details.solution")
    programs = [cell.get_text().strip() for cell in page(name).select("details.solution pre")]
    programs = [program for program in programs if "check_answer" in program]

    assert folded
    assert programs
    for program in programs:
        assert program not in "\n\n".join(code(name))
        assert program in "\n\n".join(code(solved))
    assert text(name).count(f"]({Path(solved).name})") == len(folded)
    assert text(solved).count("**Solution**") == len(folded)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_figures_code_is_folded(name):
    """As on the page, where a click shows it; what a reader is to read is open."""
    shown = page(name).select("div.cell:not(.tag_hide-input) > .cell_input pre")
    opened = {program.get_text().strip() for program in shown}
    folded = [cell for cell in read(name).cells if cell.metadata.get("jupyter")]

    assert [cell.source for cell in folded if cell.source in opened] == []
    assert {cell.metadata.jupyter.source_hidden for cell in folded} <= {True}


# --- what they say ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", EXERCISES)
def test_headings_and_their_numbers_are_those_of_the_page(name):
    headings = page(name).select("article :is(h1, h2, h3, h4, h5, h6)")
    expected = [
        re.sub(r"\s", "", heading.get_text().removesuffix("#"))
        for heading in headings
        if not heading.select(".katex") and heading.get_text().strip("#\n ")
    ]
    found = [plain(line.lstrip("# ")) for line in re.findall(r"^#+ .*", text(name), re.M)]

    assert [heading for heading in expected if heading not in found] == []


@pytest.mark.parametrize("name", EXERCISES)
def test_equations_have_the_numbers_of_the_page(name):
    numbers = [re.search(r"[\d.]+", each.get_text())[0] for each in page(name).select(".eqno")]

    solved = f"{name[:-6]}-solutions.ipynb" if name in WITH_SOLUTIONS else name
    assert re.findall(r"\\tag\{([\d.]+)\}", text(solved)) == numbers


@pytest.mark.parametrize("name", EXERCISES)
def test_figures_have_the_numbers_of_the_page_and_their_alternative_texts(name):
    solved = f"{name[:-6]}-solutions.ipynb" if name in WITH_SOLUTIONS else name
    figures = page(name).select("article figure:has(figcaption)")
    numbers = [figure.select_one(".caption-number").get_text().strip() for figure in figures]
    images = [image for each in figures if (image := each.select_one("img"))]
    alternatives = [plain(markdown.escape(image["alt"])) for image in images]
    live = [each for each in figures if each.select_one(".live")]

    assert len(images) + len(live) == len(figures)
    assert re.findall(r"^\*\*(Figure [\d.]+)\.\*\*", text(solved), re.M) == numbers
    assert not [each for each in alternatives if each not in plain(text(solved))]


@pytest.mark.parametrize("name", EXERCISES)
def test_numbers_are_those_of_the_run(name):
    """The text shows what the build has computed, since the notebook has no outputs."""
    solved = f"{name[:-6]}-solutions.ipynb" if name in WITH_SOLUTIONS else name
    said = re.sub(r"\W", "", plain(text(solved)))

    # Each with the words before it, so that a number elsewhere does not pass for it.
    computed = [
        re.sub(r"\W", "", f"{str(each.previous_sibling or '')[-15:]}{each.text}")
        for each in page(name).select("article .pasted-text")
    ]
    assert [each for each in computed if each not in said] == []


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_links_lead_somewhere(name):
    links = re.findall(r"\]\(([^)\s]+)\)", prose(name))
    broken = [
        link
        for link in links
        if not link.startswith(("https://", "http://", "data:"))
        and not (FOLDER / name).parent.joinpath(unquote(link)).is_file()
    ]

    assert links
    assert broken == []


def test_included_code_is_shown():
    source = (ROOT / "code/underhood/autodiff.py").read_text(encoding="utf-8")
    function = re.search(r"^def topological_order.*?(?=^\S)", source[1:], re.S | re.M)[0].strip()

    assert f"```python\n{function}\n```" in text("backprop/graphs.ipynb")


# --- that they run ---------------------------------------------------------------------------


def test_a_notebook_runs_from_top_to_bottom(tmp_path):
    """The cheapest one; `make test-notebooks` runs all of them."""
    notebook = copy.deepcopy(read("index.ipynb"))

    NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": tmp_path}}
    ).execute()

    results = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert "(-12.0, -4.0, -4.0, 3.0)" in [
        output.data["text/plain"] for output in results if output.output_type == "execute_result"
    ]
    shown = [output.get("data", {}).get("text/html", "") for output in results]
    assert any("<svg" in html and "All 10 steps in words" in html for html in shown)


class Shell:
    """Notes what a cell asks IPython to do."""

    def __init__(self):
        self.asked = []

    def run_line_magic(self, name, line):
        self.asked.append(f"%{name} {line}")


def run_first_cell(source, monkeypatch, present):
    """Run a notebook's first cell where only these packages are there; return what it asks for."""
    shell = Shell()
    found = {"keras", "underhood", "tensorflow"} & set(present)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name if name in found else None)
    program = TransformerManager().transform_cell(source)
    exec(program, {"get_ipython": lambda: shell})
    return shell.asked


PACKAGE = (
    '%pip install --quiet "underhood[full] @ https://github.com/somebody/a-book/archive/5e1f.zip"'
)


@pytest.mark.parametrize(
    ("present", "asked"),
    [
        ({"underhood", "tensorflow"}, []),
        ({"tensorflow"}, [PACKAGE]),
        ({"underhood"}, ["%pip install --quiet tensorflow"]),
        ((), [PACKAGE, "%pip install --quiet tensorflow"]),
    ],
)
def test_the_first_cell_installs_what_is_missing_and_nothing_else(monkeypatch, present, asked):
    source = cells.first_cell(["keras"], ipynb.archive("somebody/a-book", "5e1f"))

    assert run_first_cell(source, monkeypatch, present) == asked


def test_without_keras_tensorflow_is_not_installed(monkeypatch):
    source = cells.first_cell(["numpy"], ipynb.archive("somebody/a-book", "5e1f"))

    assert run_first_cell(source, monkeypatch, ()) == [PACKAGE]


def test_without_a_repository_the_first_cell_says_what_is_missing(monkeypatch):
    source = cells.first_cell(["numpy"], ipynb.archive("", "5e1f"))

    with pytest.raises(ModuleNotFoundError, match=r"pip install \.\[full\]"):
        run_first_cell(source, monkeypatch, ())


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_the_first_cell_is_the_first(name):
    first, *others = code(name)

    assert "find_spec" in first
    assert not [source for source in others if "find_spec" in source or "%pip" in source]
    assert ('find_spec("tensorflow")' in first) == any(
        re.match(r"keras|tensorflow|underhood\.keras", module) for module in cells.imports(others)
    )


def test_notebooks_run_in_the_environment_of_the_build():
    """As far as the first cell sets it; the rest is about a machine that is not the reader's."""
    assert cells.ENVIRONMENT.items() <= build.KERNEL_ENVIRONMENT.items()


def test_a_hidden_cell_stays_if_a_later_one_needs_it():
    page_cells = [
        cells.Cell(0, "a = 1\nassert a", hidden=True),
        cells.Cell(1, "b = 2\nglue('b', b, display=False)", hidden=True),
        cells.Cell(2, "print(a)"),
    ]

    assert cells.clean(page_cells) == [
        cells.Cell(0, "a = 1", hidden=True, folded=True),
        cells.Cell(2, "print(a)"),
    ]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_every_name_that_a_notebook_uses_is_defined_in_it(name):
    """Cells that the page hides are left out; none of the others may miss them."""
    known = set(dir(__builtins__)) | set(__builtins__) | {"__name__"}
    used = set()
    for source in code(name)[1:]:
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Name):
                (used if isinstance(node.ctx, ast.Load) else known).add(node.id)
            elif isinstance(node, ast.arg):
                known.add(node.arg)
            elif isinstance(node, ast.alias):
                known.add(node.asname or node.name.split(".")[0])
            elif isinstance(node, ast.FunctionDef | ast.ClassDef | ast.ExceptHandler):
                known.add(node.name)

    assert used - known == set()


# --- what opens them -------------------------------------------------------------------------


@pytest.mark.parametrize("name", PAGES)
def test_a_page_with_cells_offers_its_notebook_and_no_other_page_does(name):
    links = parse(name).select(".article-header-buttons a[download]")

    files = [(SITE / name).parent.joinpath(link["href"]).resolve() for link in links]
    expected = FOLDER / f"{name.removesuffix('.html')}.ipynb"
    assert files == ([expected.resolve()] if expected.exists() else [])
    for link in links:
        assert "notebook" in f"{link.get('aria-label', '')} {link.get_text()}"


def addresses(book) -> dict[str, str]:
    """Return what the menu of the scratch book's page offers."""
    document = BeautifulSoup(book.html(), "html.parser")
    links = document.select(".article-header-buttons a")
    return {" ".join(f"{a.get_text()} {a.get('aria-label', '')}".split()): a["href"] for a in links}


def test_a_forks_buttons_open_the_forks_notebooks(scratch_book, monkeypatch):
    monkeypatch.setenv("GITHUB_REPOSITORY", "Somebody/a-book")
    monkeypatch.setenv("GITHUB_SHA", "5e1f")
    config = scratch_book.root / "_config.yml"
    hub = 'jupyterhub_url: "https://hub.example.edu/"'
    config.write_text(config.read_text().replace('jupyterhub_url: ""', hub))

    run = scratch_book.build()

    assert run.returncode == 0, run.stderr
    assert addresses(scratch_book) == {
        "Download the notebook": "notebooks/page.ipynb",
        "Open it in Binder": "https://mybinder.org/v2/gh/Somebody/a-book/notebooks"
        "?urlpath=lab/tree/page.ipynb",
        "Open it in Colab": "https://colab.research.google.com/github/Somebody/a-book/blob/notebooks"
        "/page.ipynb",
        "Open it in JupyterHub": "https://hub.example.edu/hub/user-redirect/git-pull"
        "?repo=https://github.com/Somebody/a-book&branch=notebooks"
        "&urlpath=lab/tree/a-book/page.ipynb",
    }
    notebook = (scratch_book.root / "_build/html/notebooks/page.ipynb").read_text()
    assert "https://github.com/Somebody/a-book/archive/5e1f.zip" in notebook
    assert "[A page](https://somebody.github.io/a-book/page.html#sec-page)" in notebook


def test_without_a_repository_there_is_the_download_alone(scratch_book, monkeypatch):
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)

    run = scratch_book.build()

    assert run.returncode == 0, run.stderr
    assert addresses(scratch_book) == {"Download the notebook": "notebooks/page.ipynb"}
    notebook = (scratch_book.root / "_build/html/notebooks/page.ipynb").read_text()
    assert "See A page and (1)." in notebook
    assert "The package says '[41]'." in notebook or "The package says \\\\[41\\\\]." in notebook


BLOCKS = """

:::{note}
A `note` with *marks*.
:::

:::{admonition} A hint for $x$
:class: dropdown
Look.
:::

::::{tab-set}
:::{tab-item} First
One.
:::
:::{tab-item} Second
Two.
:::
::::

:::{question}
Is it $x$?

- [ ] No, `y`.

  Not quite.

- [x] Yes.

  Right.
:::

1. one
2. two

   more

> Quoted.

| a | b |
| --- | ---: |
| $\\|x\\|$ | [a_b_](https://example.org) |

```{code-block} python
:caption: A program.
:name: code-page

print(1)
```

```{figure} _static/logo.svg
:alt: Two arrows and a ring
:name: fig-page-file

The logo.
```

Term
: Its meaning.[^note]

[^note]: A note.
"""

WRITTEN = [
    "> **Note**\n>\n> A `note` with *marks*.",
    "<details>\n<summary>A hint for $x$</summary>\n\nLook.\n\n</details>",
    "**First**\n\nOne.\n\n**Second**\n\nTwo.",
    "**1.** Is it $x$?\n\n<details>\n<summary>A. No, <code>y</code>.</summary>\n\nNot quite.",
    "<details>\n<summary>B. Yes.</summary>\n\nRight.\n\n</details>",
    "1. one\n2. two\n\n   more",
    "> Quoted.",
    "| a | b |\n| --- | ---: |\n| $\\vert x\\vert $ | [a_b\\_](https://example.org) |",
    "**Listing 1.** A program.\n\n```python\nprint(1)\n```",
    "![Two arrows and a ring](data:image/svg+xml;base64,PHN2",
    "**Figure 2.** The logo.",
    "- **Term**: Its meaning.<sup>1</sup>",
    "<sup>1</sup> A note.",
]


def test_what_markdown_lacks_is_written_in_what_it_has(scratch_book):
    scratch_book.write(PAGE + BLOCKS)

    run = scratch_book.build()

    assert run.returncode == 0, run.stderr
    notebook = nbformat.read(scratch_book.root / "_build/html/notebooks/page.ipynb", 4)
    written = "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    assert [each for each in WRITTEN if each not in written] == []


def test_what_no_notebook_can_show_fails_the_build_and_names_the_page(scratch_book):
    scratch_book.write(PAGE + "\n```{parsed-literal}\nA *b*\n```\n\n```{hlist}\n- a\n```\n")

    run = scratch_book.build()

    assert run.returncode == 1
    assert "page.md: line" in run.stderr
    assert "notebooks have no rule for hlist" in run.stderr


# --- what goes with them ---------------------------------------------------------------------


def test_the_archive_depends_on_the_files_alone(tmp_path):
    for name, permissions in (("a", 0o600), ("b", 0o755)):
        folder = tmp_path / name / "notebooks"
        folder.mkdir(parents=True)
        for file in ("b.ipynb", "a.ipynb")[:: 1 if name == "a" else -1]:
            (folder / file).write_text(file)
            (folder / file).chmod(permissions)
        notebooks.pack(folder, tmp_path / name / "book.zip")

    first, second = (tmp_path / name / "book.zip" for name in "ab")
    assert first.read_bytes() == second.read_bytes()


def test_a_notebook_with_outputs_is_refused(tmp_path, monkeypatch):
    cell = nbformat.v4.new_code_cell("1", outputs=[nbformat.v4.new_output("stream", text="1")])
    source = tmp_path / "_build/html/notebooks/page.ipynb"
    source.parent.mkdir(parents=True)
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), source)
    monkeypatch.setattr(build, "read_pages", lambda book: [tmp_path / "book/page.md"])

    with pytest.raises(build.BuildError, match="page.ipynb holds outputs"):
        notebooks.collect(build.Book(tmp_path), tmp_path)


def test_a_missing_notebook_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(build, "read_pages", lambda book: [tmp_path / "book/page.md"])

    with pytest.raises(build.BuildError, match="page.ipynb is no notebook"):
        notebooks.collect(build.Book(tmp_path), tmp_path)


def pinned(lock: str) -> dict[str, set[str]]:
    """Return the versions of a lock: several, if they depend on the platform."""
    versions: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([\w.-]+)==([\w.]+)", lock, re.M):
        versions.setdefault(name, set()).add(version)
    return versions


def test_binder_gets_the_versions_of_the_book_and_not_its_tools():
    book = pinned((ROOT / "requirements.txt").read_text(encoding="utf-8"))
    binder = pinned((ROOT / notebooks.LOCK).read_text(encoding="utf-8"))

    assert {"numpy", "scipy", "matplotlib", "tensorflow-cpu"} <= binder.keys()
    assert not {"sphinx", "jupyter-book", "ipykernel", "pytest"} & binder.keys()
    assert {name: versions for name, versions in binder.items() if book[name] != versions} == {}


@pytest.mark.parametrize("module", [ipynb, cells, markdown, notebooks])
def test_examples_in_docstrings(module):
    failed, tried = doctest.testmod(module)

    assert tried > 0
    assert failed == 0
