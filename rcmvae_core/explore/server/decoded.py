"""Turns inputs and what was decoded into replies: a sheet of pictures, or values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

from rcmvae_core.data.columns import Columns
from rcmvae_core.explore.input_detail import number
from rcmvae_core.explore.pictures import Sheet, draw_sheet, has_pictures
from rcmvae_core.explore.server.context import Context
from rcmvae_core.explore.server.replies import Picture, Reply

_DAY = len("2000-01-01")


def decoded_reply(
    context: Context, decoded: np.ndarray, *, columns: int | None = None, channels: Sequence[int] = ()
) -> Reply:
    """Return decoded inputs [n *x]: a sheet for images, else their values.

    Args:
        context: of the server.
        decoded: in the units of the data.
        columns: cells of a row; absent, as many as make the sheet about square.
        channels: the channel of each, where the request does not say it.

    Returns:
        The reply.
    """
    info = context.workspace.models(0).trained.info
    if not has_pictures(info):
        named = {"channels": list(channels)} if len(channels) else {}
        return values_of(decoded, info.columns) | named
    return picture_of(draw_sheet(decoded, info, columns), channels)


def picture_of(sheet: Sheet, channels: Sequence[int] = ()) -> Picture:
    """Return a sheet as a reply, which says in its headers what is where."""
    named = {"X-Channels": ",".join(map(str, channels))} if len(channels) else {}
    return Picture(sheet.png, {"X-Sheet": f"{sheet.columns},{sheet.rows}"} | named)


def values_of(values: np.ndarray, columns: Columns | None) -> dict[str, Any]:
    """Return inputs [n *x] for JSON, each as one list, and those of a table also as its cells."""
    rows = {
        "values": [[number(value) for value in row] for row in values.reshape(len(values), -1).tolist()],
        "features": [] if columns is None else list(columns.features),
        "shape": list(values.shape[1:]),
    }
    return rows if columns is None else rows | {"cells": _cells(values, columns)}


def _cells(values: Float[np.ndarray, "n F"], columns: Columns) -> dict[str, list[Any]]:
    """Return `columns`, their names, and `rows`: numbers, texts, and null where a cell is missing."""
    texts = columns.decode(np.asarray(values, np.float64))
    types = [column.type for column in columns.columns]
    rows = zip(*texts.values(), strict=True)
    return {
        "columns": list(texts),
        "rows": [[_cell(*cell) for cell in zip(row, types, strict=True)] for row in rows],
    }


def _cell(text: str, type_: str) -> float | str | None:
    if not text:
        return None
    if type_ == "number":
        return number(float(text))
    # What is decoded falls on some second of a day, which means nothing.
    return text[:_DAY] if type_ == "date" else text
