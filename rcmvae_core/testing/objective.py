"""Loss terms, schedules and augmentations."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from rcmvae_core.protocols import Augmentation, Forward, Labelled, LossInputs, LossTerm, Schedule, Selection
from rcmvae_core.testing.arrays import normal, uniform
from rcmvae_core.testing.latent import encode, inference
from rcmvae_core.testing.probe import Probe, shaped
from rcmvae_core.testing.report import Fault
from rcmvae_core.testing.subject import BATCH, LABELLED, Subject

_LAST = 10_000_000


class _Likelihood(tuple[jax.Array, jax.Array]):
    """Means and standard deviations, as a head with a `sigma` gives them."""

    __slots__ = ()

    @property
    def mean(self) -> jax.Array:
        return self[0]

    @property
    def sigma(self) -> jax.Array:
        return self[1]


jax.tree_util.register_pytree_node(_Likelihood, lambda a: (tuple(a), None), lambda _, a: _Likelihood(a))  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]


def forward(subject: Subject, posterior: Any, x: jax.Array) -> Forward:
    """A pass of some model with these sizes: what each name promises, and nothing else."""
    context = subject.context
    log_q = jax.nn.log_softmax(posterior.logits)
    q, every = jnp.exp(log_q), jnp.arange(context.channels)[None]
    scale = 1 + jnp.arange(context.channels)
    nll = jnp.sum(jnp.square(posterior.mean), axis=(1, 2))[:, None] * scale + 3.0
    mean = jnp.broadcast_to(x[:, None], (len(x), context.channels, *context.input_shape))
    sigma = 0.5 + 0.1 * jax.nn.sigmoid(posterior.logits)
    kl = 0.5 * jnp.sum(jnp.exp(posterior.log_var) + posterior.mean**2 - 1 - posterior.log_var, axis=-1)
    return Forward(
        inference=posterior,
        log_responsibilities=log_q,
        responsibilities=q,
        selection=Selection(q, every),
        latents=posterior.mean,
        likelihood=_Likelihood((mean, sigma)),
        nll=nll,
        blended_nll=jnp.sum(q * nll, axis=1),
        kl=kl,
        log_pi=jnp.full(context.channels, -jnp.log(context.channels)),
        embeddings=normal(9, context.channels, context.embedding_dim),
    )


def loss(subject: Subject) -> Iterator[Probe]:
    """A term, as a function of an encoder's output for both batches and of its key."""
    term, context = subject.build(), subject.context
    if not isinstance(term, LossTerm):
        raise Fault(f"a loss must be a function of `LossInputs`, got {term!r}"[:200])
    x, labels = (
        uniform(1, BATCH, *context.input_shape),
        jnp.arange(LABELLED, dtype=jnp.int32) % context.classes,
    )
    tau = jax.nn.softmax(normal(4, context.channels, context.classes))
    shapes = {"encoder": {"kernel": normal(5, 3, 2)}, "prior": {}, "embeddings": normal(9, context.channels, context.embedding_dim),
              "backbone": {"kernel": normal(6, 2, 3)}, "head": {"kernel": normal(7, 3, 2)}}  # fmt: skip

    def function(posterior: Any, taught: Any, params: Any, key: jax.Array) -> jax.Array:
        log_taught = jax.nn.log_softmax(taught.logits)
        found = forward(subject, posterior, x)
        return term(
            LossInputs(
                x=x,
                forward=found,
                labelled=Labelled(taught, log_taught, labels, tau) if context.labelled else None,
                usage=jnp.mean(found.responsibilities, axis=0),
                active=jnp.ones(context.channels, bool),
                step=jnp.int32(3),
                key=key,
                params=params,
                infer=lambda other: jax.nn.log_softmax(encode(subject, other).logits),
                sample=lambda key, count: jax.random.normal(key, (count, context.channels, context.dim)),
            )
        )

    def promise(found: Any) -> None:
        sizes = {getattr(found, "shape", None)}
        if not sizes <= {(BATCH,), (LABELLED,)}:
            raise Fault(
                f"a term is one value an example, [{BATCH}] of the batch or [{LABELLED}] of the labelled one, got "
                f"{list(getattr(found, 'shape', ())) or 'a scalar'}; the core takes the mean"
            )
        shaped(found, found.shape, "the term")

    arguments = (inference(subject), inference(subject, LABELLED, 20), shapes, jax.random.key(5))
    yield Probe("term", function, arguments, promise, key=3, gradient=(0, 1, 2))


def schedule(subject: Subject) -> Iterator[Probe]:
    """A schedule as a function of the step, from the first to one long after the last."""
    found = subject.build()
    if not isinstance(found, Schedule):
        raise Fault(f"a schedule must be a function of the step, got {found!r}"[:200])

    def values(value: Any) -> None:
        steps = jnp.arange(0, 40, dtype=jnp.int32)
        together, single = jax.vmap(found)(steps), [found(step) for step in steps[::13]]
        if not np.allclose(np.asarray(together)[::13], np.asarray(single), rtol=1e-5, atol=1e-7):
            raise Fault("traced over many steps it gives other values than step by step")
        del value

    yield Probe(
        "value", lambda step: jnp.asarray(found(step), jnp.float32), (jnp.int32(3),), lambda a: shaped(a, (), "its value"),
        values=values, others=((jnp.int32(0),), (jnp.int32(_LAST),)),
    )  # fmt: skip


def augmentation(subject: Subject) -> Iterator[Probe]:
    """A random change of inputs."""
    found, shape = subject.build(), (BATCH, *subject.context.input_shape)
    if not isinstance(found, Augmentation):
        raise Fault(f"an augmentation must be a function of inputs and a key, got {found!r}"[:200])

    def values(changed: Any) -> None:
        if np.min(changed) < 0 or np.max(changed) > 1:
            raise Fault(f"inputs must stay in [0, 1], got {np.min(changed):.4g} to {np.max(changed):.4g}")

    x = uniform(1, *shape)
    edges = tuple((jnp.full_like(x, value), jax.random.key(2)) for value in (0.0, 1.0))
    yield Probe(
        "augment", partial(found), (x, jax.random.key(1)), lambda a: shaped(a, shape, "inputs"), key=1, random="must",
        gradient=(0,), values=values, others=edges,
    )  # fmt: skip
