"""Scores and acquisitions: what is done with a model that is trained."""

from __future__ import annotations

import copy
from typing import Any

import jax
import numpy as np

from rcmvae_core.protocols import Acquisition, Candidates, Context, Outcome, Score, ScoreInputs, Suggestion
from rcmvae_core.testing.report import Fault
from rcmvae_core.testing.subject import Subject

_COUNT = 24
_TRAINING = 40


def outcome(context: Context, count: int, seed: int, *, classes: int) -> Outcome:
    """What some model says about some inputs."""
    rng = np.random.default_rng(seed)
    numbers = {name: rng.gamma(4.0, 5.0, count) for name in Outcome._fields[3:]}
    arrays = {
        "responsibilities": rng.dirichlet(np.full(context.channels, 0.5), count),
        "probabilities": rng.dirichlet(np.ones(classes), count) if classes else np.zeros((count, 0)),
        "latents": rng.normal(size=(count, context.dim)),
    }
    return Outcome(**{name: array.astype(np.float32) for name, array in {**arrays, **numbers}.items()})


def _tau(context: Context, classes: int) -> np.ndarray:
    ones = np.ones(classes)
    return (
        np.random.default_rng(7).dirichlet(ones, context.channels)
        if classes
        else np.zeros((context.channels, 0))
    )


def _classes(subject: Subject) -> tuple[int, ...]:
    """With a classifier, and without one where the part does not ask for it."""
    needs = "classifier.tau" in subject.part.capabilities().requires
    return (subject.context.classes,) if needs else (subject.context.classes, 0)


def score(subject: Subject) -> None:
    """A score is a finite number for each input, which does not depend on the inputs beside it."""
    found, context = subject.build(), subject.context
    if not isinstance(found, Score):
        raise Fault(f"a score must be a function of `ScoreInputs`, got {found!r}"[:200])
    for classes in _classes(subject):
        training, tau = outcome(context, _TRAINING, 1, classes=classes), _tau(context, classes)
        inputs = ScoreInputs(outcome(context, _COUNT, 2, classes=classes), training, tau)
        kept = copy.deepcopy(inputs)
        values = _finite(found(inputs), _COUNT, "a score")
        if not all(map(np.array_equal, jax.tree.leaves(kept), jax.tree.leaves(inputs))):
            raise Fault("it changes what it reads")
        turned = np.random.default_rng(3).permutation(_COUNT)[: _COUNT - 5]
        some = jax.tree.map(lambda array, turned=turned: array[turned], inputs.outcome)
        if not np.allclose(found(inputs._replace(outcome=some)), values[turned], rtol=1e-5, atol=1e-6):
            raise Fault("an input's score depends on the inputs beside it")
        if np.ptp(values) == 0:
            raise Fault("every input has the same score")


def acquisition(subject: Subject) -> None:
    """An acquisition gives as many candidates as it is asked for, none twice, and by its key alone."""
    found, context = subject.build(), subject.context
    if not isinstance(found, Acquisition):
        raise Fault(
            f"an acquisition must be a function of candidates, a count and a key, got {found!r}"[:200]
        )
    for classes in _classes(subject):
        for size, count in ((_COUNT, 7), (3, 7), (1, 1)):
            candidates = _candidates(context, size, classes)
            kept = copy.deepcopy(candidates)
            first, again = (found(candidates, count, jax.random.key(5)) for _ in range(2))
            _suggestion(first, size, count)
            if not all(map(np.array_equal, first, again)):
                raise Fault("with the same key it makes another choice")
            if not all(map(np.array_equal, kept, candidates)):
                raise Fault("it changes what it reads")


def _candidates(context: Context, size: int, classes: int) -> Candidates:
    said = outcome(context, size, 4, classes=classes)
    rng = np.random.default_rng(6)
    return Candidates(
        probabilities=np.asarray(said.probabilities),
        epistemic=rng.gamma(1.0, 0.1, size),
        responsibilities=np.asarray(said.responsibilities),
        latents=np.asarray(said.latents),
        unlike=rng.random(size),
        tau=_tau(context, classes),
    )


def _suggestion(found: Any, size: int, count: int) -> None:
    if not isinstance(found, Suggestion):
        raise Fault(f"it must give a `Suggestion`, got a `{type(found).__name__}`")
    positions, wanted = np.asarray(found.positions), min(size, count)
    if positions.shape != (wanted,) or positions.dtype.kind != "i":
        raise Fault(f"of {size} candidates, asked for {count}, it gives {positions!r}"[:200])
    if len(set(positions.tolist())) < wanted:
        raise Fault(f"it gives a candidate twice: {positions.tolist()}")
    if positions.min() < 0 or positions.max() >= size:
        raise Fault(f"positions are 0 to {size - 1}, got {positions.tolist()}")
    _finite(found.worth, wanted, "`worth`")


def _finite(found: Any, count: int, what: str) -> np.ndarray:
    values = np.asarray(found)
    if values.shape != (count,) or values.dtype.kind != "f":
        raise Fault(f"{what} is a number for each of {count}, got {values.dtype} of shape {values.shape}")
    if not np.isfinite(values).all():
        raise Fault(f"{what} is not finite: {values[~np.isfinite(values)][0]}")
    return values
