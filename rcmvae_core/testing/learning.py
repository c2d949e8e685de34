"""Make the function cases of classifiers, curricula and optimizers, which carry a state from step to step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from rcmvae_core.plugin.protocols import Classifier, Curriculum, CurriculumEffect, Progress
from rcmvae_core.testing.arrays import TOLERANCE, normal
from rcmvae_core.testing.function_case import FunctionCase, Verify, accept, check_array, check_type, fast_jit
from rcmvae_core.testing.plugin_case import BATCH, LABELLED, PluginCase
from rcmvae_core.testing.report import CheckFailed

_STEPS = 200


def classifier_cases(case: PluginCase) -> Iterator[FunctionCase]:
    """Yield the functions of a classifier."""
    classifier, context = case.build(), case.context
    check_type(classifier, Classifier, "a classifier")
    q = jax.nn.softmax(normal(0, LABELLED, context.channels))
    labels = jnp.arange(LABELLED, dtype=jnp.int32) % context.classes
    state = fast_jit(classifier.init)()
    updated = fast_jit(classifier.update)(state, q, labels)
    table, rows = (context.channels, context.classes), (BATCH, context.classes)
    yield FunctionCase("init", classifier.init, (), accept)
    yield FunctionCase(
        "update", classifier.update, (state, q, labels), accept, state=0, verify_values=_verify_change(state)
    )
    yield FunctionCase(
        "tau",
        classifier.tau,
        (updated,),
        lambda a: check_array(a, table, "tau"),
        verify_values=_verify_rows("tau"),
    )
    yield FunctionCase(
        "predict",
        classifier.predict,
        (updated, jax.nn.softmax(normal(1, BATCH, context.channels))),
        lambda a: check_array(a, rows, "p(y|x)"),
        gradient=(1,),
        verify_values=_verify_rows("p(y|x)"),
    )


def _verify_change(state: Any) -> Verify:
    """Return a check that a state differs from the one before."""

    def verify_values(updated: Any) -> None:
        if all(map(np.array_equal, *map(jax.tree.leaves, (state, updated)))):
            raise CheckFailed("labels do not change the state")

    return verify_values


def _verify_rows(name: str) -> Verify:
    """Return a check that the rows of an array are probabilities."""

    def verify_values(array: Any) -> None:
        # In float64, so that the sum adds no error of its own.
        sums = np.asarray(array, np.float64).sum(axis=1)
        if np.min(array) < 0 or np.abs(sums - 1).max() > TOLERANCE:
            raise CheckFailed(f"rows of {name} must be at least 0 and sum to one, got {np.asarray(array)[0]}")

    return verify_values


def curriculum_cases(case: PluginCase) -> Iterator[FunctionCase]:
    """Yield the functions of a curriculum."""
    curriculum, channels = case.build(), case.context.channels
    check_type(curriculum, Curriculum, "a curriculum")
    state, step = curriculum.init(), jnp.int32(3)
    if curriculum.split is not None and not float(curriculum.split) >= 0:
        raise CheckFailed(
            f"`split` must be a number of standard deviations, at least 0, got {curriculum.split!r}"
        )

    def verify_active(mask: Any) -> None:
        if not np.any(mask):
            raise CheckFailed("at least one channel must be active, but all are locked")

    def verify_effect(effect: Any) -> None:
        check_type(effect, CurriculumEffect, "`effect`")
        check_array(effect.logit_bias, (channels,), "`logit_bias`")
        check_array(effect.temperature, (), "`temperature`")
        check_array(effect.soft, (), "`soft`", "b")
        for name, factor in effect.weight_factors._asdict().items():
            check_array(factor, (), f"the factor of `{name}`")

    late = jnp.int32(10_000_000)
    yield FunctionCase(
        "active",
        curriculum.active,
        (state, step),
        lambda a: check_array(a, (channels,), "`active`", "b"),
        verify_values=verify_active,
    )
    yield FunctionCase(
        "effect",
        curriculum.effect,
        (state, step),
        verify_effect,
        extremes=((state, late), (state, jnp.int32(0))),
    )
    progress = Progress(step, jnp.float32(12.5))
    yield FunctionCase("advance", curriculum.advance, (state, progress), accept, state=0)


def optimizer_cases(case: PluginCase) -> Iterator[FunctionCase]:
    """Yield the update of an optimizer on the sum of squares, which it must decrease."""
    optimizer = case.build()
    check_type(optimizer, optax.GradientTransformation, "an optimizer")
    params = {"kernel": normal(0, 4, 3), "bias": normal(1, 3)}
    state = optimizer.init(params)

    def loss(params: Any) -> jax.Array:
        return sum((jnp.sum(jnp.square(a)) for a in jax.tree.leaves(params)), start=jnp.zeros(()))

    def step(carried: tuple[Any, Any]) -> tuple[Any, Any]:
        params, state = carried
        updates, state = optimizer.update(jax.grad(loss)(params), state, params)
        return optax.apply_updates(params, updates), state

    def verify(result: Any) -> None:
        before = jax.tree.map(lambda a: (a.shape, str(a.dtype)), (params, state))
        after = jax.tree.map(lambda a: (a.shape, str(a.dtype)), result)
        if before != after:
            raise CheckFailed("a step must not change the structure or types of parameters and state")

    def verify_values(_: Any) -> None:
        def train(carried: Any) -> Any:
            return jax.lax.fori_loop(0, _STEPS, lambda _, c: step(c), carried)

        start, end = float(loss(params)), float(loss(fast_jit(train)((params, state))[0]))
        if not end < start:
            raise CheckFailed(
                f"{_STEPS} steps on the sum of squares must decrease it, but {start:.4g} became {end:.4g}"
            )

    yield FunctionCase("update", step, ((params, state),), verify, verify_values=verify_values, state=0)
