"""Listens on a port and serves the application until a signal arrives."""

from __future__ import annotations

import errno
import logging
import signal
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from rcmvae_core.errors import fail

FIRST_PORT = 8765
_TRIED = 32
"""Ports that are tried one after the other, unless one is given."""
_GRACE_SECONDS = 2
_MOST_FROM_CLIENT = 4096
"""Bytes of a message that a page may send over its WebSocket; it has none to send."""


def open_socket(host: str, port: int | None) -> socket.socket:
    """Listen.

    Args:
        host: a name or an address of this machine.
        port: 0 for any free one; None for the first free one from `FIRST_PORT`.

    Returns:
        The socket, which accepts connections.

    Raises:
        RcmvaeError: E496 if the port is taken, or the host is none of this machine.
    """
    ports = range(FIRST_PORT, FIRST_PORT + _TRIED) if port is None else [port]
    for each in ports:
        try:
            return _listen(host, each)
        except UnicodeError:  # the encoding of a name with empty or long parts
            fail("E496", f"`{host}` is no name of a machine", help=["give the address of this machine"])
        except OSError as error:
            if error.errno == errno.EADDRINUSE and each != ports[-1]:
                continue
            what = (
                f"port {each} of `{host}`" if port is not None else f"no port from {ports[0]} to {ports[-1]}"
            )
            fail(
                "E496",
                f"{what} cannot be listened to: {error.strerror or error}",
                help=["give another --port N"],
            )
    raise AssertionError


def _listen(host: str, port: int) -> socket.socket:
    family, type_, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    # With its protocol, by which asyncio knows that replies must not wait for 40 ms to be joined with others.
    listener = socket.socket(family, type_, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


class Server(uvicorn.Server):
    """A server that the first signal ends, and that calls a function once it accepts connections.

    Args:
        app: the application.
        ready: called once connections are accepted.
        signals: whether it runs in the main thread, the only one that signals can end.
    """

    def __init__(self, app: ASGIApp, ready: Callable[[], None], *, signals: bool = True) -> None:
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # a client that breaks off is no news
        super().__init__(
            uvicorn.Config(
                app,
                loop="asyncio",
                http="h11",
                ws="websockets-sansio",
                ws_max_size=_MOST_FROM_CLIENT,
                lifespan="on",
                access_log=False,
                log_config=None,
                proxy_headers=False,
                server_header=False,
                timeout_graceful_shutdown=_GRACE_SECONDS,
            )
        )
        self._ready, self._signals = ready, signals

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets)
        if self.started:
            self._ready()

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Let a signal end the server, and not raise it again: the program ends by itself."""

        def stop(_: int, __: FrameType | None) -> None:
            self.should_exit = True

        numbers = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP] if self._signals else []
        if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:  # `nohup` has started it
            numbers = numbers[:2]
        before = {each: signal.signal(each, stop) for each in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def serve(app: ASGIApp, listener: socket.socket, ready: Callable[[], None]) -> None:
    """Serve an application until a signal arrives.

    Args:
        app: the application.
        listener: of `open_socket`, which is closed in the end.
        ready: called once connections are accepted.
    """
    try:
        Server(app, ready).run([listener])
    finally:
        listener.close()
