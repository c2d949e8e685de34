"""Early stopping and the choice of a state: what counts, and when nothing does."""

from __future__ import annotations

import jax.numpy as jnp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rcmvae_core.plugin.core_tables import TrainTable
from rcmvae_core.training.progress import LoopState, after_evaluation
from rcmvae_core.training.setup import prepare


def follow(values, train, *, finished=lambda _: True, unlocked=lambda _: False) -> LoopState:
    """The loop state after evaluations, one a step, up to where training stops."""
    loop_state = LoopState(0)
    for step, value in enumerate(values):
        loop_state = after_evaluation(
            loop_state,
            train,
            value=value,
            step=step,
            schedules_finished=finished(step),
            unlocked=unlocked(step),
        )
        if loop_state.stopped:
            return loop_state._replace(epoch=step)
    return loop_state


FINITE = st.floats(-1e6, 1e6)


@given(st.lists(FINITE, min_size=1), st.integers(1, 5), st.sampled_from([0.0, 0.5]))
def test_it_stops_where_a_loop_by_hand_does(values, patience, min_delta):
    found = follow(values, TrainTable(epochs=1, patience=patience, min_delta=min_delta))
    best, at, waited, stopped = None, None, 0, None
    for step, value in enumerate(values):
        if best is None or value > best + min_delta:
            best, at, waited = value, step, 0
        else:
            at, waited = step if value == best else at, waited + 1
        if waited == patience:
            stopped = step
            break
    assert (found.best, found.best_step, found.stopped) == (best, at, stopped is not None)
    assert stopped is None or found.epoch == stopped


@given(st.lists(FINITE, min_size=1))
def test_without_patience_it_never_stops(values):
    found = follow(values, TrainTable(epochs=1))
    assert not found.stopped
    assert found.best == max(values)


def test_nothing_counts_before_schedules_finish():
    train = TrainTable(epochs=1, patience=1)
    found = follow([9.0, 8.0, 7.0, 1.0, 2.0], train, finished=lambda step: step >= 3)
    assert (found.best, found.best_step, found.stopped) == (2.0, 4, False)


def test_an_unlock_renews_patience():
    train = TrainTable(epochs=1, patience=2)
    falling = [5.0, 4.0, 3.0, 2.0, 1.0]
    assert follow(falling, train).epoch == 2
    assert follow(falling, train, unlocked=lambda step: step == 2).epoch == 4


def finished(resolve, settings) -> list[bool]:
    """Whether schedules have finished after each of three epochs of twenty steps."""
    model = prepare(resolve(settings)).model
    return [bool(model.schedules_finished(model.init_state(), jnp.int32(20 * epoch))) for epoch in (1, 2, 3)]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ([], [True, True, True]),
        (["loss.kl_z.weight.linear={start=0.0, end=1.0, over='2 epochs'}"], [False, True, True]),
        (["curriculum.warmup.over='2 epochs'"], [False, True, True]),
        (
            ["curriculum.channels={active=[2, 4], at_epoch=[0, 1], boost='1 epochs', kl_boost=2.0}"],
            [False, True, True],
        ),
    ],
)
def test_schedules_have_finished_when_no_weight_changes_any_more(resolve_tiny, settings, expected):
    assert finished(resolve_tiny, settings) == expected


def test_of_equal_states_the_later_one_is_the_best():
    table, loop_state = TrainTable(epochs=9), LoopState(0)
    for step, value in [(10, 0.5), (20, 0.9), (30, 0.9), (40, 0.6)]:
        loop_state = after_evaluation(
            loop_state, table, value=value, step=step, schedules_finished=True, unlocked=False
        )
    assert (loop_state.best, loop_state.best_step, loop_state.value) == (0.9, 30, 0.6)
