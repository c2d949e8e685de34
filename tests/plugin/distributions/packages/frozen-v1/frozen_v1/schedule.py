"""A sawtooth."""

import jax.numpy as jnp


def sawtooth(params, context):
    """low + (high - low) times how far the step is into its period."""
    period = max(1, params.period.steps(context.steps_per_epoch))

    def value(step):
        return params.low + (params.high - params.low) * (step % period).astype(jnp.float32) / period

    return value
