"""Inputs that are streamed train to the same numbers as inputs on the device."""

from __future__ import annotations

import threading

import jax
import numpy as np
import pytest

from rcmvae_core.training import streaming
from rcmvae_core.training.checkpoints.state_arrays import named_arrays
from rcmvae_core.training.compiled import compile_programs, init_state
from rcmvae_core.training.events import EpochEnd
from rcmvae_core.training.loop import train
from rcmvae_core.training.seed_run import SeedJob
from rcmvae_core.training.setup import prepare
from tests.support.compilations import compilations


class Watched:
    """A source that notes what is asked for, and by which thread."""

    def __init__(self, inputs: np.ndarray) -> None:
        self.inputs, self.asked = inputs, list[tuple[str, np.ndarray]]()

    shape = property(lambda self: self.inputs.shape)
    dtype = property(lambda self: self.inputs.dtype)

    def __getitem__(self, indices: np.ndarray) -> np.ndarray:
        self.asked.append((threading.current_thread().name, np.array(indices)))
        return self.inputs[indices]


@pytest.fixture(scope="module")
def streamed(resolve_tiny):
    # 6 KiB: one step of 64 + 32 inputs of 64 bytes, so that an epoch takes twenty readings.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(streaming, "_READ_BYTES", 3 * 96 * 64)
        prepared = prepare(resolve_tiny(['train.inputs="stream"']))
        source = Watched(prepared.dataset.inputs)
        prepared = prepared._replace(dataset=prepared.dataset._replace(inputs=source))
        return prepared, compile_programs(prepared), source


def follow(prepared, programs):
    rows = []
    (done,) = train(
        prepared, programs, [SeedJob(0)], lambda e: rows.append(e) if isinstance(e, EpochEnd) else None
    )
    return done, rows


def test_the_numbers_are_those_of_inputs_on_the_device(prepared, programs, streamed):
    ours, rows = follow(*streamed[:2])
    theirs, expected = follow(prepared, programs)
    assert rows == expected
    assert all(
        np.array_equal(a, b)
        for a, b in zip(*(named_arrays(d.state).values() for d in (ours, theirs)), strict=True)
    )
    assert (ours.validation, ours.test) == (theirs.validation, theirs.test)
    for a, b in zip(ours.outputs, theirs.outputs, strict=True):
        assert np.array_equal(a, b)


def test_one_program_serves_every_reading(streamed):
    follow(*streamed[:2])
    with compilations() as seen:
        follow(*streamed[:2])
    assert seen["advance"] == 0


def test_what_comes_next_is_read_by_another_thread(streamed):
    prepared, programs, source = streamed
    source.asked.clear()
    state = init_state(prepared, programs, 1)
    while int(state.step) < 20:
        state = programs.feed.advance(state, programs.feed.max_steps(int(state.step)))
    ours = [asked for name, asked in source.asked if name.startswith("reader")]
    first = [asked for name, asked in source.asked if not name.startswith("reader")]
    assert len(ours) == 6  # seven readings of three steps, the first of which nobody could foresee
    assert max(asked.size for asked in ours) == 3 * 96
    seen = np.concatenate([asked[: 3 * 64] for asked in (first[-1], *ours)])[: 20 * 64]
    assert np.bincount(np.unique(seen, return_counts=True)[1]).tolist()[1:] == [20 * 64]


def test_a_reading_never_holds_the_whole_data(streamed):
    prepared, programs, source = streamed
    source.asked.clear()
    follow(prepared, programs)
    assert max(asked.size for _, asked in source.asked) < source.shape[0]


def test_a_source_that_fails_ends_the_run_with_its_own_words(prepared, streamed):
    class Broken(Watched):
        def __getitem__(self, indices):
            if len(self.asked) > 3:
                raise RuntimeError("the disk is gone")
            return super().__getitem__(indices)

    source = Broken(prepared.dataset.inputs)
    mine = streamed[0]._replace(dataset=prepared.dataset._replace(inputs=source))
    with pytest.raises(RuntimeError, match="the disk is gone"):
        follow(mine, compile_programs(mine))


def test_epochs_have_orders_of_their_own(prepared, programs):
    key = jax.random.key(0)
    train_, labelled = (np.asarray(i, np.int32) for i in (prepared.split.train, prepared.split.labelled))
    first, again, second = (
        programs.epoch.streams(key, np.int32(step), train_, labelled) for step in (0, 0, 20)
    )
    assert np.array_equal(first.unlabelled, again.unlabelled)
    assert not np.array_equal(first.unlabelled, second.unlabelled)
