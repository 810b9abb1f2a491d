"""Write every page that has cells as a notebook, and put a menu into its header that opens it.

The notebooks lie in the site, in ``notebooks/``, so that the download works without a network and
no link is dead. They are written from the resolved pages: numbers, references and what a run
found out are those of the site. Outputs they have none.

A page with solutions makes two notebooks. The one that the menu opens has none, so that nobody
reads on into an answer, whatever program shows it: what folds in one is open in the next. The
other one, ``…-solutions.ipynb``, is the whole page.

Binder, Colab and a JupyterHub open the notebooks from the branch ``notebooks`` of the book's
repository (see ``address``), where ``make notebooks`` and the workflow that publishes bring them.
Which of them the menu names, and at which address, says ``launch_buttons`` in ``_config.yml``,
Jupyter Book's own option. The theme's buttons would open the Markdown file, which none of the three
can run.
"""

from __future__ import annotations

import base64
import mimetypes
import os
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote, urldefrag, urlencode, urljoin

import nbformat
from docutils import nodes
from myst_nb.core.read import read_myst_markdown_notebook
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError

from .cells import Cell, clean, first_cell, imports
from .markdown import Code, Page, Part, Solution, Text, UnknownNodeError, parts

FOLDER = "notebooks"  # in the site
BRANCH = "notebooks"  # in the repository
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def is_notebook(app: Sphinx, page: str) -> bool:
    """Tell whether a page has cells."""
    return "kernelspec" in app.env.metadata[page]


def archive(repository: str, commit: str) -> str | None:
    """Return the address of the sources that a notebook installs its package from.

    >>> archive("somebody/a-book", "5e1f")
    'https://github.com/somebody/a-book/archive/5e1f.zip'
    """
    return f"https://github.com/{repository}/archive/{commit}.zip" if repository else None


# --- writing ---------------------------------------------------------------------------------


