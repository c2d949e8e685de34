"""Lets Python look for unreachable cycles less often."""

from __future__ import annotations

import gc
from collections.abc import Generator
from contextlib import contextmanager

_OBJECTS = 100_000


@contextmanager
def rare_collections() -> Generator[None]:
    """Collect garbage after 100,000 new objects instead of 700 while the block runs.

    Tracing and drawing make very many objects that live on, beside the hundreds of thousands of JAX, which each
    collection visits: a tenth of the time of a short run. Cycles are few and small, and are still collected.
    """
    before = gc.get_threshold()
    gc.set_threshold(max(_OBJECTS, before[0]), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
