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
from rcmvae_core.plugin.resolved import ResolvedPart, ResolvedSpec
from rcmvae_core.spec.parse import parse
from rcmvae_core.spec.tree import Node

NAME = "run.lock.toml"
_Key = TypeVar("_Key")
_PLUGIN_KEYS = ("kind", "name", "distribution", "version", "record")


class Lock(NamedTuple):
    """What the numbers of a run depend on besides its spec: as a lock file has it, or as it is installed.

    Args:
        versions: of Python, packages and plugin distributions, by name; None for what is not installed.
        records: a hash of the installed files of each plugin distribution; empty if it has none.
        plugins: the distribution of each plugin, by kind and name.
        places: where the file says so, by ("version", NAME), ("record", NAME) or ("plugin", KIND, NAME).
    """

    versions: Mapping[str, str | None]
    records: Mapping[str, str]
    plugins: Mapping[tuple[str, str], str]
    places: Mapping[tuple[str, ...], Place]


def dumps(resolved: ResolvedSpec, environment: Mapping[str, Any], records: Mapping[str, str]) -> str:
    """Return a lock file: each plugin's distribution, version and the hash of its installed files.

    Args:
        resolved: the resolved spec.
        environment: versions, backend and settings, as `runtime.environment` returns them.
        records: the hash of each distribution's installed files, by name.
    """
    parts = {(part.kind, part.name): part for part in resolved.every_part()}
    plugins = [_plugin(part, records) for part in parts.values()]
    return tomli_w.dumps({"seeds": list(resolved.seeds), **environment, "plugins": plugins})


def _plugin(part: ResolvedPart, records: Mapping[str, str]) -> dict[str, str]:
    distribution = part.registered.distribution
    record = records.get(distribution.name, "")
    values = (part.kind, part.name, distribution.name, distribution.version, record)
    return dict(zip(_PLUGIN_KEYS, values, strict=True))


def read(path: Path) -> Lock:
    """Read a lock file.

    Returns:
        The versions, hashes and plugins of the file, with their places.

    Raises:
        RcmvaeError: E310 if it is missing, cannot be read, or does not have the form that `dumps` writes.
    """
    root = _tree(path)
    versions = {"python": _string(root, "python")}
    table = _entry(root, "versions", "a table", dict)
    versions |= {name: _string(table, name) for name in table.value}
    records: dict[str, Node] = {}
    plugins: dict[tuple[str, str], Node] = {}
    for entry in _plugin_tables(root):
        kind, name, distribution, version, record = (_string(entry, key) for key in _PLUGIN_KEYS)
        versions.setdefault(distribution.value, version)
        records.setdefault(distribution.value, record)
        plugins[kind.value, name.value] = distribution
    groups = {"version": versions, "record": records}
    places = {(group, name): node.place for group, nodes in groups.items() for name, node in nodes.items()}
    places |= {("plugin", *key): node.place for key, node in plugins.items()}
    return Lock(_values(versions), _values(records), _values(plugins), places)


def _tree(path: Path) -> Node:
    try:
        return parse(path.read_bytes(), str(path))
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
