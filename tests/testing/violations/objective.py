"""Losses, schedules and augmentations that violate their contract."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from tests.testing.violations.violation import violates


@violates("loss", "eval_shape", "one value per example")
def is_a_scalar(params, context):
    """The mean, taken too early."""
    return lambda inputs: jnp.mean(inputs.forward.nll)


@violates("loss", "eval_shape", "it raised ConcretizationTypeError")
def needs_a_python_step(params, context):
    """A term with Python's float of the step."""
    return lambda inputs: inputs.forward.nll[:, 0] * float(inputs.step)


@violates("loss", "compiled", "is not finite")
def takes_the_log_of_zero(params, context):
    """log of what may be zero."""
    return lambda inputs: jnp.log(0 * inputs.forward.responsibilities[:, 0])


@violates("schedule", "eval_shape", "it raised TracerBoolConversionError")
def is_not_traceable(params, context):
    """One up to step 10, then zero, by Python's `if`."""
    return lambda step: 1.0 if step < 10 else 0.0


@violates("schedule", "compiled", "at the limits of its inputs")
def ends_in_infinity(params, context):
    """exp(step)."""
    return lambda step: jnp.exp(jnp.asarray(step, jnp.float32))


@violates("augmentation", "compiled", "must stay in \\[0, 1\\]")
def leaves_the_interval(params, context):
    """x + noise, unclipped."""
    return lambda x, key: x + jax.random.normal(key, x.shape)
