"""Compiles the programs of an estimator, once for all fits of the same spec and sizes."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any, NamedTuple, cast

import attrs
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.sharding import Mesh
from jaxtyping import Array, Float, Int

from rcmvae_core.data.class_shares import ClassShares, class_shares
from rcmvae_core.data.covariates import require_table
from rcmvae_core.data.dataset import masks_missing
from rcmvae_core.data.sample_weights import weights_of
from rcmvae_core.data.sampling import evenly_spaced
from rcmvae_core.data.scaling import Scaling, fit_scaling
from rcmvae_core.data.split import Split
from rcmvae_core.data.units import fit_units
from rcmvae_core.errors import fail
from rcmvae_core.estimator.feed import draw_streams, repeat_rows
from rcmvae_core.inference.forward_stats import describe
from rcmvae_core.inference.ood import model_scores
from rcmvae_core.model.build import build_part
from rcmvae_core.model.model import Model, build_model
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.plugin.protocols import BuildContext, Dataset, ForwardStats
from rcmvae_core.plugin.resolved import ResolvedSpec
from rcmvae_core.spec.write import document, dumps
from rcmvae_core.training.averaging import make_averaging
from rcmvae_core.training.batches import Feed
from rcmvae_core.training.compiled import Programs
from rcmvae_core.training.epoch import make_epoch
from rcmvae_core.training.learning_rates import with_learning_rates
from rcmvae_core.training.setup import Prepared
from rcmvae_core.training.sharding import DeviceMesh, all_devices
from rcmvae_core.training.state import FAST_COMPILE, TrainState, make_init_state
from rcmvae_core.training.unlocking import copy_channels, make_unlocking

MIN_STEPS = 32
"""Steps of an epoch at least: small data are seen several times."""
_EVALUATED = 256
"""Training inputs that replace validation and test data."""
_FAST_COMPILE_LIMIT = 2**18
"""Steps times the size of an input below which optimised compilation takes longer than it saves."""
_MIN_SAMPLE = 1024
"""Rows of an initialisation sample at least: fewer are repeated, so that one program serves many sizes."""


class EstimatorPrograms(NamedTuple):
    """A model, its optimizer and its compiled programs.

    Args:
        model: the model.
        optimizer: its optimizer.
        forward_stats: `(state, x [B *x]) -> ForwardStats`, compiled.
        training: the programs of training, without a feed.
    """

    model: Model
    optimizer: optax.GradientTransformation
    forward_stats: Callable[..., ForwardStats]
    training: Programs


def prepare_arrays(
    resolved: ResolvedSpec, dataset: Dataset, scaling: Scaling | None = None
) -> tuple[Prepared, EstimatorPrograms]:
    """Prepare a data set of which all inputs train; some of them replace validation and test data.

    Args:
        resolved: the checked spec; its batch may be larger than the data set.
        dataset: inputs in their own units, none of weight 0; its `train` and `test` are ignored.
        scaling: of a model to continue from; None fits one, by `scale` of `[data]` or else to [0, 1].

    Returns:
        Data and model, and the compiled programs.

    Raises:
        RcmvaeError: E302 if missing values are to stay missing; E480 if the spec names covariates: features are encoded
            already.
    """
    if masks_missing(resolved.one("data")):
        message = '`missing = "mask"` of `[data]` is for runs: the estimator fills the missing values of data frames'
        fail("E302", message, help=["leave it out, or train with `rcmvae_core.fit`"])
    require_table(resolved.one("data"), dataset)
    count, table = len(dataset.labels), resolved.train
    everything, labelled = np.arange(count), np.flatnonzero(dataset.labels >= 0)
    evaluated = evenly_spaced(count, _EVALUATED)
    split = Split(everything, evaluated, evaluated, labelled, dataset.labels[labelled], everything[:0])
    latent = resolved.latent
    weights = weights_of(labelled, dataset.sample_weights)
    shares = class_shares(resolved.one("data"), split.given, dataset.class_names, weights)
    # Where no part depends on the shares of classes, fits with other labels share a program.
    shares = shares if "loss.class_shares" in resolved.tokens else ClassShares((), ())
    if scaling is None:
        scaling = _fit_scaling(resolved, dataset, everything)
    # Programs depend on these sizes: with those of a batch, fits of any number of examples share them.
    context = BuildContext(
        input_shape=tuple(dataset.inputs.shape[1:]),
        examples=table.batch_size,
        labelled=table.labelled_batch_size,
        classes=len(dataset.class_names),
        channels=latent.channels,
        dim=latent.dim,
        embedding_dim=latent.embedding_dim,
        layout=latent.layout,
        steps_per_epoch=max(MIN_STEPS, count // table.batch_size),
        epochs=table.epochs,
        label_counts=shares.counts,
        class_prior=shares.prior,
        units=fit_units(resolved, dataset, everything, scaling),
    )
    programs = get_programs(resolved, context)
    prepared = Prepared(
        resolved, dataset, split, programs.model, programs.optimizer, columns=None, scaling=scaling
    )
    return prepared, programs


def _fit_scaling(resolved: ResolvedSpec, dataset: Dataset, indices: Int[np.ndarray, " N"]) -> Scaling | None:
    method = resolved.one("data").keys.scale or "minmax"
    return None if method == "none" else fit_scaling(dataset, indices, method)


def get_programs(resolved: ResolvedSpec, context: BuildContext) -> EstimatorPrograms:
    """Return the programs of a spec and these sizes; equal ones are compiled once per process.

    Args:
        resolved: the checked spec.
        context: the sizes that the model is built with.

    Returns:
        The programs.
    """
    text = dumps(document(resolved, discover().kinds))
    sizes = attrs.astuple(context, recurse=False, filter=lambda field, _: field.name != "parts")
    return _build_programs(_CacheKey(text, sizes, resolved, context))


@attrs.frozen
class _CacheKey:
    """What programs are built from; equal keys share them."""

    text: str
    sizes: tuple[Any, ...]
    resolved: ResolvedSpec = attrs.field(eq=False)
    context: BuildContext = attrs.field(eq=False)


@lru_cache(maxsize=32)
def _build_programs(key: _CacheKey) -> EstimatorPrograms:
    resolved, context, table = key.resolved, key.context, key.resolved.train
    model = build_model(resolved, context)
    optimizer = with_learning_rates(build_part(resolved.one("optimizer"), context), model.learning_rates)
    mesh = all_devices() if table.batch_size % jax.device_count() == 0 else _first_device()
    averaging = make_averaging(table, context)
    epoch = make_epoch(
        model,
        optimizer,
        steps=context.steps_per_epoch,
        batch_size=table.batch_size,
        labelled_batch_size=table.labelled_batch_size,
        mesh=mesh,
        averaging=averaging,
    )
    epoch = epoch._replace(streams=partial(draw_streams, context.steps_per_epoch, table))
    work = context.steps_per_epoch * context.epochs * math.prod(context.input_shape)
    options = FAST_COMPILE if work < _FAST_COMPILE_LIMIT else None
    if options is not None:
        advance = jax.jit(inspect.unwrap(epoch.advance), donate_argnums=0, compiler_options=options)
        epoch = epoch._replace(advance=advance)
    init_state = make_init_state(model, optimizer, averaging)
    rebuild = jax.jit(model.rebuild_classifier, compiler_options=FAST_COMPILE)
    schedules_finished = jax.jit(
        lambda state: model.schedules_finished(state.carry, state.step), compiler_options=FAST_COMPILE
    )
    reads_schedules = table.patience is not None or table.select == "best"

    scores = model_scores(resolved, context)

    def forward_stats(state: TrainState, x: Float[Array, "B *x"]) -> ForwardStats:
        return describe(model, state, x, None, scores)

    training = Programs(
        init_state=lambda rng, sample: init_state(
            rng, jnp.asarray(repeat_rows(np.asarray(sample), _MIN_SAMPLE))
        ),
        rebuild_classifier=lambda carry, q, labels, new: rebuild(
            carry, repeat_rows(q, _MIN_SAMPLE), repeat_rows(labels, _MIN_SAMPLE), new
        ),
        copy_channels=jax.jit(lambda state, source: copy_channels(model, optimizer, state, source)),
        epoch=epoch,
        loss_weights=_no_weights,
        # Where nothing reads the result, a program need not be compiled for it.
        schedules_finished=schedules_finished if reads_schedules else _finished,
        unlocking=make_unlocking(model, optimizer),
        mesh=mesh,
        feed=cast("Feed", None),
    )
    return EstimatorPrograms(model, optimizer, jax.jit(forward_stats, compiler_options=options), training)


def _first_device() -> DeviceMesh:
    return DeviceMesh(Mesh(np.array(jax.devices()[:1]), ("batch",)))


def _no_weights(state: TrainState) -> dict[str, Any]:
    """Return no weights: nothing shows the metrics of an estimator's epochs."""
    del state
    return {}


def _finished(state: TrainState) -> Any:
    del state
    return True
