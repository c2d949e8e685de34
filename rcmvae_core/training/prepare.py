"""A resolved spec to data, splits, model and optimizer, checked against each other."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from rcmvae_core import model
from rcmvae_core.errors import Diagnostic, RcmvaeError
from rcmvae_core.model import Model
from rcmvae_core.protocols import Context, Dataset
from rcmvae_core.resolve import ResolvedSpec
from rcmvae_core.training.dataset import load
from rcmvae_core.training.epoch import Arrays
from rcmvae_core.training.rates import with_learning_rates
from rcmvae_core.training.split import Split, split

_INIT_SAMPLE = 4096


class Prepared(NamedTuple):
    """All that training needs before a seed is chosen; the labels of `dataset` are the truth."""

    resolved: ResolvedSpec
    dataset: Dataset
    split: Split
    model: Model
    optimizer: optax.GradientTransformation

    @property
    def context(self) -> Context:
        """The sizes of this run."""
        return self.model.context


def prepare(resolved: ResolvedSpec, dataset: Dataset | None = None) -> Prepared:
    """Load the data, split it, and build the model and its optimizer.

    Args:
        resolved: the checked spec.
        dataset: the data set of a spec that names data `arrays`.

    Raises:
        RcmvaeError: E302 if the data cannot give what the spec asks for, E305 to E307 if there are none, or
            none that can be used.
    """
    part = resolved.one("data")
    dataset, who = split(part, load(part, dataset))
    train = resolved.train
    if len(who.train) < train.batch_size:
        message = f"`train.batch_size` is {train.batch_size}, but there are {len(who.train)} training inputs"
        raise RcmvaeError([Diagnostic("E302", message, part.place, help=["make the batches smaller"])])
    context = Context(
        input_shape=tuple(dataset.inputs.shape[1:]),
        examples=len(who.train),
        labelled=len(who.labelled),
        classes=len(dataset.class_names),
        channels=resolved.latent.channels,
        dim=resolved.latent.dim,
        embedding_dim=resolved.latent.embedding_dim,
        layout=resolved.latent.layout,
        steps_per_epoch=len(who.train) // train.batch_size,
        epochs=train.epochs,
    )
    built = model.build(resolved, context)
    optimizer = model.instantiate(resolved.one("optimizer"), context)
    return Prepared(resolved, dataset, who, built, with_learning_rates(optimizer, built.learning_rates))


def to_device(dataset: Dataset, split: Split) -> Arrays:
    """The data as arrays of the default device; inputs keep their stored type, labels not given stay behind."""
    labels = np.full(len(dataset.labels), -1, np.int32)
    labels[split.labelled] = split.given
    return Arrays(
        inputs=jnp.asarray(dataset.inputs),
        labels=jnp.asarray(labels),
        train=jnp.asarray(split.train, jnp.int32),
        labelled=jnp.asarray(split.labelled, jnp.int32),
        maximum=jnp.float32(dataset.maximum),
    )


def init_sample(dataset: Dataset, split: Split) -> jax.Array:
    """Training inputs that a part may look at when it is initialised, in [0, 1], evenly spaced."""
    spaced = np.linspace(0, len(split.train) - 1, min(_INIT_SAMPLE, len(split.train))).astype(int)
    return jnp.asarray(dataset.inputs[split.train[spaced]], jnp.float32) / dataset.maximum
