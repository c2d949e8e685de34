"""Provide fixtures for tests of plugins: `pytest_plugins = ["rcmvae_core.testing.fixtures"]` in a `conftest.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import jax
import numpy as np
import pytest

from rcmvae_core.plugin.declaration import Distribution
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.plugin.protocols import BuildContext, Dataset
from rcmvae_core.plugin.registry import Registry
from rcmvae_core.plugin.registry_builder import build
from rcmvae_core.testing.plugin_case import TINY

MakeRegistry = Callable[..., Registry]


@pytest.fixture
def isolated_registry() -> MakeRegistry:
    """Return a function of plugin modules that makes a registry of these alone, whatever is installed."""

    def make(*modules: object) -> Registry:
        return build((Distribution(f"module-{index}", "0"), module) for index, module in enumerate(modules))

    return make


@pytest.fixture(scope="session")
def installed_registry() -> Registry:
    """Return the registry of all installed plugins."""
    return discover()


@pytest.fixture
def tiny_context() -> BuildContext:
    """Return sizes of a model that is fast to build: images of 6 by 5 pixels, three channels of two dimensions."""
    return TINY


@pytest.fixture
def tiny_data() -> Dataset:
    """Return sixty images of 6 by 5 pixels in four classes, twelve of them test data; the same in every test."""
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
    """Return an iterator of new keys, the same in every test; take one with `next(keys)`."""
    return (jax.random.fold_in(jax.random.key(0), index) for index in range(10_000))
