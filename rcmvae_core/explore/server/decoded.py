"""Turns inputs and what was decoded into replies: a sheet of pictures, or values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from rcmvae_core.explore.pictures import Sheet, draw_sheet, has_pictures
from rcmvae_core.explore.server.context import Context
from rcmvae_core.explore.server.replies import Picture, Reply


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
        return values_of(decoded, context.workspace.data.features) | named
    return picture_of(draw_sheet(decoded, info, columns), channels)


def picture_of(sheet: Sheet, channels: Sequence[int] = ()) -> Picture:
    """Return a sheet as a reply, which says in its headers what is where."""
    named = {"X-Channels": ",".join(map(str, channels))} if len(channels) else {}
    return Picture(sheet.png, {"X-Sheet": f"{sheet.columns},{sheet.rows}"} | named)


def values_of(values: np.ndarray, features: Sequence[str]) -> dict[str, Any]:
    """Return inputs [n *x] for JSON, each as one list."""
    return {
        "values": values.reshape(len(values), -1).tolist(),
        "features": list(features),
        "shape": list(values.shape[1:]),
    }
