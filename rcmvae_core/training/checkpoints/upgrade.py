"""Carries the arrays of a checkpoint from the version of a plugin that wrote them to the one that is installed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs

from rcmvae_core.errors import RunError
from rcmvae_core.plugin.declaration import load_object
from rcmvae_core.plugin.failures import failure, plugin_errors
from rcmvae_core.plugin.resolved import ResolvedPart, ResolvedSpec
from rcmvae_core.training.checkpoints.average_arrays import (
    average_use,
    params_as_average,
    with_average_as_params,
)
from rcmvae_core.training.checkpoints.state_arrays import NamedArrays

Upgrade = Callable[[dict[str, Any], str], Any]

DISTRIBUTIONS = "distributions"
"""The fact of a checkpoint that has the version of each distribution of plugins."""


@attrs.frozen
class ArrayUpgrade:
    """The plugins of a spec that can carry arrays over, with the version that the model was trained with.

    Args:
        parts: each with that version.
    """

    parts: tuple[tuple[ResolvedPart, str], ...] = ()

    def __call__(self, arrays: NamedArrays, facts: Mapping[str, Any]) -> NamedArrays:
        """Return the arrays under the names, and in the shapes, of the installed versions.

        Args:
            arrays: of a checkpoint, by path.
            facts: of its record, which has the versions that wrote it.

        Returns:
            The arrays that the next version expects.

        Raises:
            RunError: E218 if a plugin fails, or returns something else than arrays by name.
        """
        for part, version in self.parts:
            distribution, function = part.registered.distribution, part.registered.plugin.upgrade
            before = facts.get(DISTRIBUTIONS, {}).get(distribution.name, version)
            if before == distribution.version or function is None:
                continue
            with plugin_errors(part):
                arrays = _upgraded(load_object(function), arrays, before)
            if not isinstance(arrays, Mapping) or not all(
                hasattr(array, "dtype") for array in arrays.values()
            ):
                problem = f"returned {type(arrays).__name__}, expected arrays by name"
                raise RunError([failure(part, problem, "upgrade")])
        return dict(arrays)


def _upgraded(function: Upgrade, arrays: NamedArrays, version: str) -> Any:
    """Return what a plugin makes of arrays; it sees an average of the parameters in their place, in a second call.

    Args:
        function: the plugin's.
        arrays: of a checkpoint, by path.
        version: of the plugin that wrote them.
    """
    use = average_use(arrays)
    upgraded = function(dict(arrays), version)
    if use is None or not isinstance(upgraded, Mapping):
        return upgraded
    average = function(with_average_as_params(arrays, use), version)
    return {**upgraded, **params_as_average(average, use)}


NO_UPGRADE = ArrayUpgrade()
"""Leaves arrays as they are."""


def array_upgrade(resolved: ResolvedSpec) -> ArrayUpgrade:
    """Return what carries the arrays of the checkpoints of a saved spec over."""
    parts: dict[str, tuple[ResolvedPart, str]] = {}
    for part in resolved.every_part():
        before = resolved.trained_with.get((part.kind, part.name))
        function = part.registered.plugin.upgrade
        if function is not None and before is not None and before.name == part.registered.distribution.name:
            parts.setdefault(function, (part, before.version))
    return ArrayUpgrade(tuple(parts.values()))
