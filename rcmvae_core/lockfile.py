"""`run.lock.toml`: what the numbers of a run depend on besides its spec."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import tomli_w

from rcmvae_core.errors import Diagnostic, Place, RcmvaeError, SpecError
from rcmvae_core.resolve import Part, ResolvedSpec
from rcmvae_core.spec import Node, parse

_PACKAGES = ("rcmvae", "jax", "jaxlib", "flax", "optax", "numpy")
_Key = TypeVar("_Key")
_PLUGIN = ("kind", "name", "distribution", "version", "record")


class Lock(NamedTuple):
    """What the numbers of a run depend on besides its spec: as a lock file has it, or as it is.

    Args:
        versions: of Python, packages and plugin distributions, by name; None for what is not installed.
        records: a hash of the installed files of each plugin distribution; empty where there is none.
        plugins: the distribution of each plugin, by kind and name.
        places: where a text says so, by ("version", NAME), ("record", NAME) or ("plugin", KIND, NAME).
    """

    versions: Mapping[str, str | None]
    records: Mapping[str, str]
    plugins: Mapping[tuple[str, str], str]
    places: Mapping[tuple[str, ...], Place]


def environment(backend: str) -> dict[str, Any]:
    """What the numbers of a run depend on besides its spec."""
    settings = {
        name: value for name, value in sorted(os.environ.items()) if name.startswith(("JAX_", "XLA_"))
    }
    return {
        "python": platform.python_version(),
        "platform": f"{sys.platform}-{platform.machine()}",
        "backend": backend,
        "versions": {name: version(name) for name in _PACKAGES},
        "environment": settings,
    }


def lock(resolved: ResolvedSpec, facts: Mapping[str, Any], records: Mapping[str, str]) -> str:
    """`run.lock.toml`: every plugin's distribution, version and the hash of its installed files.

    Args:
        resolved: the checked spec.
        facts: what `environment` gave.
        records: a hash for each distribution.
    """
    parts = {(part.kind, part.name): part for part in resolved.every_part()}
    plugins = [_locked(part, records) for part in parts.values()]
    return tomli_w.dumps({"seeds": list(resolved.seeds), **facts, "plugins": plugins})


def _locked(part: Part, records: Mapping[str, str]) -> dict[str, str]:
    distribution = part.registered.distribution
    return {
        "kind": part.kind,
        "name": part.name,
        "distribution": distribution.name,
        "version": distribution.version,
        "record": records.get(distribution.name, ""),
    }


def read(path: Path) -> Lock:
    """A lock file.

    Raises:
        RcmvaeError: E310 if it is missing, cannot be read, or is not what `lock` writes.
    """
    root = _tree(path)
    versions = {"python": _text(root, "python")}
    table = _entry(root, "versions", "a table", dict)
    versions |= {name: _text(table, name) for name in table.value}
    records: dict[str, Node] = {}
    plugins: dict[tuple[str, str], Node] = {}
    for entry in _plugins(root):
        kind, name, owner, number, record = (_text(entry, field) for field in _PLUGIN)
        versions.setdefault(owner.value, number)
        records.setdefault(owner.value, record)
        plugins[kind.value, name.value] = owner
    groups = {"version": versions, "record": records}
    places = {(what, name): node.place for what, nodes in groups.items() for name, node in nodes.items()}
    places |= {("plugin", *key): node.place for key, node in plugins.items()}
    return Lock(_texts(versions), _texts(records), _texts(plugins), places)


def _tree(path: Path) -> Node:
    try:
        return parse(path.read_bytes(), str(path))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _unreadable(f"cannot read the lock file `{path}`: {reason}", None) from None
    except SpecError as error:
        fault = error.diagnostics[0]
        why = "it is empty" if fault.code == "E104" else fault.message
        raise _unreadable(f"cannot read the lock file: {why}", fault.place) from None


def _plugins(root: Node) -> Iterator[Node]:
    for entry in _entry(root, "plugins", "a list of tables", tuple).value:
        if entry.table is None:
            raise _unreadable("cannot read the lock file: `plugins` must be a list of tables", entry.place)
        yield entry


def _texts(nodes: Mapping[_Key, Node]) -> dict[_Key, str]:
    return {key: node.value for key, node in nodes.items()}


def _text(node: Node, name: str) -> Node:
    return _entry(node, name, "a text", str)


def _entry(node: Node, name: str, what: str, type_: type) -> Node:
    found = node.value.get(name)
    if found is None or not isinstance(found.value, type_):
        message = f"cannot read the lock file: `{name}` must be {what}"
        raise _unreadable(message + ("" if found else ", and is missing"), (found or node).place)
    return found


def _unreadable(message: str, place: Place | None) -> RcmvaeError:
    help_ = "name the `run.lock.toml` of a run, as --locked FILE behind the spec; each run without --locked writes one"
    return RcmvaeError([Diagnostic("E310", message, place, help=[help_])])
