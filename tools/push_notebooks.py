"""Bring the notebooks to a branch of their own, where Binder and Colab open them.

Usage: ``python3 tools/push_notebooks.py``, after ``make notebooks``

The branch ``notebooks`` of ``origin`` gets the folder ``_build/notebooks`` as one more commit,
unless it has the same files already: Binder builds an environment for each commit.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BRANCH = "notebooks"


def git(repository: Path, *arguments: str, **environment: str) -> str:
    """Return what git prints, without the newline at its end."""
    run = subprocess.run(
        ["git", "-C", str(repository), *arguments],
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return run.stdout.rstrip("\n")


def push(repository: Path, folder: Path) -> str:
    """Push the folder's files as the branch's new content; return what became of it."""
    if not any(folder.glob("**/*.ipynb")):
        sys.exit(f"error: there are no notebooks in {folder}: run make notebooks")
    with tempfile.TemporaryDirectory() as scratch:
        # An index of our own: the one of the checkout stays as it is.
        index = str(Path(scratch) / "index")
        git(
            repository,
            f"--work-tree={folder}",
            "add",
            "--all",
            ".",
            GIT_INDEX_FILE=index,
        )
        tree = git(repository, "write-tree", GIT_INDEX_FILE=index)
    parent = []
    if git(repository, "ls-remote", "origin", f"refs/heads/{BRANCH}"):
        git(repository, "fetch", "--quiet", "--depth=1", "origin", f"refs/heads/{BRANCH}")
        if git(repository, "rev-parse", "FETCH_HEAD^{tree}") == tree:
            return f"The branch {BRANCH} has these notebooks already"
        parent = ["-p", "FETCH_HEAD"]
    source = git(repository, "rev-parse", "HEAD")
    commit = git(repository, "commit-tree", tree, *parent, "-m", f"Notebooks of {source}")
    git(repository, "push", "--quiet", "origin", f"{commit}:refs/heads/{BRANCH}")
    return f"The branch {BRANCH} has the notebooks of {source[:12]}"


def main() -> None:
    """Push the built notebooks."""
    print(push(ROOT, ROOT / "_build" / "notebooks"))


if __name__ == "__main__":
    main()
