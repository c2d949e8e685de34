"""`TrainedModel`: what is asked about inputs after training."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any, NamedTuple

import attrs
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Key

from rcmvae_core.inference import ask, generate
from rcmvae_core.inference import inputs as inputs_
from rcmvae_core.inference.outcome import Outcome, describe, join
from rcmvae_core.inference.predictions import Predictions, predictions
from rcmvae_core.inference.predictions import join as join_predictions
from rcmvae_core.inference.scores import Judge, judge
from rcmvae_core.inference.sizes import Sizes
from rcmvae_core.model import Model
from rcmvae_core.resolve import ResolvedSpec
from rcmvae_core.training.state import TrainState

_AT_ONCE = 64
"""Samples that are decoded together, through every channel."""


class Embedding(NamedTuple):
    """Where inputs lie in latent space, by the first seed.

    Args:
        latents: the posterior mean of the likeliest channel's latent.
        responsibilities: q(c|x).
    """

    latents: Float[np.ndarray, "N D"]
    responsibilities: Float[np.ndarray, "N K"]


@attrs.frozen(eq=False, slots=False, repr=False)
class TrainedModel:
    """A trained model, an ensemble of its seeds; every method takes any number of inputs.

    Inputs are [N, *x], of the type and range that the model was trained on: inputs / `maximum` are in [0, 1]. A
    model of stored integers also takes floats, in [0, 1]. Images of one channel may be [N, H, W].

    Args:
        resolved: the spec it was trained by.
        model: its functions.
        states: one for each seed.
        seeds: their numbers.
        sizes: what is known of its data.
        folder: where it was loaded from.
        training: what each seed says about training inputs, which scores compare others with; looked for, if it is
            absent, in the folder, then in the run's data.
    """

    resolved: ResolvedSpec
    model: Model
    states: tuple[TrainState, ...]
    seeds: tuple[int, ...]
    sizes: Sizes
    folder: Path | None = None
    training: tuple[Outcome, ...] = ()

    def in_states(
        self, states: tuple[TrainState, ...], seeds: tuple[int, ...], training: tuple[Outcome, ...] = ()
    ) -> TrainedModel:
        """The same model in other states, which shares what is compiled."""
        other = attrs.evolve(self, states=states, seeds=seeds, training=training)
        for program in ("_describe", "_see_again", "_draw"):
            vars(other)[program] = getattr(self, program)
        return other

    @property
    def name(self) -> str:
        """The run's name."""
        return self.resolved.name

    @property
    def class_names(self) -> tuple[str, ...]:
        """A name for each class."""
        return self.sizes.class_names

    @property
    def maximum(self) -> float:
        """The value of inputs that stands for 1."""
        return self.sizes.maximum

    @property
    def marginal(self) -> bool:
        """Whether the prior's KL counts the channel already."""
        return "prior.marginal" in self.resolved.tokens

    @cached_property
    def tau(self) -> tuple[Float[np.ndarray, "K Y"], ...]:
        """Channel to label, of each seed; no columns without a classifier."""
        return tuple(np.asarray(self.model.tau(state.carry)) for state in self.states)

    def outcome(self, inputs: Any, *, key: Key[Array, ""] | None = None) -> tuple[Outcome, ...]:
        """What each seed says about inputs.

        Args:
            inputs: an array or a `Source`.
            key: of the latents' noise; without one they are the means.

        Raises:
            RcmvaeError: E421 if inputs are not of the kind the model was trained on.
        """
        return tuple(join(parts) for parts in zip(*self.stream(inputs, key=key), strict=True))

    def stream(self, inputs: Any, *, key: Key[Array, ""] | None = None) -> Iterator[tuple[Outcome, ...]]:
        """The same, a batch at a time, so that no number of inputs is too large."""
        for number, some in enumerate(inputs_.batches(inputs, self.sizes)):
            yield self._told(some, None if key is None else jax.random.fold_in(key, number))

    def _told(self, some: inputs_.Some, key: Key[Array, ""] | None = None) -> tuple[Outcome, ...]:
        told = jax.device_get([self._describe(state, some.x, key) for state in self.states])
        return tuple(jax.tree.map(lambda array: array[: some.size], each) for each in told)

    @cached_property
    def _describe(self) -> Any:
        def of(state: TrainState, x: Float[Array, "B *x"], key: Key[Array, ""] | None) -> Outcome:
            return describe(self.model, state, x, key, marginal=self.marginal)

        return jax.jit(of)

    def predict(self, inputs: Any, *, samples: int = 0, seed: int = 0) -> Predictions:
        """Labels, probabilities and how sure they are.

        Args:
            inputs: an array or a `Source`.
            samples: members of the ensemble for each seed, that see each input again through its channels and latents;
                with 0 the seeds alone are the ensemble.
            seed: of those draws.

        Raises:
            RcmvaeError: E421 if inputs are not of the kind the model was trained on.
        """
        return join_predictions([found for _, found in self.predictions(inputs, samples=samples, seed=seed)])

    def predictions(
        self, inputs: Any, *, samples: int = 0, seed: int = 0
    ) -> Iterator[tuple[np.ndarray, Predictions]]:
        """The same, a batch at a time; with the batch, as it was given."""
        for number, some in enumerate(inputs_.batches(inputs, self.sizes)):
            outcomes, again = self._told(some), None
            if samples:
                key = jax.random.fold_in(jax.random.key(seed), number)
                members = [self._see_again(state, some.x, key, samples) for state in self.states]
                again = np.concatenate(jax.device_get(members))[:, : some.size]
            scores = self._scores(outcomes)
            ood = self.judge.beyond(scores) if scores else np.zeros(some.size, bool)
            yield (
                some.rows,
                predictions(outcomes, self.tau, scores, ood, class_names=self.class_names, again=again),
            )

    @cached_property
    def _see_again(self) -> Any:
        return jax.jit(partial(generate.see_again, self.model), static_argnums=3)

    def score(self, inputs: Any) -> dict[str, Float[np.ndarray, " N"]]:
        """How much each input looks like one from elsewhere, by the name of the score.

        Raises:
            RcmvaeError: E421 if inputs are not of the kind the model was trained on.
        """
        return self._scores(self.outcome(inputs))

    def _scores(self, outcomes: Sequence[Outcome]) -> dict[str, Float[np.ndarray, " N"]]:
        return dict(self.judge.values(outcomes)) if self.judge.scores else {}

    @cached_property
    def judge(self) -> Judge:
        """Its scores, and what they are on training inputs."""
        return judge(self)

    def embed(self, inputs: Any) -> Embedding:
        """Where inputs lie in latent space.

        Raises:
            RcmvaeError: E421 if inputs are not of the kind the model was trained on.
        """
        first = join([each[0] for each in self.stream(inputs)])
        return Embedding(np.asarray(first.latents), np.asarray(first.responsibilities))

    def sample(
        self, count: int, *, label: int | str | None = None, channel: int | None = None, seed: int = 0
    ) -> Float[np.ndarray, "count *x"]:
        """Inputs that the first seed's model makes: E[x|z, c], in [0, 1].

        Args:
            count: how many.
            label: a class, by its name or number; c is drawn from p(c|y) = τ[c, y] p(c) / Σ_c τ[c, y] p(c).
            channel: c; without it and without a label c is drawn from p(c).
            seed: of the draws.

        Raises:
            RcmvaeError: E422 if there is no such class or channel.
        """
        return self.draw(count, label=label, channel=channel, seed=seed)[0]

    def draw(
        self, count: int, *, label: int | str | None = None, channel: int | None = None, seed: int = 0
    ) -> tuple[Float[np.ndarray, "count *x"], Int[np.ndarray, " count"]]:
        """As `sample`, and the channel of each."""
        weights = self._weights(label, channel)
        key, channel_key = jax.random.split(jax.random.key(seed))
        channels = jax.random.choice(channel_key, len(weights), (count,), p=weights)
        batches = np.resize(channels, (-(-count // _AT_ONCE), _AT_ONCE))
        keys = jax.random.split(key, len(batches))
        made = [self._draw(self.states[0], *each) for each in zip(keys, batches, strict=True)]
        return np.concatenate(jax.device_get(made))[:count], np.asarray(channels)

    def _weights(self, label: int | str | None, channel: int | None) -> Float[Array, " K"]:
        if channel is not None:
            return jax.nn.one_hot(ask.channel(channel, self.sizes), self.sizes.context.channels)
        number = None if label is None else ask.label(label, self.class_names, self.tau[0])
        return generate.channel_weights(jnp.asarray(self.tau[0]), self._log_pi, number)

    @cached_property
    def _log_pi(self) -> Any:
        return jax.jit(partial(generate.log_pi, self.model))(self.states[0])

    @cached_property
    def _draw(self) -> Any:
        return jax.jit(partial(generate.draw, self.model))

    def traverse(self, channel: int | None = None, *, steps: int = 9, reach: float = 3.0) -> Any:
        """E[x|z, c] along each latent dimension, from -reach to reach standard deviations of the prior [D steps *x].

        Args:
            channel: c; the likeliest of p(c) if it is absent.
            steps: pictures of a row.
            reach: how far.

        Raises:
            RcmvaeError: E422 if there is no such channel.
        """
        chosen = int(np.argmax(self._log_pi)) if channel is None else ask.channel(channel, self.sizes)
        at = jnp.linspace(-reach, reach, steps)
        made = jax.jit(partial(generate.traverse, self.model))
        return np.asarray(made(self.states[0], jax.random.key(0), jnp.asarray(chosen), at))

    def _repr_html_(self) -> str:
        from rcmvae_core.inference import html  # noqa: PLC0415

        return html.of_model(self)
