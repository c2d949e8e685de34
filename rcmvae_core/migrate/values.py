"""Readers: a YAML node to the value that a flag means, or a ValueError that says what it must be.

YAML 1.1 has surprises, and none may change a number unseen: `010` is 8 there, `1:30` is 90, and `1e-3` a text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import yaml

Reader = Callable[[yaml.Node], Any]

_INTEGER = re.compile(r"[-+]?(?:0|[1-9]\d*)", re.ASCII)
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)
_LEADING_ZERO = re.compile(r"[-+]?0\d", re.ASCII)
_LONGEST_NUMBER = 40
_TAG = "tag:yaml.org,2002:"


class Unlock(NamedTuple):
    """A step of a curriculum: so many channels from this epoch on; None where the file gives no epoch."""

    channels: int
    epoch: int | None


def is_null(node: yaml.Node) -> bool:
    """Whether a value is absent: empty, `~` or `null`."""
    return isinstance(node, yaml.ScalarNode) and node.tag == f"{_TAG}null"


def boolean(node: yaml.Node) -> bool:
    """`true` or `false`; YAML's `yes`, `no`, `on` and `off` too."""
    if not isinstance(node, yaml.ScalarNode) or node.tag != f"{_TAG}bool":
        raise ValueError("must be true or false")
    return node.value.lower() in ("true", "yes", "on")


def integer(node: yaml.Node) -> int:
    """A decimal integer."""
    if not _is_plain(node) or not _INTEGER.fullmatch(node.value) or len(node.value) > _LONGEST_NUMBER:
        raise ValueError("must be an integer, in decimal")
    return int(node.value)


def number(node: yaml.Node) -> float:
    """A decimal number; an integer stays one."""
    plain = _is_plain(node) and _NUMBER.fullmatch(node.value) and len(node.value) <= _LONGEST_NUMBER
    if not plain or _LEADING_ZERO.match(node.value):
        raise ValueError("must be a number, in decimal")
    value = int(node.value) if _INTEGER.fullmatch(node.value) else float(node.value)
    if not math.isfinite(value):
        raise ValueError("must be finite")
    return value


def text(node: yaml.Node) -> str:
    """A text."""
    if not isinstance(node, yaml.ScalarNode):
        raise ValueError("must be a text")  # noqa: TRY004 - every reader says what is wrong in one way
    return str(node.value)


def choice(*known: str) -> Reader:
    """One of a few texts."""

    def read(node: yaml.Node) -> str:
        if not isinstance(node, yaml.ScalarNode) or node.value not in known:
            raise ValueError("must be one of " + ", ".join(f"`{name}`" for name in known))
        return node.value

    return read


def integers(node: yaml.Node) -> list[int]:
    """A list of integers."""
    if not isinstance(node, yaml.SequenceNode):
        raise ValueError("must be a list of integers")  # noqa: TRY004
    return [integer(item) for item in node.value]


def unlocks(node: yaml.Node) -> list[Unlock]:
    """A curriculum: `[1, 2, 5]`, `[[0, 1], [10, 2]]` (epoch, channels), or `{0: 1, 10: 2}`."""
    what = "must be a list of channels, a list of [epoch, channels], or a mapping of epochs to channels"
    try:
        if isinstance(node, yaml.MappingNode):
            return [Unlock(integer(value), integer(key)) for key, value in node.value]
        if isinstance(node, yaml.SequenceNode) and node.value:
            if all(isinstance(item, yaml.SequenceNode) for item in node.value):
                return [Unlock(channels, epoch) for epoch, channels in map(integers, node.value)]
            return [Unlock(integer(item), None) for item in node.value]
    except ValueError:
        raise ValueError(what) from None
    raise ValueError(what)


def anything(node: yaml.Node) -> str:
    """Whatever it is, for a flag that becomes nothing."""
    return str(node.value) if isinstance(node, yaml.ScalarNode) else "..."


def _is_plain(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.style is None
