"""A fitted estimator's model: trained further, asked, and pickled as plain arrays."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import attrs
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int

from rcmvae_core.discovery import discover
from rcmvae_core.estimating.engine import Engine, WholeFeed, engine_of, outcome, prepared_for
from rcmvae_core.fitting import resolve_spec, train_one
from rcmvae_core.inference import sizes as sizes_
from rcmvae_core.inference.reference import MOST
from rcmvae_core.inference.sizes import Sizes, sizes_of
from rcmvae_core.inference.trained import TrainedModel
from rcmvae_core.protocols import Dataset, Outcome
from rcmvae_core.resolve import ResolvedSpec
from rcmvae_core.resolved_toml import document, dumps
from rcmvae_core.training.prepare import Prepared
from rcmvae_core.training.programs import Programs, relabel
from rcmvae_core.training.state import TrainState


class Fitted:
    """A trained state with all it takes to use it.

    Args:
        resolved: the spec, with its batch as large as the data allow.
        seed: of the training.
        state: the result.
        sizes: what is known of its data.
        inputs: some that it was trained on, to compare others with.
    """

    def __init__(
        self,
        resolved: ResolvedSpec,
        seed: int,
        state: TrainState,
        *,
        sizes: Sizes,
        inputs: Float[np.ndarray, "n *x"],
    ) -> None:
        self.resolved, self.seed, self.state, self.sizes = resolved, seed, state, sizes
        self.training = self.outcome(inputs)

    @cached_property
    def engine(self) -> Engine:
        """Its programs."""
        return engine_of(self.resolved, self.sizes.context)

    def outcome(self, inputs: Float[np.ndarray, "N *x"]) -> Outcome:
        """What it says of inputs in [0, 1]."""
        return outcome(self.engine.outcome, self.state, inputs, self.sizes)

    def trained(self) -> TrainedModel:
        """The same for everything else that asks models."""
        states, seeds = (self.state,), (self.seed,)
        trained = TrainedModel(self.resolved, self.engine.model, states, seeds, self.sizes)
        return attrs.evolve(trained, training=(self.training,))

    def __getstate__(self) -> dict[str, Any]:
        plain = self.state._replace(key=jax.random.key_data(self.state.key))
        return {
            "spec": dumps(document(self.resolved, discover().kinds)),
            "seed": self.seed,
            "state": jax.device_get(plain),
            "sizes": sizes_.as_json(self.sizes),
            "training": jax.device_get(self.training),
        }

    def __setstate__(self, saved: dict[str, Any]) -> None:
        state: TrainState = jax.tree.map(jnp.asarray, saved["state"])
        self.resolved, self.seed = resolve_spec(saved["spec"], discover()), saved["seed"]
        self.state = state._replace(key=jax.random.wrap_key_data(state.key))
        self.sizes, self.training = sizes_.from_json(saved["sizes"]), saved["training"]


def train(resolved: ResolvedSpec, dataset: Dataset, seed: int) -> Fitted:
    """Train from the beginning.

    Args:
        resolved: the checked spec.
        dataset: inputs in [0, 1], and labels.
        seed: the only source of randomness.
    """
    prepared, engine = prepared_for(resolved, dataset)
    state = train_one(prepared, _programs(prepared, engine), seed).state
    return _fitted(prepared, seed, state)


def train_on(fitted: Fitted, resolved: ResolvedSpec, dataset: Dataset, new: Int[np.ndarray, " n"]) -> Fitted:
    """Go on from what was trained: its labels are counted anew, and new classes claim free channels.

    Args:
        fitted: stays as it is.
        resolved: the spec, with as many epochs as are to follow.
        dataset: inputs in [0, 1], and labels; classes that were known before keep their numbers.
        new: the numbers of the others.
    """
    prepared, engine = prepared_for(resolved, dataset)
    programs, steps = _programs(prepared, engine), prepared.context.steps_per_epoch
    state: TrainState = jax.tree.map(jnp.copy, fitted.state)
    # An epoch of other data has other steps: go on at the end of one.
    step = jnp.asarray(-(-int(state.step) // steps) * steps, jnp.int32)
    carry = state.carry._replace(classifier=prepared.model.start().classifier)
    asked = np.isin(np.arange(prepared.context.classes), new)
    state = relabel(prepared, programs, state._replace(step=step, carry=carry), asked)
    state = train_one(prepared, programs, fitted.seed, begin=state).state
    return _fitted(prepared, fitted.seed, state)


def _programs(prepared: Prepared, engine: Engine) -> Programs:
    return engine.programs._replace(feed=WholeFeed(prepared, engine))


def _fitted(prepared: Prepared, seed: int, state: TrainState) -> Fitted:
    inputs = np.asarray(prepared.dataset.inputs)
    some = np.unique(np.linspace(0, len(inputs) - 1, min(MOST, len(inputs))).astype(np.int64))
    return Fitted(prepared.resolved, seed, state, sizes=sizes_of(prepared), inputs=inputs[some])
