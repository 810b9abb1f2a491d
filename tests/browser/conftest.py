"""A browser, and the built site over HTTP."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from ..built_site import base_path

# No sandbox: continuous integration runs as root. The rest keeps the browser from calling home.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class PagesHandler(SimpleHTTPRequestHandler):
    """A file server like GitHub Pages: the site lies under a path, 404.html stands for the rest."""

    def translate_path(self, path: str) -> str:
        return super().translate_path("/" + path.removeprefix(base_path()))

    def send_error(self, code: int, *arguments: object, **options: object) -> None:
        if code != HTTPStatus.NOT_FOUND:
            super().send_error(code, *arguments, **options)
            return
        self.send_response(code)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(Path(self.directory, "404.html").read_bytes())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="session")
def server(site: Path) -> Iterator[str]:
    """Serve the site on this machine; return its address."""
    handler = partial(PagesHandler, directory=str(site))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{http.server_port}{base_path().rstrip('/')}"
        http.shutdown()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Start what drives browsers."""
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(chromium: str, playwright: Playwright) -> Iterator[Browser]:
    """Start the system's browser."""
    browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
    yield browser
    browser.close()


class Visit:
    """One page in the browser, with what it said and what it asked of other hosts."""

    def __init__(self, context: BrowserContext, server: str) -> None:
        self.server = server
        self.complaints: list[str] = []
        self.foreign: list[str] = []
        context.route(lambda address: not address.startswith(server), self._refuse)
        self.page: Page = context.new_page()
        self.page.on("console", self._listen)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("response", self._inspect)

    def _refuse(self, route) -> None:
        self.foreign.append(route.request.url)
        route.abort()

    def _listen(self, message) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _inspect(self, response) -> None:
        if response.status >= 400:
            self.complaints.append(f"{response.status} {response.url}")

    def open(self, name: str) -> Page:
        """Go to a page of the site and wait until it has loaded."""
        self.page.goto(f"{self.server}/{name}", wait_until="networkidle")
        return self.page


@pytest.fixture
def visit(browser: Browser, server: str, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """Return a fresh visit; parametrize it indirectly for another screen or color scheme."""
    options = {"viewport": {"width": 1280, "height": 900}, **getattr(request, "param", {})}
    context = browser.new_context(**options)
    yield Visit(context, server)
    context.close()
