"""Check scores and acquisitions, which use a trained model."""

from __future__ import annotations

import copy
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from rcmvae_core.plugin.protocols import (
    Acquisition,
    BuildContext,
    EncoderOutput,
    ForwardStats,
    ModelScore,
    QueryPool,
    Score,
    ScoredModel,
    ScoreInputs,
    Suggestion,
)
from rcmvae_core.testing.arrays import uniform
from rcmvae_core.testing.latent import encode
from rcmvae_core.testing.plugin_case import PluginCase
from rcmvae_core.testing.report import CheckFailed

_INPUTS = 24
_TRAINING_INPUTS = 40
_LABELLED_INPUTS = 5


def forward_stats(context: BuildContext, count: int, seed: int, *, classes: int) -> ForwardStats:
    """Return random statistics of a model's forward pass.

    Args:
        context: has the sizes.
        count: number of inputs.
        seed: of the random numbers.
        classes: number of classes; 0 for a model without a classifier.
    """
    rng = np.random.default_rng(seed)
    names = [name for name in ForwardStats._fields[3:] if name != "measured"]
    scalars = {name: rng.gamma(4.0, 5.0, count) for name in names}
    arrays = {
        "responsibilities": rng.dirichlet(np.full(context.channels, 0.5), count),
        "probabilities": rng.dirichlet(np.ones(classes), count) if classes else np.zeros((count, 0)),
        "latents": rng.normal(size=(count, context.dim)),
    }
    fields: dict[str, Any] = {name: array.astype(np.float32) for name, array in {**arrays, **scalars}.items()}
    return ForwardStats(**fields)


def _tau(context: BuildContext, classes: int) -> np.ndarray:
    ones = np.ones(classes)
    return (
        np.random.default_rng(7).dirichlet(ones, context.channels)
        if classes
        else np.zeros((context.channels, 0))
    )


def _classes(case: PluginCase) -> tuple[int, ...]:
    """Return the numbers of classes to check: also 0, no classifier, unless the plugin requires one."""
    requires_classifier = "classifier.tau" in case.part.capabilities().requires
    return (case.context.classes,) if requires_classifier else (case.context.classes, 0)


def check_score(case: PluginCase) -> None:
    """Check that a score is a finite number for each input, and does not depend on the other inputs."""
    score, context = case.build(), case.context
    if isinstance(score, ModelScore):
        _check_model_score(case, score)
        return
    if not isinstance(score, Score):
        raise CheckFailed(
            f"a score must be a function of `ScoreInputs` or a `ModelScore`, got {score!r}"[:200]
        )
    for classes in _classes(case):
        training, tau = forward_stats(context, _TRAINING_INPUTS, 1, classes=classes), _tau(context, classes)
        inputs = ScoreInputs(forward_stats(context, _INPUTS, 2, classes=classes), training, tau)
        copied = copy.deepcopy(inputs)
        values = _check_finite(score(inputs), _INPUTS, "a score")
        if not all(map(np.array_equal, jax.tree.leaves(copied), jax.tree.leaves(inputs))):
            raise CheckFailed("it changes its arguments")
        subset = np.random.default_rng(3).permutation(_INPUTS)[: _INPUTS - 5]
        stats = jax.tree.map(lambda array, subset=subset: array[subset], inputs.stats)
        if not np.allclose(score(inputs._replace(stats=stats)), values[subset], rtol=1e-5, atol=1e-6):
            raise CheckFailed("the score of an input depends on the other inputs")
        if np.ptp(values) == 0:
            raise CheckFailed("every input has the same score")


def model_score_values(case: PluginCase, score: ModelScore, x: Any) -> np.ndarray:
    """Return the values of a score that runs a model, of inputs to a model without parameters.

    Args:
        case: has the sizes.
        score: the score.
        x: inputs [n *x].
    """
    model = ScoredModel(encode=partial(encode, case), elbo=partial(_elbo, case))
    return np.asarray(jax.jit(partial(score.measure, model))(x))


def _elbo(case: PluginCase, x: Any, posterior: EncoderOutput, key: Any) -> jax.Array:
    """Return a lower bound for latents whose best places depend on the input.

    Args:
        case: has the sizes.
        x: inputs.
        posterior: of the channels and latents.
        key: of the latents.
    """
    noise = jax.random.normal(key, posterior.mean.shape)
    z = posterior.mean + jnp.exp(posterior.log_var / 2) * noise
    log_q = jax.nn.log_softmax(posterior.logits)
    error = jnp.square(z - 2 * encode(case, 2 * x).mean).sum(axis=2)
    kl = 0.5 * (jnp.exp(posterior.log_var) + posterior.mean**2 - 1 - posterior.log_var).sum(axis=2)
    return -(jnp.exp(log_q) * (error + kl + log_q)).sum(axis=1)


