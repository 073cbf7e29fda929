"""How quick the workshop is in a browser: `python benchmarks/workshop.py [--place P] [--moves N] [--pages N]`.

Starts a workshop with an empty cache of runs, opens it in the system's Chromium, moves levers and prints each figure
beside its bar: the start, the page, a lever moved to where nobody has been, one moved to where the workers have run
ahead, and many pages that move different levers at once. The load of the machine is printed: a busy one shows other
figures.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

PATIENCE = 120
MOVE = """
([values, first]) => new Promise((resolve) => {
  const times = {}, body = document.body, levers = Object.entries(values);
  body.removeAttribute('data-drawn');
  body.removeAttribute('data-state');
  const began = performance.now();
  const look = () => {
    const drawn = body.dataset.drawn;
    // 0 is the line of today by itself, which shows nothing of the plan yet
    if (Number(drawn) > 0 && times.first === undefined) times.first = performance.now() - began;
    if (Number(drawn) >= 1 && times.settled === undefined) times.settled = performance.now() - began;
    if (Number(drawn) >= 3) { times.range = performance.now() - began; seen.disconnect(); resolve(times); }
  };
  const seen = new MutationObserver(look);
  seen.observe(body, { attributes: true });
  levers.forEach(([key, value], n) => {
    const input = document.getElementById(`lever-${key}`);
    input.value = value;
    if (n === levers.length - 1) input.dispatchEvent(new Event('input', { bubbles: true }));
  });
})
"""


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(place: str, port: int, cache: str) -> tuple[subprocess.Popen[bytes], float]:
    """A workshop whose first answer has come, and the seconds until it answered."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "demandsim.cli", "workshop", "--no-browser", "--place", place, "--port", str(port)]
    server = subprocess.Popen(command, env={**os.environ, "XDG_CACHE_HOME": cache}, stdout=subprocess.DEVNULL)
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/static/icon.svg", timeout=5).close()
            return server, time.perf_counter() - began
        except OSError:
            if server.poll() is not None or time.perf_counter() - began > 10 * PATIENCE:
                raise
            time.sleep(0.05)


def opened(page: Page, url: str) -> float:
    """Seconds from asking for the page to its first lines."""
    began = time.perf_counter()
    page.goto(url)
    page.wait_for_selector("body[data-drawn]:not([data-drawn='0'])")
    return time.perf_counter() - began


def moved(page: Page, values: dict[str, int]) -> dict[str, float]:
    """Seconds from a lever's move to the first year drawn, the whole line and the first range."""
    times: Any = page.evaluate(MOVE, [values, None])
    page.wait_for_selector("body[data-state='done']")
    return {name: ms / 1000 for name, ms in times.items()}


def settle(port: int, number: int, query: str) -> dict[str, float]:
    """Seconds from asking to the first year and to the full line of the first run, as another page would ask."""
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    times: dict[str, float] = {}
    began = time.perf_counter()
    connection.request("GET", f"/api/run?years=10&{query}&page=bench{number}")
    answer = connection.getresponse()
    if answer.status != 200:  # a page that is turned away has not settled
        raise RuntimeError(f"{answer.status}: {answer.read().decode()}")
    for line in answer:
        if b'"kind":"year"' in line:
            times.setdefault("first", time.perf_counter() - began)
        if b'"kind":"picture"' in line:
            times["settled"] = time.perf_counter() - began
            break
    connection.sock.close()
    return times


def tell_at_once(port: int, what: str, queries: list[str]) -> None:
    """What several pages that move at once wait for their first change and for their line."""
    with ThreadPoolExecutor(len(queries)) as pages:
        times = list(pages.map(lambda asked: settle(port, *asked), enumerate(queries)))
    tell(f"{len(queries)} pages, {what}: first change", 1.0, [held["first"] for held in times])
    tell(f"{len(queries)} pages, {what}: whole line", 2.0, [held["settled"] for held in times])


