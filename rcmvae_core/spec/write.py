"""Writes a resolved spec as TOML: every value, in a fixed order, ready to run again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import attrs
import tomli_w

from rcmvae_core.plugin.declaration import Kind
from rcmvae_core.plugin.duration import Duration
from rcmvae_core.plugin.parameters import fields
from rcmvae_core.plugin.resolved import ResolvedPart, ResolvedSpec
from rcmvae_core.version import __version__

Path = tuple[str, ...]
Comment = Callable[[Path], str]
Remarks = Callable[[Path], Iterable[str]]
Kinds = Mapping[str, Kind]


class Inline(dict[str, Any]):
    """A table that is written on one line, such as a schedule."""


def document(resolved: ResolvedSpec, kinds: Kinds) -> dict[str, Any]:
    """Return a resolved spec as nested tables.

    Args:
        resolved: the resolved spec.
        kinds: the registry's kinds, which have the tables of plugins.
    """
    root: dict[str, Any] = {
        "rcmvae": f"=={__version__}",
        "name": resolved.name,
        "seeds": list(resolved.seeds),
    }
    for (kind, name), owner in resolved.prefer.items():
        _table_at(root, ("plugins", "prefer", kind))[name] = owner
    root["data"] = {}
    root["latent"] = table(resolved.latent, kinds)
    for kind in kinds.values():
        if kind.path and kind.path[0] == "train" and "train" not in root:
            root["train"] = table(resolved.train, kinds)
        if kind.default == "every":
            _table_at(root, kind.path)  # even if it is empty: without the table, a spec gets every plugin
        for part in resolved.parts.get(kind.name, ()):
            slot = _table_at(root, (*kind.path, part.label) if part.label else kind.path)
            if part.keys is not None:
                slot |= table(part.keys, kinds)
            slot[part.name] = table(part.params, kinds)
    return root


def _table_at(root: dict[str, Any], path: Path) -> dict[str, Any]:
    """Return the table at a path, which is made if it is missing."""
    for step in path:
        root = root.setdefault(step, {})
    return root


def table(record: Any, kinds: Kinds) -> dict[str, Any]:
    """Return a record of parameters as a table; None values are left out, since TOML has no null."""
    return {
        name: _many(value, kinds) if field.rule.many else plain(value, kinds)
        for name, field in fields(type(record)).items()
        if (value := getattr(record, name)) is not None
    }


def _many(parts: tuple[ResolvedPart, ...], kinds: Kinds) -> Inline:
    return Inline({part.name: Inline(table(part.params, kinds)) for part in parts})


def plain(value: Any, kinds: Kinds) -> Any:
    """Return a parameter's value as TOML represents it."""
    if isinstance(value, Duration):
        return int(value.amount) if value.unit == "steps" else str(value)
    if isinstance(value, tuple):
        return [plain(item, kinds) for item in value]
    if isinstance(value, dict):
        return Inline({name: plain(item, kinds) for name, item in value.items()})
    if isinstance(value, ResolvedPart):
        params = table(value.params, kinds)
        plugin, _, parameter = (kinds[value.kind].shorthand or "").partition(".")
        is_shorthand = value.name == plugin and len(params) == 1
        return params[parameter] if is_shorthand else Inline({value.name: Inline(params)})
    if attrs.has(type(value)):
        return Inline(table(value, kinds))
    return value


def dumps(
    document: dict[str, Any],
    comment: Comment = lambda _: "",
    *,
    above: Remarks = lambda _: (),
    below: Remarks = lambda _: (),
) -> str:
    """Render tables as TOML.

    Args:
        document: nested tables.
        comment: returns the comment behind a value or a header, by its path; an empty string for none.
        above: returns the lines of comment above a value or a header, by its path.
        below: returns the lines of comment below a table's own values, by the table's path.

    Example:
        >>> print(dumps({"name": "a", "latent": {"dim": 2}}), end="")
        name = "a"
        <BLANKLINE>
        [latent]
        dim = 2
    """
    return "\n".join(_lines(document, (), comment, above, below)).strip("\n") + "\n"


def _lines(
    entries: dict[str, Any], path: Path, comment: Comment, above: Remarks, below: Remarks
) -> Iterator[str]:
    """Yield the lines of a table and those below it.

    Args:
        entries: the table.
        path: its path.
        comment: as of `dumps`.
        above: as of `dumps`.
        below: as of `dumps`.
    """
    tables = {name: v for name, v in entries.items() if isinstance(v, dict) and not isinstance(v, Inline)}
    values = {name: v for name, v in entries.items() if name not in tables}
    remarks = [f"# {line}" for line in below(path)]
    if path and (values or remarks or not tables):
        yield ""
        yield from (f"# {line}" for line in above(path))
        yield f"[{dotted(path)}]" + _behind(comment(path))
    for name, value in values.items():
        yield from (f"# {line}" for line in above((*path, name)))
        yield f"{_key(name)} = {inline(value)}" + _behind(comment((*path, name)))
    yield from remarks
    for name, table in tables.items():
        yield from _lines(table, (*path, name), comment, above, below)


def dotted(path: Path) -> str:
    """Return a path as TOML writes it.

    Example:
        >>> dotted(("loss", "kl z", "weight"))
        'loss."kl z".weight'
    """
    return ".".join(map(_key, path))


def _behind(text: str) -> str:
    return f"  # {text}" if text else ""


def _key(name: str) -> str:
    return tomli_w.dumps({name: 0}).partition(" = ")[0]


def inline(value: Any) -> str:
    """Return a value as TOML writes it on one line."""
    if isinstance(value, dict):
        entries = ", ".join(f"{_key(name)} = {inline(entry)}" for name, entry in value.items())
        return f"{{ {entries} }}" if value else "{}"
    if isinstance(value, list):
        return "[" + ", ".join(map(inline, value)) + "]"
    return tomli_w.dumps({"x": value}).partition(" = ")[2].rstrip("\n")
