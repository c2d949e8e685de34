"""Checks that a checkpoint belongs to the model, the spec and the data at hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from rcmvae_core.errors import Diagnostic, RunError, fail
from rcmvae_core.training.checkpoints.state_arrays import Descriptions

_MUST_AGREE = {
    "spec": (
        "`spec.toml` was changed since",
        "restore it, or begin a new run with it; to train on with it as it is: --allow-edited",
    ),
    "model": (
        "`model.json` was changed since",
        "restore it; to train on with it as it is: --allow-edited",
    ),
    "data": (
        "the data differ from those it was trained on",
        "restore the data, or begin a new run with them",
    ),
}
_FILES = ("spec", "model")
"""Those that are files of the run directory."""
_PLUGIN_HELP = "a plugin may have changed; `run.lock.toml` lists the versions that the run began with"


def mismatches(actual: Descriptions, expected: Descriptions) -> list[str]:
    """Return the names of arrays that differ in data type or shape, or that only one side has, sorted."""
    names = sorted(actual.keys() | expected.keys())
    return [name for name in names if actual.get(name) != expected.get(name)]


def check_arrays(path: Path, actual: Descriptions, expected: Descriptions, help_: str = _PLUGIN_HELP) -> None:
    """Raise if a checkpoint has other arrays than a model.

    Args:
        path: of the checkpoint.
        actual: its arrays.
        expected: those of the model.
        help_: what to do.

    Raises:
        RunError: E412, which names the first array that differs.
    """
    names = mismatches(actual, expected)
    if names:
        first = names[0]
        difference = f"{_type_and_shape(actual.get(first))}, expected {_type_and_shape(expected.get(first))}"
        message = (
            f"`{path}` is of another model: {len(names)} arrays differ, the first `{first}`: {difference}"
        )
        fail("E412", message, help=[help_], error=RunError)


def check_facts(
    path: Path,
    saved: Mapping[str, Any],
    current: Mapping[str, Any],
    *,
    edited: Callable[[Diagnostic], None] | None = None,
) -> None:
    """Raise if a checkpoint is of another spec or of other data.

    Args:
        path: of the checkpoint.
        saved: the facts in its record.
        current: the facts of this run.
        edited: called with W440 for an edited file of the run; None raises.

    Raises:
        RunError: E412.
    """
    for fact, (reason, remedy) in _MUST_AGREE.items():
        if fact == "model" and fact not in saved:  # of an earlier version
            continue
        if saved.get(fact) != current.get(fact):
            if edited is not None and fact in _FILES:
                edited(Diagnostic("W440", f"`{path}` is resumed although {reason}"))
                continue
            fail("E412", f"`{path}` cannot be resumed: {reason}", help=[remedy], error=RunError)


def changed_facts(saved: Mapping[str, Any], current: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield every version or device that differs and may change the last digits: its name, then and now."""
    before, after = (_versions_and_devices(facts) for facts in (saved, current))
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            yield name, before.get(name, "absent"), after.get(name, "absent")


def _versions_and_devices(facts: Mapping[str, Any]) -> dict[str, str]:
    names = {"backend": "backend", "devices": "the number of devices"}
    versions = {str(name): str(value) for name, value in facts.get("versions", {}).items()}
    return versions | {name: str(facts[key]) for key, name in names.items() if key in facts}


def _type_and_shape(description: list[Any] | None) -> str:
    return "absent" if description is None else f"{description[0]} of shape {tuple(description[1])}"
