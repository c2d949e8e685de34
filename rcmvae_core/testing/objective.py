"""Make the function cases of losses, schedules and augmentations."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from rcmvae_core.plugin.protocols import (
    Augmentation,
    Forward,
    LabelledBatch,
    LossInputs,
    LossTerm,
    Schedule,
    Selection,
    StatefulLoss,
)
from rcmvae_core.testing.arrays import normal, uniform
from rcmvae_core.testing.function_case import FunctionCase, check_array
from rcmvae_core.testing.latent import encode, encoder_output
from rcmvae_core.testing.plugin_case import BATCH, LABELLED, PluginCase
from rcmvae_core.testing.report import CheckFailed

_LATE_STEP = 10_000_000


class _Likelihood(tuple[jax.Array, jax.Array]):
    """The likelihood of a head with a `sigma`: means and standard deviations."""

    __slots__ = ()

    @property
    def mean(self) -> jax.Array:
        """Means [B, M, *x]."""
        return self[0]

    @property
    def sigma(self) -> jax.Array:
        """Standard deviations [B, M]."""
        return self[1]


jax.tree_util.register_pytree_node(_Likelihood, lambda a: (tuple(a), None), lambda _, a: _Likelihood(a))  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]


def forward(case: PluginCase, posterior: Any, x: jax.Array) -> Forward:
    """Return a forward pass with the right shapes and ranges, which no model computed.

    Args:
        case: has the sizes.
        posterior: an encoder output.
        x: inputs.
    """
    context = case.context
    log_q = jax.nn.log_softmax(posterior.logits)
    q = jnp.exp(log_q)
    scale = 1 + jnp.arange(context.channels)
    nll = jnp.sum(jnp.square(posterior.mean), axis=(1, 2))[:, None] * scale + 3.0
    mean = jnp.broadcast_to(x[:, None], (len(x), context.channels, *context.input_shape))
    sigma = 0.5 + 0.1 * jax.nn.sigmoid(posterior.logits)
    kl = 0.5 * jnp.sum(jnp.exp(posterior.log_var) + posterior.mean**2 - 1 - posterior.log_var, axis=-1)
    return Forward(
        encoder_output=posterior,
        log_responsibilities=log_q,
        responsibilities=q,
        selection=Selection(q),
        latents=posterior.mean,
        likelihood=_Likelihood((mean, sigma)),
        nll=nll,
        blended_nll=jnp.sum(q * nll, axis=1),
        kl=kl,
        log_pi=jnp.full(context.channels, -jnp.log(context.channels)),
        embeddings=normal(9, context.channels, context.embedding_dim),
    )


def loss_cases(case: PluginCase) -> Iterator[FunctionCase]:
    """Yield a loss term as a function of the encoder outputs of both batches, of parameters and of a key."""
    built, context = case.build(), case.context
    if not isinstance(built, LossTerm | StatefulLoss):
        raise CheckFailed(
            f"a loss must be a function of `LossInputs` or a `StatefulLoss`, got {built!r}"[:200]
        )
    x, labelled_x = uniform(1, BATCH, *context.input_shape), uniform(2, LABELLED, *context.input_shape)
    labels = jnp.arange(LABELLED, dtype=jnp.int32) % context.classes
    tau = jax.nn.softmax(normal(4, context.channels, context.classes))
    learns_variances = "prior.learned_variances" in case.part.capabilities().requires
    params = {
        "encoder": {"kernel": normal(5, 3, 2)},
        "prior": {"log_var": normal(8, context.channels, context.dim)} if learns_variances else {},
        "embeddings": normal(9, context.channels, context.embedding_dim),
        "backbone": {"kernel": normal(6, 2, 3)},
        "head": {"kernel": normal(7, 3, 2)},
    }

    term = _with_state(built, params) if isinstance(built, StatefulLoss) else built

    def function(posterior: Any, labelled: Any, params: Any, key: jax.Array) -> jax.Array:
        log_q = jax.nn.log_softmax(labelled.logits)
        forward_pass = forward(case, posterior, x)
        return term(
            LossInputs(
                x=x,
                forward=forward_pass,
                labelled=LabelledBatch(labelled, log_q, labels, tau, labelled_x)
                if context.labelled
                else None,
                usage=jnp.mean(forward_pass.responsibilities, axis=0),
                active=jnp.ones(context.channels, bool),
                step=jnp.int32(3),
                key=key,
                params=params,
                infer=lambda other: jax.nn.log_softmax(encode(case, other).logits),
                sample=lambda key, count: jax.random.normal(key, (count, context.channels, context.dim)),
                previous_usage=jnp.full(context.channels, 1 / context.channels),
                usage_decay=0.9,
                teacher=lambda other: jax.lax.stop_gradient(
                    jax.nn.log_softmax(1.5 * encode(case, other).logits)
                ),
                reconstruct=partial(_reconstruct, case),
            )
        )

    def verify(values: Any) -> None:
        if getattr(values, "shape", None) not in ((BATCH,), (LABELLED,)):
            raise CheckFailed(
                f"a term must have one value per example, [{BATCH}] of the batch or [{LABELLED}] of the labelled "
                f"batch, got {list(getattr(values, 'shape', ())) or 'a scalar'}; the core takes the mean"
            )
        check_array(values, values.shape, "the term")

    arguments = (encoder_output(case), encoder_output(case, LABELLED, 20), params, jax.random.key(5))
    yield FunctionCase("term", function, arguments, verify, key=3, gradient=(0, 1, 2))


def _reconstruct(
    case: PluginCase, x: jax.Array, log_q: jax.Array, key: jax.Array, encoder_output: Any = None
) -> jax.Array:
    """Return what `LossInputs.reconstruct` does, by a decoder that no model has.

    Args:
        case: has the sizes.
        x: inputs.
        log_q: of the channels.
        key: of the latents.
        encoder_output: of the inputs; None computes it.
    """
    posterior = encode(case, x) if encoder_output is None else encoder_output
    noise = 0.1 * jax.random.normal(key, (len(x),))
    size = jnp.sum(jnp.square(posterior.mean), axis=(1, 2)) + noise
    return jnp.sum(jnp.exp(log_q) * size[:, None] * (1 + jnp.arange(log_q.shape[1])), axis=1) + 3.0


def _with_state(loss: StatefulLoss, params: Any) -> LossTerm:
    """Return a loss with its initial parameters and state as a term, whose state must keep its form.

    Args:
        loss: the loss.
        params: the parameters of the model.
    """
    own = loss.init(jax.random.key(6), params)
    state = loss.init_state(own, params)

    def term(inputs: LossInputs) -> jax.Array:
        values, after = loss.apply(own, state, inputs)
        forms = [
            jax.tree.map(lambda a: (jnp.shape(a), str(jnp.asarray(a).dtype)), tree) for tree in (state, after)
        ]
        if forms[0] != forms[1]:
            raise CheckFailed("the state must keep its structure, and its arrays their shapes and types")
        return values

    return term


def schedule_cases(case: PluginCase) -> Iterator[FunctionCase]:
    """Yield a schedule as a function of the step, also at the first and at a very late step."""
    schedule = case.build()
    if not isinstance(schedule, Schedule):
        raise CheckFailed(f"a schedule must be a function of the step, got {schedule!r}"[:200])

    def verify_values(_: Any) -> None:
        steps = jnp.arange(0, 40, dtype=jnp.int32)
        batched, single = jax.vmap(schedule)(steps), [schedule(step) for step in steps[::13]]
        if not np.allclose(np.asarray(batched)[::13], np.asarray(single), rtol=1e-5, atol=1e-7):
            raise CheckFailed("under `jax.vmap` it gives other values than for single steps")

    yield FunctionCase(
        "value",
        lambda step: jnp.asarray(schedule(step), jnp.float32),
        (jnp.int32(3),),
        lambda a: check_array(a, (), "its value"),
        verify_values=verify_values,
        extremes=((jnp.int32(0),), (jnp.int32(_LATE_STEP),)),
    )


def augmentation_cases(case: PluginCase) -> Iterator[FunctionCase]:
    """Yield an augmentation, also for inputs at the ends of their range."""
    augment, shape = case.build(), (BATCH, *case.context.input_shape)
    if not isinstance(augment, Augmentation):
        raise CheckFailed(f"an augmentation must be a function of inputs and a key, got {augment!r}"[:200])

    def verify_values(changed: Any) -> None:
        if np.min(changed) < 0 or np.max(changed) > 1:
            raise CheckFailed(
                f"inputs must stay in [0, 1], got {np.min(changed):.4g} to {np.max(changed):.4g}"
            )

    x = uniform(1, *shape)
    limits = tuple((jnp.full_like(x, value), jax.random.key(2)) for value in (0.0, 1.0))
    yield FunctionCase(
        "augment",
        partial(augment),
        (x, jax.random.key(1)),
        lambda a: check_array(a, shape, "inputs"),
        key=1,
        random="must",
        gradient=(0,),
        verify_values=verify_values,
        extremes=limits,
    )
