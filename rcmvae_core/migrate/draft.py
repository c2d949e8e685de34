"""The spec that grows from flags: values with their places in the old file, and the comments beside them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import attrs

from rcmvae_core.errors import Place
from rcmvae_core.resolved_toml import Inline, Path, dumps
from rcmvae_core.spec.tree import Node

_ORDER = (
    "rcmvae", "name", "seeds", "data", "latent", "encoder", "prior", "routing", "conditioner", "backbone", "head",
    "loss.reconstruction", "loss.kl_z", "loss.kl_c", "loss.logits", "loss.dirichlet", "loss.usage", "loss.sigma",
    "loss.labels", "classifier", "curriculum", "train",
)  # fmt: skip


@attrs.frozen
class Origin:
    """Where a value comes from: its key and itself."""

    key: Place
    place: Place


@attrs.define
class Draft:
    """Values by path, and lines of comment by the path they stand at."""

    values: dict[Path, tuple[Any, Origin]] = attrs.field(factory=dict)
    above: defaultdict[Path, list[str]] = attrs.field(factory=lambda: defaultdict(list))
    behind: defaultdict[Path, list[str]] = attrs.field(factory=lambda: defaultdict(list))
    below: defaultdict[Path, list[str]] = attrs.field(factory=lambda: defaultdict(list))
    head: tuple[str, ...] = ()
    tail: tuple[str, ...] = ()

    def put(self, dotted: str, value: Any, origin: Origin, why: str = "") -> None:
        """Set a value; a table that is there stays."""
        path = tuple(dotted.split("."))
        if value != {} or path not in self.values:
            self.values[path] = value, origin
        if why and why not in self.behind[path]:
            self.behind[path].append(why)

    def remark(self, home: str, lines: Iterable[str]) -> None:
        """Say something below a table's values: below its part's, where it only names a part."""
        self.below[self._settled(tuple(home.split(".")) if home else ())] += lines

    def _settled(self, path: Path) -> Path:
        inner = [p for p in self.values if len(p) > len(path) and p[: len(path)] == path]
        parts = dict.fromkeys(p[: len(path) + 1] for p in inner)
        named = [p for p in parts if self.values.get(p, ({},))[0] == {}]
        return named[0] if len(path) == 1 and path[0] != "train" and len(parts) == len(named) == 1 else path

    def tree(self) -> dict[str, Any]:
        """The values as nested tables, in the order of a spec."""
        whole: dict[str, Any] = {}
        for path in self._ordered():
            value = self.values[path][0]
            table = whole
            for step in path[:-1]:
                table = table.setdefault(step, {})
            if value == {}:
                table.setdefault(path[-1], {})
            else:
                table[path[-1]] = value
        return whole

    def toml(self) -> str:
        """The spec's text."""
        text = dumps(
            _with_inline(self.tree(), (), self.values), lambda path: "; ".join(self.behind.get(path, ())),
            above=lambda path: _clean(self.above.get(path, ())), below=lambda path: _clean(self.below.get(path, ())),
        )  # fmt: skip
        head, tail = ("".join(f"# {line}\n" for line in _clean(lines)) for lines in (self.head, self.tail))
        return "\n".join(filter(None, (head, text, tail)))

    def node(self, whole: Place) -> Node:
        """The same as a tree whose places are in the old file, for the checks that every spec passes."""
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
            fits = [
                i
                for i, prefix in enumerate(_ORDER)
                if path[: prefix.count(".") + 1] == tuple(prefix.split("."))
            ]
            return fits[0]

        return sorted(self.values, key=rank)


def _node(value: Any, origin: Origin) -> Node:
    if isinstance(value, dict):
        return Node({k: _node(v, origin) for k, v in value.items()}, origin.key, origin.place)
    if isinstance(value, list):
        return Node(tuple(_node(item, origin) for item in value), origin.key, origin.place)
    return Node(value, origin.key, origin.place)


def _with_inline(table: dict[str, Any], path: Path, values: Any) -> dict[str, Any]:
    """Tables that are one flag's value, such as schedules, on one line."""
    return {
        name: value if not isinstance(value, dict)
        else Inline({k: Inline(v) for k, v in value.items()}) if values.get((*path, name), ({},))[0] != {}
        else _with_inline(value, (*path, name), values)
        for name, value in table.items()
    }  # fmt: skip


def _clean(lines: Iterable[str]) -> Iterable[str]:
    """Comments that TOML allows: no control characters."""
    return ["".join(c if c.isprintable() else " " for c in line) for line in lines]
