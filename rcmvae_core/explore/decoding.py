"""Decodes latents while somebody looks: places on a map, samples, traversals and reconstructions of an input.

Each is a call of a program that was compiled for a batch of a fixed size, so that no look waits for a compiler.
Everything is decoded by the state of the first seed, and returned in the units of the data.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cached_property, partial
from threading import Event, Thread
from typing import Any, NamedTuple

import attrs
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from rcmvae_core.errors import fail
from rcmvae_core.explore.pictures import in_data_units
from rcmvae_core.inference import generate
from rcmvae_core.inference.inputs import to_unit_range
from rcmvae_core.inference.lookup import channel_index
from rcmvae_core.inference.report_arrays.passes import reconstruct_by_channel
from rcmvae_core.inference.trained_model import TrainedModel
from rcmvae_core.model.model import Model
from rcmvae_core.plugin.protocols import Params
from rcmvae_core.training.state import TrainState

BATCHES = (1, 16, 64, 256)
"""Sizes that latents are filled up to."""
_MOST_VALUES = 2**24
"""Values of a decoded batch above which its size is not used: the decoder's own arrays are many times as large."""
_PRIOR_DRAWS = 4096
_LEAST_WEIGHT = 1e-12


class Reconstructions(NamedTuple):
    """What the model makes of one input, in the units of the data.

    Args:
        selected: E[x] over the channels that the routing selects without noise.
        weighted: Σ_c q(c|x) E[x|z_c, c].
        each: E[x|z_c, c] of every channel, z_c being the mean of its posterior.
    """

    selected: Float[np.ndarray, "*x"]
    weighted: Float[np.ndarray, "*x"]
    each: Float[np.ndarray, "K *x"]


class Traversal(NamedTuple):
    """A walk along each axis of a channel's latent, through the mean of its prior.

    Args:
        positions: in standard deviations of the prior.
        latents: the places.
        decoded: E[x|z, c] of each axis and place.
    """

    positions: Float[np.ndarray, " S"]
    latents: Float[np.ndarray, "D S D"]
    decoded: Float[np.ndarray, "D S *x"]


@attrs.frozen(eq=False, slots=False)
class Decoder:
    """The decoder of a trained model, by the first seed.

    Args:
        trained: the model.
    """

    trained: TrainedModel

    def decode(
        self, latents: Float[np.ndarray, "n D"], channels: Int[np.ndarray, " n"] | int
    ) -> Float[np.ndarray, "n *x"]:
        """Decode latents.

        Args:
            latents: z.
            channels: c of each, or of all.

        Returns:
            E[x|z, c].

        Raises:
            RcmvaeError: E422 if the model has no such channel.
        """
        channels = np.broadcast_to(np.asarray(channels, np.int32), (len(latents),))
        for channel in np.unique(channels).tolist():
            channel_index(channel, self.trained.info.context.channels)
        shape = self.trained.info.context.input_shape
        decoded = np.empty((len(latents), *shape), np.float32)
        start = 0
        while start < len(latents):
            size = self._size(len(latents) - start)
            part = slice(start, min(start + size, len(latents)))
            z = np.resize(np.asarray(latents[part], np.float32), (size, latents.shape[1]))
            x = self._decode(self.state.prediction_params, z, np.resize(channels[part], size))
            decoded[part] = np.asarray(x)[: part.stop - part.start]
            start = part.stop
        return in_data_units(decoded, self.trained.info)

    def sample(
        self,
        count: int,
        *,
        channel: int | None = None,
        tau: Float[np.ndarray, " K"] | None = None,
        seed: int = 0,
    ) -> tuple[Float[np.ndarray, "n *x"], Int[np.ndarray, " n"]]:
        """Sample inputs.

        Args:
            count: the number n of samples.
            channel: their channel c; absent, channels are drawn.
            tau: τ[c, y] of a class y, by which p(c|y) ∝ τ[c, y] p(c) is drawn from; absent, p(c) is.
            seed: of the draws.

        Returns:
            E[x|z, c] for z from the prior p(z|c), and c.

        Raises:
            RcmvaeError: E422 if the model has no such channel, or no channel belongs to the class; E443 if so many
                samples do not fit in memory.
        """
        info = self.trained.info
        weights = self.prior_weights if tau is None else self.prior_weights * np.asarray(tau, np.float64)
        if channel is not None:
            weights = np.eye(info.context.channels)[channel_index(channel, info.context.channels)]
        if not weights.sum() > _LEAST_WEIGHT:
            fail("E422", "no channel belongs to this class", help=["label inputs of it first"])
        weights = jnp.asarray(weights / weights.sum(), jnp.float32)
        samples, channels = self.trained.draw_channels(count, weights, seed=seed)
        # The trained model leaves inputs that are divided by their maximum in [0, 1].
        return (samples if info.scaling is not None else in_data_units(samples, info)), channels

    def traverse(self, channel: int, *, steps: int = 9, reach: float = 3.0) -> Traversal:
        """Decode places along each axis of a channel's latent.

        Args:
            channel: c.
            steps: places on each axis, S.
            reach: the first and last place, in standard deviations of the prior.

        Returns:
            The walk.

        Raises:
            RcmvaeError: E422 if the model has no such channel.
        """
        mean, unit = (each[channel_index(channel, len(each))] for each in self._prior_moments)
        positions, dim = np.linspace(-reach, reach, steps, dtype=np.float32), len(mean)
        latents = mean + np.eye(dim, dtype=np.float32)[:, None] * positions[:, None] * unit
        decoded = self.decode(latents.reshape(-1, dim), channel)
        return Traversal(positions, latents, decoded.reshape(dim, steps, *decoded.shape[1:]))

    def reconstruct(self, raw: np.ndarray) -> Reconstructions:
        """Reconstruct one input.

        Args:
            raw: the input [*x], in the units of the data.

        Returns:
            What each channel, and all together, make of it.
        """
        info = self.trained.info
        x = to_unit_range(raw[None], info)
        selected, weighted, each = jax.device_get(self._reconstruct(self.state, x))
        return Reconstructions(
            selected=in_data_units(selected, info),
            weighted=in_data_units(weighted, info),
            each=in_data_units(each, info),
        )

    @property
    def state(self) -> TrainState:
        """The state of the first seed."""
        return self.trained.states[0]

    @cached_property
    def prior_weights(self) -> Float[np.ndarray, " K"]:
        """p(c) of each channel; 0 where it is locked."""
        log_pi = jax.jit(partial(generate.log_pi, self.trained.model))(self.state)
        return np.exp(np.asarray(log_pi, np.float64))

    def warm(self, stop: Event | None = None) -> None:
        """Compile every program, the smallest first.

        Args:
            stop: ends it before the next program, once it is set.
        """
        context = self.trained.info.context
        inputs = np.zeros(context.input_shape, np.dtype(self.trained.info.dtype))
        sizes = [partial(self.decode, np.zeros((n, context.dim), np.float32), 0) for n in self.batches]
        others = [partial(self.reconstruct, inputs), partial(self.traverse, 0), partial(self.sample, 1)]
        for call in (sizes[0], others[0], *sizes[1:], *others[1:]):
            if stop is not None and stop.is_set():
                return
            call()

    def start_warming(self) -> Callable[[], None]:
        """Run `warm` in a thread.

        Returns:
            A function that ends it and waits for it: an interpreter must not exit while a compiler runs.
        """
        _ = self._decode, self._reconstruct  # made here, so that a request meanwhile has the same programs
        stop = Event()

        def warm() -> None:
            with suppress(Exception):  # what fails here fails in a request too, which reports it
                self.warm(stop)

        thread = Thread(target=warm, name="warm-decoder")
        thread.start()

        def end() -> None:
            stop.set()
            thread.join()

        return end

    @cached_property
    def batches(self) -> tuple[int, ...]:
        """The sizes that latents are filled up to."""
        values = math.prod(self.trained.info.context.input_shape)
        return tuple(size for size in BATCHES if size == 1 or size * values <= _MOST_VALUES)

    def _size(self, count: int) -> int:
        return next((size for size in self.batches if size >= count), self.batches[-1])

    @cached_property
    def _decode(self) -> Any:
        return jax.jit(partial(_decode_each, self.trained.model))

    @cached_property
    def _reconstruct(self) -> Any:
        return jax.jit(partial(_reconstruct, self.trained.model))

    @cached_property
    def _prior_moments(self) -> tuple[Float[np.ndarray, "K D"], Float[np.ndarray, "K D"]]:
        def moments(params: Params) -> tuple[Float[Array, "K D"], Float[Array, "K D"]]:
            draws = self.trained.model.sample_latents(params, jax.random.key(0), _PRIOR_DRAWS)
            return generate.prior_moments(draws)

        return jax.device_get(jax.jit(moments)(self.state.prediction_params))


