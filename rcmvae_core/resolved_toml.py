"""A resolved spec back to TOML: every value, in a fixed order, ready to run again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import tomli_w

from rcmvae_core.declarations import Kind
from rcmvae_core.params import Duration, fields
from rcmvae_core.resolve import Part, ResolvedSpec
from rcmvae_core.version import __version__

Path = tuple[str, ...]
Comment = Callable[[Path], str]
Remarks = Callable[[Path], Iterable[str]]
Kinds = Mapping[str, Kind]


class Inline(dict[str, Any]):
    """A table that reads best on one line, such as a schedule."""


def document(resolved: ResolvedSpec, kinds: Kinds) -> dict[str, Any]:
    """The whole spec as nested tables.

    Args:
        resolved: the checked spec.
        kinds: the registry's kinds, which say where parts stand.
    """
    whole: dict[str, Any] = {
        "rcmvae": f"=={__version__}",
        "name": resolved.name,
        "seeds": list(resolved.seeds),
    }
    for (kind, name), owner in resolved.prefer.items():
        _below(whole, ("plugins", "prefer", kind))[name] = owner
    whole["data"] = {}
    whole["latent"] = table(resolved.latent, kinds)
    for kind in kinds.values():
        if kind.path and kind.path[0] == "train" and "train" not in whole:
            whole["train"] = table(resolved.train, kinds)
        if kind.default == "every":
            _below(whole, kind.path)  # even when empty: without its table, a spec gets every part
        for part in resolved.parts.get(kind.name, ()):
            place = _below(whole, (*kind.path, part.label) if part.label else kind.path)
            if part.keys is not None:
                place |= table(part.keys, kinds)
            place[part.name] = table(part.params, kinds)
    return whole


def _below(whole: dict[str, Any], path: Path) -> dict[str, Any]:
    for step in path:
        whole = whole.setdefault(step, {})
    return whole


def table(record: Any, kinds: Kinds) -> dict[str, Any]:
    """A parameter record as a table; what is absent stays absent, since TOML has no null."""
    values = {name: plain(getattr(record, name), kinds) for name in fields(type(record))}
    return {name: value for name, value in values.items() if value is not None}


def plain(value: Any, kinds: Kinds) -> Any:
    """A parameter's value as TOML has it."""
    if isinstance(value, Duration):
        return str(value) if value.unit == "epochs" else int(value.amount)
    if isinstance(value, tuple):
        return [plain(item, kinds) for item in value]
    if isinstance(value, Part):
        inner = table(value.params, kinds)
        plugin, _, parameter = (kinds[value.kind].shorthand or "").partition(".")
        return (
            inner[parameter]
            if value.name == plugin and len(inner) == 1
            else Inline({value.name: Inline(inner)})
        )
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
        comment: gives what to say behind a value or a header, by its path; empty for nothing.
        above: gives lines of comment above a value or a header, by its path.
        below: gives lines of comment below a table's own values, by the table's path.

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
    """A path as TOML writes it.

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
    """A value as TOML writes it, on one line."""
    if isinstance(value, dict):
        return (
            "{ " + ", ".join(f"{_key(k)} = {inline(v)}" for k, v in value.items()) + " }" if value else "{}"
        )
    if isinstance(value, list):
        return "[" + ", ".join(map(inline, value)) + "]"
    return tomli_w.dumps({"x": value}).partition(" = ")[2].rstrip("\n")
