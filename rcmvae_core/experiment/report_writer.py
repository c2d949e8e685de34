"""Writes the report of a trained run: its figures, and a page with them and the spec."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rcmvae_core.errors import Diagnostic
from rcmvae_core.inference.class_metrics import class_metrics
from rcmvae_core.plugin.declaration import Kind, load_object
from rcmvae_core.plugin.protocols.figure import ReportData
from rcmvae_core.plugin.protocols.report_arrays import ReportArrays
from rcmvae_core.plugin.resolved import ResolvedPart, ResolvedSpec
from rcmvae_core.report import page, records
from rcmvae_core.report.drawing import report_style
from rcmvae_core.rundir.directory import RunDirectory
from rcmvae_core.rundir.read_only import ReadOnlyRunDirectory
from rcmvae_core.spec.write import table


def write_report(
    resolved: ResolvedSpec,
    kinds: Mapping[str, Kind],
    directory: RunDirectory | ReadOnlyRunDirectory,
    data: Sequence[ReportData],
    *,
    spec_text: str,
    environment: Mapping[str, Any],
    warnings: list[str],
    warn: Callable[[Diagnostic], None],
) -> Path:
    """Draw the figures, write them and the page, and return the page's path.

    Args:
        resolved: the resolved spec.
        kinds: the plugin kinds of the registry.
        directory: the run directory.
        data: what figures read, for each seed.
        spec_text: the content of `spec.toml`.
        environment: versions and platform.
        warnings: the warnings of the run, one line each.
        warn: called with a W416 for a figure that cannot be drawn, before the page is written.
    """
    parts = resolved.parts.get("figure", ())
    first = data[0]
    figures = [_figure(part, first) for part in parts]
    for part, named in zip(parts, figures, strict=True):
        if isinstance(named.svg, bytes):
            directory.write_figure(f"{named.name}.svg", named.svg)
        else:
            warn(missing_figure(part, named.svg))
    view = records.RunView(
        name=resolved.name,
        state="done",
        summary=first.summary,
        spec_text=spec_text,
        parts=[_part_view(p, kinds) for group in resolved.parts.values() for p in group if p.kind != "figure"],
        environment={**{k: str(v) for k, v in environment["versions"].items()},
                     **{name: environment[name] for name in ("python", "platform", "backend")}},
        warnings=warnings,
        classes=_class_views(first.arrays),
    )  # fmt: skip
    return directory.write_text("report.html", page.render(view, figures))


def _class_views(arrays: ReportArrays) -> list[records.ClassView]:
    known = arrays.labels >= 0
    if not arrays.probabilities.shape[1] or not known.any():
        return []
    each = class_metrics(arrays.probabilities[known], arrays.labels[known], arrays.class_names)
    return [records.ClassView(**one._asdict()) for one in each]


def _figure(part: ResolvedPart, data: ReportData) -> records.NamedFigure:
    plugin = part.registered.plugin
    title = part.name.replace("_", " ").capitalize()
    try:
        with report_style():
            figure = load_object(plugin.impl)(part.params, data)
    except Exception as error:  # noqa: BLE001 - a figure that fails must not cost a trained run its report
        figure = f"{type(error).__name__}: {error}"
    return records.NamedFigure(part.name, title, plugin.summary, figure)


def missing_figure(part: ResolvedPart, reason: str) -> Diagnostic:
    """Return the warning about a figure that cannot be drawn."""
    name, version = part.registered.distribution
    message = f"the report lacks {part} of {name} {version}: {reason.splitlines()[0]}"
    return Diagnostic("W416", message, part.place, help=["the other figures are drawn"])


def _part_view(part: ResolvedPart, kinds: Mapping[str, Kind]) -> records.PartView:
    plugin, distribution = part.registered
    values = table(part.params, kinds) | (table(part.keys, kinds) if part.keys else {})
    return records.PartView(
        plugin.kind, plugin.name, distribution.name, distribution.version, values, part.label or None
    )
