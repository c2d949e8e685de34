"""Training as a whole: determinism, one compilation, and labels that stay unseen."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from rcmvae_core.errors import RunError
from rcmvae_core.training import checkpoints
from rcmvae_core.training.loop import compile_programs, train
from rcmvae_core.training.prepare import init_sample, prepare, to_device


def leaves(state) -> list[np.ndarray]:
    plain = state._replace(key=jax.random.key_data(state.key))
    return [np.asarray(leaf) for leaf in jax.tree.leaves(plain)]


def same(left, right) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(leaves(left), leaves(right), strict=True))


@pytest.fixture(scope="module")
def once(prepared, programs):
    rows = []
    return train(prepared, programs, 0, rows.append), rows


def test_repeats_are_bit_identical(prepared, programs, once) -> None:
    rows = []
    again = train(prepared, programs, 0, rows.append)
    assert rows == once[1]
    assert same(again.state, once[0].state)
    assert (again.validation, again.test) == (once[0].validation, once[0].test)


def test_a_fresh_compilation_repeats_too(prepared, once) -> None:
    rows = []
    again = train(prepared, compile_programs(prepared), 0, rows.append)
    assert rows == once[1]
    assert same(again.state, once[0].state)


def test_seeds_differ(prepared, programs, once) -> None:
    rows = []
    other = train(prepared, programs, 1, rows.append)
    assert not same(other.state, once[0].state)
    assert rows[0].metrics != once[1][0].metrics


def test_the_epoch_compiles_once_for_all_epochs_and_seeds(resolve_tiny) -> None:
    # Weights that move and two seeds: whatever changes between steps must be an array, not a constant.
    fresh = prepare(
        resolve_tiny(["train.optimizer.adam.learning_rate.cosine={start=0.01, end=0.0, over=20}"])
    )
    compiled = compile_programs(fresh)
    for seed in (0, 1):
        train(fresh, compiled, seed, lambda _: None)
    assert compiled.epoch._cache_size() == 1
    assert compiled.create._cache_size() == 1
    assert compiled.describe._cache_size() == 2  # validation and test differ in size


def test_training_lowers_its_loss(once) -> None:
    first, last = once[1][0].metrics, once[1][-1].metrics
    assert last["train/reconstruction"] < first["train/reconstruction"] - 1
    assert last["validation/elbo"] > first["validation/elbo"]


def test_total_is_the_weighted_sum_of_terms(prepared, once) -> None:
    # From the second epoch on every weight is constant, so means over the epoch add up.
    weights = {"reconstruction": 1.0, "kl_z": 1.0, "kl_c": 1.0, "spread": -5.0, "labels": 1.0}
    assert prepared.context.steps_per_epoch == 20
    for row in once[1][1:]:
        expected = sum(weight * row.metrics[f"train/{label}"] for label, weight in weights.items())
        assert row.metrics["train/total"] == pytest.approx(expected, rel=1e-5)


def test_only_given_labels_are_seen(prepared, programs, once) -> None:
    """Scrambled labels everywhere else leave every trained number as it was."""
    labels = np.array(prepared.dataset.labels)
    hidden = np.setdiff1d(np.arange(len(labels)), prepared.split.labelled)
    scrambled = labels.copy()
    scrambled[hidden] = np.random.default_rng(0).integers(0, 10, len(hidden))
    data = programs.data._replace(labels=jnp.asarray(scrambled, jnp.int32))
    rows = []
    other = train(prepared, programs._replace(data=data), 0, rows.append)
    assert same(other.state, once[0].state)


def test_given_labels_are_used(prepared, programs, once) -> None:
    labels = np.array(prepared.dataset.labels)
    labels[prepared.split.labelled] = (labels[prepared.split.labelled] + 1) % 10
    data = programs.data._replace(labels=jnp.asarray(labels, jnp.int32))
    other = train(prepared, programs._replace(data=data), 0, lambda _: None)
    assert not same(other.state, once[0].state)


def test_splits_are_disjoint_and_whole(prepared) -> None:
    split = prepared.split
    everything = np.concatenate([split.train, split.validation, split.test])
    assert sorted(everything) == list(range(1797))
    assert np.isin(split.labelled, split.train).all()
    assert np.bincount(prepared.dataset.labels[split.labelled]).tolist() == [5] * 10


def test_data_stay_in_their_stored_type(prepared, programs) -> None:
    assert programs.data.inputs.dtype == jnp.uint8
    shown = init_sample(prepared.dataset, prepared.split)
    assert shown.min() >= 0
    assert shown.max() == 1


def test_without_labels_there_is_no_labelled_stream(resolve_tiny) -> None:
    import attrs

    bare = resolve_tiny(["data.labels_per_class=5"])
    parts = {**bare.parts, "classifier": (), "loss": bare.parts["loss"][:3]}
    data = bare.one("data")
    parts["data"] = (attrs.evolve(data, keys=attrs.evolve(data.keys, labels_per_class=0)),)
    prepared = prepare(attrs.evolve(bare, parts=parts))
    assert prepared.context.labelled == 0
    done = train(prepared, compile_programs(prepared), 0, lambda _: None)
    assert "accuracy" not in done.test
    assert done.diagnostics.probabilities.shape == (len(prepared.split.test), 0)
    assert done.diagnostics.tau.shape == (4, 0)


def test_a_loss_that_is_not_finite_ends_the_run(resolve_tiny) -> None:
    prepared = prepare(resolve_tiny(["train.optimizer.adam.eps=1e-300"]))
    with pytest.raises(RunError, match=r"E401: in epoch \d of seed 0, .*`reconstruction`.* finite"):
        train(prepared, compile_programs(prepared), 0, lambda _: None)


def test_a_checkpoint_keeps_every_bit(tmp_path, prepared, programs, once) -> None:
    checkpoints.save(tmp_path / "state", once[0].state)
    blank = programs.create(jax.random.key(5), init_sample(prepared.dataset, prepared.split))
    found = checkpoints.load(tmp_path / "state", blank)
    assert same(found, once[0].state)
    # The loaded state steps exactly as the saved one does.
    copy = jax.tree.map(jnp.copy, once[0].state)
    assert same(programs.epoch(found, programs.data)[0], programs.epoch(copy, programs.data)[0])


def test_the_state_is_donated(prepared, programs) -> None:
    state = programs.create(jax.random.key(0), init_sample(prepared.dataset, prepared.split))
    kernel = jax.tree.leaves(state.params)[0]
    programs.epoch(state, programs.data)
    assert kernel.is_deleted()


def test_to_device_keeps_indices(prepared) -> None:
    data = to_device(prepared.dataset, prepared.split)
    assert np.array_equal(data.train, prepared.split.train)
    assert np.array_equal(data.labelled, prepared.split.labelled)
