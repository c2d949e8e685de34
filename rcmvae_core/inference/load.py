"""Loads the trained model of a run directory or an exported folder, without its data set."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from rcmvae_core.errors import Diagnostic, fail
from rcmvae_core.inference import model_info
from rcmvae_core.inference.edited import EditedFiles
from rcmvae_core.inference.model_info import ModelInfo, check_latent
from rcmvae_core.inference.restore import Warn, blank_state, checkpoint_folder, has_checkpoint, read_state
from rcmvae_core.inference.trained_model import TrainedModel
from rcmvae_core.model.model import build_model
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.plugin.resolved import ResolvedSpec
from rcmvae_core.rundir.saved_run import resolve_run
from rcmvae_core.runtime.printable import printable
from rcmvae_core.training.checkpoints.upgrade import array_upgrade

_MODEL = "model.json"


def load(
    run: Path | str,
    *,
    seed: int | None = None,
    warn: Warn | None = None,
    settings: Sequence[str] = (),
    allow_edited: bool = False,
) -> TrainedModel:
    """Load the trained model of a run, with every seed that has a checkpoint.

    The state of a seed is its best one if the spec has `train.select = "best"`, else its last one.

    Args:
        run: a run directory, or a folder that `rcmvae export` wrote.
        seed: load only this seed; absent, all of them as an ensemble.
        warn: called with a diagnostic for other versions of plugins, a corrupt checkpoint, missing seeds, or a run of
            an older format; absent, Python warnings are issued.
        settings: values of scores, calibrators, acquisitions, projections and figures to change or to add, such as
            `score.NAME={}`.
        allow_edited: use files that were edited since the model was trained or exported, with a warning.

    Returns:
        The model.

    Raises:
        RcmvaeError: E425 if there is no trained model, E412 or E413 if its checkpoints cannot be used, E441 if its spec
            or other files were edited, E442 if its weights are not finite; E204 and others if plugins that the model
            consists of cannot be used.
    """
    folder, warn = Path(run), warn or _python_warning
    if (folder / "config.json").exists():
        from rcmvae_core.inference import export  # noqa: PLC0415 - `jax.export` is slow to import

        return export.read(folder, seed, warn, settings, allow_edited=allow_edited)
    resolved = _read_spec(folder, warn, settings)
    info = _read_info(folder, resolved, warn)
    verify = EditedFiles(folder, info if (folder / _MODEL).exists() else None, warn, allow=allow_edited)
    check_latent(resolved, info, folder / _MODEL)
    model = build_model(resolved, info.context, for_training=False)
    seeds = _seeds_with_checkpoint(folder, resolved.seeds, seed, warn)
    template = blank_state(model, info)
    select, upgrade = resolved.train.select, array_upgrade(resolved)
    read = partial(read_state, template=template, select=select, warn=warn, upgrade=upgrade, verify=verify)
    states = tuple(read(checkpoint_folder(folder, each)) for each in seeds)
    return TrainedModel(resolved, model, states, seeds, info, folder)


def _python_warning(diagnostic: Diagnostic) -> None:
    warnings.warn(printable(f"{diagnostic.code}: {diagnostic.message}"), stacklevel=3)


def _seeds_with_checkpoint(
    folder: Path, seeds: tuple[int, ...], seed: int | None, warn: Warn
) -> tuple[int, ...]:
    """Return the requested seeds that have a checkpoint.

    Args:
        folder: the run directory.
        seeds: the seeds of the spec.
        seed: the only requested seed; None requests all.
        warn: called with a diagnostic if some have none.

    Raises:
        RcmvaeError: E425 if none has one.
    """
    requested = seeds if seed is None else (seed,)
    available = tuple(each for each in requested if has_checkpoint(checkpoint_folder(folder, each)))
    if not available:
        of_seed = "" if seed is None else f" of seed {seed}"
        help_ = [f"its seeds are {', '.join(map(str, seeds))}", "wait for its first checkpoint"]
        fail("E425", f"`{folder}` has no checkpoint{of_seed}", help=help_)
    if len(available) < len(requested):
        missing = ", ".join(str(each) for each in requested if each not in available)
        warn(Diagnostic("W420", f"`{folder}` has no checkpoint of seed {missing}"))
    return available


def _read_spec(folder: Path, warn: Warn, settings: Sequence[str]) -> ResolvedSpec:
    spec = folder / "spec.toml"
    if not spec.is_file():
        problem = "is not a run directory: it has no `spec.toml`" if folder.is_dir() else "does not exist"
        fail("E425", f"`{folder}` {problem}", help=["give a folder that `rcmvae run` wrote"])
    resolved, changes = resolve_run(folder, discover(), "use", settings)
    for diagnostic in changes:
        warn(diagnostic)
    return resolved


def _read_info(folder: Path, resolved: ResolvedSpec, warn: Warn) -> ModelInfo:
    """Read `model.json`, or in its absence build the same from the run's data.

    Args:
        folder: the run directory.
        resolved: its spec.
        warn: called with a diagnostic if the file is missing.

    Returns:
        The sizes of the model and its data.
    """
    path = folder / _MODEL
    if path.exists():
        return model_info.read(path)
    from rcmvae_core.training.setup import prepare  # noqa: PLC0415 - only runs of older formats load their data

    message = f"`{folder}` has no `model.json`: the sizes of its model are taken from its data"
    warn(Diagnostic("W421", message))
    return model_info.build_info(prepare(resolved))
