"""A trained model as files to publish: `config.json`, `model.safetensors`, and `model.stablehlo` to serve it with.

Nothing in them is pickled. `model.stablehlo` needs JAX and nothing of this project.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import export
from jaxtyping import Array, Num
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from rcmvae_core import lockfile, model
from rcmvae_core.discovery import discover
from rcmvae_core.errors import Diagnostic, RcmvaeError
from rcmvae_core.inference import sizes
from rcmvae_core.inference.inputs import unit
from rcmvae_core.inference.outcome import describe
from rcmvae_core.inference.reference import NAME
from rcmvae_core.inference.states import blank_state, fitted, named
from rcmvae_core.inference.trained import TrainedModel
from rcmvae_core.resolve import ResolvedSpec, resolve, slots
from rcmvae_core.resolved_toml import document, dumps
from rcmvae_core.spec import merge, parse

FORMAT = 1
CONFIG, WEIGHTS, PROGRAM = "config.json", "model.safetensors", "model.stablehlo"
_PLATFORMS = ("cpu", "cuda", "tpu")


def write(trained: TrainedModel, folder: Path) -> None:
    """Write a folder that `load` reads, and a program for other machines.

    Args:
        trained: the model.
        folder: an empty place.

    Raises:
        RcmvaeError: E423 if JAX lacks the package that it writes programs with.
        OSError: if it cannot be written.
    """
    if find_spec("flatbuffers") is None:
        message = "a program for other machines needs the package flatbuffers"
        raise RcmvaeError([Diagnostic("E423", message, help=["pip install flatbuffers"])])
    folder.mkdir()
    arrays = {
        f"seed-{seed}/{name}": np.array(array, order="C")  # safetensors takes memory as it lies
        for seed, state in zip(trained.seeds, trained.states, strict=True)
        for name, array in named(state).items()
    }
    (folder / WEIGHTS).write_bytes(save(arrays))  # `save_file` would let nobody else read it
    (folder / CONFIG).write_text(json.dumps(config(trained), indent=2) + "\n", encoding="utf-8")
    (folder / PROGRAM).write_bytes(program(trained))
    if trained.folder is not None and (trained.folder / NAME).is_file():
        shutil.copyfile(trained.folder / NAME, folder / NAME)


def config(trained: TrainedModel) -> dict[str, Any]:
    """What the weights belong to, as plain values."""
    spec = document(trained.resolved, discover().kinds)
    return {
        "format": FORMAT,
        "name": trained.name,
        "spec": dumps(spec),
        "seeds": list(trained.seeds),
        "model": sizes.as_json(trained.sizes),
        "tau": [tau.tolist() for tau in trained.tau],
        "versions": lockfile.environment(jax.default_backend())["versions"],
        "program": {
            "inputs": [["n", *trained.sizes.context.input_shape], trained.sizes.dtype],
            "outputs": ["probabilities", "responsibilities", "elbo"],
        },
    }


def program(trained: TrainedModel) -> bytes:
    """`inputs [n *x] -> {probabilities [n Y], responsibilities [n K], elbo [n]}`, for any n, with the weights in it.

    Inputs are as stored, in the type of the model's data. Probabilities and ELBO are the mean over the seeds;
    responsibilities are the first one's.
    """

    def one(raw: Num[Array, "*x"]) -> Mapping[str, Array]:
        x = unit(raw[None], trained.sizes)
        told = [describe(trained.model, s, x, None, marginal=trained.marginal) for s in trained.states]
        return {
            "probabilities": jnp.mean(jnp.stack([each.probabilities[0] for each in told]), axis=0),
            "responsibilities": told[0].responsibilities[0],
            "elbo": jnp.mean(jnp.stack([each.elbo[0] for each in told])),
        }

    shape = export.symbolic_shape("n, ...", like=(None, *trained.sizes.context.input_shape))
    # One at a time under vmap: a part may ask for the length of its batch, which here is a symbol and no number.
    given = jax.ShapeDtypeStruct(shape, np.dtype(trained.sizes.dtype))
    return bytes(export.export(jax.jit(jax.vmap(one)), platforms=_PLATFORMS)(given).serialize())


def read(folder: Path, seed: int | None) -> TrainedModel:
    """The trained model of a folder.

    Args:
        folder: that `write` wrote.
        seed: only this one; all of them if it is absent.

    Raises:
        RcmvaeError: E425 if files are missing or damaged, E412 if they do not fit each other.
    """
    try:
        found = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        sizes.require_format(found["format"], FORMAT)
        known, seeds = sizes.from_json(found["model"]), [int(one) for one in found["seeds"]]
        resolved = _resolved(found["spec"])
        arrays = load_file(folder / WEIGHTS)
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        message = f"`{folder}` holds no exported model that can be read: {error}"
        raise RcmvaeError(
            [Diagnostic("E425", message, help=["export it again: rcmvae export RUN -o DIR"])]
        ) from None
    if seed is not None and seed not in seeds:
        help_ = [f"its seeds are {', '.join(map(str, seeds))}"]
        raise RcmvaeError([Diagnostic("E425", f"`{folder}` has no seed {seed}", help=help_)])
    built = model.build(resolved, known.context)
    like, wanted = blank_state(built, known), seeds if seed is None else [seed]
    states = [fitted(folder / WEIGHTS, _of_seed(arrays, one), like) for one in wanted]
    return TrainedModel(resolved, built, tuple(states), tuple(wanted), known, folder)


def _resolved(spec: str) -> ResolvedSpec:
    registry = discover()
    return resolve(merge([parse(spec.encode(), CONFIG)], slots(registry)), registry)


def _of_seed(arrays: Mapping[str, np.ndarray], seed: int) -> dict[str, np.ndarray]:
    start = f"seed-{seed}/"
    return {name.removeprefix(start): array for name, array in arrays.items() if name.startswith(start)}
