"""Leave code out of print that the site folds away, and say where it is.

Such a cell draws a figure or checks a claim: what counts is what it shows. On paper nothing
unfolds, so the figure's caption, the claim, or a line of its own names the file and the line where
the code begins.
"""

from __future__ import annotations

from pathlib import Path

from docutils import nodes


def leave_out(doctree: nodes.document, root: Path) -> None:
    """Replace the code of every cell that is folded by its place, relative to the root."""
    for cell in [each for each in doctree.findall(nodes.container) if each.get("hide_mode")]:
        code, *outputs = cell.children
        cell.remove(code)
        texts = [
            text
            for output in outputs
            for text in output.findall(nodes.TextElement)
            if isinstance(text, nodes.caption | nodes.paragraph)
            and not isinstance(text.parent, nodes.entry)
        ]
        path = Path(cell.source or "")
        name = path.relative_to(root).as_posix()
        place = nodes.raw(
            "", rf"\codeplace{{{name}}}{{{first_line(path, cell.line or 0)}}}", format="latex"
        )
        if texts:
            texts[-1].append(place)
        else:
            cell.append(nodes.paragraph("", "", place))


def first_line(path: Path, line: int) -> int:
    """Return the line that a cell begins with; MyST-NB names one in the cell's head."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return next(
        number for number in range(line, 0, -1) if lines[number - 1].startswith("```{code-cell}")
    )