def _decode_each(
    model: Model, params: Params, latents: Float[Array, "n D"], channels: Int[Array, " n"]
) -> Float[Array, "n *x"]:
    """Return E[x|z, c] for one latent and one channel in each row, in [0, 1].

    Args:
        model: the model.
        params: of its parts.
        latents: z, which need no place among those of other channels in either layout.
        channels: c.
    """
    return model.decode_channels(params, latents[:, None], channels[:, None])[:, 0]


def _reconstruct(model: Model, state: TrainState, x: Float[Array, "1 *x"]) -> tuple[Array, Array, Array]:
    """Return the reconstructions of an input, in [0, 1].

    Args:
        model: the model.
        state: its trained state.
        x: the input, in the range of the model.

    Returns:
        What `Reconstructions` has.
    """
    forward = model.forward(state.prediction_params, x, step=state.step, active=state.carry.active, key=None)
    each = reconstruct_by_channel(model, state, x, jnp.arange(model.context.channels))[0]
    weighted = jnp.tensordot(forward.responsibilities[0], each, axes=1)
    return model.mean(forward, x)[0], weighted, each


def grid_points(
    x: tuple[float, float], y: tuple[float, float], columns: int, rows: int
) -> Float[np.ndarray, "n 2"]:
    """Return the centers of the cells that a rectangle is divided into, in rows from the top left.

    Args:
        x: left and right.
        y: bottom and top.
        columns: cells of a row.
        rows: the number of rows.

    Returns:
        x and y of each.

    Example:
        >>> grid_points((0.0, 4.0), (0.0, 2.0), 2, 1).tolist()
        [[1.0, 1.0], [3.0, 1.0]]
    """
    xs = x[0] + (np.arange(columns) + 0.5) / columns * (x[1] - x[0])
    ys = y[1] - (np.arange(rows) + 0.5) / rows * (y[1] - y[0])
    return np.stack([np.tile(xs, rows), np.repeat(ys, columns)], axis=1)


def chosen(parts: Reconstructions, channels: Sequence[int]) -> Float[np.ndarray, "n *x"]:
    """Return reconstructions in the order in which they are shown: selected, weighted, then each of some channels.

    Raises:
        RcmvaeError: E422 if the model has no such channel.
    """
    own = [parts.each[channel_index(channel, len(parts.each))] for channel in channels]
    return np.stack([parts.selected, parts.weighted, *own])
