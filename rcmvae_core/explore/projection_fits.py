"""Fits a projection to the inputs of a model: one plane for all of them, and one for each channel."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from threading import Lock
from typing import Any

import attrs
import jax
import numpy as np
from jaxtyping import Float, Int

from rcmvae_core.errors import RunError
from rcmvae_core.explore.joined_features import JoinedFeatures, Latents, blocks, fit_joined
from rcmvae_core.model.build import build_part
from rcmvae_core.model.result_forms import problem
from rcmvae_core.plugin.failures import failure
from rcmvae_core.plugin.protocols import BuildContext, FittedProjection, NotApplicable, Projection
from rcmvae_core.plugin.resolved import ResolvedPart

Fit = FittedProjection | NotApplicable
_WIDEST = 64
"""Numbers of an input that a plugin may compute with at a time; more only take more memory."""


@attrs.frozen(eq=False, slots=False)
class ProjectionFits:
    """The fits of a projection, each computed when it is first needed; any thread may ask.

    Args:
        part: the projection.
        context: the sizes of the model.
        inputs: what it is fitted to.
        seed: of its random numbers.
    """

    part: ResolvedPart
    context: BuildContext
    inputs: Latents
    seed: int = 0
    _fits: dict[int, Fit] = attrs.field(factory=dict, init=False, repr=False)
    _lock: Any = attrs.field(factory=Lock, init=False, repr=False)

    @cached_property
    def own(self) -> Int[np.ndarray, " N"]:
        """The most probable channel of each input."""
        return self.inputs.channels()

    @cached_property
    def joined(self) -> JoinedFeatures:
        """The features that the plane of all inputs is fitted to."""
        return fit_joined(self.inputs)

    @property
    def all_inputs(self) -> Fit:
        """The fit to the joined features of all inputs."""
        return self._once(0, lambda: self.joined(self.inputs))

    def rows(self, channel: int) -> Int[np.ndarray, " n"]:
        """Return the inputs whose most probable channel this is."""
        return np.flatnonzero(self.own == channel)

    def channel(self, channel: int) -> Fit:
        """Return the fit to the latents of the inputs of a channel."""
        return self._once(1 + channel, lambda: self.inputs.latents[self.rows(channel)])

    def _once(self, stream: int, features: Callable[[], Float[np.ndarray, "N F"]]) -> Fit:
        """Return a fit, computed by the first thread that asks for it.

        Args:
            stream: of the random numbers, which names the fit.
            features: returns what it is fitted to.
        """
        with self._lock:
            if stream not in self._fits:
                self._fits[stream] = self._fit(features(), stream)
            return self._fits[stream]

    @cached_property
    def _projection(self) -> Projection:
        return build_part(self.part, self.context)

    def _fit(self, features: Float[np.ndarray, "N F"], stream: int) -> Fit:
        if not len(features):
            return NotApplicable("no input has this channel as its most probable one")
        key = jax.random.fold_in(jax.random.key(self.seed), stream)
        fitted = self._projection(features, key)
        return fitted if isinstance(fitted, NotApplicable) else _checked(self.part, fitted, features.shape[1])


def _checked(part: ResolvedPart, fitted: FittedProjection, size: int) -> FittedProjection:
    """Return a fit whose functions work in blocks, and raise a diagnostic for what a plugin may not return.

    Args:
        part: the plugin.
        fitted: what it returned.
        size: the number of features.
    """

    def checked(name: str, function: Callable[[Any], Any], columns: int) -> Callable[[Any], Any]:
        def call(rows: Float[np.ndarray, "N a"]) -> Float[np.ndarray, "N b"]:
            result = np.empty((len(rows), columns), np.float32)
            for block in blocks(len(rows), _WIDEST):
                result[block] = _call(part, name, function, rows[block], columns)
            return result

        return call

    inverse = None if fitted.inverse is None else checked("inverse", fitted.inverse, size)
    return fitted._replace(transform=checked("transform", fitted.transform, 2), inverse=inverse)


def _call(
    part: ResolvedPart,
    name: str,
    function: Callable[[Any], Any],
    rows: Float[np.ndarray, "n a"],
    columns: int,
) -> Float[np.ndarray, "n b"]:
    """Call a function of a plugin.

    Args:
        part: the plugin.
        name: of the function in its record.
        function: the function.
        rows: its argument.
        columns: what a row of the result must have.

    Raises:
        RunError: E218 if it raises, or returns something else.
    """
    try:
        result = function(rows)
    except Exception as error:
        raise RunError([failure(part, error, name)]) from error
    wrong = problem(result, [(len(rows), columns)])
    if wrong is None and not np.isfinite(result).all():
        wrong = "returned numbers that are not finite"
    if wrong is not None:
        raise RunError([failure(part, wrong, name)])
    return result
