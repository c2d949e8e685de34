"""What XLA compiles, by the names of the functions; the sizes of jit's own caches shrink when memory is short."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import jax

_COMPILING = re.compile(r"Compiling jit\((\w+)\)")


class _Listener(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.seen: Counter[str] = Counter()

    def emit(self, record: logging.LogRecord) -> None:
        found = _COMPILING.match(record.getMessage())
        if found:
            self.seen[found[1]] += 1


@contextmanager
def compilations() -> Iterator[Counter[str]]:
    """Count compilations by function while the context lasts."""
    listener, logger = _Listener(), logging.getLogger("jax")
    logger.addHandler(listener)
    try:
        with jax.log_compiles():
            yield listener.seen
    finally:
        logger.removeHandler(listener)
