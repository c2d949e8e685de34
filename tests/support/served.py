"""Serves an application of the explore page in a thread, as the verb does in a process."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
from starlette.types import ASGIApp
from websockets.sync.client import ClientConnection, connect

from rcmvae_core.explore.server.serve import Server, open_socket

TOKEN = "t" * 32
BEARER = {"Authorization": f"Bearer {TOKEN}"}


class Client(httpx.Client):
    """A client of a served application; without headers it is nobody's."""

    def __init__(self, port: int, **others) -> None:
        self.port, self.host = port, f"127.0.0.1:{port}"
        self.origin = f"http://{self.host}"
        super().__init__(base_url=self.origin, timeout=60, **others)

    def websocket(self, headers=None, origin=None, host=None) -> ClientConnection:
        """Connect to the news of the server, by another name of it if one is given."""
        address = f"ws://{host or self.host}/api/v1/live"
        sock = socket.create_connection(("127.0.0.1", self.port))
        return connect(address, sock=sock, additional_headers=headers, origin=origin)


@contextmanager
def served(build: Callable[[int], ASGIApp], **others) -> Iterator[Client]:
    """Serve what a function builds for a port."""
    listener = open_socket("127.0.0.1", 0)
    port = listener.getsockname()[1]
    started = threading.Event()
    server = Server(build(port), started.set, signals=False)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])))
    thread.start()
    try:
        assert started.wait(30)
        with Client(port, **others) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join(30)
        listener.close()
        assert not thread.is_alive()
