"""Joins the parts of a resolved spec into one model: pure functions over a dict of parameters."""

from __future__ import annotations

from collections.abc import Mapping

import attrs
from jaxtyping import Array, Bool, Float, Int, Key

from rcmvae_core.model import elbo, forward, importance, loss
from rcmvae_core.model.build import Batch, ModelParts, ModelState, build_parts
from rcmvae_core.plugin.protocols import (
    BuildContext,
    Curriculum,
    EncoderOutput,
    Forward,
    Likelihood,
    LossOutput,
    Params,
    Selection,
)
from rcmvae_core.plugin.resolved import ResolvedSpec


@attrs.frozen(eq=False)
class Model:
    """The functions of a model.

    `params` is a dict with an entry for each part. Methods are pure: they change neither the model nor their arguments.

    Args:
        parts: the built parts.
    """

    parts: ModelParts

    @property
    def context(self) -> BuildContext:
        """The sizes that the model was built for."""
        return self.parts.context

    @property
    def curricula(self) -> tuple[Curriculum, ...]:
        """The curricula; their states are in `ModelState.curriculum`."""
        return self.parts.curricula

    @property
    def terms(self) -> tuple[str, ...]:
        """The labels of the loss terms."""
        return tuple(self.parts.terms)

    @property
    def channel_axes(self) -> Mapping[str, int]:
        """The axis that runs over channels, for each array that has one, by its path in `params`."""
        return self.parts.channel_axes

    @property
    def kl_includes_channel(self) -> bool:
        """Whether the KL of the latent includes that of the channel, so that an ELBO must not add it again."""
        return self.parts.kl_includes_channel

    @property
    def learning_rates(self) -> Mapping[str, float]:
        """Factors on the optimizer's learning rate, by the path of an array in `params`."""
        return {f"prior/{path}": factor for path, factor in self.parts.prior.learning_rates.items()}

    def init(self, key: Key[Array, ""], inputs: Float[Array, "n *x"]) -> Params:
        """Initialise the parameters of every part; `inputs` are a sample of the training data."""
        return forward.init(self.parts, key, inputs)

    def init_state(self, params: Params | None = None) -> ModelState:
        """Return the model state before the first step; losses with a state have theirs only with the `params`."""
        return loss.init_state(self.parts, params)

    def infer(
        self, params: Params, x: Float[Array, "B *x"], active: Bool[Array, " K"]
    ) -> tuple[EncoderOutput, Float[Array, "B K"]]:
        """Run the encoder.

        Args:
            params: parameters of every part.
            x: the batch, in [0, 1].
            active: channels that are unlocked.

        Returns:
            The encoder's output, and log q(c|x) over the active channels.
        """
        return forward.infer(self.parts, params, x, active)

    def forward(
        self,
        params: Params,
        x: Float[Array, "B *x"],
        *,
        step: Int[Array, ""],
        active: Bool[Array, " K"],
        key: Key[Array, ""] | None,
        train: bool = False,
    ) -> Forward:
        """Run one pass without the effect of curricula.

        Args:
            params: parameters of every part.
            x: the batch, in [0, 1].
            step: steps done before this one.
            active: channels that are unlocked.
            key: for sampling; without a key the latents are the posterior means.
            train: whether the routing samples too.

        Returns:
            Everything that a loss term may read.
        """
        return forward.forward(self.parts, params, x, step=step, active=active, key=key, train=train)

    def loss(
        self,
        params: Params,
        state: ModelState,
        batch: Batch,
        *,
        step: Int[Array, ""],
        key: Key[Array, ""],
        average: Mapping[str, Params] | tuple[()] = (),
    ) -> tuple[Float[Array, ""], tuple[LossOutput, ModelState]]:
        """Compute the objective of a batch.

        Args:
            params: parameters of every part.
            state: the model state of this step.
            batch: the data.
            step: steps done before this one.
            key: of this step.
            average: the moving average of the parameters, as `TrainState.average` has it.

        Returns:
            The weighted sum of all loss terms, in nats; every term unweighted, and the model state of the next step.
        """
        return loss.loss(self.parts, params, state, batch, step=step, key=key, average=average)

    def loss_weights(self, state: ModelState, step: Int[Array, ""]) -> dict[str, Float[Array, ""]]:
        """Return the weight of every loss term in a step, by label."""
        return loss.weights(self.parts, state, step)

    def curriculum_effect(self, state: ModelState, step: Int[Array, ""]) -> dict[str, Float[Array, ""]]:
        """Return what all curricula together change in a step, by name."""
        return loss.curriculum_effect(self.parts, state, step)

    def predict(self, state: ModelState, responsibilities: Float[Array, "B K"]) -> Float[Array, "B Y"]:
        """Return p(y|x) = Σ_c q(c|x) τ[c, y]; no columns without a classifier."""
        return loss.predict(self.parts, state, responsibilities)

    def tau(self, state: ModelState) -> Float[Array, "K Y"]:
        """Return the map τ from channels to labels; no columns without a classifier."""
        return loss.tau(self.parts, state)

    def rebuild_classifier(
        self,
        state: ModelState,
        responsibilities: Float[Array, "L K"],
        labels: Int[Array, " L"],
        new: Bool[Array, " Y"],
    ) -> ModelState:
        """Rebuild the classifier from labelled examples.

        Args:
            state: before.
            responsibilities: q(c|x) of the examples.
            labels: their classes; -1 counts nothing.
            new: classes that claim channels: those that had no label before, and at an unlock those that share one.

        Returns:
            The state with another classifier; unchanged if the classifier cannot be rebuilt.
        """
        return loss.rebuild_classifier(self.parts, state, responsibilities, labels, new)

    def decode(
        self, params: Params, latents: Float[Array, "B k D"], x: Float[Array, "B *x"] | None = None
    ) -> Float[Array, "B K *x"]:
        """Return E[x|z, c] for every channel, for one latent each or one that all share.

        Args:
            params: parameters of every part.
            latents: z.
            x: inputs whose covariates decode them; None is the training means.
        """
        return forward.decode(self.parts, params, latents, x)

    def route(
        self,
        log_responsibilities: Float[Array, "B K"],
        *,
        step: Int[Array, ""],
        active: Bool[Array, " K"],
        key: Key[Array, ""] | None,
    ) -> Selection:
        """Select channels without the effect of curricula.

        Args:
            log_responsibilities: log q(c|x).
            step: steps done before this one.
            active: channels that are unlocked.
            key: of the routing's noise; without a key there is none.

        Returns:
            The channels and their weights.
        """
        return forward.route(self.parts, log_responsibilities, step=step, active=active, key=key)

    def kl_at_means(
        self, params: Params, posterior: EncoderOutput, active: Bool[Array, " K"]
    ) -> Float[Array, "B j"]:
        """Return KL(q(z|x) || p(z|c)) of every posterior, for latents at their means."""
        return forward.kl_at_means(self.parts, params, posterior, active)

    def decode_channels(
        self,
        params: Params,
        latents: Float[Array, "n k D"],
        channels: Int[Array, "n M"],
        x: Float[Array, "n *x"] | None = None,
    ) -> Float[Array, "n M *x"]:
        """Return E[x|z, c] of some channels only.

        Args:
            params: parameters of every part.
            latents: of all channels, or one that all share.
            channels: that are decoded, for each row.
            x: inputs whose covariates decode them; None is the training means.

        Returns:
            The mean of each of these channels, which costs no more than they do.
        """
        return forward.decode_channels(self.parts, params, latents, channels, x)

    def elbo(
        self,
        params: Params,
        x: Float[Array, "B *x"],
        posterior: EncoderOutput,
        *,
        step: Int[Array, ""],
        active: Bool[Array, " K"],
        key: Key[Array, ""],
    ) -> Float[Array, " B"]:
        """Compute the evidence lower bound for posteriors that need not be the encoder's.

        Args:
            params: parameters of every part.
            x: the batch, in [0, 1].
            posterior: of the channels and latents.
            step: steps done before this one.
            active: channels that are unlocked.
            key: of the latents.

        Returns:
            The bound of each input for one sample of its latents, in nats.
        """
        return elbo.elbo(self.parts, params, x, posterior, step=step, active=active, key=key)

    def log_weights(
        self,
        params: Params,
        x: Float[Array, "B *x"],
        *,
        active: Bool[Array, " K"],
        key: Key[Array, ""],
        samples: int,
    ) -> Float[Array, "B I"]:
        """Compute the log weights of importance samples, whose log-mean-exp bounds log p(x).

        Args:
            params: parameters of every part.
            x: the batch, in [0, 1].
            active: channels that are unlocked.
            key: of the samples.
            samples: I.

        Returns:
            The log weights, in nats.
        """
        return importance.log_weights(self.parts, params, x, active=active, key=key, samples=samples)

    def weighted_samples(
        self,
        params: Params,
        x: Float[Array, "B *x"],
        *,
        active: Bool[Array, " K"],
        key: Key[Array, ""],
        samples: int,
    ) -> tuple[Float[Array, "I B"], Float[Array, "I B *x"]]:
        """Draw whole inputs for ones with missing values, with the log weights of importance samples.

        Args:
            params: parameters of every part.
            x: the batch, with NaN for a missing value.
            active: channels that are unlocked.
            key: of the samples.
            samples: I.

        Returns:
            The log weights, in nats, and the inputs, of which the weighted ones follow p(x_missing|x_observed).
        """
        return importance.weighted_samples(self.parts, params, x, active=active, key=key, samples=samples)

    def log_pi(self, params: Params, active: Bool[Array, " K"]) -> Float[Array, " K"]:
        """Return log p(c) over the unlocked channels."""
        return forward.log_pi(self.parts, params, active)

    def prior_means(self, params: Params) -> Float[Array, "K D"] | None:
        """Return the mean of each p(z|c); None if the prior does not say."""
        return forward.prior_means(self.parts, params)

    def sample_latents(self, params: Params, key: Key[Array, ""], count: int) -> Float[Array, "count K D"]:
        """Return `count` latents from each p(z|c)."""
        return forward.prior_latents(self.parts, params, key, count)

    def mean(self, pass_: Forward, x: Float[Array, "B *x"]) -> Float[Array, "B *x"]:
        """Return E[x] of a pass over x, over its decoded channels."""
        return forward.mean(self.parts, pass_, x)

    def at_bound(self, likelihood: Likelihood) -> Float[Array, "B M"]:
        """Return the share of standard deviations that lie on a bound; zero where the head has no bounds."""
        return forward.at_bound(self.parts, likelihood)

    def unlocked(self, state: ModelState, step: Int[Array, ""]) -> Bool[Array, " K"]:
        """Return the channels that the curricula unlock at a step."""
        return loss.unlocked(self.parts, state, step)

    def schedules_finished(self, state: ModelState, step: Int[Array, ""]) -> Bool[Array, ""]:
        """Return whether all weight schedules and curricula have reached their last values."""
        return loss.schedules_finished(self.parts, state, step)


def build_model(resolved: ResolvedSpec, context: BuildContext, *, for_training: bool = True) -> Model:
    """Build the model of a resolved spec.

    Args:
        resolved: the checked spec.
        context: sizes that follow from the spec and its data.
        for_training: whether it has losses and curricula.

    Returns:
        The model.

    Raises:
        RcmvaeError: E217 if a part does not support these sizes.
    """
    return Model(build_parts(resolved, context, for_training=for_training))
