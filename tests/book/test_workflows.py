""".github and what a release says about itself: what actionlint and zizmor do not look at."""

from __future__ import annotations

import json
import re
import tomllib
from collections import defaultdict
from pathlib import Path

import pytest
import yaml

import build

ROOT = Path(__file__).resolve().parent.parent.parent
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
ACTION = ROOT / ".github/actions/setup/action.yml"
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")

every_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)


def read(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def find(pattern):
    """Return the files of one pattern of GitHub's, whose ** at the end means files, too."""
    return ROOT.glob(re.sub(r"\*\*$", "**/*", pattern))


def run_steps(workflow):
    return [
        step["run"]
        for job in workflow["jobs"].values()
        for step in job.get("steps", [])
        if "run" in step
    ]


@every_workflow
def test_a_job_may_do_nothing_but_what_it_asks_for(path):
    workflow = read(path)

    assert workflow["permissions"] == {}
    assert all(job["permissions"] for job in workflow["jobs"].values())


@every_workflow
def test_a_step_fails_with_the_first_command_that_fails(path):
    # GitHub runs "bash" as bash --noprofile --norc -eo pipefail, but its default without pipefail.
    assert read(path)["defaults"] == {"run": {"shell": "bash"}}


@every_workflow
def test_runs_do_not_pile_up(path):
    assert set(read(path)["concurrency"]) == {"group", "cancel-in-progress"}


def test_a_called_workflow_does_not_wait_for_its_caller():
    groups = [re.sub(r"\$\{\{.*", "", read(path)["concurrency"]["group"]) for path in WORKFLOWS]

    assert len(set(groups)) == len(groups)
    assert all(groups), "a group begins with a name of its own: github.workflow is the caller's"


def test_an_action_has_one_hash_everywhere_with_its_version():
    pins = defaultdict(set)
    for path in [*WORKFLOWS, ACTION]:
        for line in path.read_text(encoding="utf-8").splitlines():
            if match := re.search(r"uses: ([^$@\s]+)@(.*)", line):
                pins[match[1]].add(match[2])

    assert pins
    for action, pin in pins.items():
        assert len(pin) == 1, action
        assert re.fullmatch(r"[0-9a-f]{40} # v\d+\.\d+\.\d+", *pin), action


def test_the_make_targets_exist():
    targets = re.search(r"\.PHONY:(.*)", MAKEFILE)[1].split()
    called = [
        target
        for path in WORKFLOWS
        for run in run_steps(read(path))
        for target in re.findall(r"^make (\S+)", run, flags=re.MULTILINE)
    ]

    assert {"lint", "html", "test", "test-package", "lock", "links"} <= set(called)
    assert set(called) <= set(targets)
    for target in called:
        assert re.search(rf"^{target}:", MAKEFILE, flags=re.MULTILINE), target


def test_the_package_is_tested_on_every_python_that_make_takes():
    matrix = read(ROOT / ".github/workflows/test.yml")["jobs"]["package"]["strategy"]["matrix"]
    takes = re.search(r"for python in python3 (.*); do", MAKEFILE)[1].split()

    assert sorted(f"python{version}" for version in matrix["python"]) == sorted(takes)


def test_the_kept_outputs_are_told_apart_by_all_that_they_depend_on(monkeypatch):
    steps = read(ACTION)["runs"]["steps"]
    key = next(step["with"]["key"] for step in steps if "path" in step.get("with", {}))
    code, pages = (
        {path for pattern in re.findall(r"'(.*?)'", patterns) for path in find(pattern)}
        for patterns in re.findall(r"hashFiles\((.*?)\)", key)
    )
    depended_on = {Path(build.__file__)}
    read_bytes = Path.read_bytes

    def note(path):
        depended_on.add(path)
        return read_bytes(path)

    monkeypatch.setattr(Path, "read_bytes", note)
    build.code_hash(build.Book(ROOT))

    assert len(depended_on) > 10
    assert depended_on <= code
    assert set(build.read_pages(build.Book(ROOT))) <= pages
    assert {"runner.os", "runner.arch", "inputs.python-version"} <= set(re.findall(r"[\w.-]+", key))


def test_a_release_says_the_same_everywhere():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = read(ROOT / "CITATION.cff")
    zenodo = json.loads((ROOT / ".zenodo.json").read_text(encoding="utf-8"))

    assert citation["version"] == project["version"]
    assert zenodo["title"] == citation["title"]
    assert zenodo["description"] == citation["abstract"]
    assert zenodo["creators"] == citation["authors"]
    assert zenodo["keywords"] == citation["keywords"]
    assert zenodo["license"] in citation["license"]
