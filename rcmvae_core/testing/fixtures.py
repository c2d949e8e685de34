"""Fixtures for a plugin's own tests: `pytest_plugins = ["rcmvae_core.testing.fixtures"]` in a `conftest.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import jax
import numpy as np
import pytest

from rcmvae_core.discovery import discover
from rcmvae_core.protocols import Context, Dataset
from rcmvae_core.registry import Distribution, Registry, build
from rcmvae_core.testing.subject import TINY

Isolated = Callable[..., Registry]


@pytest.fixture
def isolated_registry() -> Isolated:
    """A function of plugin modules that gives a registry of these alone, whatever is installed."""

    def make(*modules: object) -> Registry:
        return build((Distribution(f"module-{index}", "0"), module) for index, module in enumerate(modules))

    return make


@pytest.fixture(scope="session")
def installed_registry() -> Registry:
    """Everything that is installed."""
    return discover()


@pytest.fixture
def tiny_context() -> Context:
    """Sizes of a model that is built in no time: images of 6 by 5 pixels, three channels of two dimensions."""
    return TINY


@pytest.fixture
def tiny_data() -> Dataset:
    """Sixty images of 6 by 5 pixels in four classes, a dozen of them for the test; the same every time."""
    rng = np.random.default_rng(0)
    return Dataset(
        inputs=rng.integers(0, 256, (60, 6, 5, 1), np.uint8),
        labels=(np.arange(60) % 4).astype(np.int32),
        train=np.arange(48),
        test=np.arange(48, 60),
        class_names=("a", "b", "c", "d"),
        maximum=255.0,
    )


@pytest.fixture
def keys() -> Iterator[jax.Array]:
    """Fresh keys, as many as are asked for with `next`; the same ones in every test."""
    return (jax.random.fold_in(jax.random.key(0), index) for index in range(10_000))
