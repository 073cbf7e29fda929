"""Starting the workshop: a port, the app, a browser, and what is said on the terminal."""

from __future__ import annotations

import socket
import sys
import threading
import webbrowser
from dataclasses import replace
from typing import TYPE_CHECKING

from demandsim.experiment.errors import InputError
from demandsim.workshop.opening import settle_place
from demandsim.workshop.pool import Rank, room_pool

if TYPE_CHECKING:
    from demandsim.workshop.room import Room

PORT = 8765
_TRIED = 20


def serve(
    place: str | None = None,
    *,
    port: int | None = None,
    share: bool = False,
    run_ahead: bool = True,
    browser: bool = True,
) -> None:
    """Open a workshop and stay until it is closed with Ctrl-C.

    Args:
        place: English council by name or code; Sunderland if left out.
        port: Port to listen on; left out, the first free one from 8765.
        share: Whether phones in the same network may look, with a room token in the address.
        run_ahead: Whether the workers run what is likely while nobody waits.
        browser: Whether to open the page.

    Raises:
        InputError: If the port is taken or none.
        PlaceError: If there is no such place.
    """
    from demandsim.place.names import find_place
    from demandsim.workshop.choices import DEFAULT_PLACE, Choices

    code = DEFAULT_PLACE if place is None else find_place(place).code
    listening = _listen("0.0.0.0" if share else "127.0.0.1", port)
    pool = room_pool()
    pool.hire_first()  # it makes itself ready while the server does: what follows takes a second to import
    pool.submit(settle_place, code, rank=Rank.FIRST, home=0)

    import uvicorn

    from demandsim.experiment import kernels
    from demandsim.workshop.app import create_app
    from demandsim.workshop.room import Room
    from demandsim.workshop.runs import sample_plan

    room = Room(
        place=code,
        port=listening.getsockname()[1],
        shared=share,
        keeps=True,
        runs_ahead=run_ahead,
        pool=pool,
    )
    if share:
        room.resume()
    kernels.make_ready(replace(sample_plan(Choices(place=room.place)), replicates=1), kernels.say_on_stderr)
    here = f"http://127.0.0.1:{room.port}/"
    if share:
        here += f"room/{room.token}/"
    _say_what_is_open(room, here)
    config = uvicorn.Config(
        create_app(room),
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=1,
        lifespan="on",
        ws="none",
    )
    if browser:
        threading.Timer(1.5, webbrowser.open, (here,)).start()

    class Server(uvicorn.Server):
        """Lets phones that wait for news go before it closes; else they would be cut off with an error."""

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            await room.end()
            await super().shutdown(sockets)

    try:
        Server(config).run(sockets=[listening])
    except KeyboardInterrupt:  # the way to close it, and no failure
        print("The workshop is closed.")


def _listen(host: str, port: int | None) -> socket.socket:
    """A socket that listens on the port asked for, else on the first free one.

    Raises:
        InputError: If there is none.
    """
    if port is not None and not 1 <= port <= 65535:
        raise InputError(f"--port {port}: not possible.\n  Give a whole number from 1024 to 65535; {PORT} is usual.")
    wanted = range(PORT, PORT + _TRIED) if port is None else (port,)
    for number in wanted:
        made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            made.bind((host, number))
            made.listen()  # from now on: until then another start could take the same port
        except OSError:
            made.close()
            continue
        return made
    what = f"--port {port}: something else uses it, or it may not be used." if port else "no free port was found."
    raise InputError(f"{what}\n  Choose another with --port, such as --port {PORT + _TRIED}.")


def _say_what_is_open(room: Room, here: str) -> None:
    print(f"The workshop is at {here}")
    if room.shared:
        print(f"Phones in this network: {room.address()}")
        print("Whoever has that address may look; only this computer moves the levers, unless you let all.")
        print("Open to this network until you press Ctrl-C.")
    else:
        print("Open to this computer alone, until you press Ctrl-C.")
    sys.stdout.flush()
