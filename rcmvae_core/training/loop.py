"""Trains seeds to their end, one alone or several in one program."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import jax

from rcmvae_core.training.call_size import StepsPerCall
from rcmvae_core.training.compiled import Programs
from rcmvae_core.training.events import Listener
from rcmvae_core.training.seed_run import SeedJob, SeedRun, Trained
from rcmvae_core.training.setup import Prepared


class Interrupted(Exception):  # noqa: N818 - a request, not an error
    """Training was asked to stop, and has saved its state."""


def train(
    prepared: Prepared,
    programs: Programs,
    jobs: Sequence[SeedJob],
    listen: Listener,
    *,
    stop: Callable[[], bool] = lambda: False,
) -> list[Trained]:
    """Train seeds to their end, several of them in one program.

    Args:
        prepared: data, model and optimizer.
        programs: the compiled functions.
        jobs: the seeds; a single one runs the program of one seed.
        listen: called with the first step, every epoch and every warning.
        stop: called after every call of the compiled program; True saves and stops.

    Returns:
        The result of each seed, in the order of `jobs`.

    Raises:
        RunError: E401 when a loss is not finite; E304 when a checkpoint cannot be written.
        Interrupted: when `stop` returned True, after the states were saved.
    """
    steps_per_call = StepsPerCall(programs.mesh)
    runs = [SeedRun(prepared, programs, listen, job) for job in jobs]
    while unfinished := [run for run in runs if not run.finished]:
        # After an interruption one seed may be ahead of another: the others catch up first.
        step = min(run.step for run in unfinished)
        group = [run for run in unfinished if run.step == step]
        count, started = steps_per_call.count(min(run.max_steps for run in group)), time.monotonic()
        if len(group) == 1:
            states = [programs.feed.advance(group[0].state, count)]
        else:
            states = programs.feed.advance_all([run.state for run in group], count)
        jax.block_until_ready(states)
        stopping = steps_per_call.record(count, time.monotonic() - started, stop=stop())
        for run, state in zip(group, states, strict=True):
            run.after_call(state)
        if stopping:
            for run in runs:
                run.save(wait=True)
            raise Interrupted
    for run in runs:
        run.save(wait=True)
    return [run.result() for run in runs]
