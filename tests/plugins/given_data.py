"""A data plugin of the tests that returns a given data set, so that every data set can be tried."""

from __future__ import annotations

import attrs
import numpy as np
import pytest

from rcmvae_core.errors import Place, Source, Span
from rcmvae_core.plugin.core_tables import DataTable
from rcmvae_core.plugin.declaration import Distribution, Plugin, Registered
from rcmvae_core.plugin.protocols import Dataset
from rcmvae_core.plugin.resolved import ResolvedPart

RNG = np.random.default_rng(0)
FILES = tuple(f"a/{index}.png" for index in range(80))
PLACE = Place(Source("spec.toml", "[data.given]"), Span(1, 7, 1, 12))
CLASSES = ("ant", "bee", "cat", "dog")


def good(count: int = 80, **changes) -> Dataset:
    data = Dataset(
        inputs=RNG.integers(0, 256, (count, 4, 3, 1), np.uint8),
        labels=(np.arange(count) % 4).astype(np.int32),
        train=np.arange(count - 20),
        test=np.arange(count - 20, count),
        class_names=CLASSES,
        maximum=255.0,
    )
    return data._replace(**changes)


def given(params) -> Dataset:
    """A data plugin of the tests that returns a given data set or raises a given error."""
    if isinstance(params.outcome, Exception):
        raise params.outcome
    return params.outcome


@attrs.frozen
class GivenParams:
    outcome: object


def part(outcome, *, provides=("data.image", "data.labels"), **keys) -> ResolvedPart:
    plugin = Plugin("data", "given", summary="Given.", impl="nowhere:given", provides=provides)
    registered = Registered(plugin, Distribution("tests", "0"))
    return ResolvedPart(registered, GivenParams(outcome), keys=DataTable(**keys), place=PLACE)


@pytest.fixture(autouse=True)
def given_data(monkeypatch):
    monkeypatch.setattr("rcmvae_core.data.dataset.load_object", lambda _: given)
