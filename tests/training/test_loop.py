"""Training as a whole: determinism, one compilation, and labels that stay unseen."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from rcmvae_core.errors import RunError
from rcmvae_core.training.compiled import compile_programs, init_labelled_state, init_state
from rcmvae_core.training.events import EpochEnd
from rcmvae_core.training.loop import train
from rcmvae_core.training.progress import LoopState
from rcmvae_core.training.seed_run import SeedJob
from rcmvae_core.training.setup import init_sample, prepare
from tests.support.compilations import compilations


def leaves(state) -> list[np.ndarray]:
    plain = state._replace(key=jax.random.key_data(state.key))
    return [np.asarray(leaf) for leaf in jax.tree.leaves(plain)]


def rows_of(prepared, programs, seed, **more):
    """What training a seed gave, and its rows."""
    rows = []
    (done,) = train(
        prepared,
        programs,
        [SeedJob(seed)],
        lambda e: rows.append(e) if isinstance(e, EpochEnd) else None,
        **more,
    )
    return done, rows


def same(left, right) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(leaves(left), leaves(right), strict=True))


@pytest.fixture(scope="module")
def once(prepared, programs):
    return rows_of(prepared, programs, 0)


def test_repeats_are_bit_identical(prepared, programs, once) -> None:
    again, rows = rows_of(prepared, programs, 0)
    assert rows == once[1]
    assert same(again.state, once[0].state)
    assert (again.validation, again.test) == (once[0].validation, once[0].test)


def test_a_fresh_compilation_repeats_too(prepared, once, compiled) -> None:
    for file in compiled.iterdir():
        file.unlink()
    again, rows = rows_of(prepared, compile_programs(prepared), 0)
    assert rows == once[1]
    assert same(again.state, once[0].state)


def test_seeds_differ(prepared, programs, once) -> None:
    other, rows = rows_of(prepared, programs, 1)
    assert not same(other.state, once[0].state)
    assert rows[0].metrics != once[1][0].metrics


def test_the_epoch_compiles_once_for_all_epochs_and_seeds(resolve_tiny) -> None:
    # Weights that move and two seeds: whatever changes between steps must be an array, not a constant.
    prepared = prepare(
        resolve_tiny(["train.optimizer.adam.learning_rate.cosine={start=0.01, end=0.0, over=20}"])
    )
    programs = compile_programs(prepared)
    with compilations() as seen:
        for seed in (0, 1):
            train(prepared, programs, [SeedJob(seed)], lambda _: None)
    assert [seen[name] for name in ("init_state", "streams", "advance", "evaluate")] == [1, 1, 1, 1]


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
        assert {label: row.metrics[f"weight/{label}"] for label in weights} == weights
    # In the last of the first 20 steps the schedule of `spread` is at 19 / 20 of its way.
    assert once[1][0].metrics["weight/spread"] == pytest.approx(-5 * 19 / 20)


def with_labels(prepared, labels):
    """The same data with other labels, wherever a label stands."""
    given = labels[prepared.split.labelled].astype(prepared.split.given.dtype)
    return prepared._replace(
        dataset=prepared.dataset._replace(labels=labels), split=prepared.split._replace(given=given)
    )


def test_only_given_labels_are_seen(prepared, once) -> None:
    """Scrambled labels everywhere else leave every trained number as it was."""
    labels = np.array(prepared.dataset.labels)
    hidden = np.setdiff1d(np.arange(len(labels)), prepared.split.labelled)
    labels[hidden] = np.random.default_rng(0).integers(0, 10, len(hidden))
    scrambled = with_labels(prepared, labels)
    other, _ = rows_of(scrambled, compile_programs(scrambled), 0)
    assert same(other.state, once[0].state)


def test_given_labels_are_used(prepared, once) -> None:
    labels = np.array(prepared.dataset.labels)
    labels[prepared.split.labelled] = (labels[prepared.split.labelled] + 1) % 10
    changed = with_labels(prepared, labels)
    other, _ = rows_of(changed, compile_programs(changed), 0)
    assert not same(other.state, once[0].state)


def test_labels_not_given_stay_behind(prepared, programs) -> None:
    labels = np.asarray(programs.feed.arrays.labels)
    hidden = np.setdiff1d(np.arange(len(labels)), prepared.split.labelled)
    assert (labels[hidden] == -1).all()
    assert np.array_equal(labels[prepared.split.labelled], prepared.split.given)


def test_splits_are_disjoint_and_whole(prepared) -> None:
    split = prepared.split
    everything = np.concatenate([split.train, split.validation, split.test])
    assert sorted(everything) == list(range(1797))
    assert np.isin(split.labelled, split.train).all()
    assert np.bincount(prepared.dataset.labels[split.labelled]).tolist() == [5] * 10


def test_data_stay_in_their_stored_type(prepared, programs) -> None:
    assert programs.feed.arrays.inputs.dtype == jnp.uint8
    shown = init_sample(prepared)
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
    (done,) = train(prepared, compile_programs(prepared), [SeedJob(0)], lambda _: None)
    assert "accuracy" not in done.test
    assert done.outputs.probabilities.shape == (len(prepared.split.test), 0)


def test_a_loss_that_is_not_finite_ends_the_run(resolve_tiny) -> None:
    prepared = prepare(resolve_tiny(["train.optimizer.adam.eps=1e-300"]))
    with pytest.raises(RunError, match=r"E401: at step \d+ of seed 0, .*`reconstruction`.* finite"):
        train(prepared, compile_programs(prepared), [SeedJob(0)], lambda _: None)


def test_calls_may_be_cut_anywhere(prepared, programs) -> None:
    """Forty steps at once, or in pieces across two epochs: the same bits."""
    whole = programs.feed.advance(programs.feed.advance(init_state(prepared, programs, 0), 20), 20)
    pieces = init_state(prepared, programs, 0)
    for count in (1, 2, 10, 7, 19, 1):
        pieces = programs.feed.advance(pieces, count)
    assert int(pieces.step) == 40
    assert same(whole, pieces)


def test_the_state_is_donated(prepared, programs) -> None:
    state = init_state(prepared, programs, 0)
    kernel = jax.tree.leaves(state.params)[0]
    programs.feed.advance(state, 1)
    assert kernel.is_deleted()


@pytest.mark.parametrize(
    "settings",
    [
        (),
        pytest.param(
            ("curriculum.channels={active=[1, 4], at_epoch=[0, 1], split=0.1}",), marks=pytest.mark.long
        ),
    ],
)
def test_seeds_together_are_those_of_single_runs(resolve_tiny, settings):
    """One program trains all, to the numbers of each alone but for the order of sums."""
    prepared = prepare(resolve_tiny(['train.ensemble="together"', *settings]))
    programs, rows = compile_programs(prepared), []
    jobs = [SeedJob(seed) for seed in (0, 1, 2)]
    with compilations() as seen:
        together = train(
            prepared, programs, jobs, lambda e: rows.append(e) if isinstance(e, EpochEnd) else None
        )
    assert seen["advance"] == 1 + len(settings)  # the curricula's function of that name is another
    for ours in together:
        theirs, alone = rows_of(prepared, programs, ours.seed)
        mine = [row for row in rows if row.seed == ours.seed]
        assert [row.step for row in mine] == [row.step for row in alone]
        for a, b in zip(mine, alone, strict=True):
            assert a.metrics == pytest.approx(b.metrics, rel=2e-3, abs=2e-3)
        assert ours.test == pytest.approx(theirs.test, rel=1e-2, abs=1e-2)


@pytest.mark.long
def test_a_seed_that_is_behind_catches_up(resolve_tiny):
    prepared = prepare(resolve_tiny(['train.ensemble="together"']))
    programs = compile_programs(prepared)
    ahead = programs.feed.advance(init_labelled_state(prepared, programs, 0), 13)
    jobs = [SeedJob(0, (ahead, LoopState(0))), SeedJob(1)]
    first, second = train(prepared, programs, jobs, lambda _: None)
    assert (int(first.state.step), int(second.state.step)) == (60, 60)
    assert first.test == pytest.approx(rows_of(prepared, programs, 0)[0].test, rel=1e-2, abs=1e-2)
