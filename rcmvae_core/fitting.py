"""A spec and data to a trained model, in one call: with a run directory, or without one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import attrs
import jax
import jax.numpy as jnp
import numpy as np
import tomli_w

from rcmvae_core.data import stratified_split
from rcmvae_core.discovery import discover
from rcmvae_core.errors import Diagnostic, RcmvaeError
from rcmvae_core.inference.reference import refer
from rcmvae_core.inference.sizes import sizes_of
from rcmvae_core.inference.trained import TrainedModel
from rcmvae_core.protocols import Dataset
from rcmvae_core.registry import Registry
from rcmvae_core.resolve import ResolvedSpec, resolve, slots
from rcmvae_core.spec import Node, load, merge, parse, parse_setting
from rcmvae_core.training.journal import Journal
from rcmvae_core.training.loop import Task, Trained, train
from rcmvae_core.training.prepare import Prepared, prepare
from rcmvae_core.training.programs import Programs, compile_programs
from rcmvae_core.training.state import TrainState

if TYPE_CHECKING:
    from rcmvae_core.events import Event
    from rcmvae_core.training.keeper import Keeper

Spec = Path | str | Mapping[str, Any]
_IMAGE_AXES, _BYTE = 4, 255


def quiet(event: Event) -> None:
    """Say nothing."""
    del event


def fit(
    spec: Spec,
    inputs: Any = None,
    labels: Any = None,
    *,
    settings: Iterable[str] = (),
    out: Path | str | None = None,
    listen: Callable[[Event], None] = quiet,
) -> TrainedModel:
    """Train what a spec describes.

    Args:
        spec: a file, the text of one, or nested dicts that say the same.
        inputs: a `Dataset`, or an array of images [N H W C] or features [N F], in [0, 1] or of whole numbers up to
            255; they stand in for the data of the spec. Absent, the spec's own are loaded.
        labels: the class of each input, -1 where unknown; a tenth of all inputs is kept to judge by.
        settings: `--set` arguments, such as `train.epochs=5`.
        out: the run directory; absent, nothing is written.
        listen: told of every event, such as an epoch's metrics.

    Returns:
        The model, of every seed of the spec.

    Raises:
        RcmvaeError: whatever is wrong with the spec, the data or the numbers.
    """
    registry = discover()
    dataset = None if inputs is None else as_dataset(inputs, labels)
    resolved = resolve_spec(spec, registry, settings, dataset)
    if out is not None:
        return _run(resolved, registry, Path(out), dataset, listen)
    return in_memory(prepare(resolved, dataset), listen)


def in_memory(prepared: Prepared, listen: Callable[[Event], None]) -> TrainedModel:
    """Train every seed, and write nothing."""
    seeds, programs = prepared.resolved.seeds, compile_programs(prepared)
    states = tuple(train_one(prepared, programs, seed, listen=listen).state for seed in seeds)
    trained = TrainedModel(prepared.resolved, prepared.model, states, seeds, sizes_of(prepared))
    return attrs.evolve(trained, training=refer(trained, prepared))


def train_one(
    prepared: Prepared,
    programs: Programs,
    seed: int,
    *,
    begin: TrainState | None = None,
    listen: Callable[[Event], None] = quiet,
) -> Trained:
    """Train one seed, and write nothing.

    Args:
        prepared: data, model and optimizer.
        programs: the compiled functions.
        seed: the only source of randomness.
        begin: a state to go on from, at the end of an epoch.
        listen: told of every event.
    """
    begun, memory = None if begin is None else (begin, Journal(seed)), _Memory()
    task = Task(seed, begun)
    if prepared.resolved.train.select == "best":
        task = task._replace(keeper=cast("Keeper", memory), best=memory.best)
    (trained,) = train(prepared, programs, [task], listen)
    return trained


class _Memory:
    """Keeps the best state as a `Keeper` does, but in memory, and no other."""

    def __init__(self) -> None:
        self._best: TrainState | None = None

    def due(self) -> bool:
        """Never."""
        return False

    def save(self, state: TrainState, journal: Journal, *, wait: bool = False) -> None:
        """Nothing is saved."""

    def hold(self, state: TrainState, journal: Journal) -> None:
        """Copy the best state, for the next step takes its memory."""
        del journal
        self._best = jax.tree.map(jnp.copy, state)

    def best(self, step: int) -> TrainState:
        """The state that was held."""
        del step
        return cast("TrainState", self._best)


def _run(
    resolved: ResolvedSpec,
    registry: Registry,
    out: Path,
    dataset: Dataset | None,
    listen: Callable[[Event], None],
) -> TrainedModel:
    from rcmvae_core.experiment import Request, run  # noqa: PLC0415
    from rcmvae_core.inference.load import load as load_run  # noqa: PLC0415

    run(Request(resolved, registry, out, dataset), listen)
    return load_run(out)


def resolve_spec(
    spec: Spec, registry: Registry, settings: Iterable[str] = (), dataset: Dataset | None = None
) -> ResolvedSpec:
    """Check a spec.

    Args:
        spec: a file, a text or nested dicts.
        registry: what it is checked against.
        settings: `--set` arguments.
        dataset: what stands in for the data that it names.

    Raises:
        SpecError: with every fault.
    """
    layers = [*_layers(spec), *map(parse_setting, settings)]
    if dataset is not None:
        form = "image" if len(dataset.inputs.shape) == _IMAGE_AXES else "features"
        labelled = bool((dataset.labels >= 0).any())
        layers.append(from_dict({"data": {"arrays": {"form": form, "labelled": labelled}}}))
    name = "fit" if isinstance(spec, Mapping) or _is_text(spec) else Path(spec).stem
    return resolve(merge(layers, slots(registry)), registry, default_name=name)


def from_dict(tables: Mapping[str, Any]) -> Node:
    """Nested dicts as the spec that says the same."""
    return parse(tomli_w.dumps(tables).encode(), "the spec")


def _layers(spec: Spec) -> list[Node]:
    if isinstance(spec, Mapping):
        return [from_dict(spec)]
    if _is_text(spec):
        return [parse(str(spec).encode(), "the spec")]
    return load(Path(spec))


def _is_text(spec: Path | str) -> bool:
    """A text of a spec has a line with a table or a value; a path has no line."""
    return isinstance(spec, str) and any(sign in spec for sign in "\n=[")


def as_dataset(inputs: Any, labels: Any = None, test_fraction: float = 0.1) -> Dataset:
    """Arrays as a data set, some of which judge.

    Args:
        inputs: a `Dataset`, which stays as it is, or an array [N *x].
        labels: whole numbers, -1 where unknown, or names of any kind, None where unknown.
        test_fraction: the share that judges.
    """
    if isinstance(inputs, Dataset):
        return inputs
    from rcmvae_core.estimating.targets import Targets, encode  # noqa: PLC0415

    x = np.asarray(inputs)
    if x.dtype.kind in "iub":
        x = _bytes(x)
    nothing = Targets(np.zeros(0, np.int64), np.full(len(x), -1, np.int32))
    classes, codes = nothing if labels is None else encode(labels, -1)
    rest, test = stratified_split(codes, test_fraction, 0)
    names = tuple(str(name) for name in classes)
    return Dataset(x, codes, rest, test, names, 255.0 if x.dtype == np.uint8 else 1.0)


def _bytes(x: np.ndarray) -> np.ndarray:
    if x.size and not (x.min() >= 0 and x.max() <= _BYTE):
        message = f"inputs are integers in [{x.min()}, {x.max()}], not in [0, {_BYTE}]"
        raise RcmvaeError([Diagnostic("E307", message, help=["scale them to floats in [0, 1]"])])
    return x.astype(np.uint8)
