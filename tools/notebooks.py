"""Collect the pages' notebooks with all that they run with, and run them as Binder does.

Usage: ``python tools/notebooks.py {make,test} [--root FOLDER]``

``make`` builds the site, which writes the notebooks (``book/_ext/ipynb``), and collects them in
``_build/notebooks``: what the branch ``notebooks`` of the repository holds. With them come the
package as a wheel and a lock of what pages run with, for Binder, and for whoever unpacks the
archive beside the folder.

``test`` asks repo2docker, Binder's own tool, how it would make an image of that folder, and does
the same here, in a fresh environment. There it starts a Jupyter server, opens every notebook
through it, runs it from top to bottom and measures its memory.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import uuid
import venv
import zipfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import yaml

import build

ARCHIVE = "deep-learning-under-the-hood-notebooks.zip"
LOCK = "requirements-notebooks.txt"
REPO2DOCKER = "jupyter-repo2docker==2026.4.0"

SECONDS = 900  # for one cell, on a busy machine, too
MEGABYTES = 1000  # for one notebook: Binder gives one or two gigabytes

README = """\
# {title}: notebooks

Made from the book's pages; do not edit them here. A notebook leaves the solutions of its exercises
to the one beside it, `…-solutions.ipynb`. To run them on a machine of your own, with Python
{python}, which the book was built with:

```sh
pip install -r requirements.txt
pip install jupyterlab
jupyter lab
```

{contents}
"""


# --- collecting ------------------------------------------------------------------------------


def make(book: build.Book) -> Path:
    """Build the site, collect its notebooks and what they run with; return their folder."""
    build.build(book, "html")
    folder = book.output / "notebooks"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    notebooks = collect(book, folder)
    wheel = build_wheel(book, folder)
    lock = (book.root / LOCK).read_text(encoding="utf-8")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    requirements = f"{lock}./{wheel.name} \\\n    --hash=sha256:{digest}\n"
    (folder / "requirements.txt").write_text(requirements, encoding="utf-8")
    python = "{}.{}".format(*sys.version_info)
    (folder / "runtime.txt").write_text(f"python-{python}\n", encoding="utf-8")
    title = yaml.safe_load(book.config.read_text(encoding="utf-8"))["title"]
    contents = "\n".join(f"- [{name}]({file})" for file, name in notebooks.items())
    readme = README.format(title=title, python=python, contents=contents)
    (folder / "README.md").write_text(readme, encoding="utf-8")
    pack(folder, book.output / ARCHIVE)
    return folder


def collect(book: build.Book, folder: Path) -> dict[str, str]:
    """Copy the notebooks of all pages that have cells; return file to title.

    Raises
    ------
    BuildError
        If a notebook is missing, breaks the format, or holds outputs.
    """
    titles = {}
    for page in build.read_pages(book):
        path = page.relative_to(book.source).with_suffix(".ipynb")
        solutions = path.with_name(f"{path.stem}-solutions.ipynb")
        for each in (path, solutions):
            source = book.output / "html" / "notebooks" / each
            if each == solutions and not source.exists():  # a page without exercises
                continue
            notebook = read(source)
            if any(cell.get("outputs") for cell in notebook.cells):
                raise build.BuildError(f"{each} holds outputs")
            (folder / each).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, folder / each)
            heading = re.search(r"^# (.*)", notebook.cells[0].source, re.M)
            suffix = ", with solutions" if each == solutions else ""
            titles[each.as_posix()] = f"{heading[1] if heading else each.stem}{suffix}"
    return titles


def read(path: Path) -> Any:
    """Return a notebook, or raise a BuildError that says what is wrong with it."""
    try:
        notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
        nbformat.validate(notebook)
    except (OSError, nbformat.ValidationError, nbformat.reader.NotJSONError) as error:
        raise build.BuildError(f"{path.name} is no notebook: {error}") from error
    return notebook


def build_wheel(book: build.Book, folder: Path) -> Path:
    """Build the package's wheel, the same from the same sources."""
    with tempfile.TemporaryDirectory() as scratch:  # setuptools leaves traces among the sources
        for name in ("pyproject.toml", "README.md", "LICENSE"):
            shutil.copy(book.root / name, scratch)
        ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
        shutil.copytree(book.root / "code", Path(scratch, "code"), ignore=ignored)
        for path in Path(scratch).rglob("*"):  # whatever this checkout's permissions are
            path.chmod(0o755 if path.is_dir() else 0o644)
        options = ("--no-deps", "--no-build-isolation", "--wheel-dir", folder)
        pip(Path(sys.executable), "wheel", *options, scratch)
    return next(folder.glob("*.whl"))


