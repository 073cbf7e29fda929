"""Mesa's viewer: its choices build the model here; its page is looked at in an environment of its own."""

from __future__ import annotations

import inspect
import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import closing
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import pytest

from demandsim.agents.overview import REPORTERS
from demandsim.viewer import parts as viewer

ROOT = Path(__file__).parent.parent
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)


def test_every_choice_is_a_parameter_of_the_model_and_every_chart_is_recorded() -> None:
    assert set(viewer.choices()) == set(inspect.signature(viewer.ViewedModel).parameters)
    assert set(viewer.CHARTS) <= set(REPORTERS)


def test_the_model_is_built_from_what_is_chosen() -> None:
    chosen = {name: choice["value"] for name, choice in viewer.choices().items()}
    model = viewer.ViewedModel(**chosen)
    model.step()
    assert model.policy.name == "sustained"
    assert len(model.datacollector.get_model_vars_dataframe()) == 1


@pytest.mark.skipif(find_spec("solara") is not None, reason="Mesa's viewer is installed here")
def test_without_the_extra_it_says_what_to_install() -> None:
    with pytest.raises(ImportError, match=r"demandsim\[mesa-viewer\]"):
        viewer.viewer()


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the extra; skipped where it cannot be fetched.

    It has the package from where it lies here and the same Numba, so that kernels compiled already are used.
    """
    folder = tmp_path_factory.mktemp("viewer") / "env"
    python = folder / "bin" / "python"
    wanted = ["-q", f"numba=={version('numba')}", "-e", f"{ROOT}[mesa-viewer]"]
    if uv := os.environ.get("UV"):  # set by `uv run`; takes from its own store what is there
        make = [uv, "venv", "-q", "--python", sys.executable, str(folder)]
        install = [uv, "pip", "install", "--python", str(python), *wanted]
    else:
        make = [sys.executable, "-m", "venv", str(folder)]
        install = [str(python), "-m", "pip", "install", *wanted]
    made = subprocess.run(make, capture_output=True, timeout=300)
    if made.returncode or not python.exists():
        pytest.skip("no environment can be made here")
    done = subprocess.run(install, capture_output=True, text=True, timeout=900)
    if done.returncode:
        pytest.skip(f"the extra cannot be installed here: {done.stderr.strip()[-200:]}")
    return folder


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine")
def test_the_page_renders_and_steps_in_an_environment_of_its_own(environment: Path) -> None:
    from playwright.sync_api import sync_playwright

    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(environment / "bin" / "solara"), "run", "demandsim.viewer.page", "--host", "127.0.0.1"]
    server = subprocess.Popen(
        [*command, "--port", str(port), "--no-open", "--production"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(server, port)
        with sync_playwright() as player:
            flags = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
            browser = player.chromium.launch(executable_path=BROWSER, args=flags)
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.set_default_timeout(300_000)
            page.goto(f"http://127.0.0.1:{port}/")
            page.get_by_role("button", name="Step").wait_for()
            page.locator("img").first.wait_for()
            page.get_by_text("English council").first.wait_for()
            page.get_by_role("button", name="Step").click()
            page.get_by_text("Time: 1.0").first.wait_for()
            assert page.locator("img").count() == len(viewer.CHARTS)
            browser.close()
    finally:
        server.terminate()
        server.wait(30)


def _wait_for(server: subprocess.Popen[bytes], port: int) -> None:
    """Until it answers; where no kernel is compiled yet, they all are."""
    until = time.monotonic() + 600
    while time.monotonic() < until:
        assert server.poll() is None, "the viewer ended by itself"
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise AssertionError("the viewer did not start")
