"""Loss terms, schedules and augmentations with a fault."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from tests.conformance.planted.fault import planted


@planted("loss", "eval_shape", "one value an example")
def is_a_scalar(params, context):
    """The mean, taken too early."""
    return lambda inputs: jnp.mean(inputs.forward.nll)


@planted("loss", "eval_shape", "it raised ConcretizationTypeError")
def wants_a_scalar_step(params, context):
    """A term with Python's float of the step."""
    return lambda inputs: inputs.forward.nll[:, 0] * float(inputs.step)


@planted("loss", "compiled", "is not finite")
def takes_the_log_of_zero(params, context):
    """log of what may be zero."""
    return lambda inputs: jnp.log(0 * inputs.forward.responsibilities[:, 0])


@planted("schedule", "eval_shape", "it raised TracerBoolConversionError")
def is_not_traceable(params, context):
    """One up to step 10, then zero, by Python's `if`."""
    return lambda step: 1.0 if step < 10 else 0.0


@planted("schedule", "compiled", "at the edge of its inputs")
def ends_in_infinity(params, context):
    """exp(step)."""
    return lambda step: jnp.exp(jnp.asarray(step, jnp.float32))


@planted("augmentation", "compiled", "must stay in \\[0, 1\\]")
def leaves_the_interval(params, context):
    """x + noise, unclipped."""
    return lambda x, key: x + jax.random.normal(key, x.shape)
