"""Exports a trained model as `config.json`, `model.toml`, `model.safetensors` and `model.stablehlo`, and loads it again.

No file is pickled. `model.stablehlo` runs with JAX alone, without this project.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

import attrs
import jax
import jax.numpy as jnp
import numpy as np
from jax import export
from jaxtyping import Array, Num
from safetensors import SafetensorError, safe_open
from safetensors.numpy import load_file, save

from rcmvae_core.errors import SpecError, fail
from rcmvae_core.inference import (
    calibration_labels,
    export_config,
    model_info,
    optional_packages,
    training_reference,
)
from rcmvae_core.inference.edited import report_edited
from rcmvae_core.inference.export_config import CONFIG, FORMAT
from rcmvae_core.inference.forward_stats import describe
from rcmvae_core.inference.inputs import to_unit_range
from rcmvae_core.inference.restore import Warn, blank_state, state_from_arrays
from rcmvae_core.inference.trained_model import TrainedModel
from rcmvae_core.model.model import build_model
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.plugin.file_hashes import file_hashes
from rcmvae_core.plugin.resolved import ResolvedSpec
from rcmvae_core.rundir import trained_with
from rcmvae_core.rundir.data_location import locations, with_relative_paths
from rcmvae_core.rundir.saved_run import changes, needed_parts
from rcmvae_core.rundir.trained_with import TrainedWith
from rcmvae_core.runtime.environment import environment
from rcmvae_core.runtime.records import RecordError, require_file, require_small_file
from rcmvae_core.spec.resolve import resolve_file, resolve_text
from rcmvae_core.spec.saved import Saved
from rcmvae_core.spec.write import document, dumps
from rcmvae_core.training.checkpoints.state_arrays import leaves_by_path
from rcmvae_core.training.checkpoints.upgrade import array_upgrade
from rcmvae_core.training.state import TrainState

SPEC, WEIGHTS, PROGRAM = "model.toml", "model.safetensors", "model.stablehlo"
_HEADER, _HEADER_PER_ARRAY = 2**16, 2**12
"""Bytes of a header, and of its part for one array, at most."""
_SERVING, _DATA = Saved({}, "use"), "data"
_PLATFORMS = ("cpu", "cuda", "tpu")


def write(trained: TrainedModel, folder: Path) -> None:
    """Write a folder that `load` reads, with a program that runs without this project.

    Args:
        trained: the model.
        folder: a path that does not exist yet.

    Raises:
        RcmvaeError: E423 if flatbuffers, which JAX serialises programs with, is not installed.
        OSError: if it cannot be written.
    """
    if not optional_packages.has_flatbuffers():
        message = "exporting a program needs the package flatbuffers"
        fail("E423", message, help=["pip install flatbuffers"])
    folder.mkdir()
    (folder / WEIGHTS).write_bytes(
        save(exported_arrays(trained))
    )  # `save_file` would make it readable by its owner only
    (folder / SPEC).write_text(_spec(trained), encoding="utf-8")
    (folder / PROGRAM).write_bytes(serialize_program(trained))
    for name in (training_reference.NAME, calibration_labels.NAME):
        if trained.folder is not None and (trained.folder / name).is_file():
            shutil.copyfile(trained.folder / name, folder / name)
    names = sorted(path.name for path in folder.iterdir())
    (folder / CONFIG).write_text(export_config.dumps(as_config(trained), folder, names), encoding="utf-8")


def exported_arrays(trained: TrainedModel) -> dict[str, np.ndarray]:
    """Return the arrays of every seed, by path."""
    return {
        f"seed-{seed}/{name}": np.array(array, order="C")  # safetensors ignores strides
        for seed, state in zip(trained.seeds, trained.states, strict=True)
        for name, array in leaves_by_path(state.for_prediction()).items()
    }


def as_config(trained: TrainedModel) -> dict[str, Any]:
    """Return the content of `config.json`: everything but the spec and the weights, as plain values."""
    parts = list(needed_parts(trained.resolved, discover(), _SERVING))
    read_by = trained.resolved.if_available(_DATA)
    data = () if read_by is None else read_by.every()
    hashes = file_hashes({part.registered.distribution.name for part in parts})
    return {
        "format": FORMAT,
        "name": trained.name,
        "seeds": list(trained.seeds),
        "model": model_info.as_json(trained.info),
        "tau": [tau.tolist() for tau in trained.tau],
        "versions": environment(jax.default_backend())["versions"],
        "plugins": trained_with.as_json([*parts, *data], hashes),
        "program": {
            "inputs": [["n", *trained.info.context.input_shape], str(_input_dtype(trained))],
            **({} if trained.info.columns is None else {"features": list(trained.info.columns.features)}),
            "outputs": ["probabilities", "responsibilities", "elbo"],
        },
    }


def _spec(trained: TrainedModel) -> str:
    """Return the content of `model.toml`: what serving needs of the spec, and how inputs are read."""
    registry = discover()
    served = {
        name: kind
        for name, kind in registry.kinds.items()
        if name == _DATA or _SERVING.needs(kind) or _SERVING.reports(name)
    }
    resolved = trained.resolved
    # An export is for others: it says no more about this machine than the spec.
    for folder in () if trained.folder is None else locations(trained.folder):
        resolved = with_relative_paths(resolved, folder)
    parts = {name: parts for name, parts in resolved.parts.items() if name in served}
    return dumps(document(attrs.evolve(resolved, parts=parts), registry.kinds))


def serialize_program(trained: TrainedModel) -> bytes:
    """Serialise `inputs [n *x] -> {probabilities [n Y], responsibilities [n K], elbo [n]}` for any n, with its weights.

    Inputs are in the units of the training data, and of their type, or float32 for float64. Probabilities and ELBO are the mean over the seeds;
    responsibilities are those of the first seed.

    Returns:
        StableHLO bytes, which `jax.export.deserialize` reads.
    """

    def forward(raw: Num[Array, "*x"]) -> Mapping[str, Array]:
        x = to_unit_range(raw[None], trained.info)
        stats = [describe(trained.model, s, x, None) for s in trained.states]
        return {
            "probabilities": jnp.mean(jnp.stack([each.probabilities[0] for each in stats]), axis=0),
            "responsibilities": stats[0].responsibilities[0],
            "elbo": jnp.mean(jnp.stack([each.elbo[0] for each in stats])),
        }

    shape = export.symbolic_shape("n, ...", like=(None, *trained.info.context.input_shape))
    # One input at a time under vmap: a plugin may read the length of its batch, which here is symbolic.
    inputs = jax.ShapeDtypeStruct(shape, _input_dtype(trained))
    return bytes(export.export(jax.jit(jax.vmap(forward)), platforms=_PLATFORMS)(inputs).serialize())


def _input_dtype(trained: TrainedModel) -> np.dtype[Any]:
    """Return the type of the program's inputs; JAX has no float64 unless a process asks for it."""
    stored = np.dtype(trained.info.dtype)
    return np.dtype(np.float32) if stored == np.float64 else stored


