"""Weights of inputs: how often each is drawn, from a spec as from arrays, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from rcmvae_core.active_learning.pool import prepare_pool
from rcmvae_core.active_learning.settings import SimulationSettings
from rcmvae_core.data.class_shares import class_prior, label_counts
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
from rcmvae_core.training.data_warnings import data_warnings
from rcmvae_core.training.setup import prepare
from tests.support.tiny import TINY


def test_whole_numbers_repeat_examples_exactly():
    assert repeats(np.array([2.0, 0, 1, 3])).tolist() == [2, 0, 1, 3]


@pytest.mark.parametrize("weight", [1.0, 0.3, 7.0, 5e-324, 1e308])
def test_equal_weights_repeat_nothing(weight):
    assert repeats(np.full(4, weight)).tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize(
    "weights",
    [
        [1e-3, 1e-3, 1, 1, 1, 1, 1],
        [1e308] * 6 + [5e307],
        [5e-324, 1, 1, 1, 1, 1, 0],
        [5e-324, 0, 0, 0, 0, 0, 0],
        [1e-300, 1, 1, 1, 1, 1, 1],
    ],
)
def test_something_is_drawn_however_unequal_weights_are(weights):
    counts = repeats(np.array(weights, np.float64))
    assert (counts >= 0).all()
    assert counts.sum() == 56
    assert weights[counts.argmax()] == max(weights)


def test_labels_are_drawn_however_small_their_weights_are_beside_the_others():
    """Labelled inputs are a stream of their own, in which their weights are compared only with each other."""
    weights = np.array([1e-3, 2e-3, 1, 1, 1, 1, 1])
    assert drawn(np.arange(7), weights).min() > 0
    assert np.bincount(drawn(np.array([0, 1]), weights)).tolist() == [5, 11]


def test_other_weights_keep_their_proportions():
    weights = np.random.default_rng(0).gamma(0.5, size=1000)
    counts = repeats(weights)
    assert counts.sum() == 8000
    expected = np.cumsum(weights) * 8000 / weights.sum()
    assert np.abs(np.cumsum(counts) - expected).max() <= 0.5 + 1e-6
    np.testing.assert_array_equal(repeats(weights * 1e-30), counts)


def test_indices_are_repeated_by_the_weights_of_their_inputs():
    weights = np.array([9.0, 1.0, 0.0, 2.0])
    assert drawn(np.array([3, 1, 2]), weights).tolist() == [3, 3, 1]
    assert drawn(np.array([3, 1]), None).tolist() == [3, 1]
    assert drawn(np.array([], np.int64), weights).tolist() == []


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.ones(3), "sample_weights are an array of float64, of shape (3,)"),
        (np.ones(2, np.int64), "sample_weights are an array of int64, of shape (2,)"),
        (np.array([1.0, -1.0]), "the sample weight of input 1 is -1"),
        (np.array([np.nan, np.inf]), "the sample weight of input 0 is nan, and so 1 more"),
        (np.array([1.0, 1.1e12]), "the sample weight of input 1 is 1.1e+12"),
    ],
)
def test_weights_of_a_data_set_are_checked(weights, message):
    indices = np.array([0]), np.array([1])
    dataset = Dataset(
        np.zeros((2, 3), np.float32), np.array([0, 0]), *indices, ("a",), 1.0, sample_weights=weights
    )
    ((found, remedy),) = dataset_violations(dataset, ("data.features",))
    assert (found, remedy) == (message, "give a number from 0 to 1e+12 for each of 2 inputs")
    assert not dataset_violations(dataset._replace(sample_weights=np.array([0.0, 1e12])), ("data.features",))


def write_table(folder, weights, far=0.0, words=("bee", "ant")) -> str:
    """Write a table of two classes; rows of weight 0 lie `far` from the others.

    Returns:
        The file.
    """
    rng = np.random.default_rng(0)
    lines = ["a,b,w,kind"]
    for row, weight in enumerate(weights):
        x = rng.normal(row % 2, 0.1, 2) + (far if weight == 0 else 0)
        lines.append(f"{x[0]:.3f},{x[1]:.3f},{weight},{words[row % len(words)]}")
    (folder / "data.csv").write_text("\n".join(lines) + "\n")
    return str(folder / "data.csv")


def resolve(**data) -> ResolvedSpec:
    train = TINY["train"] | {"batch_size": 32}
    return resolve_spec(TINY | {"name": "weights", "data": data, "train": train}, discover())


def resolve_table(path: str, **data) -> ResolvedSpec:
    return resolve(table={"path": path, "label": "kind", "sample_weight": "w"}, **data)


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


def test_labels_that_all_have_weight_zero_are_an_error_that_says_so(tmp_path):
    path = write_table(tmp_path, np.tile([0, 1], 100), words=("bee", ""))
    with pytest.raises(RcmvaeError, match=r"E302.*no training input has a label") as caught:
        load_split(resolve_table(path).one("data"))
    (diagnostic,) = caught.value.diagnostics
    assert "80 of 160 training inputs have the sample weight 0 and do not train" in diagnostic.help


def test_inputs_of_weight_zero_and_their_labels_do_not_train_and_are_told(tmp_path):
    weights = np.tile([1, 0, 1, 1], 100)
    loaded = load_split(resolve_table(write_table(tmp_path, weights), labels=40).one("data"))
    train, labelled = loaded.split.train, loaded.split.labelled
    assert weights[train].all()
    assert len(labelled) == 40  # drawn among those that train
    assert np.isin(labelled, train).all()
    assert (weights[loaded.split.validation] == 0).any()
    left_out = np.count_nonzero(weights[np.setdiff1d(loaded.dataset.train, loaded.split.validation)] == 0)
    note = f"{left_out} of {len(train) + left_out} training inputs have the sample weight 0 and do not train"
    assert note in loaded.dataset.notes


def test_a_label_of_weight_zero_is_none_for_everything_that_counts_labels(tmp_path):
    """Every `ant` has weight 0: the class has no count, only a pseudo-label in the prior, and a warning."""
    prepared = prepare(resolve_table(write_table(tmp_path, np.tile([1, 0], 200))))
    bees = len(prepared.split.labelled)
    ant, bee = prepared.dataset.class_names.index("ant"), prepared.dataset.class_names.index("bee")
    assert prepared.context.label_counts[ant] == 0
    assert prepared.context.label_counts[bee] == prepared.context.labelled == bees
    assert prepared.context.class_prior[ant] == pytest.approx(0.5 / (bees + 1))
    assert set(prepared.split.given.tolist()) == {bee}
    (warning,) = data_warnings(prepared)
    assert (warning.code, warning.message) == ("W415", "classes without a training input: `ant`")


def test_labels_count_by_their_weights_as_shares_of_their_number(tmp_path):
    prepared = prepare(resolve_table(write_table(tmp_path, np.tile([0.5, 1.5], 200))))
    labels = len(prepared.split.labelled)
    expected = {"bee": labels / 4, "ant": labels * 3 / 4}
    for name, count in zip(prepared.dataset.class_names, prepared.context.label_counts, strict=True):
        assert count == pytest.approx(expected[name])
    assert sum(prepared.context.class_prior) == pytest.approx(1)
    assert max(prepared.context.class_prior) == pytest.approx(0.75, abs=0.01)


def test_weights_that_hardly_differ_change_hardly_anything():
    given = np.repeat([0, 1], [6, 4])
    near = label_counts(given, 2, np.linspace(0.99, 1.01, 10))
    np.testing.assert_allclose(near, (6, 4), atol=0.05)
    np.testing.assert_allclose(class_prior(near, None), class_prior((6, 4), None), atol=0.01)
    equal = label_counts(given, 2, np.full(10, 0.1))
    assert equal == (6, 4)
    assert all(isinstance(count, int) for count in equal)
    assert label_counts(given[:0], 2, np.zeros(0)) == (0, 0)


def test_neither_the_scaling_nor_the_columns_are_fitted_to_inputs_of_weight_zero(tmp_path):
    path = write_table(tmp_path, np.tile([1, 1, 0], 100), far=1000)
    lines = (tmp_path / "data.csv").read_text().splitlines()
    colors = ["color", *(("red", "blue", "never")[row % 3] for row in range(300))]
    (tmp_path / "data.csv").write_text("\n".join(map(",".join, zip(colors, lines, strict=True))) + "\n")
    prepared = prepare(resolve_table(path))
    assert prepared.scaling is not None
    assert prepared.scaling.high.max() < 10
    assert prepared.columns is not None
    (color,) = (column for column in prepared.columns.columns if column.name == "color")
    assert color.values == ("blue", "red")


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("heavy", "line 4: the weight in column `w` is `heavy`, not a finite number"),
        ("1_0", "line 4: the weight in column `w` is `1_0`, not a finite number"),
        ("inf", "line 4: the weight in column `w` is `inf`, not a finite number"),
        ("", "line 4: the weight in column `w` is empty, and so 1 more"),
    ],
)
def test_a_cell_that_is_no_weight_is_named_with_its_line(tmp_path, cell, message):
    resolved = resolve_table(write_table(tmp_path, [1, 2, cell, 1, 1 if cell else "NA"]))
    with pytest.raises(RcmvaeError, match="E306") as caught:
        load_split(resolved.one("data"))
    assert message in caught.value.diagnostics[0].message


def test_a_weight_of_a_table_that_is_out_of_range_is_named_with_its_line(tmp_path):
    resolved = resolve_table(write_table(tmp_path, [1, 2, -2, 1]))
    with pytest.raises(RcmvaeError, match=r"E307.*the sample weight of input 2 \(line 4\) is -2"):
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
