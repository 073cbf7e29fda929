"""A workshop that is open for the whole session, and a browser to look at it with."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync"]
PATIENCE = 240_000
"""Milliseconds that a page may take here: kernels may be cold and the machine shared."""

SLOWEST_START = 900
"""Seconds after which a workshop is taken not to open: the first on a machine compiles every kernel."""


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """A workshop in a process of its own."""

    port: int
    options: tuple[str, ...] = ()
    process: subprocess.Popen[str] | None = None
    seconds: float = 0.0
    room: str = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/{self.room}"

    def start(self) -> Server:
        started = time.perf_counter()
        command = [
            sys.executable,
            "-m",
            "demandsim.cli",
            "workshop",
            "--no-browser",
            "--no-run-ahead",
            "--port",
            str(self.port),
        ]
        self.process = subprocess.Popen([*command, *self.options], stdout=subprocess.PIPE, text=True)
        if "--share" in self.options:
            assert self.process.stdout is not None
            self.room = self.process.stdout.readline().split(f":{self.port}/")[1].strip()
        while True:
            assert self.process.poll() is None, "the workshop did not start"
            assert time.perf_counter() - started < SLOWEST_START, "the workshop is not open yet"
            try:
                urllib.request.urlopen(self.url + "static/icon.svg", timeout=5).close()
                break
            except OSError:
                time.sleep(0.1)
        self.seconds = time.perf_counter() - started
        return self

    def stop(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        self.process.wait(30)
        assert self.process.stdout is not None
        self.process.stdout.close()


@dataclass
class Watched:
    """A page, and what went wrong on it."""

    page: Page
    outside: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@pytest.fixture(scope="package")
def workshop() -> Iterator[Server]:
    """The workshop of Sunderland; started once."""
    server = Server(free_port()).start()
    yield server
    server.stop()


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """The system's Chromium, with no name to be resolved but this computer's.

    It is closed after the tests of pages: while it is open an event loop runs in this process, and no other may.
    """
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as player:
        flags = [*FLAGS, "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
        browser = player.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser
        browser.close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A browser of its own at the size of a projector."""
    made = chromium.new_context(viewport={"width": 1280, "height": 720}, locale="en-GB")
    made.set_default_timeout(PATIENCE)
    yield made
    made.close()


def watch(page: Page, server: Server) -> Watched:
    """Note every request to elsewhere, every failed one, and every complaint of the browser."""
    watched = Watched(page)

    def asked(url: str) -> None:
        if not url.startswith((server.url, "data:", "blob:")):
            watched.outside.append(url)

    page.on("request", lambda request: asked(request.url))
    page.on(
        "response",
        lambda response: watched.failed.append(f"{response.status} {response.url}") if response.status >= 400 else None,
    )
    page.on("console", lambda said: watched.complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: watched.complaints.append(str(error)))
    return watched


def faults(page: Page) -> list[str]:
    """What axe finds against WCAG 2 A and AA."""
    from axe_playwright_python.sync_playwright import Axe

    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": tags}})
    return [f"{v['id']}: {[n['html'][:200] for n in v['nodes']]}" for v in found.response["violations"]]


on_ci = bool(os.environ.get("CI"))
