"""Classifiers, curricula and optimizers: what is carried from step to step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from rcmvae_core.protocols import Classifier, Curriculum, Influence, Progress
from rcmvae_core.testing.arrays import TOLERANCE, normal
from rcmvae_core.testing.probe import Probe, jitted, record, shaped
from rcmvae_core.testing.report import Fault
from rcmvae_core.testing.subject import BATCH, LABELLED, Subject

_STEPS = 200


def classifier(subject: Subject) -> Iterator[Probe]:
    """The functions of a classifier."""
    found, context = subject.build(), subject.context
    record(found, Classifier, "a classifier")
    q = jax.nn.softmax(normal(0, LABELLED, context.channels))
    labels = jnp.arange(LABELLED, dtype=jnp.int32) % context.classes
    state = jitted(found.init)()
    after = jitted(found.update)(state, q, labels)
    table, rows = (context.channels, context.classes), (BATCH, context.classes)
    yield Probe("init", found.init, (), lambda _: None)
    yield Probe("update", found.update, (state, q, labels), lambda _: None, state=0, values=_moved(state))
    yield Probe("tau", found.tau, (after,), lambda a: shaped(a, table, "tau"), values=_rows("tau"))
    yield Probe(
        "predict", found.predict, (after, jax.nn.softmax(normal(1, BATCH, context.channels))),
        lambda a: shaped(a, rows, "p(y|x)"), gradient=(1,), values=_rows("p(y|x)"),
    )  # fmt: skip


def _moved(state: Any) -> Any:
    def values(after: Any) -> None:
        if all(map(np.array_equal, *map(jax.tree.leaves, (state, after)))):
            raise Fault("labels change nothing")

    return values


def _rows(what: str) -> Any:
    def values(found: Any) -> None:
        sums = np.asarray(found, np.float64).sum(axis=1)
        if np.min(found) < 0 or np.abs(sums - 1).max() > TOLERANCE:
            raise Fault(f"rows of {what} must be at least 0 and sum to one, got {np.asarray(found)[0]}")

    return values


def curriculum(subject: Subject) -> Iterator[Probe]:
    """The functions of a curriculum."""
    found, channels = subject.build(), subject.context.channels
    record(found, Curriculum, "a curriculum")
    state, step = found.init(), jnp.int32(3)
    if found.split is not None and not float(found.split) >= 0:
        raise Fault(f"`split` is a number of standard deviations, got {found.split!r}")

    def active(mask: Any) -> None:
        if not np.any(mask):
            raise Fault("it locks every channel")

    def influence(given: Any) -> None:
        record(given, Influence, "`influence`")
        shaped(given.logit_bias, (channels,), "`logit_bias`")
        shaped(given.temperature, (), "`temperature`")
        shaped(given.soft, (), "`soft`", "b")
        for name, factor in given.factors._asdict().items():
            shaped(factor, (), f"the factor of `{name}`")

    late = jnp.int32(10_000_000)
    yield Probe(
        "active",
        found.active,
        (state, step),
        lambda a: shaped(a, (channels,), "`active`", "b"),
        values=active,
    )
    yield Probe(
        "influence", found.influence, (state, step), influence, others=((state, late), (state, jnp.int32(0)))
    )
    progress = Progress(step, jnp.float32(12.5))
    yield Probe("advance", found.advance, (state, progress), lambda _: None, state=0)


def optimizer(subject: Subject) -> Iterator[Probe]:
    """An optimizer's update, on a bowl whose bottom it must come nearer to."""
    found = subject.build()
    record(found, optax.GradientTransformation, "an optimizer")
    params = {"kernel": normal(0, 4, 3), "bias": normal(1, 3)}
    state = found.init(params)

    def bowl(params: Any) -> jax.Array:
        return sum((jnp.sum(jnp.square(a)) for a in jax.tree.leaves(params)), start=jnp.zeros(()))

    def step(carried: tuple[Any, Any]) -> tuple[Any, Any]:
        params, state = carried
        updates, state = found.update(jax.grad(bowl)(params), state, params)
        return optax.apply_updates(params, updates), state

    def promise(result: Any) -> None:
        before = jax.tree.map(lambda a: (a.shape, str(a.dtype)), (params, state))
        after = jax.tree.map(lambda a: (a.shape, str(a.dtype)), result)
        if before != after:
            raise Fault("parameters or state change their structure or types with a step")

    def values(_: Any) -> None:
        def many(carried: Any) -> Any:
            return jax.lax.fori_loop(0, _STEPS, lambda _, c: step(c), carried)

        start, end = float(bowl(params)), float(bowl(jitted(many)((params, state))[0]))
        if not end < start:
            raise Fault(f"{_STEPS} steps down a bowl lead from {start:.4g} to {end:.4g}")

    yield Probe("update", step, ((params, state),), promise, values=values, state=0)
