"""Compiles the programs of a model while its page is being read, so that the first look waits for none of them."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from threading import Lock
from typing import Any

from rcmvae_core.errors import RcmvaeError
from rcmvae_core.explore.server.context import Context


@contextmanager
def warming(context: Context) -> Generator[None]:
    """Compile the programs of the model that is shown, and of each that is shown later, until the block ends."""
    lock, ends = Lock(), list[Callable[[], None]]()

    def warm(message: Mapping[str, Any]) -> None:
        if message["type"] == "model":
            with lock, suppress(RcmvaeError):
                ends.append(context.services(message["number"]).decoder.start_warming())

    leave = context.workspace.listen(warm)
    warm({"type": "model", "number": context.workspace.models.current})
    try:
        yield
    finally:
        leave()
        for end in ends:  # an interpreter must not exit while a compiler runs
            end()
