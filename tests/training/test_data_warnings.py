"""Warnings before the first step: too few channels, and classes that no label of a training input names."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rcmvae_core.cli.event_format import plan_line
from rcmvae_core.experiment.fit import fit
from rcmvae_core.experiment.spec_input import resolve_spec
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.plugin.protocols import Dataset
from rcmvae_core.training.data_warnings import data_warnings
from rcmvae_core.training.dry_run import plan
from rcmvae_core.training.events import EpochEnd, FirstStep, WarningRaised
from rcmvae_core.training.setup import prepare
from tests.support.tiny import TINY

REGISTRY = discover("only:rcmvae")
NAMES = ("ant", "bee", "cow", "dog")


def dataset(labels: np.ndarray, train: np.ndarray) -> Dataset:
    inputs = np.random.default_rng(0).random((len(labels), 3)).astype(np.float32)
    test = np.setdiff1d(np.arange(len(labels)), train)
    return Dataset(inputs, labels, train, test, NAMES, 1.0)


def told(data: Dataset, channels: int = 4, **keys: Any) -> list[str]:
    spec = {**TINY, "latent": {"channels": channels, "dim": 2}, "data": {**keys, **arrays()}}
    return [
        f"{d.code}: {d.message}" for d in data_warnings(prepare(resolve_spec(spec, REGISTRY, (), data), data))
    ]


def arrays() -> dict[str, Any]:
    return {"arrays": {"form": "features"}}


LABELS = np.arange(160) % 4
EVERY = np.arange(120)


@pytest.mark.parametrize(("channels", "count"), [(2, 1), (3, 1), (4, 0), (5, 0)])
def test_fewer_channels_than_classes(channels, count):
    messages = told(dataset(LABELS, EVERY), channels)
    assert len(messages) == count
    assert all(
        m == f"W409: `latent.channels` is {channels}, less than the number of classes, 4" for m in messages
    )


def test_a_class_of_the_test_data_only():
    train = np.flatnonzero((np.arange(160) < 120) & (LABELS != 2))
    assert told(dataset(LABELS, train)) == ["W415: classes without a training input: `cow`"]


def test_a_class_whose_labels_are_not_given():
    (message,) = told(dataset(LABELS, EVERY), labels=3)
    assert message.startswith("W415: classes without a label to train on: `")
    assert told(dataset(LABELS, EVERY), labels_per_class=1) == []


def test_clusters_without_labels_may_be_fewer():
    data = dataset(np.full(160, -1), EVERY)
    spec = {key: value for key, value in TINY.items() if key != "classifier"}
    spec |= {
        "latent": {"channels": 2, "dim": 2},
        "loss": {"reconstruction": {"reconstruction": {}}},
        "data": {"arrays": {"form": "features", "labelled": False}},
    }
    assert data_warnings(prepare(resolve_spec(spec, REGISTRY, (), data), data)) == ()


def test_fit_tells_them_before_the_first_step():
    events = list[Any]()
    spec = {**TINY, "latent": {"channels": 2, "dim": 2}}
    inputs = np.random.default_rng(0).random((160, 3))
    fit(spec, inputs, LABELS, listen=events.append)
    assert isinstance(events[0], WarningRaised)
    assert events[0].diagnostic.code == "W409"
    assert any(isinstance(event, FirstStep | EpochEnd) for event in events[1:])


def test_the_plan_says_whether_something_uses_the_labels():
    data = dataset(LABELS, EVERY)
    without = {name: table for name, table in TINY.items() if name != "classifier"}
    without["loss"] = {label: loss for label, loss in TINY["loss"].items() if "supervised" not in loss}
    lines = []
    for spec in (TINY, without):
        tables = {**spec, "latent": {"channels": 4, "dim": 2}, "data": arrays()}
        lines.append(plan_line(plan(prepare(resolve_spec(tables, REGISTRY, (), data), data))))
    assert "labels, " in lines[0]
    assert "labels that nothing uses, " in lines[1]
