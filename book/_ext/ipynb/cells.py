"""Turn the code cells of pages into those of notebooks.

Numbers reach a page's text by ``glue``, which needs Sphinx; a notebook's text has them already. So
``glue`` leaves the cells, and the cells that a page hides leave the notebook, unless a later one
needs what they define: they check the text or compute what it says.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

# Of what the build gives its kernels (tools/build.py), what changes results, speed and logs.
ENVIRONMENT = {
    "KERAS_BACKEND": "tensorflow",
    "OPENBLAS_NUM_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "TF_NUM_INTRAOP_THREADS": "1",
}


@dataclass(frozen=True)
class Cell:
    """The code of a cell, by its index on the page."""

    index: int
    source: str
    hidden: bool = False
    folded: bool = False


def clean(cells: Iterable[Cell]) -> list[Cell]:
    """Return the cells that a notebook needs, as it needs them."""
    kept: list[Cell] = []
    for cell in sorted(cells, key=lambda cell: -cell.index):
        source = without_glue(cell.source, checks=not cell.hidden)
        cell = Cell(cell.index, source, cell.hidden, cell.folded or cell.hidden)
        if source and (not cell.hidden or is_needed(source, [each.source for each in kept])):
            kept.insert(0, cell)
    return kept


def without_glue(source: str, checks: bool = True) -> str:
    r"""Return code without the statements that glue, and without checks if they are not wanted.

    >>> print(without_glue("x = 1\nglue('x', x, display=False)\nassert x  # one"))
    x = 1
    assert x  # one
    >>> without_glue("glue('x', 2 * x)")  # a cell that ends so shows the number
    '2 * x'
    """
    lines: list[str | None] = [*source.splitlines()]
    for statement in _unwanted(ast.parse(source).body, checks):
        first, last = statement.lineno - 1, statement.end_lineno or statement.lineno
        lines[first:last] = [None] * (last - first)
        if (shown := _shown(statement)) is not None:
            lines[first] = " " * statement.col_offset + shown
    return "\n".join(line for line in lines if line is not None).strip("\n")


def _shown(statement: ast.stmt) -> str | None:
    """Return what a statement that glues displays, if it does."""
    if not isinstance(statement, ast.Expr) or not isinstance(statement.value, ast.Call):
        return None
    call = statement.value
    hushed = any(
        keyword.arg == "display" and getattr(keyword.value, "value", True) is False
        for keyword in call.keywords
    )
    return None if hushed else ast.unparse(call.args[1])


def _unwanted(body: Sequence[ast.stmt], checks: bool) -> Iterator[ast.stmt]:
    """Yield the statements to leave out; one that holds nothing else goes with them."""
    for statement in body:
        inner = [each for each in ast.iter_child_nodes(statement) if isinstance(each, ast.stmt)]
        unwanted = list(_unwanted(inner, checks))
        check = isinstance(statement, ast.Assert) and not checks
        if _glues(statement) or check or (inner and len(unwanted) == len(inner)):
            yield statement
        else:
            yield from unwanted


def _glues(statement: ast.stmt) -> bool:
    """Tell whether a statement imports or calls ``glue``."""
    if isinstance(statement, ast.ImportFrom):
        return statement.module == "myst_nb"
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Call)
        and isinstance(statement.value.func, ast.Name)
        and statement.value.func.id == "glue"
    )


def is_needed(source: str, later: Iterable[str]) -> bool:
    """Tell whether a cell does something, or defines what a later one uses.

    >>> is_needed("a = 1", ["a = 2", "a"]), is_needed("a = 1", ["b = 2", "b + a"])
    (False, True)
    >>> is_needed("style.use()", [])
    True
    """
    body = ast.parse(source).body
    if any(isinstance(statement, ast.Expr) for statement in body):
        return True
    open_names = _bound(body)
    for cell in later:
        for statement in ast.parse(cell).body:
            if open_names & _used(statement):
                return True
            if isinstance(statement, ast.Assign | ast.Import | ast.ImportFrom | ast.FunctionDef):
                open_names -= _bound([statement])
    return False


def _bound(body: Iterable[ast.stmt]) -> set[str]:
    """Return the names that statements define."""
    names: set[str] = set()
    for statement in body:
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            names.add(statement.name)
            continue
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names.add(node.id)
            elif isinstance(node, ast.alias):
                names.add(node.asname or node.name.split(".")[0])
    return names


def _used(statement: ast.stmt) -> set[str]:
    """Return the names that a statement uses, those inside its functions included."""
    return {
        node.id
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }


def imports(sources: Iterable[str]) -> set[str]:
    """Return the names of the modules that cells import.

    >>> sorted(imports(["import numpy as np", "from underhood.keras import train"]))
    ['numpy', 'underhood.keras']
    """
    names: set[str] = set()
    for source in sources:
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module)
    return names


def first_cell(modules: Iterable[str], archive: str | None) -> str:
    """Return the cell that installs what a notebook needs, where it is missing and nowhere else.

    Parameters
    ----------
    modules : iterable of str
        What the notebook imports.
    archive : str or None
        The address of the package's source; None if it has none.
    """
    needs_tensorflow = any(
        name.split(".")[0] in ("keras", "tensorflow") or name.startswith("underhood.keras")
        for name in modules
    )
    lines = [
        "# Installs what this notebook needs, and only where it is missing.",
        "import os",
        "from importlib.util import find_spec",
        "",
        'if find_spec("underhood") is None:',
    ]
    if archive:
        lines.append(f'    %pip install --quiet "underhood[full] @ {archive}"')
    else:
        lines += [
            "    raise ModuleNotFoundError(",
            '        "This notebook needs the package underhood. "',
            '        "In the folder of the book: pip install .[full]"',
            "    )",
        ]
    if needs_tensorflow:
        lines += ['if find_spec("tensorflow") is None:', "    %pip install --quiet tensorflow"]
    # Libraries count the processors of the machine, not those that a container may use.
    lines += ["", "# As in the book: one thread, and no log of what is no error."]
    lines.append("os.environ |= {")
    lines += [
        f'    "{name}": "{value}",'
        for name, value in ENVIRONMENT.items()
        if needs_tensorflow or name.startswith("OPENBLAS")
    ]
    return "\n".join([*lines, "}"])
