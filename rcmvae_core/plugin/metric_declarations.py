"""Reads what the declaration of a metric says about its values: which of two is better, and of which metric they are."""

from __future__ import annotations

from typing import Literal, NamedTuple

from rcmvae_core.plugin.declaration import Plugin
from rcmvae_core.plugin.registry import Registry

PREDICTIONS = "metric.predictions"
"""The token of metrics that read only p(y|x), labels and class names."""
Direction = Literal["higher", "lower", ""]


class Meaning(NamedTuple):
    """What the values of a result mean.

    Args:
        unit: such as `nats`; empty for shares and counts.
        better: which of two values is better; empty if nothing says so.
    """

    unit: str = ""
    better: Direction = ""


def direction(plugin: Plugin) -> Direction:
    """Return which of two values of a metric is better; empty if it does not say."""
    if "metric.higher_is_better" in plugin.provides:
        return "higher"
    return "lower" if "metric.lower_is_better" in plugin.provides else ""


def unit_and_direction(plugin: Plugin) -> str:
    """Return the unit of a metric and which of two values is better, as far as it says them, for people.

    Example:
        >>> tokens = ["metric.lower_is_better"]
        >>> unit_and_direction(Plugin("metric", "cost", summary="", impl="my:cost", unit="nats", provides=tokens))
        'nats, lower is better'
    """
    better = direction(plugin)
    return ", ".join(filter(None, (plugin.unit, f"{better} is better" if better else "")))


def declaration(registry: Registry, name: str) -> Plugin | None:
    """Return the metric with values of this name; None if it is not installed.

    Args:
        registry: the installed plugins.
        name: as `values_of` returns it, such as `nll` or `auroc/elbo`.
    """
    claims = list(registry.claims("metric", name.partition("/")[0]))
    return claims[0].plugin if claims else None


def result_meaning(registry: Registry, result: str) -> Meaning:
    """Return the unit of a result and which of two values is better.

    Args:
        registry: the installed plugins.
        result: such as `metric/nll`, `test/accuracy` or `validation/elbo`.

    Returns:
        Its meaning, which is empty if no plugin declares it.
    """
    name = result.partition("/")[2]
    if name == "elbo":  # of the training loop, not of a plugin
        return Meaning("nats", "higher")
    plugin = declaration(registry, name)
    return Meaning() if plugin is None else Meaning(plugin.unit, direction(plugin))