def _check_model_score(case: PluginCase, score: ModelScore) -> None:
    """Check the values of a score that runs the model, and that it declares so.

    Args:
        case: the plugin.
        score: what it built.
    """
    if "score.model" not in case.part.capabilities().provides:
        raise CheckFailed("a `ModelScore` must provide `score.model`, by which the core finds it")
    x = uniform(1, _INPUTS, *case.context.input_shape)
    values = _check_finite(model_score_values(case, score, x), _INPUTS, "a score")
    subset = np.random.default_rng(3).permutation(_INPUTS)[: _INPUTS - 5]
    if not np.allclose(model_score_values(case, score, x[subset]), values[subset], rtol=1e-4, atol=1e-4):
        raise CheckFailed("the score of an input depends on the other inputs")
    if np.ptp(values) == 0:
        raise CheckFailed("every input has the same score")


def check_acquisition(case: PluginCase) -> None:
    """Check that an acquisition suggests the requested number of inputs, each once, and is random only by its key."""
    choose, context = case.build(), case.context
    if not isinstance(choose, Acquisition):
        message = f"an acquisition must be a function of a `QueryPool`, a count and a key, got {choose!r}"
        raise CheckFailed(message[:200])
    for classes in _classes(case):
        for size, count in ((_INPUTS, 7), (3, 7), (1, 1)):
            pool = _query_pool(context, size, classes)
            copied = copy.deepcopy(pool)
            first, second = (choose(pool, count, jax.random.key(5)) for _ in range(2))
            _check_suggestion(first, size, count)
            if not all(map(np.array_equal, first, second)):
                raise CheckFailed("with the same key it gives another suggestion")
            if not all(map(np.array_equal, jax.tree.leaves(copied), jax.tree.leaves(pool))):
                raise CheckFailed("it changes its arguments")


def _query_pool(context: BuildContext, size: int, classes: int) -> QueryPool:
    """Return a random pool.

    Args:
        context: has the sizes of the model.
        size: number of inputs.
        classes: number of classes; 0 for a model without a classifier.
    """
    stats = forward_stats(context, size, 4, classes=classes)
    labelled = forward_stats(context, _LABELLED_INPUTS, 5, classes=classes)
    rng = np.random.default_rng(6)
    return QueryPool(
        probabilities=np.asarray(stats.probabilities),
        epistemic=rng.gamma(1.0, 0.1, size),
        responsibilities=np.asarray(stats.responsibilities),
        latents=np.asarray(stats.latents),
        ood_quantile=rng.random(size),
        tau=_tau(context, classes),
        labelled_responsibilities=np.asarray(labelled.responsibilities),
        labelled_latents=np.asarray(labelled.latents),
    )


def _check_suggestion(suggestion: Any, size: int, count: int) -> None:
    """Check a suggestion.

    Args:
        suggestion: what the acquisition returned.
        size: number of inputs in the pool.
        count: number of requested inputs.

    Raises:
        CheckFailed: if it is not valid.
    """
    if not isinstance(suggestion, Suggestion):
        raise CheckFailed(f"its result must be a `Suggestion`, got a `{type(suggestion).__name__}`")
    positions, expected = np.asarray(suggestion.positions), min(size, count)
    if positions.shape != (expected,) or positions.dtype.kind != "i":
        message = f"for a pool of {size} and a count of {count} it must suggest {expected}, got {positions!r}"
        raise CheckFailed(message[:200])
    if len(set(positions.tolist())) < expected:
        raise CheckFailed(f"it suggests an input twice: {positions.tolist()}")
    if positions.min() < 0 or positions.max() >= size:
        raise CheckFailed(f"positions must be in 0..{size - 1}, got {positions.tolist()}")
    _check_finite(suggestion.scores, expected, "`scores`")


def _check_finite(values: Any, count: int, name: str) -> np.ndarray:
    """Check that values are finite floats, one per input.

    Args:
        values: what the plugin returned.
        count: number of inputs.
        name: what the values are, for the message.

    Returns:
        The values [count].
    """
    array = np.asarray(values)
    if array.shape != (count,) or array.dtype.kind != "f":
        message = f"{name} must have one float per input, [{count}], got {array.dtype} {list(array.shape)}"
        raise CheckFailed(message)
    if not np.isfinite(array).all():
        raise CheckFailed(f"{name} is not finite: {array[~np.isfinite(array)][0]}")
    return array
