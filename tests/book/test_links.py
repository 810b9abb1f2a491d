"""book/_ext/links.py and make links: what an address is looked up for, and what a dead one does."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

import links

from .conftest import PAGE


class Handler(BaseHTTPRequestHandler):
    """A server that has two pages, one of them the registry's."""

    def do_HEAD(self):
        self.send_response(200 if self.path in ("/here", "/api/handles/10.1038/323533a0") else 404)
        self.end_headers()

    do_GET = do_HEAD

    def log_message(self, *arguments):
        pass


@pytest.fixture
def address():
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_live_address_passes_and_a_dead_one_fails(scratch_book, address):
    scratch_book.write(f"{PAGE}\n[Here]({address}/here).\n")
    alive = scratch_book.build("links")

    scratch_book.write(f"{PAGE}\n[Here]({address}/here).\n\n[Gone]({address}/gone).\n")
    dead = scratch_book.build("links")

    assert alive.returncode == 0, alive.stdout + alive.stderr
    assert dead.returncode == 1
    assert f"broken link: {address}/gone" in dead.stderr
    assert f"{address}/here" not in dead.stderr


def test_a_doi_is_looked_up_in_its_registry(scratch_book, address):
    extension = scratch_book.root / "book/_ext/links.py"
    source = extension.read_text(encoding="utf-8")
    extension.write_text(source.replace(links.DOI, f"{address}/"), encoding="utf-8")
    scratch_book.write(f"{PAGE}\n[A paper]({address}/10.1038/323533a0).\n")

    run = scratch_book.build("links")

    assert run.returncode == 0, run.stdout + run.stderr
