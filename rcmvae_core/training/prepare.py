"""A resolved spec to data, splits, model and optimizer, checked against each other."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Int

from rcmvae_core import model
from rcmvae_core.data import choose_labels, stratified_split
from rcmvae_core.declarations import load_object
from rcmvae_core.errors import Diagnostic, RcmvaeError
from rcmvae_core.model import Model
from rcmvae_core.protocols import Context, Dataset
from rcmvae_core.resolve import Part, ResolvedSpec
from rcmvae_core.training.epoch import Arrays

_INIT_SAMPLE = 4096


class Split(NamedTuple):
    """Indices into the data set: what trains, what selects, what judges, and whose label is given."""

    train: Int[np.ndarray, " T"]
    validation: Int[np.ndarray, " V"]
    test: Int[np.ndarray, " U"]
    labelled: Int[np.ndarray, " L"]


class Prepared(NamedTuple):
    """All that training needs before a seed is chosen."""

    resolved: ResolvedSpec
    dataset: Dataset
    split: Split
    model: Model
    optimizer: optax.GradientTransformation

    @property
    def context(self) -> Context:
        """The sizes of this run."""
        return self.model.context


def prepare(resolved: ResolvedSpec) -> Prepared:
    """Load the data, split it, and build the model and its optimizer.

    Args:
        resolved: the checked spec.

    Raises:
        RcmvaeError: E302 if the data cannot give what the spec asks for.
    """
    part = resolved.one("data")
    dataset = load_object(part.registered.plugin.impl)(part.params)
    split = _split(part, dataset)
    train = resolved.train
    if len(split.train) < train.batch_size:
        message = (
            f"`train.batch_size` is {train.batch_size}, but there are {len(split.train)} training inputs"
        )
        raise RcmvaeError([Diagnostic("E302", message, part.place, help=["make the batches smaller"])])
    context = Context(
        input_shape=tuple(dataset.inputs.shape[1:]),
        examples=len(split.train),
        labelled=len(split.labelled),
        classes=len(dataset.class_names),
        channels=resolved.latent.channels,
        dim=resolved.latent.dim,
        embedding_dim=resolved.latent.embedding_dim,
        layout=resolved.latent.layout,
        steps_per_epoch=len(split.train) // train.batch_size,
        epochs=train.epochs,
    )
    optimizer = model.instantiate(resolved.one("optimizer"), context)
    return Prepared(resolved, dataset, split, model.build(resolved, context), optimizer)


def _split(part: Part, dataset: Dataset) -> Split:
    keys = part.keys
    rest, validation = stratified_split(
        dataset.labels[dataset.train], keys.validation_fraction, keys.split_seed
    )
    train = dataset.train[rest]
    labelled = np.zeros(0, train.dtype)
    if keys.labels_per_class != 0 and "data.labels" in part.capabilities().provides:
        try:
            labelled = choose_labels(dataset.labels, train, keys.labels_per_class, keys.label_seed)
        except ValueError as error:
            diagnostic = Diagnostic(
                "E302", f"`data.labels_per_class`: {error}", part.place, help=["ask for fewer"]
            )
            raise RcmvaeError([diagnostic]) from None
    return Split(train, dataset.train[validation], dataset.test, labelled)


def to_device(dataset: Dataset, split: Split) -> Arrays:
    """The data as arrays of the default device; inputs keep their stored type."""
    return Arrays(
        inputs=jnp.asarray(dataset.inputs),
        labels=jnp.asarray(dataset.labels, jnp.int32),
        train=jnp.asarray(split.train, jnp.int32),
        labelled=jnp.asarray(split.labelled, jnp.int32),
        maximum=jnp.float32(dataset.maximum),
    )


def init_sample(dataset: Dataset, split: Split) -> jax.Array:
    """Training inputs that a part may look at when it is initialised, in [0, 1], evenly spaced."""
    spaced = np.linspace(0, len(split.train) - 1, min(_INIT_SAMPLE, len(split.train))).astype(int)
    return jnp.asarray(dataset.inputs[split.train[spaced]], jnp.float32) / dataset.maximum
