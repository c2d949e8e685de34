"""Serves what the decoder makes of latents: where somebody points, on a grid, along an axis, and at random."""

from __future__ import annotations

import numpy as np

from rcmvae_core.explore.decoding import grid_points
from rcmvae_core.explore.server.context import Context
from rcmvae_core.explore.server.decoded import decoded_reply
from rcmvae_core.explore.server.errors import MALFORMED, UNKNOWN, refuse
from rcmvae_core.explore.server.fields import Field, Number, Text, Whole
from rcmvae_core.explore.server.objects import Maybe
from rcmvae_core.explore.server.replies import Reply
from rcmvae_core.explore.server.route import Route, get
from rcmvae_core.explore.server.routes_inputs import DECODED
from rcmvae_core.explore.server.routes_models import MODEL

_MOST = 400
"""Inputs that are decoded for one sheet."""
_PLACE = Number(-1e6, 1e6)
_CHANNEL = Whole(0, 9999)
_PLANE: dict[str, Field] = {"channel": _CHANNEL, "projection": Text(100)}


def _decode(context: Context, *, m: int, channel: int, projection: str, x: float, y: float) -> Reply:
    return _decoded(context, m, (channel, projection), np.array([[x, y]]), 1)


def _grid(
    context: Context,
    *,
    m: int,
    channel: int,
    projection: str,
    x0: float,
    x1: float,
    y0: float,
    y1: float,
    columns: int,
    rows: int,
) -> Reply:
    if columns * rows > _MOST:
        raise refuse(MALFORMED, f"`columns` times `rows` must be {_MOST} at most, got {columns * rows}")
    points = grid_points((x0, x1), (y0, y1), columns, rows)
    return _decoded(context, m, (channel, projection), points, columns)


def _decoded(context: Context, m: int, plane: tuple[int, str], points: np.ndarray, columns: int) -> Reply:
    """Decode points [n 2] of a channel's plane.

    Args:
        context: of the server.
        m: the model.
        plane: the channel c, and the name of the projection.
        points: x and y.
        columns: of the sheet.
    """
    services, (channel, projection) = context.services(m), plane
    _check_channel(context, m, channel)
    latents = services.projected(projection).channels[channel].features(points)
    decoded = services.decoder.decode(np.asarray(latents, np.float32), channel)
    return decoded_reply(context, decoded, columns=columns)


def _samples(
    context: Context, *, m: int, class_: int | None, channel: int | None, count: int, seed: int
) -> Reply:
    if class_ is not None and channel is not None:
        raise refuse(MALFORMED, "`class` and `channel` cannot both be given")
    tau = None
    if channel is not None:
        _check_channel(context, m, channel)
    if class_ is not None:
        taus = context.view(m, None).tau
        if class_ >= taus.shape[1]:
            raise refuse(UNKNOWN, f"there is no class {class_}")
        tau = taus[:, class_]
    samples, channels = context.services(m).decoder.sample(count, channel=channel, tau=tau, seed=seed)
    return decoded_reply(context, samples, channels=np.asarray(channels).tolist())


def _traversal(context: Context, m: int, channel: int, steps: int, reach: float) -> Reply:
    _check_channel(context, m, channel)
    dim = context.model(m).trained.info.context.dim
    if dim * steps > _MOST:
        raise refuse(MALFORMED, f"`steps` must be {_MOST // dim} at most: there are {dim} axes")
    walk = context.services(m).decoder.traverse(channel, steps=steps, reach=reach)
    return decoded_reply(context, walk.decoded.reshape(-1, *walk.decoded.shape[2:]), columns=steps)


def _check_channel(context: Context, m: int, channel: int) -> None:
    """Check that a model has a channel.

    Raises:
        HttpError: 404 if it has not.
    """
    count = context.model(m).channel_count
    if channel >= count:
        raise refuse(UNKNOWN, f"there is no channel {channel}: the model has {count}, from 0")


ROUTES: tuple[Route, ...] = (
    get(
        "models/{m}/decode",
        "What the decoder makes of a place in a channel's plane.",
        _decode,
        parts=MODEL,
        query=_PLANE | {"x": _PLACE, "y": _PLACE},
        returns=DECODED,
        place="glance",
    ),
    get(
        "models/{m}/decode/grid",
        "What the decoder makes of a grid of places, row by row from the top left.",
        _grid,
        parts=MODEL,
        query=_PLANE
        | dict.fromkeys(("x0", "x1", "y0", "y1"), _PLACE)
        | dict.fromkeys(("columns", "rows"), Whole(1, _MOST)),
        returns=DECODED,
        place="glance",
    ),
    get(
        "models/{m}/samples",
        "Samples of a class, of a channel, or of all.",
        _samples,
        parts=MODEL,
        query={
            "class": Maybe(Whole()),
            "channel": Maybe(_CHANNEL),
            "count": Maybe(Whole(1, 256), 16),
            "seed": Maybe(Whole(), 0),
        },
        returns=DECODED,
        place="glance",
    ),
    get(
        "models/{m}/traversal",
        "A walk along each axis of a channel's latent, a row for each.",
        _traversal,
        parts=MODEL,
        query={
            "channel": _CHANNEL,
            "steps": Maybe(Whole(2, 100), 9),
            "reach": Maybe(Number(0.01, 20), 3.0),
        },
        returns=DECODED,
        place="glance",
    ),
)
