"""A small experiment on the embedded digits, prepared and compiled once for all tests of training."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from rcmvae_core.plugin.discovery import discover
from rcmvae_core.plugin.registry import Registry
from rcmvae_core.plugin.resolved import ResolvedSpec
from rcmvae_core.spec.parse import parse, parse_override
from rcmvae_core.spec.resolve import resolve_layers
from rcmvae_core.training.compiled import Programs, compile_programs
from rcmvae_core.training.setup import Prepared, prepare

TINY = b"""
name = "tiny"
[data]
labels_per_class = 5
[data.digits]
[latent]
channels = 4
dim = 2
embedding_dim = 3
[encoder.dense]
hidden = [16]
[prior.mixture]
[routing.soft]
[conditioner.film]
[backbone.dense]
hidden = [16]
[head.bernoulli]
[loss.reconstruction.reconstruction]
[loss.kl_z.kl_latent]
[loss.kl_c.kl_channel]
[loss.spread]
weight.linear = { start = 0.0, end = -5.0, over = "1 epochs" }
[loss.spread.usage_entropy]
[loss.labels.supervised]
[classifier.tau]
[train]
epochs = 3
batch_size = 64
[train.optimizer.adam]
"""


@pytest.fixture(scope="session")
def registry() -> Registry:
    return discover("only:rcmvae")


@pytest.fixture(scope="session")
def resolve_tiny(registry) -> Callable[..., ResolvedSpec]:
    """The tiny spec with `--set` arguments over it."""

    def make(settings: Iterable[str] = ()) -> ResolvedSpec:
        layers = [parse(TINY, "tiny.toml"), *map(parse_override, settings)]
        return resolve_layers(layers, registry)

    return make


@pytest.fixture(scope="session")
def prepared(resolve_tiny) -> Prepared:
    return prepare(resolve_tiny())


@pytest.fixture(scope="session")
def programs(prepared) -> Programs:
    return compile_programs(prepared)


@pytest.fixture
def tiny_file(tmp_path) -> Path:
    path = tmp_path / "tiny.toml"
    path.write_bytes(TINY)
    return path
