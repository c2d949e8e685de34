"""Trains a model from a spec and data in one call, with a run directory or without one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from rcmvae_core.experiment.array_dataset import as_dataset
from rcmvae_core.experiment.events import Event, ignore_event
from rcmvae_core.experiment.in_memory import train_in_memory
from rcmvae_core.experiment.request import RunRequest
from rcmvae_core.experiment.spec_input import Spec, resolve_spec
from rcmvae_core.inference.trained_model import TrainedModel
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.training.setup import prepare


def fit(
    spec: Spec,
    inputs: Any = None,
    labels: Any = None,
    *,
    settings: Iterable[str] = (),
    out: Path | str | None = None,
    listen: Callable[[Event], None] = ignore_event,
) -> TrainedModel:
    """Train what a spec describes.

    Args:
        spec: a file, its content as a string, or the same as nested dicts.
        inputs: a `Dataset`, features [N F], images [N H W] or [N H W C], or a data frame; they replace the data of the
            spec. None loads the data of the spec.
        labels: the class of each input, -1 or None where unknown; a tenth of the inputs become test data.
        settings: `--set` arguments, such as `train.epochs=5`.
        out: the run directory; None writes nothing.
        listen: called with every event, such as the metrics of an epoch.

    Returns:
        The model, with every seed of the spec.

    Raises:
        RcmvaeError: for every error of the spec, and for errors of the data or the numbers.
    """
    registry = discover()
    dataset = None if inputs is None else as_dataset(inputs, labels)
    resolved = resolve_spec(spec, registry, settings, dataset)
    if out is None:
        return train_in_memory(prepare(resolved, dataset), listen)
    # These import Matplotlib, TensorBoard and Orbax, which a model in memory does not need.
    from rcmvae_core.experiment.run import run  # noqa: PLC0415
    from rcmvae_core.inference.load import load  # noqa: PLC0415

    run(RunRequest(resolved, registry, Path(out), dataset), listen)
    return load(Path(out))
