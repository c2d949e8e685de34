"""From a run directory to its trained model; the data set is not touched."""

from __future__ import annotations

import warnings
from functools import partial
from pathlib import Path

from rcmvae_core import model
from rcmvae_core.discovery import discover
from rcmvae_core.errors import Diagnostic, RcmvaeError
from rcmvae_core.inference import sizes
from rcmvae_core.inference.sizes import Sizes
from rcmvae_core.inference.states import Warn, blank_state, checkpoints_of, has_checkpoint, read_state
from rcmvae_core.inference.trained import TrainedModel
from rcmvae_core.resolve import ResolvedSpec, resolve, slots
from rcmvae_core.spec import compose


def load(run: Path | str, *, seed: int | None = None, warn: Warn | None = None) -> TrainedModel:
    """The trained model of a run, of every seed that has a checkpoint.

    A seed's state is its run's result: the best if `train.select` asks for that, else the last.

    Args:
        run: a run directory, or a folder that `export` wrote.
        seed: only this one; all of them, as an ensemble, if it is absent.
        warn: told of a damaged checkpoint, of seeds that are missing, and of a run of an older format; a Python
            warning if it is absent.

    Raises:
        RcmvaeError: E425 if there is no trained model, E412 or E413 if its checkpoints cannot be used.
    """
    folder, warn = Path(run), warn or _warn
    if (folder / "config.json").is_file():
        from rcmvae_core.inference import exported  # noqa: PLC0415

        return exported.read(folder, seed)
    resolved = _spec(folder)
    known = _sizes(folder, resolved, warn)
    built = model.build(resolved, known.context)
    like = blank_state(built, known)
    wanted = resolved.seeds if seed is None else (seed,)
    there = [one for one in wanted if has_checkpoint(checkpoints_of(folder, one))]
    if not there:
        named = "" if seed is None else f" of seed {seed}"
        help_ = [f"its seeds are {', '.join(map(str, resolved.seeds))}", "wait for its first checkpoint"]
        raise _nothing(f"`{folder}` has no checkpoint{named}", *help_)
    if len(there) < len(wanted):
        missing = [str(one) for one in wanted if one not in there]
        warn(Diagnostic("W420", f"`{folder}` has no checkpoint of seed {', '.join(missing)}"))
    read = partial(read_state, like=like, select=resolved.train.select, warn=warn)
    states = [read(checkpoints_of(folder, one)) for one in there]
    return TrainedModel(resolved, built, tuple(states), tuple(there), known, folder)


def _warn(diagnostic: Diagnostic) -> None:
    warnings.warn(f"{diagnostic.code}: {diagnostic.message}", stacklevel=3)


def _nothing(message: str, *help_: str) -> RcmvaeError:
    return RcmvaeError([Diagnostic("E425", message, help=help_)])


def _spec(folder: Path) -> ResolvedSpec:
    spec = folder / "spec.toml"
    if not spec.is_file():
        what = "is not a run directory: it has no `spec.toml`" if folder.is_dir() else "is not there"
        raise _nothing(f"`{folder}` {what}", "name the folder that `rcmvae run` wrote")
    registry = discover()
    return resolve(compose(spec, (), slots(registry)), registry, default_name=folder.name)


def _sizes(folder: Path, resolved: ResolvedSpec, warn: Warn) -> Sizes:
    path = folder / "model.json"
    if path.is_file():
        return sizes.read(path)
    from rcmvae_core.training.prepare import prepare  # noqa: PLC0415

    warn(
        Diagnostic("W421", f"`{folder}` has no `model.json`: the sizes of its model are taken from its data")
    )
    return sizes.sizes_of(prepare(resolved))