def pack(folder: Path, archive: Path) -> None:
    """Pack a folder, the same bytes from the same files."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as target:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            name = (archive.stem / path.relative_to(folder)).as_posix()
            entry = zipfile.ZipInfo(name)  # dated 1980
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, path.read_bytes())


def pip(python: Path, *arguments: str | Path, cwd: Path | None = None) -> None:
    """Run pip for an interpreter; raise a BuildError with what it said if it fails."""
    run([python, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments], cwd=cwd)


def run(
    command: list[str | Path], cwd: Path | None = None, environment: dict[str, str] | None = None
) -> str:
    """Run a program; return what it printed, or raise a BuildError with it."""
    finished = subprocess.run(
        command,
        cwd=cwd,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if finished.returncode:
        raise build.BuildError(f"{' '.join(map(str, command))} failed:\n{finished.stdout}")
    return finished.stdout


# --- Binder ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Recipe:
    """How repo2docker makes an image of the notebooks.

    Parameters
    ----------
    base : list of str
        The versions of all that every image has, as pip names them.
    steps : list of str
        The commands that it runs in the folder of the notebooks.
    """

    base: list[str]
    steps: list[str]


def ask_repo2docker(folder: Path, scratch: Path) -> Recipe:
    """Return how repo2docker makes an image of a folder."""
    environment = scratch / "repo2docker"
    venv.create(environment, clear=True, with_pip=True)
    python = environment / "bin" / "python"
    pip(python, "install", REPO2DOCKER)
    dockerfile = run([python, "-m", "repo2docker", "--no-build", "--debug", folder])
    packages = next(environment.glob("lib/python*/site-packages"))
    version = re.search(r"python=(\d+\.\d+)", dockerfile)
    if version is None:
        raise build.BuildError(f"repo2docker chose no version of Python:\n{dockerfile}")
    conda = packages / "repo2docker/buildpacks/conda"
    lock = conda / f"environment.py-{version[1]}-linux-64.lock"
    return Recipe(base_versions(lock.read_text(encoding="utf-8")), assemble_steps(dockerfile))


def base_versions(lock: str) -> list[str]:
    """Return the packages of a conda lock, as pip names them.

    >>> base_versions("https://conda.anaconda.org/conda-forge/noarch/six-1.17.0-pyhe_1.conda#e")
    ['six==1.17.0']
    """
    found = re.findall(
        r"/(?:noarch|linux-64)/([a-z].*)-(\d[\w.]*)-[^-/]+\.(?:conda|tar\.bz2)", lock
    )
    return [f"{name}=={version}" for name, version in found if name not in ("python", "pip")]


def assemble_steps(dockerfile: str) -> list[str]:
    r"""Return the commands that a Dockerfile runs once the repository is there.

    >>> assemble_steps("RUN early\nCOPY --chown=0:0 src/ ${REPO_DIR}/\nRUN pip \\\n install x")
    ['pip install x']
    """
    _, found, after = dockerfile.partition("src/ ${REPO_DIR}/\n")
    steps = re.findall(r"^RUN (.*)", re.sub(r"\\\n\s*", "", after), re.M)
    if not found or not steps:
        raise build.BuildError(f"repo2docker installs nothing from the folder:\n{dockerfile}")
    return steps


def make_image(folder: Path, scratch: Path) -> tuple[Path, Path]:
    """Do what repo2docker would; return the environment and the home folder of the image."""
    recipe = ask_repo2docker(folder, scratch)
    environment, home = scratch / "environment", scratch / "home"
    venv.create(environment, clear=True, with_pip=True)
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(folder, home)
    constraints = scratch / "constraints.txt"
    constraints.write_text("\n".join(recipe.base), encoding="utf-8")
    python = environment / "bin" / "python"
    wanted = ("ipykernel", "jupyter_server", "jupyterlab", "notebook", "ipywidgets")
    pip(python, "install", "-c", constraints, *wanted)
    before = size(environment)
    for step in recipe.steps:
        print(f"Running {step}", flush=True)
        variables = {**os.environ, "KERNEL_PYTHON_PREFIX": str(environment), "REPO_DIR": str(home)}
        variables.pop("PYTHONPATH", None)
        run(["bash", "-c", step], cwd=home, environment=variables)
    # What the notebooks need must not break the server, which lives in the same environment.
    pip(python, "check")
    print(f"The notebooks add {size(environment) - before:.0f} MB to the image", flush=True)
    return environment, home


def size(folder: Path) -> float:
    """Return the size of a folder in megabytes."""
    return sum(path.lstat().st_size for path in folder.rglob("*")) / 1e6


# --- running ---------------------------------------------------------------------------------


@contextmanager
def jupyter_server(environment: Path, home: Path) -> Iterator[Server]:
    """Start a Jupyter server as Binder does, with nothing of this environment; end it after."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Server(f"127.0.0.1:{port}", secrets.token_hex())
    with tempfile.TemporaryDirectory() as user, (home.parent / "server.log").open("w") as log:
        process = subprocess.Popen(
            [
                environment / "bin" / "jupyter-server",
                "--no-browser",
                "--allow-root",
                f"--port={port}",
                f"--IdentityProvider.token={server.token}",
            ],
            cwd=home,
            env={"PATH": f"{environment / 'bin'}:/usr/bin:/bin", "HOME": user, "LANG": "C.UTF-8"},
            stdout=log,
            stderr=log,
        )
        try:
            yield server
        finally:
            process.terminate()
            process.wait()


