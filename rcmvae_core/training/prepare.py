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
from rcmvae_core.training.inputs import rows
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
    devices = jax.device_count()
    if train.batch_size % devices:
        message = f"`train.batch_size` is {train.batch_size}, which {devices} devices cannot share equally"
        help_ = [
            f"give a multiple of {devices}",
            "or fewer devices, by JAX_NUM_CPU_DEVICES or CUDA_VISIBLE_DEVICES",
        ]
        raise RcmvaeError([Diagnostic("E302", message, part.place, help=help_)])
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
    _check_monitor(resolved, dataset, who)
    built = model.build(resolved, context)
    optimizer = model.instantiate(resolved.one("optimizer"), context)
    return Prepared(resolved, dataset, who, built, with_learning_rates(optimizer, built.learning_rates))


def _check_monitor(resolved: ResolvedSpec, dataset: Dataset, who: Split) -> None:
    if resolved.train.monitor == "elbo":
        return
    if resolved.maybe("classifier") is None:
        what, remedy = "there is no classifier", 'add `[classifier.tau]`, or monitor "elbo"'
    elif not (dataset.labels[who.validation] >= 0).any():
        what, remedy = "no validation input has a label", 'label some, or monitor "elbo"'
    else:
        return
    message = f'`train.monitor` is "accuracy", but {what}'
    raise RcmvaeError([Diagnostic("E302", message, resolved.one("data").place, help=[remedy])])


def init_sample(dataset: Dataset, split: Split) -> jax.Array:
    """Training inputs that a part may look at when it is initialised, in [0, 1], evenly spaced."""
    spaced = np.linspace(0, len(split.train) - 1, min(_INIT_SAMPLE, len(split.train))).astype(int)
    return jnp.asarray(rows(dataset, split.train[spaced]), jnp.float32) / dataset.maximum
