"""Read the values of flags: a YAML node to a value, or a ValueError that says what the value must be.

YAML 1.1 reads some numbers in unexpected ways, and none of them may change a value silently: there `010` is 8, `1:30`
is 90, and `1e-3` is a string.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import yaml

from rcmvae_core.errors import quoted

Reader = Callable[[yaml.Node], Any]

_INTEGER = re.compile(r"[-+]?(?:0|[1-9]\d*)", re.ASCII)
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)
_LEADING_ZERO = re.compile(r"[-+]?0\d", re.ASCII)
_LONGEST_NUMBER = 40  # Python refuses to convert integers of more than 4300 digits
_TAG = "tag:yaml.org,2002:"


class UnlockStep(NamedTuple):
    """A step of a curriculum.

    Args:
        channels: number of active channels.
        epoch: the epoch from which on they are active; None where the file has none.
    """

    channels: int
    epoch: int | None


def is_null(node: yaml.Node) -> bool:
    """Return whether a value is empty, `~` or `null`."""
    return isinstance(node, yaml.ScalarNode) and node.tag == f"{_TAG}null"


def boolean(node: yaml.Node) -> bool:
    """Read `true` or `false`, or YAML's `yes`, `no`, `on` or `off`."""
    if not isinstance(node, yaml.ScalarNode) or node.tag != f"{_TAG}bool":
        raise ValueError("must be true or false")
    return node.value.lower() in ("true", "yes", "on")


def integer(node: yaml.Node) -> int:
    """Read a decimal integer."""
    if not _is_plain(node) or not _INTEGER.fullmatch(node.value) or len(node.value) > _LONGEST_NUMBER:
        raise ValueError("must be a decimal integer")
    return int(node.value)


def number(node: yaml.Node) -> float:
    """Read a decimal number; an integer stays one."""
    plain = _is_plain(node) and _NUMBER.fullmatch(node.value) and len(node.value) <= _LONGEST_NUMBER
    if not plain or _LEADING_ZERO.match(node.value):
        raise ValueError("must be a decimal number")
    value = int(node.value) if _INTEGER.fullmatch(node.value) else float(node.value)
    if not math.isfinite(value):
        raise ValueError("must be finite")
    return value


def string(node: yaml.Node) -> str:
    """Read a string."""
    if not isinstance(node, yaml.ScalarNode):
        raise ValueError("must be a string")  # noqa: TRY004 - readers have one way to reject a value
    return str(node.value)


def choice(*options: str) -> Reader:
    """Return a reader of one of several strings."""

    def read(node: yaml.Node) -> str:
        if not isinstance(node, yaml.ScalarNode) or node.value not in options:
            raise ValueError(f"must be one of {quoted(options)}")
        return node.value

    return read


def integers(node: yaml.Node) -> list[int]:
    """Read a list of integers."""
    if not isinstance(node, yaml.SequenceNode):
        raise ValueError("must be a list of integers")  # noqa: TRY004 - as above
    return [integer(item) for item in node.value]


def unlocks(node: yaml.Node) -> list[UnlockStep]:
    """Read a curriculum: `[1, 2, 5]`, `[[0, 1], [10, 2]]` (epoch, channels), or `{0: 1, 10: 2}`.

    Returns:
        The steps, in order.
    """
    forms = "must be a list of channels, a list of [epoch, channels], or a mapping of epochs to channels"
    try:
        if isinstance(node, yaml.MappingNode):
            return [UnlockStep(integer(value), integer(key)) for key, value in node.value]
        if isinstance(node, yaml.SequenceNode) and node.value:
            if all(isinstance(item, yaml.SequenceNode) for item in node.value):
                return [UnlockStep(channels, epoch) for epoch, channels in map(integers, node.value)]
            return [UnlockStep(integer(item), None) for item in node.value]
    except ValueError:
        raise ValueError(forms) from None
    raise ValueError(forms)


def any_value(node: yaml.Node) -> str:
    """Read any value, for a flag that is not translated."""
    return str(node.value) if isinstance(node, yaml.ScalarNode) else "..."


def _is_plain(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.style is None