def read(
    folder: Path,
    seed: int | None,
    warn: Warn,
    settings: Sequence[str] = (),
    *,
    allow_edited: bool = False,
) -> TrainedModel:
    """Load the trained model of an exported folder.

    Args:
        folder: a folder that `write` wrote.
        seed: load only this seed; None loads all of them.
        warn: called with a diagnostic for other versions of plugins.
        settings: as of `rcmvae_core.inference.load.load`.
        allow_edited: as of `rcmvae_core.inference.load.load`.

    Returns:
        The model.

    Raises:
        RcmvaeError: E425 if files are missing or corrupt, E412 if they do not belong together, E441 if they were edited,
            E442 if weights are not finite; E204 and others if plugins that the model consists of cannot be used.
    """
    try:
        config = export_config.read(folder)
    except RecordError as error:
        _fail_unreadable(folder, f"`{CONFIG}`: {error}")
    info, all_seeds = config.info, config.seeds
    resolved = _resolve(folder, config.spec, settings, config.trained_with, warn)
    model_info.check_latent(resolved, info, folder / CONFIG)
    if seed is not None and seed not in all_seeds:
        help_ = [f"its seeds are {', '.join(map(str, all_seeds))}"]
        fail("E425", f"`{folder}` has no seed {seed}", help=help_)
    model = build_model(resolved, info.context, for_training=False)
    template, seeds = blank_state(model, info), tuple(all_seeds if seed is None else [seed])
    upgrade = array_upgrade(resolved)
    most = None if upgrade.parts else len(all_seeds) * _size(template)
    try:
        require_arrays(folder / WEIGHTS, most)
        edited = export_config.edited_files(folder, config)
        report_edited(folder, edited, warn, allow=allow_edited)
        arrays = load_file(folder / WEIGHTS)
    except (RecordError, OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        _fail_unreadable(folder, f"`{WEIGHTS}`: {error}")
    states = tuple(
        state_from_arrays(folder / WEIGHTS, upgrade(_of_seed(arrays, each), {}), template) for each in seeds
    )
    return TrainedModel(resolved, model, states, seeds, info, folder)


def _fail_unreadable(folder: Path, reason: str) -> NoReturn:
    message = f"the exported model in `{folder}` cannot be read: {reason}"
    fail("E425", message, help=["export it again: rcmvae export RUN -o DIR"])


def _size(template: TrainState) -> int:
    """Return the bytes of the arrays of a state."""
    leaves = leaves_by_path(template).values()
    return sum(np.dtype(leaf.dtype).itemsize * math.prod(leaf.shape) for leaf in leaves)


def require_arrays(path: Path, most: int | None) -> None:
    """Check the header of a safetensors file before anything that it describes is read.

    Args:
        path: the file.
        most: the bytes of the arrays that the model needs; None if that is not known.

    Raises:
        RecordError: if the file is larger than that and its header.
        SafetensorError: if the header is corrupt, or describes more than the file has.
    """
    size = require_file(path)
    with safe_open(path, "numpy") as file:
        names = list(file.keys())
    if most is not None and size > most + _HEADER + _HEADER_PER_ARRAY * len(names):
        raise RecordError(f"it has {size} bytes, and the arrays of the model {most}")


def _resolve(
    folder: Path, spec: str | None, settings: Sequence[str], origin: TrainedWith, warn: Warn
) -> ResolvedSpec:
    """Resolve the spec of an exported model.

    Args:
        folder: the exported folder.
        spec: the spec of an export of format 1.
        settings: `--set` arguments.
        origin: what the model was trained with.
        warn: called with a diagnostic for other versions of plugins.
    """
    registry, saved = discover(), Saved(origin.distributions, "use")
    if spec is None:
        try:
            require_small_file(folder / SPEC)
        except RecordError as error:
            _fail_unreadable(folder, f"`{SPEC}`: {error}")
        resolved = resolve_file(folder / SPEC, settings, registry, saved=saved)
    else:
        try:
            resolved = resolve_text(spec, CONFIG, registry, settings, saved=saved)
        except SpecError as error:  # a line of the spec is not a line of `config.json`
            raise SpecError(attrs.evolve(each, place=None) for each in error.diagnostics) from None
    for diagnostic in changes(resolved, registry, saved, origin):
        warn(diagnostic)
    return resolved


def _of_seed(arrays: Mapping[str, np.ndarray], seed: int) -> dict[str, np.ndarray]:
    prefix = f"seed-{seed}/"
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