def tell(what: str, bar: float, seconds: list[float]) -> None:
    """A figure beside its bar, with the load."""
    print(
        f"{what:<58}{bar:>6.1f}{statistics.median(seconds):>9.2f}{max(seconds):>9.2f}{os.getloadavg()[0]:>8.1f}",
        flush=True,
    )


def measure(page: Page, port: int, ready: float, options: argparse.Namespace) -> None:
    """Take every figure."""
    url = f"http://127.0.0.1:{port}/?years=10"
    print(f"{'seconds':<58}{'bar':>6}{'median':>9}{'worst':>9}{'load':>8}")
    tell("server ready", 8, [ready])
    tell("page with its lines, at once after that", 3, [opened(page, url)])
    page.wait_for_selector("body[data-state='done']")
    tell("page with its lines, opened again", 3, [opened(page, url) for _ in range(3)])
    page.wait_for_selector("body[data-state='done']")
    chance = random.Random(options.seed)
    spots = chance.sample(
        [(p, c, m) for p in range(5, 100, 5) for c in range(5, 100, 5) for m in range(5, 100, 5)], 400
    )
    new = [moved(page, {"practice": p, "carers": c, "community": m}) for p, c, m in spots[: options.moves]]
    for name, what, bar in (
        ("first", "lever moved to where nobody was: first change", 0.2),
        ("settled", "lever moved to where nobody was: whole line", 1.0),
        ("range", "lever moved to where nobody was: first range", 5.0),
    ):
        tell(what, bar, [times[name] for times in new])
    others = spots[options.moves :][: options.pages]
    queries = [f"practice={p}&carers={c}&community={m}" for p, c, m in others]
    tell_at_once(port, "each to where nobody was", queries)
    tell_at_once(port, "all to the same new place", [f"{queries[0]}&cut=35"] * options.pages)
    moved(page, {"practice": 0, "carers": 0, "community": 0, "cut": 10})
    print(f"the room talks for {options.talk} seconds, standing at a cut of 10 %")
    time.sleep(options.talk)
    near = [("practice", v) for v in (50, 25, 75)] + [("community", v) for v in (50, 25, 75)] + [("carers", 50)]
    ahead = []
    for lever, value in near[: options.moves]:
        ahead.append(moved(page, {lever: value}))
        moved(page, {lever: 0})
    for name, what, bar in (
        ("first", "one lever moved after that: first change", 0.2),
        ("settled", "one lever moved after that: whole line", 1.0),
        ("range", "one lever moved after that: first range", 5.0),
    ):
        tell(what, bar, [times[name] for times in ahead])
    levers = [("practice", "carers", "community")[n % 3] for n in range(options.pages)]
    steps = (10, 20, 30, 40, 60, 70, 80, 90, 100, 5, 15, 35)
    queries = [f"cut=10&{lever}={steps[n // 3 % len(steps)]}" for n, lever in enumerate(levers)]
    tell_at_once(port, "one lever each after that", queries)


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--place", default="sunderland")
    arguments.add_argument("--moves", type=int, default=7, help="Moves that a figure is the median of.")
    arguments.add_argument("--pages", type=int, default=15, help="Pages that ask at once.")
    arguments.add_argument("--talk", type=int, default=150, help="Seconds for which the workers may run ahead.")
    arguments.add_argument("--seed", type=int, default=1, help="Which positions are tried.")
    options = arguments.parse_args()
    from playwright.sync_api import sync_playwright

    browser_at = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))))
    with tempfile.TemporaryDirectory() as cache:
        port = free_port()
        warm, _ = start(options.place, port, cache)  # settles what is kept beyond a session but runs
        warm.send_signal(signal.SIGINT)
        warm.wait(30)
        server, ready = start(options.place, port, cache)
        try:
            with sync_playwright() as player:
                browser = player.chromium.launch(executable_path=browser_at, args=["--no-sandbox", "--disable-gpu"])
                page = browser.new_page(viewport={"width": 1280, "height": 720})
                page.set_default_timeout(PATIENCE * 1000)
                measure(page, port, ready, options)
                browser.close()
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(30)


if __name__ == "__main__":
    main()
