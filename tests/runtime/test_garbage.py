"""Collections of garbage are rare within a block, and as before after it."""

from __future__ import annotations

import gc
from contextlib import suppress

import pytest

from rcmvae_core.runtime.garbage import rare_collections


@pytest.fixture(autouse=True)
def as_before():
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


@pytest.mark.parametrize("first", [700, 1_000_000])
def test_a_block_collects_rarely(first) -> None:
    gc.set_threshold(first, 11, 12)
    with rare_collections():
        assert gc.get_threshold() == (max(first, 100_000), 11, 12)
    assert gc.get_threshold() == (first, 11, 12)


def test_an_error_ends_the_block_too() -> None:
    gc.set_threshold(701, 11, 12)
    with suppress(ValueError), rare_collections():
        raise ValueError
    assert gc.get_threshold() == (701, 11, 12)
