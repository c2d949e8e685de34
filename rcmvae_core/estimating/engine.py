"""The programs of an estimator: made once for fits of the same sizes, and fed with everything it is given."""

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
from jaxtyping import Array, Float, Int, Key

from rcmvae_core import model
from rcmvae_core.discovery import discover
from rcmvae_core.inference.inputs import batches
from rcmvae_core.inference.outcome import describe, join
from rcmvae_core.inference.sizes import Sizes, sizes_of
from rcmvae_core.model import Model
from rcmvae_core.protocols import Context, Dataset, Outcome
from rcmvae_core.resolve import ResolvedSpec
from rcmvae_core.resolved_toml import document, dumps
from rcmvae_core.tables import TrainTable
from rcmvae_core.training.channels import make_unlocking
from rcmvae_core.training.epoch import Streams, make_epoch
from rcmvae_core.training.evaluate import Held, Pictures
from rcmvae_core.training.feed import Data, DeviceFeed, Feed, visible
from rcmvae_core.training.placement import Placement, everywhere
from rcmvae_core.training.prepare import Prepared
from rcmvae_core.training.programs import Programs
from rcmvae_core.training.rates import with_learning_rates
from rcmvae_core.training.split import Split
from rcmvae_core.training.state import QUICKLY, TrainState, make_create

STEPS = 32
"""Steps of an epoch at least: few data are shown several times."""
_JUDGED = 256
"""Training inputs that stand in for validation and test data."""
_SMALL = 2**18
"""Steps times the size of an input below which compiling well takes longer than it saves."""
_SAMPLE, _ROWS = 1024, 512
"""Rows of a sample, and of all inputs, at least: fewer are repeated, so that a program serves many sizes."""


class Engine(NamedTuple):
    """A model, its optimizer, and its compiled programs, whose feed is missing."""

    model: Model
    optimizer: optax.GradientTransformation
    outcome: Callable[..., Outcome]
    programs: Programs


