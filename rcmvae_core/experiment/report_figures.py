"""Draws the figures of a report for each seed, and writes their pictures and data beside it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure

from rcmvae_core.errors import Diagnostic
from rcmvae_core.plugin.declaration import load_object
from rcmvae_core.plugin.protocols.figure import NotApplicable, Plot, ReportData
from rcmvae_core.plugin.resolved import ResolvedPart
from rcmvae_core.report.drawing import css_size, draw_compact, report_style
from rcmvae_core.report.metric_views import heading
from rcmvae_core.report.records import Absent, FigureView, Picture
from rcmvae_core.rundir.directory import RunDirectory
from rcmvae_core.rundir.read_only import ReadOnlyRunDirectory
from rcmvae_core.runtime.csv_cells import guard

_NO_ARRAYS = "it shows arrays of a trained model, and no seed has finished"


class _Drawing(NamedTuple):
    """A figure as it was drawn for a seed.

    Args:
        svg: the picture.
        table: its data as CSV; empty without data.
        width: in CSS pixels.
        height: in CSS pixels.
        result: the main result that it shows.
    """

    svg: bytes
    table: bytes
    width: int
    height: int
    result: str


def build_figure(part: ResolvedPart, data: ReportData) -> Figure | Plot | NotApplicable:
    """Call a figure's plugin.

    Args:
        part: the figure.
        data: what it reads.

    Returns:
        What the plugin returned.

    Raises:
        TypeError: if that is none of these.
        Exception: whatever the plugin raises.
    """
    with report_style():
        built = load_object(part.registered.plugin.impl)(part.params, data)
    if not isinstance(built, Figure | Plot | NotApplicable):
        raise TypeError(
            f"a figure must return a `Figure`, `Plot` or `NotApplicable`, got a `{type(built).__name__}`"
        )
    return built


def draw_figures(
    parts: Sequence[ResolvedPart],
    directory: RunDirectory | ReadOnlyRunDirectory,
    data: Sequence[ReportData],
    warn: Callable[[Diagnostic], None],
) -> list[FigureView]:
    """Draw every figure for every seed, and write the files of what differs between them.

    Args:
        parts: the figures.
        directory: the run directory.
        data: what figures read, for each seed.
        warn: called with a W416 for a figure that cannot be drawn.

    Returns:
        The figures as the report shows them.
    """
    return [_draw(part, directory, data, warn) for part in parts]


def _draw(
    part: ResolvedPart,
    directory: RunDirectory | ReadOnlyRunDirectory,
    data: Sequence[ReportData],
    warn: Callable[[Diagnostic], None],
) -> FigureView:
    """Draw a figure for every seed; seeds with the same result share it.

    Args:
        part: the figure.
        directory: as of `draw_figures`.
        data: as of `draw_figures`.
        warn: as of `draw_figures`.
    """
    seeds = dict[_Drawing | NotApplicable | str, list[int]]()
    for one in data:
        seeds.setdefault(_draw_seed(part, one), []).append(one.seed)
    views = list[Picture | Absent]()
    for drawing, group in seeds.items():
        if isinstance(drawing, _Drawing):
            folder = "figures" if group[0] == data[0].seed else f"figures/seed-{group[0]}"
            views.append(_write(part.name, drawing, tuple(group), directory, folder))
        elif isinstance(drawing, NotApplicable):
            views.append(Absent(tuple(group), drawing.reason))
        else:
            warn(missing_figure(part, drawing))
            views.append(Absent(tuple(group), drawing, is_error=True))
    return FigureView(part.name, heading(part.name), part.registered.plugin.summary, tuple(views))


def _draw_seed(part: ResolvedPart, data: ReportData) -> _Drawing | NotApplicable | str:
    """Return the drawing of a figure, why there is none, or the error of its plugin."""
    try:
        built = build_figure(part, data)
        if isinstance(built, NotApplicable):
            return built if data.arrays.labels.size else NotApplicable(_NO_ARRAYS)
        figure, columns = built if isinstance(built, Plot) else (built, None)
        # A plugin's figure may fail as late as when it is drawn.
        svg = draw_compact(figure)
        table = b"" if columns is None else _as_csv(columns)
        return _Drawing(svg, table, *css_size(figure), figure.get_suptitle().strip())
    except Exception as error:  # noqa: BLE001 - a figure that fails must not cost a trained run its report
        if not data.arrays.labels.size:
            return NotApplicable(_NO_ARRAYS)
        return f"{type(error).__name__}: {error}"


def _write(
    name: str,
    drawing: _Drawing,
    seeds: tuple[int, ...],
    directory: RunDirectory | ReadOnlyRunDirectory,
    folder: str,
) -> Picture:
    """Write the files of a drawing, and return it as the report shows it.

    Args:
        name: of the figure.
        drawing: of some seeds.
        seeds: these seeds.
        directory: the run directory.
        folder: of the files, in the run directory.
    """
    path = f"{folder}/{name}"
    files = {f"{path}.svg": drawing.svg} | ({f"{path}.csv": drawing.table} if drawing.table else {})
    for file, content in files.items():
        directory.write_figure(file.removeprefix("figures/"), content)
    table = f"{path}.csv" if drawing.table else ""
    return Picture(seeds, drawing.svg, drawing.width, drawing.height, drawing.result, f"{path}.svg", table)


def _as_csv(columns: Mapping[str, Sequence[object] | np.ndarray]) -> bytes:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([guard(name) for name in columns])
    writer.writerows(_rows(columns))
    return file.getvalue().encode("utf-8")


def _rows(columns: Mapping[str, Sequence[object] | np.ndarray]) -> Iterator[list[object]]:
    plain = [np.asarray(each).tolist() if isinstance(each, np.ndarray) else each for each in columns.values()]
    for row in zip(*plain, strict=True):
        yield [guard(cell) for cell in row]


def missing_figure(part: ResolvedPart, reason: str) -> Diagnostic:
    """Return the warning about a figure that cannot be drawn."""
    name, version = part.registered.distribution
    message = f"the report lacks {part} of {name} {version}: {reason.splitlines()[0]}"
    return Diagnostic("W416", message, part.place, help=["the other figures are drawn"])
