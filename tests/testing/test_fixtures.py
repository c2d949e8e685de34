"""The fixtures for plugin authors: isolated, small, and the same every time."""

from __future__ import annotations

import jax
import numpy as np

from rcmvae_core import Plugin, hookimpl
from rcmvae_core.data.dataset import dataset_violations

pytest_plugins = ["rcmvae_core.testing.fixtures"]


class _Module:
    @staticmethod
    @hookimpl
    def rcmvae_plugins():
        yield Plugin("schedule", "still", summary="Always one.", impl="builtins:float")


def test_an_isolated_registry_has_only_its_modules(isolated_registry) -> None:
    assert [r.plugin.name for r in isolated_registry(_Module)] == ["still"]
    assert list(isolated_registry()) == []


def test_the_installed_registry_has_the_built_ins(installed_registry) -> None:
    assert "film" in installed_registry.names("conditioner")


def test_tiny_data_is_valid(tiny_data) -> None:
    assert dataset_violations(tiny_data, ("data.image", "data.labels")) == []
    assert not set(tiny_data.train) & set(tiny_data.test)


def test_the_context_fits_the_data(tiny_context, tiny_data) -> None:
    assert tiny_context.input_shape == tiny_data.inputs.shape[1:]
    assert tiny_context.classes == len(tiny_data.class_names)


def test_keys_differ_from_each_other(keys) -> None:
    draws = [float(jax.random.normal(next(keys))) for _ in range(4)]
    assert len(set(draws)) == 4


def test_keys_are_the_same_in_every_test(keys) -> None:
    assert np.array_equal(
        jax.random.key_data(next(keys)), jax.random.key_data(jax.random.fold_in(jax.random.key(0), 0))
    )