def prepared_for(resolved: ResolvedSpec, dataset: Dataset) -> tuple[Prepared, Engine]:
    """Data of which everything trains, and the model; training inputs stand in for validation and test data.

    Args:
        resolved: the checked spec; a batch may be larger than the data are.
        dataset: inputs in [0, 1]; its `test` is ignored.
    """
    count, table = len(dataset.labels), resolved.train
    everyone, labelled = np.arange(count), np.flatnonzero(dataset.labels >= 0)
    judged = np.unique(np.linspace(0, count - 1, min(count, _JUDGED)).astype(np.int64))
    who = Split(everyone, judged, judged, labelled, dataset.labels[labelled], everyone[:0])
    latent = resolved.latent
    # Programs hold these sizes: with those of a batch, fits of any number of examples share them.
    context = Context(
        input_shape=tuple(dataset.inputs.shape[1:]),
        examples=table.batch_size,
        labelled=table.labelled_batch_size,
        classes=len(dataset.class_names),
        channels=latent.channels,
        dim=latent.dim,
        embedding_dim=latent.embedding_dim,
        layout=latent.layout,
        steps_per_epoch=max(STEPS, count // table.batch_size),
        epochs=table.epochs,
    )
    engine = engine_of(resolved, context)
    return Prepared(resolved, dataset, who, engine.model, engine.optimizer), engine


def engine_of(resolved: ResolvedSpec, context: Context) -> Engine:
    """The programs of a spec and of these sizes, made once."""
    text = dumps(document(resolved, discover().kinds))
    sizes = attrs.astuple(context, recurse=False, filter=lambda field, _: field.name != "parts")
    return _engine(_Wanted(text, sizes, resolved, context))


@attrs.frozen
class _Wanted:
    """What programs are made from; two that are equal share them."""

    text: str
    sizes: tuple[Any, ...]
    resolved: ResolvedSpec = attrs.field(eq=False)
    context: Context = attrs.field(eq=False)


@lru_cache(maxsize=32)
def _engine(wanted: _Wanted) -> Engine:
    resolved, context, table = wanted.resolved, wanted.context, wanted.resolved.train
    built = model.build(resolved, context)
    optimizer = with_learning_rates(
        model.instantiate(resolved.one("optimizer"), context), built.learning_rates
    )
    placement = everywhere() if table.batch_size % jax.device_count() == 0 else _first()
    epoch = make_epoch(
        built,
        optimizer,
        steps=context.steps_per_epoch,
        batch_size=table.batch_size,
        labelled_batch_size=table.labelled_batch_size,
        placement=placement,
    )
    epoch = epoch._replace(streams=partial(streams, context.steps_per_epoch, table))
    quick = context.steps_per_epoch * context.epochs * math.prod(context.input_shape) < _SMALL
    if quick:
        advance = jax.jit(inspect.unwrap(epoch.advance), donate_argnums=0, compiler_options=QUICKLY)
        epoch = epoch._replace(advance=advance)
    create, again = make_create(built, optimizer), jax.jit(built.relabel, compiler_options=QUICKLY)

    def outcome(state: TrainState, x: Float[Array, "B *x"]) -> Outcome:
        return describe(built, state, x, None, marginal="prior.marginal" in resolved.tokens)

    programs = Programs(
        create=lambda key, sample: create(key, jnp.asarray(_at_least(_SAMPLE, np.asarray(sample)))),
        relabel=lambda carry, q, labels, new: again(
            carry, _at_least(_SAMPLE, q), _at_least(_SAMPLE, labels), new
        ),
        epoch=epoch,
        picture=partial(_no_picture, context),
        rested=jax.jit(lambda state: built.settled(state.carry, state.step), compiler_options=QUICKLY)
        if table.patience is not None or table.select == "best"
        else _rested,  # only they ask
        unlocking=make_unlocking(built, optimizer),
        placement=placement,
        feed=cast("Feed", None),
    )
    options = QUICKLY if quick else None
    return Engine(built, optimizer, jax.jit(outcome, compiler_options=options), programs)


def streams(  # noqa: PLR0917 - as `Epoch.streams`, with two that are bound
    steps: int,
    table: TrainTable,
    key: Key[Array, ""],
    step: np.integer[Any],
    train: Int[Array, " T"],
    labelled: Int[Array, " L"],
) -> Streams:
    """Who is seen in the epoch that begins at a step, as `training.epoch` has it, but drawn without compiling."""
    seed = [*np.asarray(jax.random.key_data(key)).ravel().tolist(), int(step)]
    rng = np.random.default_rng(seed)

    def stream(indices: Int[Array, " n"], batch: int) -> Int[Array, "steps batch"]:
        passes = -(-steps * batch // len(indices))
        drawn = rng.permuted(np.tile(np.asarray(indices), (passes, 1)), axis=1)
        return jnp.asarray(drawn.reshape(-1)[: steps * batch].reshape(steps, batch))

    return Streams(stream(train, table.batch_size), stream(labelled, table.labelled_batch_size))


def _at_least(rows: int, array: np.ndarray) -> np.ndarray:
    """An array that is repeated until it has as many rows."""
    return array if len(array) >= rows else np.resize(array, (rows, *array.shape[1:]))


def _first() -> Placement:
    return Placement(Mesh(np.array(jax.devices()[:1]), ("batch",)))


def _rested(state: TrainState) -> Any:
    del state
    return True


def _no_picture(context: Context, state: TrainState, shown: Any) -> Pictures:
    """An estimator has no report."""
    del state
    samples = np.zeros((context.channels, 0, *context.input_shape), np.float32)
    tau, log_pi = np.zeros((context.channels, context.classes)), np.zeros(context.channels)
    return Pictures(*cast("Any", (shown, shown, samples, tau, log_pi)))


class WholeFeed(DeviceFeed):
    """Trains from the device; what is judged takes the program of prediction, and so needs no other."""

    def __init__(self, prepared: Prepared, engine: Engine) -> None:
        self._prepared, self._outcome, programs = prepared, engine.outcome, engine.programs
        data, labels = prepared.dataset, visible(prepared.dataset, prepared.split)
        size = max(_ROWS, 2 ** math.ceil(math.log2(len(labels))))
        super().__init__(
            Data(
                dataset=data._replace(inputs=_at_least(size, cast("np.ndarray", data.inputs))),
                split=prepared.split,
                labels=_at_least(size, labels),
                placement=programs.placement,
                epoch=programs.epoch,
                describe=self.judge,  # never asked: see below
                steps=prepared.context.steps_per_epoch,
            )
        )

    def judge(self, state: TrainState, indices: Int[np.ndarray, " n"]) -> Held:
        """By index."""
        told = outcome(self._outcome, state, self.shown(indices), sizes_of(self._prepared))
        said = {name: value for name, value in told._asdict().items() if name in Held._fields}
        return Held(**cast("Any", {"at_bound": np.zeros(len(indices)), **said}))

    def shown(self, indices: Int[np.ndarray, " n"]) -> Any:
        """By index."""
        return self._prepared.dataset.inputs[indices]


def outcome(
    program: Callable[..., Outcome], state: TrainState, inputs: Float[np.ndarray, "N *x"], sizes: Sizes
) -> Outcome:
    """What a state says of inputs in [0, 1], in as many batches as it takes."""
    parts = list(batches(inputs, sizes))
    told = jax.device_get([program(state, some.x) for some in parts])
    return join(
        [jax.tree.map(lambda a, n=some.size: a[:n], each) for some, each in zip(parts, told, strict=True)]
    )
