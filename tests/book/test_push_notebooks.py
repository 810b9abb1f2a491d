"""tools/push_notebooks.py: what the branch of the notebooks gets."""

from __future__ import annotations

import subprocess

import pytest

import push_notebooks


def git(folder, *arguments):
    return push_notebooks.git(folder, *arguments)


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A clone of a repository, whose only commit holds README.md."""
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Somebody")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "somebody@example.org")
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", "origin.git")
    git(tmp_path, "clone", "--quiet", "file://" + str(tmp_path / "origin.git"), "checkout")
    folder = tmp_path / "checkout"
    (folder / "README.md").write_text("A book.\n")
    (folder / ".gitignore").write_text("_build/\n")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message=Begin")
    git(folder, "push", "--quiet", "origin", "HEAD:main")
    (folder / "_build").mkdir()
    return folder


@pytest.fixture
def notebooks(checkout):
    folder = checkout / "_build" / "notebooks"
    folder.mkdir()
    (folder / "one.ipynb").write_text("{}")
    return folder


def files(checkout):
    git(checkout, "fetch", "--quiet", "origin", "notebooks")
    return git(checkout, "ls-tree", "-r", "--name-only", "FETCH_HEAD").split()


def commits(checkout):
    git(checkout, "fetch", "--quiet", "origin", "notebooks")
    return git(checkout, "log", "--format=%s", "FETCH_HEAD").splitlines()


def test_the_branch_holds_the_notebooks_alone(checkout, notebooks):
    (notebooks / ".binder").mkdir()
    (notebooks / ".binder" / "requirements.txt").write_text("numpy\n")

    push_notebooks.push(checkout, notebooks)

    assert files(checkout) == [".binder/requirements.txt", "one.ipynb"]
    assert commits(checkout) == [f"Notebooks of {git(checkout, 'rev-parse', 'HEAD')}"]
    assert git(checkout, "status", "--porcelain") == ""


def test_new_notebooks_replace_the_old_in_one_more_commit(checkout, notebooks):
    push_notebooks.push(checkout, notebooks)
    (notebooks / "one.ipynb").rename(notebooks / "two.ipynb")

    push_notebooks.push(checkout, notebooks)

    assert files(checkout) == ["two.ipynb"]
    assert len(commits(checkout)) == 2


def test_the_same_notebooks_make_no_commit(checkout, notebooks):
    push_notebooks.push(checkout, notebooks)

    message = push_notebooks.push(checkout, notebooks)

    assert "already" in message
    assert len(commits(checkout)) == 1


def test_without_notebooks_the_branch_stays(checkout, notebooks):
    push_notebooks.push(checkout, notebooks)
    (notebooks / "one.ipynb").unlink()

    with pytest.raises(SystemExit, match="no notebooks in .*: run make notebooks"):
        push_notebooks.push(checkout, notebooks)

    assert files(checkout) == ["one.ipynb"]


def test_a_push_that_is_refused_fails(checkout, notebooks):
    git(checkout, "remote", "set-url", "--push", "origin", str(checkout / "nowhere"))

    with pytest.raises(subprocess.CalledProcessError):
        push_notebooks.push(checkout, notebooks)
