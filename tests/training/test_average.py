"""The average of the parameters: its formula, what predicts with it, and that no step of it is lost."""

from __future__ import annotations

import re
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import rcmvae_core
from rcmvae_core.experiment.initial_state import StartFrom, start_states
from rcmvae_core.experiment.request import RunRequest
from rcmvae_core.experiment.run import run
from rcmvae_core.inference import export
from rcmvae_core.inference.load import load
from rcmvae_core.model.build import Batch
from rcmvae_core.rundir.directory import checkpoint_folder
from rcmvae_core.training.averaging import Averaging
from rcmvae_core.training.call_size import StepsPerCall
from rcmvae_core.training.checkpoints import files as checkpoint_files
from rcmvae_core.training.checkpoints.average_arrays import average_use
from rcmvae_core.training.checkpoints.state_arrays import named_arrays
from rcmvae_core.training.compiled import compile_programs, evaluate, init_labelled_state
from rcmvae_core.training.loop import train
from rcmvae_core.training.seed_run import SeedJob
from rcmvae_core.training.setup import prepare
from rcmvae_core.training.unlocking import make_unlocking
from tests.training.test_resume import after, attempt, equal

AVERAGE = "train.average={decay=0.6, start=4}"
PSEUDO = 'loss.pseudo.pseudo_channel={strong={noise={}}, align="labels"}'
SMALL = ("train.epochs=2", "figure={}", "latent.channels=12", 'train.select="last"')


@pytest.fixture(scope="module")
def averaged(resolve_tiny):
    return prepare(resolve_tiny([AVERAGE, PSEUDO]))


@pytest.fixture(scope="module")
def averaging_programs(averaged):
    return compile_programs(averaged)


def decay(steps: int, limit: float) -> float:
    return min(limit, (1 + steps) / (10 + steps)) if steps > 0 else 0.0


def test_the_average_is_that_of_a_loop(averaged, averaging_programs) -> None:
    state = init_labelled_state(averaged, averaging_programs, 0)
    expected = None
    for step in range(1, 13):
        state = averaging_programs.feed.advance(state, 1)
        params, average = (
            [np.asarray(leaf, np.float64) for leaf in jax.tree.leaves(tree)]
            for tree in (state.params, state.teacher_params)
        )
        if step <= 4:
            assert all(np.array_equal(a, b) for a, b in zip(params, average, strict=True))
            expected = average
        d = decay(step - 4, 0.6)
        expected = [d * a + (1 - d) * b for a, b in zip(expected, params, strict=True)]
        for ours, theirs in zip(average, expected, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)
    assert state.average["predictions"] is state.prediction_params


@pytest.mark.parametrize("step", [1, 5, 6, 30, 100_000])
def test_the_decay_grows_to_its_value(step) -> None:
    averaging = Averaging(0.9, 5, "targets")
    assert float(averaging.decay_at(jnp.int32(step))) == pytest.approx(decay(step - 5, 0.9))


def test_a_parameter_that_does_not_change_stays_exactly_what_it_is() -> None:
    averaging, params = Averaging(0.7, 0, "targets"), {"a": jnp.array([0.1, 1e-3, 3e7], jnp.float32)}
    average = averaging.init(params)
    for step in range(1, 50):
        average = averaging.update(average, params, jnp.int32(step))
    assert np.array_equal(average["targets"]["a"], params["a"])


def other(params):
    return jax.tree.map(lambda a: a * 0.5 + 0.1, params)


@pytest.mark.parametrize("use", ["predictions", "targets"])
def test_tau_counts_with_the_parameters_that_predict(averaged, use) -> None:
    model, x = averaged.model, jax.random.uniform(jax.random.key(2), (12, 8, 8, 1))
    params = model.init(jax.random.key(0), x)
    state, labels = model.init_state(params), jnp.arange(4) % 10
    batch, average = Batch(x[:8], x[8:], labels), {use: other(params)}
    _, (_, carry) = model.loss(
        params, state, batch, step=jnp.int32(3), key=jax.random.key(1), average=average
    )
    counted = average["predictions"] if use == "predictions" else params
    q = jnp.exp(model.infer(counted, x[8:], state.active)[1])
    expected = model.parts.classifier.update(state.classifier, q, labels)
    for ours, theirs in zip(jax.tree.leaves(carry.classifier), jax.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5)


@pytest.mark.parametrize("use", ["predictions", "targets"])
def test_evaluation_reads_the_parameters_that_predict(averaged, averaging_programs, use) -> None:
    state = init_labelled_state(averaged, averaging_programs, 0)
    changed = other(state.params)
    some = averaged.split.validation[:20]
    ours, _ = evaluate(averaged, averaging_programs, state._replace(average={use: changed}), some)
    params = changed if use == "predictions" else state.params
    theirs, _ = evaluate(averaged, averaging_programs, state._replace(params=params, average=()), some)
    without, _ = evaluate(averaged, averaging_programs, state._replace(average=()), some)
    assert ours == theirs
    assert (ours == without) == (use == "targets")


