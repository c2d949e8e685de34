"""Sends small messages to every open page when something has changed; the page then fetches what it needs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from rcmvae_core.explore.server.replies import plain

_QUEUED = 64
"""Messages that wait for a client; one that does not take them is disconnected, and fetches everything when it is back."""
_MOST_CLIENTS = 100


class Live:
    """The clients that listen, and the messages that wait for each.

    Everything but `send` belongs to the event loop.
    """

    def __init__(self) -> None:
        self._queues = set[asyncio.Queue[str | None]]()
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def clients(self) -> int:
        """How many clients listen."""
        return len(self._queues)

    def start(self) -> None:
        """Send from now on, by the event loop that runs."""
        self._loop = asyncio.get_running_loop()

    def stop(self) -> None:
        """Disconnect every client."""
        self._loop = None
        for queue in list(self._queues):
            self._drop(queue)

    def send(self, message: Mapping[str, Any]) -> None:
        """Send a message, whose `type` says what has changed, to every client; from any thread, without waiting."""
        loop = self._loop
        if loop is None:
            return
        text = json.dumps(plain(message), allow_nan=False)
        with suppress(RuntimeError):  # the loop has been closed meanwhile
            loop.call_soon_threadsafe(self._put, text)

    def _put(self, text: str) -> None:
        for queue in list(self._queues):
            if queue.qsize() >= _QUEUED:
                self._drop(queue)
            else:
                queue.put_nowait(text)

    def _drop(self, queue: asyncio.Queue[str | None]) -> None:
        """Forget a client, and let its connection end."""
        self._queues.discard(queue)
        while not queue.empty():
            queue.get_nowait()
        queue.put_nowait(None)

    async def serve(self, websocket: WebSocket) -> None:
        """Send messages to a client until it leaves."""
        if self.clients >= _MOST_CLIENTS:
            await websocket.close(1013)
            return
        await websocket.accept()
        queue = asyncio.Queue[str | None]()
        self._queues.add(queue)
        tasks = [asyncio.create_task(_send(websocket, queue)), asyncio.create_task(_until_gone(websocket))]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._queues.discard(queue)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        with suppress(RuntimeError, WebSocketDisconnect, OSError):
            await websocket.close(1013)


async def _send(websocket: WebSocket, queue: asyncio.Queue[str | None]) -> None:
    """Send what waits, until the client is dropped or leaves."""
    with suppress(RuntimeError, WebSocketDisconnect, OSError):
        while (text := await queue.get()) is not None:
            await websocket.send_text(text)


async def _until_gone(websocket: WebSocket) -> None:
    """Wait until the client leaves; it has nothing to say, and one that says something is disconnected."""
    await websocket.receive()
