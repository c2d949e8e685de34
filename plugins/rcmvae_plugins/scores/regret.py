"""Builds a score from how much better a posterior of its own explains an input than the encoder's."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Key

from rcmvae_core.plugin.protocols import BuildContext, EncoderOutput, ModelScore, ScoredModel
from rcmvae_plugins.scores.params import LikelihoodRegretParams


def likelihood_regret(params: LikelihoodRegretParams, context: BuildContext) -> ModelScore:
    """ELBO(x; λ*) - ELBO(x; λ), where λ are the logits of q(c|x), and mean and log variance of q(z|x, c).

    λ is what the encoder gives, and λ* what `steps` steps of Adam make of it for this input alone, the decoder and the
    prior as they are. The encoder's posterior of a training input is nearly optimal; that of another input is not, however
    high its likelihood. The regret is negative where the steps miss the optimum by more than the encoder.

    Every step takes the gradient for one sample of the latents; both bounds are means over the same `samples`. All inputs
    share the noise, so that the score of an input depends on the input and `seed` alone.

    Args:
        params: the number and length of the steps, and of samples.
        context: unused.

    Source: Z. Xiao, Q. Yan, Y. Amit, "Likelihood Regret: An Out-of-Distribution Detection Score For Variational
    Auto-encoder", NeurIPS 2020.
    """
    del context
    optimizer = optax.adam(params.learning_rate)

    def measure(model: ScoredModel, x: Float[Array, "B *x"]) -> Float[Array, " B"]:
        step_key, bound_key = jax.random.split(jax.random.key(params.seed))
        step_keys = jax.random.split(step_key, params.steps)
        bound_keys = jax.random.split(bound_key, params.samples)

        def bound(posterior: EncoderOutput, x: Float[Array, "*x"], key: Key[Array, ""]) -> Float[Array, ""]:
            single: EncoderOutput = jax.tree.map(lambda array: array[None], posterior)
            return model.elbo(x[None], single, key)[0]

        def regret(posterior: EncoderOutput, x: Float[Array, "*x"]) -> Float[Array, ""]:
            def improve(carry: tuple[EncoderOutput, Any], key: Key[Array, ""]) -> tuple[Any, None]:
                current, state = carry
                ascent = jax.grad(bound)(current, x, key)
                updates, state = optimizer.update(jax.tree.map(jnp.negative, ascent), state)
                return (optax.apply_updates(current, updates), state), None

            (best, _), _ = jax.lax.scan(improve, (posterior, optimizer.init(posterior)), step_keys)
            both = jax.tree.map(lambda *arrays: jnp.stack(arrays), best, posterior)

            def gain(key: Key[Array, ""]) -> Float[Array, ""]:
                after, before = jax.vmap(bound, in_axes=(0, None, None))(both, x, key)
                return after - before

            # A loop, not a vmap: all decoded samples at once may not fit the device.
            return jax.lax.map(gain, bound_keys).mean()

        return jax.vmap(regret)(model.encode(x), x)

    return ModelScore(measure)