@dataclass(frozen=True)
class Outcome:
    """How the run of a notebook went."""

    seconds: float
    megabytes: float
    problem: str = ""


@dataclass(frozen=True)
class Server:
    """A running Jupyter server, spoken to as a browser does."""

    host: str
    token: str

    async def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Return the answer of the server's REST interface."""
        from tornado.httpclient import AsyncHTTPClient

        answer = await AsyncHTTPClient().fetch(
            f"http://{self.host}/api/{path}",
            method=method,
            headers={"Authorization": f"token {self.token}"},
            body=json.dumps(body) if body is not None else None,
            request_timeout=60,
        )
        return json.loads(answer.body or "null")

    async def wait(self) -> None:
        """Wait until the server answers."""
        for _ in range(120):
            try:
                await self.ask("GET", "status")
            except OSError:
                await asyncio.sleep(0.5)
            else:
                return
        raise build.BuildError("the Jupyter server does not answer")

    @asynccontextmanager
    async def kernel(self, path: str) -> AsyncIterator[Kernel]:
        """Open a notebook, which starts a kernel; end it after."""
        from tornado.httpclient import HTTPRequest
        from tornado.websocket import websocket_connect

        kind = {"path": path, "name": path, "type": "notebook", "kernel": {"name": "python3"}}
        session = await self.ask("POST", "sessions", kind)
        request = HTTPRequest(
            f"ws://{self.host}/api/kernels/{session['kernel']['id']}/channels",
            headers={"Authorization": f"token {self.token}"},
        )
        channel = await websocket_connect(request, max_message_size=2**28)
        try:
            yield Kernel(channel)
        finally:
            channel.close()
            await self.ask("DELETE", f"sessions/{session['id']}")

    async def run(self, path: str) -> Outcome:
        """Run a notebook from top to bottom, until a cell fails."""
        file = await self.ask("GET", f"contents/{path}?type=notebook")
        started = time.monotonic()
        async with self.kernel(path) as kernel:
            problem = ""
            for cell in file["content"]["cells"]:
                if cell["cell_type"] == "code":
                    _, error = await kernel.execute(cell["source"])
                    if error:
                        problem = f"{path}: this cell failed:\n\n{cell['source']}\n\n{error}"
                        break
            seconds = time.monotonic() - started
            printed, _ = await kernel.execute(
                "import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
            )
        return Outcome(seconds, int(printed.split()[-1]) * 1024 / 1e6, problem)


