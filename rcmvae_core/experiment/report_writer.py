"""Writes the report of a run: a page, and the same as Markdown, with its figures and the spec."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rcmvae_core.errors import Diagnostic
from rcmvae_core.experiment.report_figures import draw_figures
from rcmvae_core.inference.class_metrics import class_metrics
from rcmvae_core.plugin.declaration import Kind
from rcmvae_core.plugin.metric_declarations import direction
from rcmvae_core.plugin.parameters import fields
from rcmvae_core.plugin.protocols.figure import ReportData
from rcmvae_core.plugin.protocols.report_arrays import ReportArrays
from rcmvae_core.plugin.resolved import ResolvedPart, ResolvedSpec
from rcmvae_core.report import markdown, page, records
from rcmvae_core.rundir.directory import RunDirectory
from rcmvae_core.rundir.listing import read_listed
from rcmvae_core.rundir.read_only import ReadOnlyRunDirectory
from rcmvae_core.spec.write import dotted, table

MARKDOWN = "REPORT.md"


def write_report(
    resolved: ResolvedSpec,
    kinds: Mapping[str, Kind],
    directory: RunDirectory | ReadOnlyRunDirectory,
    data: Sequence[ReportData],
    *,
    spec_text: str,
    environment: Mapping[str, Any],
    warnings: Sequence[str],
    warn: Callable[[Diagnostic], None],
) -> Path:
    """Draw the figures, write them and the page, and return the page's path.

    Args:
        resolved: the resolved spec.
        kinds: the plugin kinds of the registry.
        directory: the run directory.
        data: what figures read, for each seed; of a run that is not done, that of the seeds which have arrays.
        spec_text: the content of `spec.toml`.
        environment: versions and platform.
        warnings: the warnings of the run, one line each.
        warn: called with a W416 for a figure that cannot be drawn, before the page is written.
    """
    figures = draw_figures(resolved.parts.get("figure", ()), directory, data, warn)
    view = records.RunView(
        name=resolved.name,
        summary=data[0].summary,
        spec_text=spec_text,
        seeds=resolved.seeds,
        epochs=resolved.train.epochs,
        progress=_progress(data[0].history),
        parts=[_part_view(p, kinds) for group in resolved.parts.values() for p in group if p.kind != "figure"],
        environment={**{k: str(v) for k, v in environment["versions"].items()},
                     **{name: environment[name] for name in ("python", "platform", "backend")}},
        warnings=warnings,
        classes={one.seed: _class_views(one.arrays) for one in data},
        metrics={part.name: _metric_view(part) for part in resolved.parts.get("metric", ())},
        defaults=frozenset(_defaults(resolved, kinds)),
        **_state(directory, data[0]),
    )  # fmt: skip
    directory.write_text(MARKDOWN, markdown.render_markdown(view, figures))
    return directory.write_text("report.html", page.render(view, figures))


def _state(directory: RunDirectory | ReadOnlyRunDirectory, data: ReportData) -> dict[str, str]:
    """Return the state of the run, and why it is not done; the status still says `running` while results are written."""
    if data.summary:
        return {"state": "done"}
    listed = read_listed(directory.path)
    return {"state": listed.state, "reason": listed.reason}


def _progress(history: Sequence[Mapping[str, float]]) -> dict[int, int]:
    progress = dict[int, int]()
    for row in history:
        seed = int(row["seed"])
        progress[seed] = max(int(row["epoch"]), progress.get(seed, 0))
    return progress


def _class_views(arrays: ReportArrays) -> list[records.ClassView]:
    known = arrays.labels >= 0
    if not arrays.probabilities.shape[1] or not known.any():
        return []
    each = class_metrics(arrays.probabilities[known], arrays.labels[known], arrays.class_names)
    return [records.ClassView(**one._asdict()) for one in each]


def _metric_view(part: ResolvedPart) -> records.MetricView:
    plugin = part.registered.plugin
    return records.MetricView(_meaning(plugin.summary), plugin.unit, direction(plugin))


def _meaning(summary: str) -> str:
    """Return a summary as a part of a line: in lower case, unless it begins with an acronym."""
    first = summary[:2]
    start = first.lower() if first[1:].islower() or first[1:] == " " else first
    return (start + summary[2:]).rstrip(".")


def _part_view(part: ResolvedPart, kinds: Mapping[str, Kind]) -> records.PartView:
    plugin, distribution = part.registered
    values = table(part.params, kinds) | (table(part.keys, kinds) if part.keys else {})
    defaults = [name for record in _records(part) for name in _default_names(record)]
    return records.PartView(
        plugin.kind,
        plugin.name,
        distribution.name,
        distribution.version,
        values,
        part.label or None,
        frozenset(defaults),
    )


def _records(part: ResolvedPart) -> list[Any]:
    return [part.params] if part.keys is None else [part.params, part.keys]


def _defaults(resolved: ResolvedSpec, kinds: Mapping[str, Kind]) -> Iterator[str]:
    """Yield the paths of the values of a spec that are defaults, as TOML writes them."""
    slots = [(("latent",), resolved.latent), (("train",), resolved.train)]
    for name, parts in resolved.parts.items():
        for part in parts:
            path = (*kinds[name].path, part.label) if part.label else kinds[name].path
            slots += [
                ((*path, part.name), part.params),
                *([(path, part.keys)] if part.keys is not None else []),
            ]
    for path, record in slots:
        yield from (dotted((*path, name)) for name in _default_names(record))


def _default_names(record: Any) -> Iterator[str]:
    for name, field in fields(type(record)).items():
        if not field.required and getattr(record, name) == field.default:
            yield name
