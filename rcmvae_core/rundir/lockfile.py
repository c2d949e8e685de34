"""Reads and writes `run.lock.toml`: what the numbers of a run depend on besides its spec.

The file is read without cattrs. A difference is reported at the line of the value that differs, so the tree of nodes with
their places is walked in any case, and checking each value on that walk is shorter than mapping a nested error of cattrs
back to a node.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, TypeVar

import tomli_w

from rcmvae_core.errors import Place, SpecError, fail
from rcmvae_core.plugin.declaration import Distribution
from rcmvae_core.plugin.file_hashes import file_hashes, is_editable
from rcmvae_core.plugin.resolved import ResolvedPart, ResolvedSpec
from rcmvae_core.runtime.user_files import read_file
from rcmvae_core.spec.parse import parse
from rcmvae_core.spec.tree import Node

_MAX_BYTES = 2**24
NAME = "run.lock.toml"
Distributions = Mapping[str, Mapping[str, str | bool]]
_Key = TypeVar("_Key")
_PLUGIN_KEYS = ("kind", "name", "distribution", "version")
_RESUMED = "resumed"


class Lock(NamedTuple):
    """What the numbers of a run depend on besides its spec: as a lock file has it, or as it is installed.

    Args:
        versions: of Python, packages and plugin distributions, by name; None for what is not installed.
        hashes: of the modules of each plugin distribution; empty if it has none, or if the file is of an older format.
        plugins: the distribution of each plugin, by kind and name.
        places: where the file says so, by ("version", NAME), ("hash", NAME) or ("plugin", KIND, NAME).
    """

    versions: Mapping[str, str | None]
    hashes: Mapping[str, str]
    plugins: Mapping[tuple[str, str], str]
    places: Mapping[tuple[str, ...], Place]


def distributions(lock: Lock) -> dict[tuple[str, str], Distribution]:
    """Return the distribution of each plugin of a lock file, by kind and name."""
    return {key: Distribution(name, lock.versions[name] or "") for key, name in lock.plugins.items()}


def dumps(resolved: ResolvedSpec, environment: Mapping[str, Any], installed: Distributions) -> str:
    """Return a lock file: what runs, and the distribution, version and hash of each plugin.

    Args:
        resolved: the resolved spec.
        environment: versions, backend and settings, as `runtime.environment` returns them.
        installed: hash and form of each distribution, as `installed_distributions` returns them.
    """
    return tomli_w.dumps({"seeds": list(resolved.seeds), **_state(resolved, environment, installed)})


def append_resumed(
    text: str,
    resolved: ResolvedSpec,
    environment: Mapping[str, Any],
    installed: Distributions,
    *,
    steps: Mapping[int, int],
) -> str:
    """Add what runs from some steps on to a lock file.

    Args:
        text: the lock file.
        resolved: the resolved spec.
        environment: as of `dumps`.
        installed: as of `dumps`.
        steps: the step that each seed is resumed after.

    Returns:
        The lock file with one more table `resumed`.
    """
    entry = {"steps": {str(seed): step for seed, step in steps.items()}}
    added = tomli_w.dumps({_RESUMED: [entry | _state(resolved, environment, installed)]})
    return f"{text.rstrip()}\n\n{added}"


def installed_distributions(resolved: ResolvedSpec) -> dict[str, dict[str, str | bool]]:
    """Return the hash of each distribution of a spec's plugins, and whether it is editable."""
    names = resolved.distributions()
    return {
        name: {"hash": hash_, "editable": is_editable(name)} for name, hash_ in file_hashes(names).items()
    }


def _state(
    resolved: ResolvedSpec, environment: Mapping[str, Any], installed: Distributions
) -> dict[str, Any]:
    parts = {(part.kind, part.name): part for part in resolved.every_part()}
    plugins = [_plugin(part, installed) for part in parts.values()]
    return {**environment, "plugins": plugins}


def _plugin(part: ResolvedPart, installed: Distributions) -> dict[str, str | bool]:
    distribution = part.registered.distribution
    values = dict(zip(_PLUGIN_KEYS, (part.kind, part.name, *distribution), strict=True))
    return {**values, **installed.get(distribution.name, {})}


def read(path: Path) -> Lock:
    """Read what a run began with from a lock file.

    Returns:
        The versions, hashes and plugins of the file, with their places.

    Raises:
        RcmvaeError: E310 if it is missing, cannot be read, or does not have the form that `dumps` writes.
    """
    return _lock(_tree(path))


def read_latest(path: Path) -> Lock:
    """Read what a run was trained with last from a lock file: after the last time that it was resumed.

    Returns:
        The versions, hashes and plugins, with their places.

    Raises:
        RcmvaeError: as `read`.
    """
    root = _tree(path)
    resumed = root.value.get(_RESUMED)
    entries = resumed.value if resumed is not None and isinstance(resumed.value, tuple) else ()
    return _lock(entries[-1] if entries and entries[-1].table is not None else root)


def _lock(root: Node) -> Lock:
    versions = {"python": _string(root, "python")}
    table = _entry(root, "versions", "a table", dict)
    versions |= {name: _string(table, name) for name in table.value}
    hashes: dict[str, Node] = {}
    plugins: dict[tuple[str, str], Node] = {}
    for entry in _plugin_tables(root):
        kind, name, distribution, version = (_string(entry, key) for key in _PLUGIN_KEYS)
        versions.setdefault(distribution.value, version)
        if "hash" in entry.value:  # files of older formats have a hash that cannot be compared
            hashes.setdefault(distribution.value, _string(entry, "hash"))
        plugins[kind.value, name.value] = distribution
    groups = {"version": versions, "hash": hashes}
    places = {(group, name): node.place for group, nodes in groups.items() for name, node in nodes.items()}
    places |= {("plugin", *key): node.place for key, node in plugins.items()}
    return Lock(_values(versions), _values(hashes), _values(plugins), places)


def _tree(path: Path) -> Node:
    try:
        return parse(read_file(path, _MAX_BYTES), str(path))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        _refuse(f"cannot read the lock file `{path}`: {reason}", None)
    except SpecError as error:
        diagnostic = error.diagnostics[0]
        reason = "it is empty" if diagnostic.code == "E104" else diagnostic.message
        _refuse(f"cannot read the lock file: {reason}", diagnostic.place)


def _plugin_tables(root: Node) -> Iterator[Node]:
    for entry in _entry(root, "plugins", "a list of tables", tuple).value:
        if entry.table is None:
            _refuse("cannot read the lock file: `plugins` must be a list of tables", entry.place)
        yield entry


def _values(nodes: Mapping[_Key, Node]) -> dict[_Key, str]:
    return {key: node.value for key, node in nodes.items()}


def _string(table: Node, name: str) -> Node:
    return _entry(table, name, "a string", str)


def _entry(table: Node, name: str, description: str, type_: type) -> Node:
    """Return an entry of a table.

    Args:
        table: the table.
        name: the entry's name.
        description: the type in the words of a message.
        type_: the type that its value must have.
    """
    entry = table.value.get(name)
    if entry is None or not isinstance(entry.value, type_):
        message = f"cannot read the lock file: `{name}` must be {description}"
        _refuse(message + ("" if entry else ", and is missing"), (entry or table).place)
    return entry


def _refuse(message: str, place: Place | None) -> NoReturn:
    help_ = "give the `run.lock.toml` of a run with --lock-file FILE; every run without --locked writes one"
    fail("E310", message, place=place, help=[help_])
