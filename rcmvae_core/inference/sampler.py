"""Samples inputs from a trained state, and walks through its latents."""

from __future__ import annotations

import math
from functools import cached_property, partial
from typing import Any

import attrs
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from rcmvae_core.inference import generate
from rcmvae_core.inference.lookup import channel_index, class_index
from rcmvae_core.inference.memory import require_memory
from rcmvae_core.inference.model_info import ModelInfo
from rcmvae_core.model.model import Model
from rcmvae_core.training.state import TrainState

_BATCH = 64
"""Samples per decoder call."""
_SAMPLE_BYTES = 16
"""Bytes per value of a sample, which exists as float32 twice and as float64."""


@attrs.frozen(eq=False, slots=False)
class Sampler:
    """The samples and traversals of a model, in the units of `TrainedModel.sample`.

    It holds no state, so that all states of a model share its compiled programs.

    Args:
        model: its functions.
        info: the sizes of the model and how its inputs are stored.
    """

    model: Model
    info: ModelInfo

    @cached_property
    def _log_pi(self) -> Any:
        return jax.jit(partial(generate.log_pi, self.model))

    @cached_property
    def _decode_draws(self) -> Any:
        return jax.jit(partial(generate.draw, self.model))

    def channel_weights(
        self, state: TrainState, label: int | str | None, channel: int | None
    ) -> Float[Array, " K"]:
        """Return the probability of each channel for a sample of a class, of a channel, or of any.

        Raises:
            RcmvaeError: E422 if the class or channel is unknown.
        """
        channels = self.info.context.channels
        if channel is not None:
            return jax.nn.one_hot(channel_index(channel, channels), channels)
        tau = self.model.tau(state.carry)
        number = None if label is None else class_index(label, self.info.class_names, np.asarray(tau))
        return generate.channel_weights(tau, self._log_pi(state), number)

    def draw(
        self, state: TrainState, count: int, weights: Float[Array, " K"], seed: int
    ) -> tuple[Float[np.ndarray, "count *x"], Int[np.ndarray, " count"]]:
        """Sample inputs; see `TrainedModel.draw_channels`.

        Args:
            state: the trained state.
            count: the number of samples.
            weights: the probability of each channel.
            seed: of the draws.

        Returns:
            The samples, and the channel of each.

        Raises:
            RcmvaeError: E443 if so many samples do not fit in memory.
        """
        require_memory("samples (-n)", count, math.prod(self.info.context.input_shape) * _SAMPLE_BYTES)
        key, channel_key = jax.random.split(jax.random.key(seed))
        channels = jax.random.choice(channel_key, len(weights), (count,), p=weights)
        # Batches of one size, filled up with repeated channels, so that any count shares one compiled program.
        batches = np.resize(channels, (-(-count // _BATCH), _BATCH))
        keys = jax.random.split(key, len(batches))
        samples = [self._decode_draws(state, *each) for each in zip(keys, batches, strict=True)]
        return self._in_units(np.concatenate(jax.device_get(samples))[:count]), np.asarray(channels)

    def traverse(
        self, state: TrainState, channel: int | None, steps: int, reach: float
    ) -> Float[np.ndarray, "D S *x"]:
        """Decode latents along each dimension; see `TrainedModel.traverse`.

        Args:
            state: the trained state.
            channel: the channel c; None for the one with the largest p(c).
            steps: S.
            reach: the first and last position.

        Returns:
            E[x|z, c].

        Raises:
            RcmvaeError: E422 if the channel is unknown.
        """
        channels = self.info.context.channels
        chosen = int(np.argmax(self._log_pi(state))) if channel is None else channel_index(channel, channels)
        decode = jax.jit(partial(generate.traverse, self.model))
        positions = jnp.linspace(-reach, reach, steps)
        return self._in_units(np.asarray(decode(state, jax.random.key(0), jnp.asarray(chosen), positions)))

    def _in_units(self, x: Float[np.ndarray, "*n"]) -> Float[np.ndarray, "*n"]:
        """Return decoded inputs in the units of the training data if these were scaled, else as they are."""
        return x if self.info.scaling is None else self.info.scaling.inverse(x)