def test_only_training_reads_the_parameters_of_the_gradient() -> None:
    """Everything else takes `prediction_params`, which are the average where that predicts."""
    root = Path(rcmvae_core.__file__).parent
    readers = {
        str(path.relative_to(root))
        for path in root.rglob("*.py")
        if re.search(r"\bstate(s\[\d\])?\.params\b", path.read_text(encoding="utf-8"))
    }
    assert readers == {"training/epoch.py", "training/state.py", "training/unlocking.py"}


def test_stopped_anywhere_it_resumes_to_the_same_bits(
    averaged, averaging_programs, tmp_path, monkeypatch
) -> None:
    """The average and the running means of `pseudo_channel` are part of a checkpoint."""
    monkeypatch.setattr(StepsPerCall, "count", lambda _, most: min(most, 7))
    whole, _, _ = attempt(averaged, averaging_programs, tmp_path / "whole")
    first, _, _ = attempt(averaged, averaging_programs, tmp_path / "cut", stop=after(4))
    assert first is None
    done, _, warnings = attempt(averaged, averaging_programs, tmp_path / "cut")
    assert warnings == []
    assert equal(done.state, whole.state)
    names = named_arrays(done.state)
    assert {"carry/losses/pseudo/usage", "carry/losses/pseudo/mean", "average/predictions/embeddings"} <= set(
        names
    )
    assert not np.array_equal(names["average/predictions/embeddings"], names["params/embeddings"])
    assert done.test == whole.test


def test_without_an_average_the_state_has_no_array_of_it(prepared, programs) -> None:
    state = init_labelled_state(prepared, programs, 0)
    assert state.average == ()
    assert not [name for name in named_arrays(state) if name.startswith("average")]


def test_together_and_in_turn_average_alike(resolve_tiny) -> None:
    settings = ["train.epochs=1", AVERAGE, PSEUDO]
    prepared = prepare(resolve_tiny([*settings, 'train.ensemble="together"']))
    programs = compile_programs(prepared)
    together = train(prepared, programs, [SeedJob(seed) for seed in (0, 1)], lambda _: None)
    (alone,) = train(prepared, programs, [SeedJob(1)], lambda _: None)
    ours, theirs = (jax.tree.leaves(done.state.average) for done in (together[1], alone))
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-3, atol=2e-3)


def test_a_new_channel_is_a_copy_in_the_average_too(resolve_tiny) -> None:
    prepared = prepare(
        resolve_tiny([AVERAGE, "curriculum.channels={active=[1, 4], at_epoch=[0, 1], split=0.0}"])
    )
    model, unlocking = prepared.model, make_unlocking(prepared.model, prepared.optimizer)
    state = init_labelled_state(prepared, compile_programs(prepared), 0)
    average = {"predictions": other(state.params)}
    after_unlock = unlocking.unlock(state._replace(step=jnp.int32(40), average=average), jnp.int32(0))
    for tree, before in (
        (after_unlock.params, state.params),
        (after_unlock.teacher_params, other(state.params)),
    ):
        np.testing.assert_allclose(
            tree["embeddings"], np.repeat(before["embeddings"][:1], 4, axis=0), rtol=1e-6
        )
    assert model.channel_axes["embeddings"] == 0


@pytest.fixture(scope="module")
def first(resolve_tiny, registry, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "first"
    run(RunRequest(resolve_tiny([*SMALL, AVERAGE]), registry, out), lambda _: None)
    return out


def last(folder: Path):
    record = next(checkpoint_files.records(checkpoint_folder(folder, 0)))
    return checkpoint_files.read(checkpoint_folder(folder, 0), record), record


def test_a_trained_model_has_the_parameters_that_predict(first, tmp_path) -> None:
    arrays, _ = last(first)
    average = {name.split("/", 2)[2]: a for name, a in arrays.items() if name.startswith("average/")}
    assert not np.array_equal(average["embeddings"], arrays["params/embeddings"])
    trained = load(first)
    export.write(trained, tmp_path / "exported")
    for model in (trained, load(tmp_path / "exported")):
        (state,) = model.states
        assert state.average == ()
        loaded = {
            n.removeprefix("params/"): a for n, a in named_arrays(state).items() if n.startswith("params/")
        }
        assert loaded.keys() == average.keys()
        assert all(np.array_equal(loaded[name], average[name]) for name in average)


CONTINUED = {
    "the same": ([AVERAGE], "predictions"),
    "for targets only": (['train.average={use="targets"}'], "targets"),
    "none": ([], None),
}


@pytest.mark.parametrize("case", CONTINUED)
def test_another_run_continues_from_the_average(resolve_tiny, first, case) -> None:
    settings, use = CONTINUED[case]
    before, record = last(first)
    resolved = resolve_tiny([*SMALL, "train.epochs=3", *settings])
    prepared, start = prepare(resolved), StartFrom(first, {0: record.step})
    (state, _) = start_states(start, prepared, compile_programs(prepared), (0,), lambda *_: None)[0]
    arrays = named_arrays(state)
    assert average_use(arrays) == use
    if use is None:
        assert np.array_equal(arrays["params/embeddings"], before["average/predictions/embeddings"])
    else:
        assert np.array_equal(arrays["params/embeddings"], before["params/embeddings"])
        assert np.array_equal(arrays[f"average/{use}/embeddings"], before["average/predictions/embeddings"])
