"""Defines nets: encoders, conditioners and backbones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

Params = Any
"""The parameters of a plugin's implementation: a nested dict of arrays."""
NOWHERE: Mapping[str, Any] = MappingProxyType({})
"""An empty mapping by array: no array has the property."""


class Net(NamedTuple):
    """A function with parameters.

    Args:
        init: `(key, *inputs) -> params`.
        apply: `(params, *inputs) -> output`.
        channel_axes: the axis of channels of an array, by the array's path in `params`, such as `logits/kernel`;
            unlocking copies a channel along it.
    """

    init: Callable[..., Params]
    apply: Callable[..., Any]
    channel_axes: Mapping[str, int] = NOWHERE
