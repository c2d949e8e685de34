"""From the checkpoints of a seed to the state that training goes on from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from rcmvae_core.errors import Diagnostic, RunError
from rcmvae_core.training import checkpoints
from rcmvae_core.training.checkpoints import FORMAT, Damaged, Named, Record
from rcmvae_core.training.journal import Journal
from rcmvae_core.training.state import TrainState

Warn = Callable[[Diagnostic], None]
_MUST_AGREE = {
    "spec": ("`spec.toml` was changed since", "put it back as it was, or begin a new run with it"),
    "data": (
        "the data are others than those it was trained on",
        "put the data back as they were, or begin a new run",
    ),
}


def latest(
    folder: Path, like: TrainState, facts: Mapping[str, Any], *, steps_per_epoch: int, warn: Warn
) -> tuple[TrainState, Journal] | None:
    """The last whole state of a seed, and its journal; None if nothing was ever saved.

    Args:
        folder: of the seed.
        like: a state of the same shapes.
        facts: what the run depends on now.
        steps_per_epoch: to tell the epoch of a checkpoint that does not say it.
        warn: told of every checkpoint that is damaged, and of other versions or devices.

    Raises:
        RunError: E412 if a checkpoint is of another model, another spec, other data or a newer format;
            E413 if all are damaged.
    """
    if (folder / "_CHECKPOINT_METADATA").is_file():
        return _of_format_1(folder, like, steps_per_epoch)
    damaged: dict[int, str] = {}
    for record in checkpoints.records(folder):
        try:
            _check(folder, record, like, facts)
            arrays = checkpoints.read(folder, record.step, record)
        except Damaged as fault:
            damaged[record.step] = str(fault)
            continue
        _tell(damaged.values(), record, facts, warn)
        for step in damaged:  # of no use, and later than what will be saved next
            checkpoints.remove(folder, step)
        return checkpoints.restored(arrays, like), Journal(**record.journal)
    if damaged:
        help_ = [f"delete `{folder}` to train this seed from its beginning"]
        raise RunError(
            [
                Diagnostic("E413", f"every checkpoint is damaged: {fault}", help=help_)
                for fault in damaged.values()
            ]
        )
    return None


def best(folder: Path, like: TrainState, step: int) -> TrainState:
    """The state of a step that was the best.

    Raises:
        RunError: E413 if it is gone or damaged.
    """
    try:
        record = next(r for r in checkpoints.records(folder) if r.step == step)
        return checkpoints.restored(checkpoints.read(folder, step, record), like)
    except (Damaged, StopIteration) as fault:
        message = f"the best state, of step {step}, cannot be read: {fault or 'it is gone'}"
        help_ = [f"delete `{folder}` to train this seed from its beginning"]
        raise RunError([Diagnostic("E413", message, help=help_)]) from None


def _tell(damaged: Iterable[str], record: Record, facts: Mapping[str, Any], warn: Warn) -> None:
    for fault in damaged:
        warn(Diagnostic("W411", f"a checkpoint is damaged: {fault}; the one of step {record.step} is used"))
    for name, then, now in changes(record.facts, facts):
        warn(Diagnostic("W412", f"{name} was {then} and is {now}: results may differ in their last digits"))


def changes(then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """What numbers depend on besides spec and data, and differs: what, then and now."""
    before, after = (_flat(facts) for facts in (then, now))
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            yield name, before.get(name, "absent"), after.get(name, "absent")


def _flat(facts: Mapping[str, Any]) -> dict[str, str]:
    versions = {str(name): str(value) for name, value in facts.get("versions", {}).items()}
    places = {key: str(facts[key]) for key in ("backend", "devices") if key in facts}
    return {**versions, **{{"devices": "the number of devices"}.get(k, k): v for k, v in places.items()}}


def _check(folder: Path, record: Record, like: TrainState, facts: Mapping[str, Any]) -> None:
    path = checkpoints.target(folder, record.step)
    if record.format == 0:
        raise Damaged(f"`{path}.json` cannot be read")
    if record.format > FORMAT:
        message = f"`{path}` has format {record.format}, and this version knows formats up to {FORMAT}"
        raise RunError([Diagnostic("E412", message, help=["continue with a newer rcmvae"])])
    for fact, (what, remedy) in _MUST_AGREE.items():
        if record.facts.get(fact) != facts.get(fact):
            raise RunError([Diagnostic("E412", f"`{path}` cannot be continued: {what}", help=[remedy])])
    _check_arrays(path, record.arrays, like)


def _check_arrays(path: Path, found: Mapping[str, Any], like: TrainState) -> None:
    expected = checkpoints.describe(checkpoints.named(like))
    wrong = [n for n in sorted(expected.keys() | found.keys()) if expected.get(n) != found.get(n)]
    if wrong:
        name = wrong[0]
        message = (
            f"`{path}` is of another model: {len(wrong)} arrays differ, "
            f"the first `{name}`: {_say(found.get(name))} there, {_say(expected.get(name))} here"
        )
        help_ = ["a plugin may have changed; `run.lock.toml` names the versions that the run began with"]
        raise RunError([Diagnostic("E412", message, help=help_)])


def _say(described: list[Any] | None) -> str:
    return "absent" if described is None else f"{described[0]} of shape {tuple(described[1])}"


def _of_format_1(folder: Path, like: TrainState, steps_per_epoch: int) -> tuple[TrainState, Journal]:
    """Format 1 saved each seed once, at its end, without a record and without a tally."""
    fresh = checkpoints.named(like)
    try:
        found: Named = checkpoints.read_arrays(folder)
    except Damaged as fault:
        help_ = [f"delete `{folder}` to train this seed again"]
        raise RunError([Diagnostic("E413", f"the checkpoint is damaged: {fault}", help=help_)]) from None
    missing = {n: a for n, a in fresh.items() if n not in found and (n.startswith("tally/") or not a.size)}
    arrays = found | missing
    _check_arrays(folder, checkpoints.describe(arrays), like)
    step = int(arrays["step"])
    seed = int(folder.name.removeprefix("seed-"))
    return checkpoints.restored(arrays, like), Journal(seed, epoch=step // steps_per_epoch)
