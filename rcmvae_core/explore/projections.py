"""Computes where the inputs of a model lie: on one map of all, and in the plane of each channel."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import NamedTuple

import attrs
import numpy as np
from jaxtyping import Float, Int

from rcmvae_core.errors import fail
from rcmvae_core.explore.joined_features import Latents
from rcmvae_core.explore.kept_projections import Coordinates, KeptProjections, PlaneFacts
from rcmvae_core.explore.plane_alignment import Turn, align
from rcmvae_core.explore.projection_fits import Fit, ProjectionFits
from rcmvae_core.plugin.protocols import BuildContext, NotApplicable
from rcmvae_core.plugin.resolved import ResolvedPart

FREE_AXES = "projection.free_axes"
"""The token of a projection whose planes may be turned."""


class Placed(NamedTuple):
    """Where inputs lie.

    Args:
        map: on the map of all inputs; zeros if there is none.
        channels: the most probable channel of each.
        planes: in the plane of this channel; zeros if it has none.
    """

    map: Float[np.ndarray, "n 2"]
    channels: Int[np.ndarray, " n"]
    planes: Float[np.ndarray, "n 2"]


@attrs.frozen(eq=False, slots=False)
class Plane:
    """A plane in which inputs lie.

    Args:
        facts: what the axes show, whether points can be taken back, and why there is no plane.
        find: returns the fit; called once, when the first new point is placed or taken back.
        turn: what was done to the fit so that it lies as an earlier one did.
    """

    facts: PlaneFacts
    find: Callable[[], Fit]
    turn: Turn | None = None

    @property
    def axes(self) -> tuple[str, str]:
        """What the axes show; a turned one shows a mixture of two."""
        first, second = self.facts.axes
        return (first, second) if self.turn is None else (f"{first}, turned", f"{second}, turned")

    @property
    def reason(self) -> str:
        """Why there is no plane; empty if there is one."""
        return self.facts.reason

    @property
    def invertible(self) -> bool:
        """Whether points can be taken back to features."""
        return self.facts.invertible

    @cached_property
    def _fit(self) -> Fit:
        return self.find()

    def place(self, features: Float[np.ndarray, "n F"]) -> Float[np.ndarray, "n 2"]:
        """Return where features lie; zeros if there is no plane."""
        fitted = self._fit
        if isinstance(fitted, NotApplicable):
            return np.zeros((len(features), 2), np.float32)
        places = fitted.transform(features)
        return places if self.turn is None else self.turn.apply(places)

    def features(self, points: Float[np.ndarray, "n 2"]) -> Float[np.ndarray, "n F"]:
        """Return the features at points of the plane, such as the latents to decode.

        Raises:
            RcmvaeError: E435 if the projection cannot say.
        """
        fitted = self._fit
        if isinstance(fitted, NotApplicable) or fitted.inverse is None:
            reason = self.reason or "this projection does not take points back to latents"
            help_ = ["choose another projection, such as `pca`"]
            fail("E435", f"points of the plane cannot be decoded: {reason}", help=help_)
        return fitted.inverse(points if self.turn is None else self.turn.undo(points))


@attrs.frozen(eq=False)
class Projected:
    """Where the inputs of a model lie, by one projection.

    Args:
        name: of the projection.
        map: the map of all inputs.
        map_places: of each input on the map; zeros if there is none.
        channels: the plane of each channel.
        channel_places: of each input in the plane of its most probable channel; zeros if there is none.
        own: the most probable channel of each input.
        fits: of the projection.
    """

    name: str
    map: Plane
    map_places: Float[np.ndarray, "N 2"]
    channels: tuple[Plane, ...]
    channel_places: Float[np.ndarray, "N 2"]
    own: Int[np.ndarray, " N"]
    fits: ProjectionFits = attrs.field(repr=False)

    def place(self, inputs: Latents) -> Placed:
        """Return where other inputs lie."""
        own = inputs.channels()
        planes = np.zeros((len(own), 2), np.float32)
        for channel in np.unique(own).tolist():
            planes[own == channel] = self.channels[channel].place(inputs.latents[own == channel])
        return Placed(self.map.place(self.fits.joined(inputs)), own, planes)


def project(
    part: ResolvedPart,
    context: BuildContext,
    inputs: Latents,
    *,
    kept: KeptProjections | None = None,
    earlier: Projected | None = None,
) -> Projected:
    """Compute where the inputs of a model lie.

    Args:
        part: the projection.
        context: the sizes of the model.
        inputs: what the model says about each input.
        kept: where the coordinates are kept between sessions; None to compute them.
        earlier: of another model, about the same inputs. If the axes of the projection have no direction of their own,
            planes are rotated and mirrored, so that inputs lie as near as possible to where they lay there.

    Returns:
        The places of all inputs, and the planes, in which others can be placed.

    Raises:
        RunError: E218 if the projection of another package fails.
    """
    fits = ProjectionFits(part, context, inputs)
    coordinates = kept.read(fits) if kept is not None else None
    if coordinates is None:
        coordinates = _compute(fits)
        if kept is not None:
            kept.write(fits, coordinates)
    projected = _unturned(fits, coordinates)
    free = FREE_AXES in part.capabilities().provides
    if earlier is None or not free or len(earlier.own) != len(projected.own):
        return projected
    return _turned(projected, earlier)


def _compute(fits: ProjectionFits) -> Coordinates:
    """Return the coordinates of all inputs."""
    map_facts, map_places = _places(fits.all_inputs, fits.joined(fits.inputs))
    channels = fits.inputs.responsibilities.shape[1]
    places, facts = np.zeros((len(fits.own), 2), np.float32), []
    for channel in range(channels):
        rows = fits.rows(channel)
        one, places[rows] = _places(fits.channel(channel), fits.inputs.latents[rows])
        facts.append(one)
    return Coordinates(map_facts, map_places, tuple(facts), places)


def _places(fitted: Fit, features: Float[np.ndarray, "n F"]) -> tuple[PlaneFacts, Float[np.ndarray, "n 2"]]:
    """Return a plane and the places of inputs in it.

    Args:
        fitted: the fit.
        features: of the inputs.
    """
    if isinstance(fitted, NotApplicable):
        return PlaneFacts(("", ""), invertible=False, reason=fitted.reason), np.zeros(
            (len(features), 2), np.float32
        )
    return PlaneFacts(fitted.axes, invertible=fitted.inverse is not None, reason=""), fitted.transform(
        features
    )


def _unturned(fits: ProjectionFits, coordinates: Coordinates) -> Projected:
    """Return the planes as they were fitted.

    Args:
        fits: the fits, which need not have been computed.
        coordinates: of all inputs.
    """
    planes = [
        Plane(facts, lambda channel=channel: fits.channel(channel))
        for channel, facts in enumerate(coordinates.channel_facts)
    ]
    return Projected(
        name=fits.part.name,
        map=Plane(coordinates.map_facts, lambda: fits.all_inputs),
        map_places=coordinates.map_places,
        channels=tuple(planes),
        channel_places=coordinates.channel_places,
        own=fits.own,
        fits=fits,
    )


def _turned(projected: Projected, earlier: Projected) -> Projected:
    """Return the planes turned so that inputs lie where they lay in those of an earlier model.

    Args:
        projected: the planes.
        earlier: those of the other model.
    """
    map_places, whole = projected.map_places, projected.map
    turn = _turn((projected.map, earlier.map), map_places, earlier.map_places)
    if turn is not None:
        whole, map_places = attrs.evolve(whole, turn=turn), turn.apply(map_places)
    places, planes = projected.channel_places.copy(), list(projected.channels)
    for channel, pair in enumerate(zip(projected.channels, earlier.channels, strict=False)):
        rows = projected.fits.rows(channel)
        both = rows[earlier.own[rows] == channel]
        turn = _turn(pair, places[both], earlier.channel_places[both])
        if turn is not None:
            planes[channel], places[rows] = attrs.evolve(pair[0], turn=turn), turn.apply(places[rows])
    return attrs.evolve(
        projected, map=whole, map_places=map_places, channels=tuple(planes), channel_places=places
    )


def _turn(
    planes: tuple[Plane, Plane], places: Float[np.ndarray, "n 2"], earlier: Float[np.ndarray, "n 2"]
) -> Turn | None:
    """Return how to turn a plane; None if it stays as it is.

    Args:
        planes: the plane, and the earlier one.
        places: of inputs in the plane.
        earlier: of the same inputs in the earlier one.
    """
    return None if any(plane.reason for plane in planes) else align(places, earlier)
