"""Computes the missing values of inputs from those that were observed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Array, Bool, Float, Key

from rcmvae_core.errors import fail
from rcmvae_core.model.model import Model
from rcmvae_core.training.state import TrainState

SAMPLES = 1024
"""Draws of whole inputs from each seed."""
_DRAWN = 64
"""Draws that are on the device together."""
_MASK = 'write `missing = "mask"` in `[data]` and train it again'

Values = Float[np.ndarray, "N *x"]


class Imputed(NamedTuple):
    """Inputs whose missing values are replaced, in the units of the training data.

    Args:
        values: the observed values as they are, and for a missing one its mean, E[x_missing|x_observed]; for the features
            of a category this is the probability of each of its values.
        sd: the standard deviation of what a missing value may be; 0 for an observed one.
        missing: which values were missing.
        effective: how many independent draws from p(x_missing|x_observed) the weighted ones are worth, of each input: the
            least over the seeds. Where it is small, mean and deviation are uncertain.
    """

    values: Values
    sd: Values
    missing: Bool[np.ndarray, "N *x"]
    effective: Float[np.ndarray, " N"]


def require_missing(model: Model) -> None:
    """Check that a model can compute missing values.

    Raises:
        RcmvaeError: E471 if it was not trained with them, or its prior has no density.
    """
    if not model.context.missing:
        fail("E471", "the model was not trained with missing values", help=[_MASK])
    if model.parts.prior.log_prob is None:
        help_ = ["use another prior: the draws are weighted by p(z|c)"]
        fail("E471", "missing values need the density of the prior, which has none", help=help_)


def compile_draws(model: Model) -> Callable[..., tuple[Array, Array]]:
    """Return the compiled program of `Model.weighted_samples`, `(state, x, key) -> (log weights, inputs)`."""

    def draws(
        state: TrainState, x: Float[Array, "B *x"], key: Key[Array, ""]
    ) -> tuple[Float[Array, "I B"], Float[Array, "I B *x"]]:
        params, active = state.prediction_params, state.carry.active
        return model.weighted_samples(params, x, active=active, key=key, samples=_DRAWN)

    return jax.jit(draws)


class _Moments:
    """Weighted sums of draws, of which the logarithms of weights arrive in parts."""

    def __init__(self) -> None:
        self._largest: Any = -np.inf
        self._sums: list[Any] = [0.0] * 4

    def add(self, log_weights: Float[np.ndarray, "I B"], values: Float[np.ndarray, "I B *x"]) -> None:
        """Add draws.

        Args:
            log_weights: of the draws.
            values: in the units of the data.
        """
        largest = np.maximum(self._largest, log_weights.max(axis=0))
        # Weights differ by hundreds of nats: they are taken relative to the largest so far.
        kept, weights = np.exp(self._largest - largest), np.exp(log_weights - largest)
        self._largest = largest
        terms = (
            weights.sum(axis=0),
            np.square(weights).sum(axis=0),
            np.einsum("ib,ib...->b...", weights, values),
            np.einsum("ib,ib...->b...", weights, np.square(values)),
        )
        factors = (kept, kept**2, *2 * (kept.reshape(-1, *(1,) * (values.ndim - 2)),))
        self._sums = [factor * old + new for factor, old, new in zip(factors, self._sums, terms, strict=True)]

    def result(self) -> tuple[Values, Values, Float[np.ndarray, " B"]]:
        """Return the means of values and of their squares, and the effective number of draws."""
        total, squares, first, second = self._sums
        divisor = total.reshape(-1, *(1,) * (first.ndim - 1))
        return first / divisor, second / divisor, total**2 / squares


def impute_batch(
    draws: Callable[..., tuple[Array, Array]],
    states: Sequence[TrainState],
    x: Float[np.ndarray, "B *x"],
    raw: Float[np.ndarray, "n *x"],
    in_units: Callable[[np.ndarray], np.ndarray],
    *,
    key: Key[Array, ""],
    samples: int,
) -> Imputed:
    """Replace the missing values of a batch: by the mixture of all seeds, with self-normalised importance weights.

    Args:
        draws: what `compile_draws` returned.
        states: the state of each seed.
        x: the inputs in the model's range, padded.
        raw: the same in their own units, without padding.
        in_units: converts values in the model's range to the units of the data.
        key: of the draws.
        samples: draws from each seed, rounded up to a multiple of 64.

    Returns:
        The inputs.
    """
    missing = np.isnan(raw)
    # Around the middle of what is likely, squares keep their digits.
    origin = np.nan_to_num(in_units(np.full((1, *x.shape[1:]), 0.5)))
    each: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    for number, state in enumerate(states):
        moments, own_key = _Moments(), jax.random.fold_in(key, number)
        for part in range(-(-samples // _DRAWN)):
            log_weights, drawn = jax.device_get(draws(state, x, jax.random.fold_in(own_key, part)))
            drawn = drawn[:, : len(raw)]
            values = in_units(drawn.reshape(-1, *drawn.shape[2:])).reshape(drawn.shape) - origin
            moments.add(log_weights[:, : len(raw)].astype(np.float64), values)
        each.append(moments.result())
    first, second = (np.mean([moment[i] for moment in each], axis=0) for i in (0, 1))
    sd = np.sqrt(np.maximum(second - np.square(first), 0.0))
    effective = np.min([moment[2] for moment in each], axis=0)
    return Imputed(np.where(missing, first + origin, raw), np.where(missing, sd, 0.0), missing, effective)
