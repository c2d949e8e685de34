"""Builds data, splits, model and optimizer of a resolved spec, and checks them against each other."""

from __future__ import annotations

from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float

from rcmvae_core.data.class_shares import class_shares
from rcmvae_core.data.columns import Columns
from rcmvae_core.data.covariates import fit_moments
from rcmvae_core.data.dataset import scale_method
from rcmvae_core.data.inputs import read_rows
from rcmvae_core.data.load import Fitted, load_split
from rcmvae_core.data.sample_weights import weights_of
from rcmvae_core.data.sampling import evenly_spaced
from rcmvae_core.data.scaling import Scaling, fit_scaling, to_model_range
from rcmvae_core.data.split import Split
from rcmvae_core.data.units import fit_units
from rcmvae_core.errors import fail
from rcmvae_core.model.build import build_part
from rcmvae_core.model.model import Model, build_model
from rcmvae_core.plugin.protocols import BuildContext, Callback, Dataset
from rcmvae_core.plugin.resolved import ResolvedPart, ResolvedSpec
from rcmvae_core.training.learning_rates import with_learning_rates

_MIN_JUDGES = 8
"""Validation inputs with a label from which on accuracy compares states."""
_INIT_SAMPLE = 4096
"""Training inputs that parts see when they are initialised."""


class Prepared(NamedTuple):
    """All that training needs before a seed is chosen.

    Args:
        resolved: the checked spec.
        dataset: the data; its labels are the true ones.
        split: the indices that train, validate and test, and the labels that training may see.
        model: the built model.
        optimizer: with the learning rates of single arrays.
        columns: how the columns of a table are encoded; None if the inputs are not a table.
        scaling: how inputs are scaled; None if they are divided by their maximum.
        callbacks: the callbacks, each with its plugin.
    """

    resolved: ResolvedSpec
    dataset: Dataset
    split: Split
    model: Model
    optimizer: optax.GradientTransformation
    columns: Columns | None = None
    scaling: Scaling | None = None
    callbacks: tuple[tuple[ResolvedPart, Callback], ...] = ()

    @property
    def monitor(self) -> Literal["elbo", "accuracy", "balanced_accuracy"]:
        """The validation metric by which states are compared."""
        stated = self.resolved.train.monitor
        if stated != "auto":
            return stated
        known = int((self.dataset.labels[self.split.validation] >= 0).sum())
        can_judge = self.resolved.maybe("classifier") is not None and known >= _MIN_JUDGES
        return "balanced_accuracy" if can_judge else "elbo"

    @property
    def context(self) -> BuildContext:
        """The sizes of this run."""
        return self.model.context


def prepare(resolved: ResolvedSpec, dataset: Dataset | None = None, fitted: Fitted | None = None) -> Prepared:
    """Load the data, split it, and build the model and its optimizer.

    Args:
        resolved: the checked spec.
        dataset: the data set of a spec that names data `arrays`.
        fitted: what the model to continue from was fitted to; None fits the training inputs.

    Returns:
        Data, model and optimizer, whose sizes agree.

    Raises:
        RcmvaeError: E302 if the data do not have what the spec asks for, E305 to E307 if they are missing or
            unusable, E217 if a part does not support these sizes.
    """
    part = resolved.one("data")
    dataset, split, columns = load_split(part, dataset, fitted)
    scaling = fit_dataset(part, dataset, split) if fitted is None else fitted.scaling
    train = resolved.train
    _check_batch_size(train.batch_size, len(split.train), part)
    weights = weights_of(split.labelled, dataset.sample_weights)
    covariates = fit_moments(dataset, split.train, scaling, columns) if fitted is None else fitted.covariates
    shares = class_shares(part, split.given, dataset.class_names, weights)
    context = BuildContext(
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
        label_counts=shares.counts,
        class_prior=shares.prior,
        units=fit_units(resolved, dataset, split.train, scaling, len(covariates.means)),
        columns=() if columns is None else columns.blocks,
        missing=dataset.missing,
        covariate_means=covariates.means,
        covariate_spreads=covariates.spreads,
    )
    _check_monitor(resolved, dataset, split)
    model = build_model(resolved, context)
    optimizer = build_part(resolved.one("optimizer"), model.context)
    optimizer = with_learning_rates(optimizer, model.learning_rates)
    callbacks = tuple((part, build_part(part, model.context)) for part in resolved.many("callback"))
    return Prepared(resolved, dataset, split, model, optimizer, columns, scaling, callbacks)


def fit_dataset(part: ResolvedPart, dataset: Dataset, split: Split) -> Scaling | None:
    """Fit the scaling that the spec asks for on the training inputs; None divides inputs by their maximum.

    Args:
        part: the data part, with its keys.
        dataset: its inputs, in their own units.
        split: the indices that train.

    Returns:
        The scaling.
    """
    method = scale_method(part.keys, dataset)
    return None if method == "none" else fit_scaling(dataset, split.train, method)


def _check_batch_size(batch_size: int, examples: int, part: ResolvedPart) -> None:
    """Raise E302 if a batch is larger than the data, or if the devices cannot share it.

    Args:
        batch_size: `train.batch_size`.
        examples: training inputs.
        part: the data part, whose place the error names.
    """
    if examples < batch_size:
        message = f"`train.batch_size` is {batch_size}, but there are {examples} training inputs"
        fail("E302", message, place=part.place, help=["use smaller batches"])
    devices = jax.device_count()
    if batch_size % devices:
        message = f"`train.batch_size` is {batch_size}, which {devices} devices cannot share equally"
        help_ = [
            f"use a multiple of {devices}",
            "or fewer devices, by JAX_NUM_CPU_DEVICES or CUDA_VISIBLE_DEVICES",
        ]
        fail("E302", message, place=part.place, help=help_)


def _check_monitor(resolved: ResolvedSpec, dataset: Dataset, split: Split) -> None:
    """Raise E302 if accuracy is monitored but cannot be computed.

    Args:
        resolved: the checked spec.
        dataset: the true labels.
        split: the inputs that validate.
    """
    if resolved.train.monitor in ("auto", "elbo"):
        return
    if resolved.maybe("classifier") is None:
        reason, remedy = "the spec has no classifier", 'add `[classifier.tau]`, or monitor "elbo"'
    elif not (dataset.labels[split.validation] >= 0).any():
        reason, remedy = "no validation input has a label", 'label some, or monitor "elbo"'
    else:
        return
    message = f'`train.monitor` is "{resolved.train.monitor}", but {reason}'
    fail("E302", message, place=resolved.one("data").place, help=[remedy])


def init_sample(prepared: Prepared) -> Float[Array, "n *x"]:
    """Return evenly spaced training inputs in the model's range, which parts may look at when they are initialised."""
    train, dataset = prepared.split.train, prepared.dataset
    rows = read_rows(dataset, train[evenly_spaced(len(train), _INIT_SAMPLE)])
    return jnp.asarray(to_model_range(rows, prepared.scaling, dataset.maximum))
