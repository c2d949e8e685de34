"""Builds a loss that reconstructs one view of an input by the channels of another."""

from __future__ import annotations

import jax
from jaxtyping import Array, Float

from rcmvae_core.plugin.protocols import BuildContext, LossInputs, LossTerm
from rcmvae_plugins.losses.params import CrossViewParams


def cross_view(params: CrossViewParams, context: BuildContext) -> LossTerm:
    """Build Σ_m s_m · (-log p(W(x)|z_m, m)), where s selects channels by q(c|S(x)), and z_m is of q(z|W(x), m).

    A weak view W(x) is decoded by the channels that a strong view S(x) selects, with latents of the weak view. What a
    channel means then has to survive the strong view, while the latent keeps the details that the view changes. The
    routing selects as in the model's own pass, so that top-M gating decodes M channels; the term costs another pass of
    the encoder and of the decoder. Without augmentations it is the reconstruction, up to noise.

    Args:
        params: the two views.
        context: unused.

    Returns:
        A LossTerm [B], in nats; locked channels have no gradient. It raises a ValueError if the inputs of the loss have
        no `reconstruct`.
    """
    del context

    def term(inputs: LossInputs) -> Float[Array, " B"]:
        if inputs.reconstruct is None:
            raise ValueError("loss `cross_view` needs `LossInputs.reconstruct`")
        weak_key, strong_key, pass_key = jax.random.split(inputs.key, 3)
        strong = inputs.infer(params.strong(inputs.x, strong_key))
        if params.weak is None:
            return inputs.reconstruct(inputs.x, strong, pass_key, inputs.forward.encoder_output)
        return inputs.reconstruct(params.weak(inputs.x, weak_key), strong, pass_key)

    return term
