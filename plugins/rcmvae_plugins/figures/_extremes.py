"""Draws the inputs with the highest or lowest values above their reconstructions."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from rcmvae_core.plugin.protocols import Plot, ReportArrays
from rcmvae_plugins.figures._labels import number, verdict
from rcmvae_plugins.figures._pictures import decoded_rows, grid_columns, picture_columns
from rcmvae_plugins.figures._tiles import TileRow, blocks, tile_figure


class Extreme(NamedTuple):
    """Pictures with extreme values.

    Args:
        name: of the row.
        pictures: their indices, the most extreme first.
        values: of them.
    """

    name: str
    pictures: Int[np.ndarray, " m"]
    values: Float[np.ndarray, " m"]


def extremes(values: Float[np.ndarray, " n"], count: int, *, name: str, lowest: bool = False) -> Extreme:
    """Return the pictures with the highest values, or the lowest; without those that have none.

    Args:
        values: of the pictures.
        count: the largest number of pictures.
        name: of their row.
        lowest: whether these are the lowest.
    """
    known = np.flatnonzero(np.isfinite(values))
    order = known[np.argsort(values[known] if lowest else -values[known], kind="stable")][:count]
    return Extreme(name, order, values[order])


def extremes_plot(
    title: str, arrays: ReportArrays, groups: list[Extreme], *, columns: int, value: str
) -> Plot:
    """Draw each group of pictures above their reconstructions, with the value and the label above each picture.

    Args:
        title: the main result that the figure shows.
        arrays: of the report.
        groups: the pictures.
        columns: the largest number of tiles in a row.
        value: the column of the values in the table.
    """
    rows: list[TileRow] = []
    tables = []
    for group in groups:
        texts = [
            f"{number(float(each))}\n{verdict(arrays, int(picture))}".rstrip()
            for picture, each in zip(group.pictures, group.values, strict=True)
        ]
        inputs = TileRow(group.name, arrays.inputs[group.pictures], texts)
        decoded = [row._replace(label="reconstruction") for row in decoded_rows(arrays, group.pictures)[:1]]
        rows += blocks([inputs, *decoded], columns)
        table = grid_columns([group.name], picture_columns(arrays, group.pictures))
        tables.append(table | {value: group.values})
    table = {name: np.concatenate([each[name] for each in tables]) for name in tables[0]}
    return Plot(tile_figure(title, rows, group=2), table)
