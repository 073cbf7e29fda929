"""The command ``demandsim workshop``."""

from __future__ import annotations

from typing import Annotated

import typer

_NEEDED = ("plotly", "segno", "starlette", "uvicorn")


def workshop(
    place: Annotated[str | None, typer.Option("--place", "-p", help="English council by name or code.")] = None,
    port: Annotated[int | None, typer.Option("--port", help="Port to listen on (8765, or the next free one).")] = None,
    share: Annotated[
        bool, typer.Option("--share", help="Let phones in the same network look, with a secret room address.")
    ] = False,
    run_ahead: Annotated[
        bool,
        typer.Option(
            "--run-ahead/--no-run-ahead",
            help="While nobody waits, run what is likely to be asked next; without it a laptop stays cooler.",
        ),
    ] = True,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open the page.")] = False,
) -> None:
    """Open the workshop: move levers in the browser and see a place change."""
    from importlib.util import find_spec

    from demandsim.experiment.errors import InputError

    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise InputError(
            f"workshop: {', '.join(missing)} is not installed.\n"
            '  Install what the workshop needs: pip install "demandsim[workshop]"'
        )
    from demandsim.workshop.server import serve

    serve(place, port=port, share=share, run_ahead=run_ahead, browser=not no_browser)
