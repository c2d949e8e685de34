"""A training step of the dense mixture, without and with labels, against the same written by hand in JAX."""

from __future__ import annotations

from collections.abc import Iterator

import jax
import jax.numpy as jnp
import numpy as np
import optax

from rcmvae_core.training.setup import Prepared
from tests.benchmarks import raw_jax, raw_labels
from tests.benchmarks.engine import by_hand, epochs, prepared_spec, steps_of, train_images
from tests.benchmarks.results import Result, Run, a_step, at_least, in_turns, quotient
from tests.benchmarks.specs import (
    BATCH,
    CHANNELS,
    DIM,
    IMAGES,
    LABELLED,
    LABELS,
    MANY,
    MIXTURE,
    TOP_M,
    WEIGHT,
)

ROUNDS = 61
SUBSET = (f"data.training_inputs={IMAGES}",)


def raw_mixture(images: np.ndarray) -> Run:
    """Epochs of the model without labels, by hand."""
    optimizer = optax.adam(1e-3)
    params = raw_jax.init(jax.random.key(0), pixels=784, channels=CHANNELS, dim=DIM)
    epoch = raw_jax.make_epoch(optimizer, batch_size=BATCH, channels=CHANNELS, dim=DIM)
    return by_hand(epoch, (params, optimizer.init(params), jax.random.key(1)), jnp.asarray(images))


def sizes(prepared: Prepared) -> raw_labels.Sizes:
    """Those of the model with labels."""
    return raw_labels.Sizes(MANY, DIM, TOP_M, WEIGHT, prepared.context.labelled)


def raw_semi_supervised(prepared: Prepared) -> Run:
    """Epochs of the model with labels, by hand."""
    optimizer = optax.adam(1e-3)
    params = raw_jax.init(jax.random.key(0), pixels=784, channels=MANY, dim=DIM)
    epoch = raw_labels.make_epoch(
        optimizer,
        sizes(prepared),
        steps=steps_of(prepared),
        batch_size=BATCH,
        labelled_batch_size=LABELLED,
    )
    carry = (params, optimizer.init(params), jnp.zeros((MANY, 10)), jax.random.key(1))
    labelled = prepared.split.labelled
    taught = jnp.asarray(prepared.dataset.inputs[labelled])
    labels = jnp.asarray(prepared.split.given, jnp.int32)
    return by_hand(epoch, carry, jnp.asarray(train_images(prepared)), taught, labels)


def measure() -> Iterator[Result]:
    """Both, each in turns with its reference."""
    yield _mixture()
    yield _semi_supervised()


def _mixture() -> Result:
    prepared = prepared_spec(MIXTURE, SUBSET)
    what = f"training step, dense mixture K={CHANNELS} D={DIM}, batch {BATCH}, MNIST: speed"
    return _row(what, prepared, raw_mixture(train_images(prepared)), 0.97)


def _semi_supervised() -> Result:
    prepared = prepared_spec(LABELS, SUBSET)
    what = (
        f"training step, with labels, K={MANY} D={DIM} top_m={TOP_M}, batch {BATCH}+{LABELLED}, MNIST: speed"
    )
    return _row(what, prepared, raw_semi_supervised(prepared), 0.95)


def _row(what: str, prepared: Prepared, reference: Run, limit: float) -> Result:
    seconds = in_turns({"ours": epochs(prepared), "reference": reference}, ROUNDS)
    ratio, spread = quotient(seconds["reference"], seconds["ours"])
    steps = steps_of(prepared)
    return Result(
        what,
        a_step(seconds["ours"], steps),
        f"JAX by hand {a_step(seconds['reference'], steps)}",
        ratio,
        at_least(limit),
        spread,
    )
