"""Formats the metrics of a run as lines of text: value, spread over seeds, unit, direction and meaning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rcmvae_core.cli.diagnostics import printable
from rcmvae_core.plugin.metric_declarations import declaration, direction
from rcmvae_core.plugin.registry import Registry

_LISTED = 8
"""Values of one metric that are listed; of more, the range is."""


def metric_lines(summary: Mapping[str, Any], registry: Registry) -> list[str]:
    """Return the lines for the metrics that the spec of a run names; none if it has no values of them.

    Args:
        summary: the content of its `summary.json`.
        registry: the installed plugins; of a metric that is not installed only the values are shown.
    """
    means, stds = (summary[key].get("metrics", {}) for key in ("mean", "std"))
    groups: dict[str, list[str]] = {}
    for name in means:
        groups.setdefault(name.partition("/")[0], []).append(name)
    rows = [
        cell
        for group, names in groups.items()
        for cell in cells(names, means, stds if len(summary["seeds"]) > 1 else {}, _meaning(registry, group))
    ]
    widths = [max((len(cell[column]) for cell in rows), default=0) for column in (0, 1)]
    lines = [
        f"  {name:<{widths[0]}}  {value:<{widths[1]}}  {meaning}".rstrip() for name, value, meaning in rows
    ]
    return ["metrics of the spec:", *lines] if lines else []


def cells(
    names: list[str], means: Mapping[str, float], stds: Mapping[str, float], meaning: str
) -> Iterator[tuple[str, str, str]]:
    """Yield name, value and meaning of each value of a metric, or of their range.

    Args:
        names: of the values.
        means: over seeds.
        stds: of the seeds; empty for one seed.
        meaning: of the metric, which only the first has.
    """
    if len(names) > _LISTED:
        values = [means[name] for name in names]
        extent = f"{min(values):.4f} to {max(values):.4f}"
        yield f"{printable(names[0].partition('/')[0])} ({len(names)} values)", extent, meaning
        return
    for name in names:
        spread = f" ± {stds[name]:.4f}" if name in stds else ""
        yield printable(name), f"{means[name]:.4f}{spread}", meaning if name == names[0] else ""


def _meaning(registry: Registry, name: str) -> str:
    plugin = declaration(registry, name)
    if plugin is None:
        return ""
    unit = f"{plugin.unit}; " if plugin.unit else ""
    better = direction(plugin)
    return printable(f"{unit}{plugin.summary.rstrip('.')}" + (f"; {better} is better" if better else ""))
