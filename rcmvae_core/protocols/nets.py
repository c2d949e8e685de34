"""Nets: encoders, conditioners and backbones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

Params = Any
"""The parameters of a part: a nested dict of arrays."""
NOWHERE: Mapping[str, Any] = MappingProxyType({})
"""No array of a part is meant."""


class Net(NamedTuple):
    """A function with parameters.

    Args:
        init: `(key, *inputs) -> params`.
        apply: `(params, *inputs) -> output`.
        channel_axes: which axis of an array runs over channels, by the array's path in `params`, such as
            `logits/kernel`; a channel is copied along it.
    """

    init: Callable[..., Params]
    apply: Callable[..., Any]
    channel_axes: Mapping[str, int] = NOWHERE
