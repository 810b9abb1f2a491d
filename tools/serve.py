"""Show the book in the browser, and build and reload it on every change.

Usage: ``python tools/serve.py``
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import livereload.server

ROOT = Path(__file__).resolve().parent.parent
WATCHED = ("book", "code", "_config.yml", "_toc.yml")
PORT = 8000


class Injector(livereload.server.LiveScriptInjector):  # type: ignore[misc]  # no type information
    """Let pages load the script that reloads them by its address: their policy allows no other."""

    def __init__(self, request: Any) -> None:
        super().__init__(request)
        self.script = f'<script src="/livereload.js?port={PORT}"></script>'.encode()


def rebuild() -> None:
    """Build the book in a process of its own, which sees changed code; a failure is printed."""
    subprocess.run([sys.executable, str(ROOT / "tools/build.py"), "html"], check=False)


def main() -> None:
    """Serve the built book to this machine alone until interrupted."""
    livereload.server.LiveScriptInjector = Injector
    server = livereload.server.Server()
    for name in WATCHED:
        server.watch(str(ROOT / name), rebuild)
    print(f"The book is at http://localhost:{PORT}; stop with Ctrl-C", flush=True)
    server.serve(root=str(ROOT / "_build" / "html"), host="127.0.0.1", port=PORT, debug=False)


if __name__ == "__main__":
    main()
