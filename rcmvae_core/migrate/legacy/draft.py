"""Collect the values of a translated spec with their places in the old file, and the comments beside them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import attrs

from rcmvae_core.errors import Place
from rcmvae_core.spec.tree import Node
from rcmvae_core.spec.write import Inline, Path, dumps

_ORDER = (
    "rcmvae", "name", "seeds", "data", "latent", "encoder", "prior", "routing", "conditioner", "backbone", "head",
    "loss.reconstruction", "loss.kl_z", "loss.kl_c", "loss.logits", "loss.dirichlet", "loss.usage", "loss.sigma",
    "loss.labels", "classifier", "curriculum", "train",
)  # fmt: skip


@attrs.frozen
class Origin:
    """The places of a flag's key and value in the old file."""

    key: Place
    place: Place


@attrs.define
class SpecDraft:
    """A spec under construction.

    Args:
        values: values with their origins, by path.
        above: lines of comment above a path.
        behind: comments behind the value of a path.
        below: lines of comment below the values of a table.
        head: lines of comment at the start of the spec.
        tail: lines of comment at its end.
    """

    values: dict[Path, tuple[Any, Origin]] = attrs.field(factory=dict)
    above: defaultdict[Path, list[str]] = attrs.field(factory=lambda: defaultdict(list))
    behind: defaultdict[Path, list[str]] = attrs.field(factory=lambda: defaultdict(list))
    below: defaultdict[Path, list[str]] = attrs.field(factory=lambda: defaultdict(list))
    head: tuple[str, ...] = ()
    tail: tuple[str, ...] = ()

    def set(self, dotted: str, value: Any, origin: Origin, why: str = "") -> None:
        """Set a value; an empty table does not replace an existing one.

        Args:
            dotted: the path, with dots.
            value: the value, or an empty table.
            origin: where the value comes from.
            why: a comment behind the value.
        """
        path = tuple(dotted.split("."))
        if value != {} or path not in self.values:
            self.values[path] = value, origin
        if why and why not in self.behind[path]:
            self.behind[path].append(why)

    def add_comments(self, table: str, lines: Iterable[str]) -> None:
        """Add lines below the values of a table, or of its plugin's table where it contains nothing else."""
        self.below[self._comment_path(tuple(table.split(".")) if table else ())] += lines

    def _comment_path(self, path: Path) -> Path:
        inner = [p for p in self.values if len(p) > len(path) and p[: len(path)] == path]
        children = dict.fromkeys(p[: len(path) + 1] for p in inner)
        plugins = [p for p in children if self.values.get(p, ({},))[0] == {}]
        names_one_plugin = len(path) == 1 and path[0] != "train" and len(children) == len(plugins) == 1
        return plugins[0] if names_one_plugin else path

    def tree(self) -> dict[str, Any]:
        """Return the values as nested tables, in the order of a spec."""
        root: dict[str, Any] = {}
        for path in self._ordered():
            value = self.values[path][0]
            table = root
            for step in path[:-1]:
                table = table.setdefault(step, {})
            if value == {}:
                table.setdefault(path[-1], {})
            else:
                table[path[-1]] = value
        return root

    def toml(self) -> str:
        """Return the spec as TOML."""
        text = dumps(
            _with_inline(self.tree(), (), self.values), lambda path: "; ".join(self.behind.get(path, ())),
            above=lambda path: _clean(self.above.get(path, ())), below=lambda path: _clean(self.below.get(path, ())),
        )  # fmt: skip
        head, tail = ("".join(f"# {line}\n" for line in _clean(lines)) for lines in (self.head, self.tail))
        return "\n".join(filter(None, (head, text, tail)))

    def node(self, whole: Place) -> Node:
        """Return the spec as a tree whose places are in the old file, so that errors are shown there."""
        root: dict[str, Any] = {}
        for path in self._ordered():
            value, origin = self.values[path]
            table = root
            for step in path[:-1]:
                entry = table.setdefault(step, Node({}, origin.key, origin.key))
                table = entry.value
            if value != {} or path[-1] not in table:
                table[path[-1]] = _node(value, origin)
        return Node(root, whole, whole)

    def _ordered(self) -> list[Path]:
        def rank(path: Path) -> int:
            prefixes = (tuple(prefix.split(".")) for prefix in _ORDER)
            return next(i for i, prefix in enumerate(prefixes) if path[: len(prefix)] == prefix)

        return sorted(self.values, key=rank)


def _node(value: Any, origin: Origin) -> Node:
    if isinstance(value, dict):
        return Node({k: _node(v, origin) for k, v in value.items()}, origin.key, origin.place)
    if isinstance(value, list):
        return Node(tuple(_node(item, origin) for item in value), origin.key, origin.place)
    return Node(value, origin.key, origin.place)


def _with_inline(table: dict[str, Any], path: Path, values: Any) -> dict[str, Any]:
    """Return tables in which a table that is a single value, such as a schedule, is written on one line.

    Args:
        table: nested tables.
        path: where the table is in the spec.
        values: the values by path; a table among them is a single value.
    """
    return {
        name: value if not isinstance(value, dict)
        else Inline({k: Inline(v) for k, v in value.items()}) if values.get((*path, name), ({},))[0] != {}
        else _with_inline(value, (*path, name), values)
        for name, value in table.items()
    }  # fmt: skip


def _clean(lines: Iterable[str]) -> Iterable[str]:
    """Return comments without control characters, which TOML forbids."""
    return ["".join(c if c.isprintable() else " " for c in line) for line in lines]
