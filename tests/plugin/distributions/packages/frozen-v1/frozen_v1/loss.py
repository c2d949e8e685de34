"""Distance from the anchors."""

import jax.numpy as jnp


def anchored(params, context):
    """E over q(c|x) of the distance of the latent's mean from its channel's point."""
    (anchor,) = context.parts["anchor"]
    over = jnp.array(params.over)

    def term(inputs):
        forward = inputs.forward
        points = params.spread(inputs.step) * anchor.points
        apart = forward.encoder_output.mean[..., over] - points[:, over]
        distances = apart**2 if params.norm == "squared" else jnp.abs(apart)
        return jnp.sum(forward.responsibilities * distances.sum(axis=-1), axis=-1)

    return term
