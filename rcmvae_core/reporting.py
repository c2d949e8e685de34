"""A trained run to its report: every figure drawn, every part listed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rcmvae_core import report, rundir
from rcmvae_core.declarations import Kind, load_object
from rcmvae_core.diagnostics import ReportData
from rcmvae_core.onlooker import Onlooker
from rcmvae_core.resolve import Part, ResolvedSpec
from rcmvae_core.resolved_toml import table


def write_report(
    resolved: ResolvedSpec,
    kinds: Mapping[str, Kind],
    directory: rundir.RunDirectory | Onlooker,
    data: ReportData,
    *,
    spec_text: str,
    facts: Mapping[str, Any],
    warnings: list[str],
) -> Path:
    """Draw the figures, write them and the page, and give the page's path.

    Args:
        resolved: the checked spec.
        kinds: the registry's kinds.
        directory: where to write.
        data: what figures read.
        spec_text: the spec as it was written.
        facts: versions and platform.
        warnings: what a reader should know.
    """
    figures = [_figure(part, data) for part in resolved.parts.get("figure", ())]
    for named in figures:
        if isinstance(named.svg, bytes):
            directory.write_figure(f"{named.name}.svg", named.svg)
    view = report.RunView(
        name=resolved.name,
        state="done",
        summary=data.summary,
        spec_text=spec_text,
        parts=[_part_view(p, kinds) for group in resolved.parts.values() for p in group if p.kind != "figure"],
        environment={**{k: str(v) for k, v in facts["versions"].items()}, "python": facts["python"],
                     "platform": facts["platform"], "backend": facts["backend"]},
        warnings=warnings,
    )  # fmt: skip
    return directory.write_text("report.html", report.render(view, figures))


def _figure(part: Part, data: ReportData) -> report.NamedFigure:
    plugin = part.registered.plugin
    title = part.name.replace("_", " ").capitalize()
    try:
        with report.inked():
            figure = load_object(plugin.impl)(part.params, data)
    except Exception as error:  # noqa: BLE001 - a broken figure must not cost a trained run its report
        figure = f"{type(error).__name__}: {error}"
    return report.NamedFigure(part.name, title, plugin.summary, figure)


def _part_view(part: Part, kinds: Mapping[str, Kind]) -> report.Part:
    plugin, distribution = part.registered
    values = table(part.params, kinds) | (table(part.keys, kinds) if part.keys else {})
    return report.Part(
        plugin.kind, plugin.name, distribution.name, distribution.version, values, part.label or None
    )
