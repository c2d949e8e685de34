"""Weights of inputs: how often each is drawn, from a spec as from arrays, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from rcmvae_core.active_learning.pool import prepare_pool
from rcmvae_core.active_learning.settings import SimulationSettings
from rcmvae_core.data.dataset import dataset_violations
from rcmvae_core.data.fingerprint import fingerprint_data
from rcmvae_core.data.load import load_split
from rcmvae_core.data.sample_weights import drawn, has_weight, repeats
from rcmvae_core.errors import RcmvaeError
from rcmvae_core.experiment.spec_input import resolve_spec
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.plugin.protocols import Dataset
from rcmvae_core.plugin.resolved import ResolvedSpec
from rcmvae_core.training.compiled import compile_programs, init_state
from rcmvae_core.training.setup import prepare
from tests.support.tiny import TINY

LABELLED = np.arange(4)


def test_whole_numbers_repeat_examples_exactly():
    assert repeats([2, 0, 1, 3], LABELLED, 4).tolist() == [2, 0, 1, 3]


@pytest.mark.parametrize("weights", [None, [1, 1, 1, 1], [0.3] * 4, [7] * 4])
def test_equal_weights_repeat_nothing(weights):
    assert repeats(weights, LABELLED, 4).tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize(
    "weights",
    [
        [1e-3, 1e-3, 1, 1, 1, 1, 1],
        [1e308] * 6 + [5e307],
        [5e-324, 1, 1, 1, 1, 1, 0],
        [1e-300, 1, 1, 1, 1, 1, 1],
    ],
)
def test_a_label_with_a_weight_is_drawn_however_unequal_weights_are(weights):
    counts = repeats(weights, np.array([0]), 7)
    assert counts[0] > 0
    assert (counts >= 0).all()
    assert 0 < counts.sum() < 100


def test_other_weights_keep_their_proportions():
    weights = np.random.default_rng(0).gamma(0.5, size=1000)
    drawn = repeats(weights, LABELLED, 1000)
    assert drawn.sum() == 8000
    expected = np.cumsum(weights) * 8000 / weights.sum()
    assert np.abs(np.cumsum(drawn) - expected).max() <= 0.5 + 1e-6
    np.testing.assert_array_equal(repeats(weights * 1e-30, LABELLED, 1000), drawn)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1, 2], r"sample_weight.shape == \(2,\), expected \(4,\)"),
        ([1, 2, 3, -1], "at least 0"),
        ([1, 2, 3, np.nan], "finite"),
        ([0, 0, 0, 0], "weight of an example with a label is zero"),
    ],
)
def test_unusable_weights_are_named(weights, message):
    with pytest.raises(ValueError, match=message):
        repeats(weights, LABELLED, 4)


def test_indices_are_repeated_by_the_weights_of_their_inputs():
    weights = np.array([9.0, 1.0, 0.0, 2.0])
    assert drawn(np.array([3, 1, 2]), weights).tolist() == [3, 3, 1]
    assert drawn(np.array([3, 1]), None).tolist() == [3, 1]
    assert drawn(np.array([], np.int64), weights).tolist() == []


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.ones(3), "sample_weights are an array of float64, of shape (3,)"),
        (np.array([1.0, -1.0]), "the sample weight of input 1 is -1"),
        (np.array([np.nan, 1.0]), "the sample weight of input 0 is nan"),
    ],
)
def test_weights_of_a_data_set_are_checked(weights, message):
    indices = np.array([0]), np.array([1])
    dataset = Dataset(
        np.zeros((2, 3), np.float32), np.array([0, 0]), *indices, ("a",), 1.0, sample_weights=weights
    )
    ((found, _),) = dataset_violations(dataset, ("data.features",))
    assert found == message


def write_table(folder, weights) -> str:
    rng = np.random.default_rng(0)
    lines = ["a,b,w,kind"]
    for row, weight in enumerate(weights):
        x = rng.normal(row % 2, 0.1, 2)
        lines.append(f"{x[0]:.3f},{x[1]:.3f},{weight},{'ant' if row % 2 else 'bee'}")
    (folder / "data.csv").write_text("\n".join(lines) + "\n")
    return str(folder / "data.csv")


def resolve(**data) -> ResolvedSpec:
    train = TINY["train"] | {"batch_size": 32}
    return resolve_spec(TINY | {"name": "weights", "data": data, "train": train}, discover())


def resolve_table(path: str) -> ResolvedSpec:
    return resolve(table={"path": path, "label": "kind", "sample_weight": "w"})


def test_a_column_of_weights_is_no_feature_and_says_how_often_rows_are_drawn(tmp_path):
    """Rows of weight 3 make up three quarters of what is drawn, and rows of weight 0 nothing."""
    weights = np.tile([3, 1, 0], 400)
    resolved = resolve_table(write_table(tmp_path, weights))
    prepared = prepare(resolved)
    assert prepared.context.input_shape == (2,)
    programs = compile_programs(prepared)
    state, steps = init_state(prepared, programs, 0), prepared.context.steps_per_epoch
    given = [drawn(indices, prepared.dataset.sample_weights) for indices in prepared.split[:1]]
    streams = programs.epoch.streams(state.key, np.int32(0), given[0], prepared.split.labelled)
    _, fed = programs.feed._streams.at(state, 0)
    np.testing.assert_array_equal(np.asarray(fed.unlabelled), np.asarray(streams.unlabelled))
    counts = np.bincount(weights[np.asarray(fed.unlabelled).ravel()], minlength=4)
    total = steps * 32
    assert counts[0] == counts[2] == 0
    # Drawn without replacement from four times as many, so the binomial standard error is an upper bound.
    assert abs(counts[3] / total - 0.75) < 4 * np.sqrt(0.75 * 0.25 / total)
    assert (np.asarray(fed.labelled).ravel()[:, None] % 3 != 2).all()


def test_weights_that_leave_nothing_are_an_error_before_training(tmp_path):
    resolved = resolve_table(write_table(tmp_path, np.zeros(200, int)))
    with pytest.raises(RcmvaeError, match=r"E302.*every training input has the sample weight 0"):
        load_split(resolved.one("data"))


def test_a_weight_that_is_no_number_is_named_with_its_line(tmp_path):
    resolved = resolve_table(write_table(tmp_path, [1, 2, "heavy", 1]))
    with pytest.raises(RcmvaeError, match=r"E306.*weights that are no numbers"):
        load_split(resolved.one("data"))
    resolved = resolve_table(write_table(tmp_path, [1, 2, -2, 1]))
    with pytest.raises(RcmvaeError, match=r"E306.*line 4: the weight `-2` in column `w`"):
        load_split(resolved.one("data"))


def test_an_array_of_weights_of_an_npz_file(tmp_path):
    rng = np.random.default_rng(0)
    file = tmp_path / "data.npz"
    np.savez(file, x=rng.random((20, 4)), y=np.arange(20) % 2, w=np.arange(20), short=np.ones(3))
    given = {"path": str(file), "form": "features", "labels": "y"}
    dataset = load_split(resolve(npz=given | {"sample_weights": "w"}).one("data")).dataset
    np.testing.assert_array_equal(dataset.sample_weights, np.arange(20))
    with pytest.raises(
        RcmvaeError, match=r"E306.*`short` is float64 of shape \(3,\), but there are 20 inputs"
    ):
        load_split(resolve(npz=given | {"sample_weights": "short"}).one("data"))


def test_inputs_of_weight_zero_are_not_suggested_for_labels(tmp_path):
    resolved = resolve_table(write_table(tmp_path, np.tile([1, 1, 0, 0], 100)))
    settings = SimulationSettings(("entropy",), start=2, batch=2, rounds=1, first_epochs=1, epochs=1)
    prepared, pool = prepare_pool(resolved, settings)
    weights = prepared.dataset.sample_weights
    assert weights is not None
    assert len(pool) > 100
    assert (weights[pool] > 0).all()


def test_other_weights_are_other_data_and_inputs_of_weight_zero_are_never_drawn():
    dataset = Dataset(
        np.zeros((4, 2), np.float32), np.zeros(4, np.int32), np.arange(3), np.array([3]), ("a",), 1.0
    )
    weighted = [
        dataset._replace(sample_weights=np.array(w)) for w in ([1.0, 0.0, 2.0, 1.0], [1.0, 0.5, 2.0, 1.0])
    ]
    prints = [fingerprint_data(each, [each.train]) for each in (dataset, *weighted)]
    assert len(set(prints)) == 3
    assert has_weight(dataset.train, weighted[0].sample_weights).tolist() == [0, 2]
    assert has_weight(dataset.train, None).tolist() == [0, 1, 2]