class Kernel:
    """A kernel of a Jupyter server."""

    def __init__(self, channel: Any) -> None:
        self.channel = channel

    async def execute(self, code: str) -> tuple[str, str]:
        """Run code; return what it printed, and the traceback if it failed."""
        number = uuid.uuid4().hex
        header = {"msg_id": number, "msg_type": "execute_request", "version": "5.3"}
        message = {
            "header": {**header, "username": "", "session": number},
            "parent_header": {},
            "metadata": {},
            "content": {"code": code, "silent": False, "allow_stdin": False},
            "channel": "shell",
        }
        await self.channel.write_message(json.dumps(message))
        printed, error, answered, idle = "", "", False, False
        while not (answered and idle):
            text = await asyncio.wait_for(self.channel.read_message(), SECONDS)
            if text is None:
                return printed, error or "the kernel died"
            reply = json.loads(text)
            if reply["parent_header"].get("msg_id") != number:
                continue
            content = reply["content"]
            match reply["msg_type"]:
                case "stream":
                    printed += content["text"]
                case "error":
                    error = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(content["traceback"]))
                case "status":
                    idle = idle or content["execution_state"] == "idle"
                    if content["execution_state"] in ("dead", "restarting"):
                        return printed, "the kernel died"
                case "execute_reply":
                    answered = True
        return printed, error


async def run_all(server: Server, paths: list[str]) -> list[str]:
    """Run notebooks one after the other, print how each went, and return the problems."""
    await server.wait()
    problems = []
    for path in paths:
        outcome = await server.run(path)
        print(f"  {outcome.seconds:5.1f} s  {outcome.megabytes:5.0f} MB  {path}", flush=True)
        if outcome.problem:
            problems.append(outcome.problem)
        if outcome.megabytes > MEGABYTES:
            problems.append(f"{path} takes more than {MEGABYTES} MB of memory")
    return problems


def test(book: build.Book) -> None:
    """Make Binder's image of the notebooks and run all of them in it.

    Raises
    ------
    BuildError
        If the image cannot be made, or a notebook fails or takes too much memory.
    """
    scratch = book.output / "binder"
    scratch.mkdir(exist_ok=True)
    environment, home = make_image(book.output / "notebooks", scratch)
    paths = [path.relative_to(home).as_posix() for path in sorted(home.rglob("*.ipynb"))]
    paths.sort(key=lambda path: "-solutions" in path)  # those that the site opens come first
    with jupyter_server(environment, home) as server:
        problems = asyncio.run(run_all(server, paths))
    if problems:
        raise build.BuildError("\n\n".join(problems))


def main() -> None:
    """Read the command line; make the notebooks, or test them."""
    parser = argparse.ArgumentParser(description="Make the book's notebooks, or test them.")
    parser.add_argument("command", choices=["make", "test"])
    parser.add_argument(
        "--root", type=Path, default=Path(__file__).parent.parent, help="the book's checkout"
    )
    arguments = parser.parse_args()
    book = build.Book(arguments.root.resolve())
    try:
        if arguments.command == "make":
            folder = make(book)
            count = len(list(folder.rglob("*.ipynb")))
            print(f"{count} notebooks are ready: {os.path.relpath(folder)}, all in {ARCHIVE}")
        else:
            test(book)
    except build.BuildError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