def write(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Write a page's notebooks into the site."""
    if app.builder.name != "html" or not is_notebook(app, page):
        return
    try:
        content = list(parts(doctree, describe(app, page)))
    except UnknownNodeError as error:
        raise ExtensionError(f"{app.env.doc2path(page, False)}: {error}") from error
    cells = read_cells(app, page)
    source = archive(app.config.repository, app.config.commit)
    variants = {"": False}
    if any(isinstance(part, Solution) for part in content):
        variants["-solutions"] = True
    for suffix, solved in variants.items():
        path = Path(app.outdir, FOLDER, f"{page}{suffix}.ipynb")
        chosen = list(choose(content, solved, page_address(app, page), PurePosixPath(page).name))
        notebook = assemble(chosen, cells, source)
        nbformat.validate(notebook)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")


def read_cells(app: Sphinx, page: str) -> list[Cell]:
    """Return the code of a page's cells, those that the page hides included."""
    path = Path(app.env.doc2path(page))
    syntax = app.env.myst_config  # type: ignore[attr-defined]  # MyST-Parser puts it there
    notebook = read_myst_markdown_notebook(
        path.read_text(encoding="utf-8"), config=syntax, path=path
    )
    found = []
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type == "code":
            tags = cell.metadata.get("tags", [])
            found.append(Cell(index, cell.source, "remove-cell" in tags, "hide-input" in tags))
    return found


def choose(content: Iterable[Part], solved: bool, address: str, name: str) -> Iterator[Text | Code]:
    """Yield what a notebook has of a page: its solutions, or where they are.

    Parameters
    ----------
    address : str
        Where the page is published; empty if nowhere.
    name : str
        The page's name without its folder.
    """
    for part in content:
        if not isinstance(part, Solution):
            yield part
        elif solved:
            yield Text("**Solution**")
            yield from choose(part.parts, solved, address, name)
        else:
            online = f" and [on the page]({address}#{part.node_id})" if address else ""
            file = f"{name}-solutions.ipynb"
            yield Text(f"*The solution is in [{file}]({file}){online}.*")


def assemble(content: Iterable[Text | Code], cells: list[Cell], source: str | None) -> Any:
    """Return a notebook.

    A cell that the page hides comes right before the next one, wherever that is. Those that
    stand in a solution are left out with it.
    """
    content = list(content)
    shown = {part.index for part in content if isinstance(part, Code)}
    visible = {cell.index for cell in cells if not cell.hidden}
    candidates = [cell for cell in cells if cell.index in shown or cell.hidden]
    needed = {cell.index: cell for cell in clean(candidates)}
    texts: list[str] = []
    made = [new_code_cell(first_cell(imports(c.source for c in needed.values()), source))]
    made[0].id = "install"

    def end_text() -> None:
        if texts:
            count = sum(cell.cell_type == "markdown" for cell in made)
            made.append(new_markdown_cell("\n\n".join(texts), id=f"text-{count + 1}"))
            texts.clear()

    def add(cell: Cell) -> None:
        metadata = {"jupyter": {"source_hidden": True}} if cell.folded else {}
        made.append(new_code_cell(cell.source, id=f"cell-{cell.index}", metadata=metadata))

    last = -1
    for part in content:
        if isinstance(part, Text):
            if part.heading:
                end_text()
            texts.append(part.source)
            continue
        end_text()
        for index in range(last + 1, part.index + 1):
            if index in needed and (index not in visible or index == part.index):
                add(needed[index])
        last = part.index
    end_text()
    # The title comes first, if there is one.
    if len(made) > 1 and made[1].cell_type == "markdown":
        made[0], made[1] = made[1], made[0]
    return new_notebook(cells=made, metadata=METADATA, nbformat_minor=5)


def page_address(app: Sphinx, page: str) -> str:
    """Return where a page is published; an empty string if nowhere."""
    if not app.config.repository:
        return ""
    return str(app.config.html_baseurl + app.builder.get_target_uri(page))


def describe(app: Sphinx, page: str) -> Page:
    """Return what the page's nodes alone do not tell: numbers and addresses."""
    env, builder = app.env, app.builder

    def number(kind: str, node: nodes.Element) -> str:
        numbers = env.toc_fignumbers.get(page, {}).get(kind, {})
        found = next((numbers[each] for each in node["ids"] if each in numbers), ())
        return ".".join(map(str, found))

    def section_number(section: nodes.section) -> str:
        numbers = env.toc_secnumbers.get(page, {})
        first = section.parent is not None and isinstance(section.parent, nodes.document)
        found = numbers.get("") if first else numbers.get(f"#{section['ids'][0]}")
        return f"{'.'.join(map(str, found))}. " if found else ""

    def link(reference: nodes.reference) -> str | None:
        address = reference.get("refuri")
        if address and (not reference.get("internal") or "://" in address):
            return str(address)
        here = builder.get_target_uri(page)
        address = urljoin(here, address) if address else here
        if reference.get("refid"):
            address = f"{here}#{reference['refid']}"
        if app.config.repository:
            return str(app.config.html_baseurl + address)
        target = urldefrag(address).url.removesuffix(".html")
        if target == page or target not in env.found_docs or not is_notebook(app, target):
            return None
        return os.path.relpath(f"{target}.ipynb", PurePosixPath(page).parent)

    def image(uri: str) -> str:
        if "://" in uri:
            return uri
        kind, _ = mimetypes.guess_type(uri)
        content = base64.b64encode(Path(app.srcdir, uri).read_bytes()).decode()
        return f"data:{kind};base64,{content}"

    formats = env.config.numfig_format
    return Page(number, section_number, link, image, app.config.math_macros, formats)


# --- opening ---------------------------------------------------------------------------------


def keep_services(app: Sphinx, config: Config) -> None:
    """Take the services from the theme, which would make buttons of its own; note the commit."""
    config.launch_buttons = config.html_theme_options.pop("launch_buttons", {})
    config.commit = os.environ.get("GITHUB_SHA", "HEAD")


def services(repository: str, launch_buttons: dict[str, Any], page: str) -> dict[str, str]:
    """Return the services that open a page's notebook, name to address.

    >>> urls = services("somebody/a-book", {"binderhub_url": "https://mybinder.org"}, "a/page")
    >>> urls["Binder"]
    'https://mybinder.org/v2/gh/somebody/a-book/notebooks?urlpath=lab/tree/a/page.ipynb'
    """
    if not repository:
        return {}
    file = quote(f"{page}.ipynb")
    hub = urlencode(
        {
            "repo": f"https://github.com/{repository}",
            "branch": BRANCH,
            "urlpath": f"lab/tree/{repository.split('/')[1]}/{file}",
        },
        safe="/:",
    )
    paths = {
        "binderhub_url": ("Binder", f"/v2/gh/{repository}/{BRANCH}?urlpath=lab/tree/{file}"),
        "colab_url": ("Colab", f"/github/{repository}/blob/{BRANCH}/{file}"),
        "jupyterhub_url": ("JupyterHub", f"/hub/user-redirect/git-pull?{hub}"),
    }
    return {
        name: launch_buttons[option].rstrip("/") + path
        for option, (name, path) in paths.items()
        if launch_buttons.get(option)
    }


def add_menu(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Tell the template of the menu what it offers."""
    if doctree is not None and app.builder.name == "html" and is_notebook(app, page):
        context["notebook"] = context["pathto"](f"{FOLDER}/{page}.ipynb", 1)
        context["notebook_services"] = services(
            app.config.repository, app.config.launch_buttons, page
        )


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension with Sphinx."""
    app.setup_extension("address")
    app.setup_extension("katex_math")
    app.add_config_value("launch_buttons", {}, "html", dict)
    app.add_config_value("commit", "", "html", str)
    app.connect("config-inited", keep_services, priority=400)
    app.connect("doctree-resolved", write, priority=900)  # after all that changes pages
    app.connect("html-page-context", add_menu)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
