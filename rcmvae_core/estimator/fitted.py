"""Holds the model of a fitted estimator: trains it, continues training, and pickles it as plain arrays."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import attrs
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int

from rcmvae_core.data.sampling import evenly_spaced
from rcmvae_core.estimator.feed import ArrayFeed, stats_in_batches
from rcmvae_core.estimator.programs import EstimatorPrograms, get_programs, prepare_arrays
from rcmvae_core.experiment.in_memory import train_seed
from rcmvae_core.experiment.spec_input import resolve_spec
from rcmvae_core.inference import model_info
from rcmvae_core.inference.model_info import ModelInfo, build_info
from rcmvae_core.inference.trained_model import TrainedModel
from rcmvae_core.inference.training_reference import MAX_INPUTS
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.plugin.protocols import Dataset, ForwardStats
from rcmvae_core.plugin.resolved import ResolvedSpec
from rcmvae_core.spec.write import document, dumps
from rcmvae_core.training.averaging import make_averaging
from rcmvae_core.training.class_channels import add_classes
from rcmvae_core.training.compiled import Programs
from rcmvae_core.training.setup import Prepared
from rcmvae_core.training.state import TrainState, adopt_average


class FittedModel:
    """A trained state with everything that is needed to use it.

    Args:
        resolved: the spec, with a batch no larger than the data.
        seed: of the training.
        state: the result.
        info: the model's sizes.
        inputs: training inputs that scores compare other inputs with.
    """

    def __init__(
        self,
        resolved: ResolvedSpec,
        seed: int,
        state: TrainState,
        *,
        info: ModelInfo,
        inputs: Float[np.ndarray, "n *x"],
    ) -> None:
        self.resolved, self.seed, self.state, self.info = resolved, seed, state, info
        self.training = self.forward_stats(inputs)

    @cached_property
    def programs(self) -> EstimatorPrograms:
        """The compiled programs, which are not pickled."""
        return get_programs(self.resolved, self.info.context)

    def forward_stats(self, inputs: Float[np.ndarray, "N *x"]) -> ForwardStats:
        """Compute the statistics of inputs.

        Returns:
            The statistics of each input.
        """
        return stats_in_batches(self.programs.forward_stats, self.state, inputs, self.info)

    def trained(self) -> TrainedModel:
        """Return the same model as a `TrainedModel`."""
        states, seeds = (self.state,), (self.seed,)
        trained = TrainedModel(self.resolved, self.programs.model, states, seeds, self.info)
        return attrs.evolve(trained, training=(self.training,))

    def __getstate__(self) -> dict[str, Any]:
        # Typed keys cannot be pickled; their data can.
        plain = self.state._replace(key=jax.random.key_data(self.state.key))
        return {
            "spec": dumps(document(self.resolved, discover().kinds)),
            "seed": self.seed,
            "state": jax.device_get(plain),
            "info": model_info.as_json(self.info),
            "training": jax.device_get(self.training),
        }

    def __setstate__(self, saved: dict[str, Any]) -> None:
        state: TrainState = jax.tree.map(jnp.asarray, saved["state"])
        self.resolved, self.seed = resolve_spec(saved["spec"], discover()), saved["seed"]
        self.state = state._replace(key=jax.random.wrap_key_data(state.key))
        self.info, self.training = model_info.from_json(saved["info"]), saved["training"]


def fit_model(resolved: ResolvedSpec, dataset: Dataset, seed: int) -> FittedModel:
    """Train a new model.

    Args:
        resolved: the checked spec.
        dataset: inputs in their own units, and labels.
        seed: the only source of randomness.

    Returns:
        The fitted model.
    """
    prepared, programs = prepare_arrays(resolved, dataset)
    state = train_seed(prepared, _with_feed(prepared, programs), seed).state
    return _fitted(prepared, seed, state)


def continue_fit(
    fitted: FittedModel, resolved: ResolvedSpec, dataset: Dataset, new: Int[np.ndarray, " n"]
) -> FittedModel:
    """Continue training on other data: labels are counted again, and new classes claim free channels.

    Args:
        fitted: the model to continue from, which is not changed.
        resolved: the spec; its epochs are those to train in addition.
        dataset: inputs, which the scaling of the model applies to, and labels; earlier classes keep their numbers.
        new: the numbers of classes that had no label before.

    Returns:
        Another fitted model.
    """
    prepared, estimator_programs = prepare_arrays(resolved, dataset, fitted.info.scaling)
    programs = _with_feed(prepared, estimator_programs)
    steps = prepared.context.steps_per_epoch
    # A copy, because the first step donates the memory of its state.
    averaging = make_averaging(resolved.train, prepared.context)
    state: TrainState = jax.tree.map(jnp.copy, adopt_average(averaging, fitted.state))
    # An epoch of other data has another number of steps, so start at the end of an epoch of these.
    step = jnp.asarray(-(-int(state.step) // steps) * steps, jnp.int32)
    carry = state.carry._replace(classifier=prepared.model.init_state().classifier)
    is_new = np.isin(np.arange(prepared.context.classes), new)
    state, _ = add_classes(prepared, programs, state._replace(step=step, carry=carry), is_new)
    state = train_seed(prepared, programs, fitted.seed, state=state).state
    return _fitted(prepared, fitted.seed, state)


def _with_feed(prepared: Prepared, programs: EstimatorPrograms) -> Programs:
    feed = ArrayFeed(prepared, programs.forward_stats, programs.training)
    return programs.training._replace(feed=feed)


def _fitted(prepared: Prepared, seed: int, state: TrainState) -> FittedModel:
    """Collect the result of training.

    Args:
        prepared: data and model.
        seed: of the training.
        state: the trained state.

    Returns:
        The fitted model, with statistics of at most `MAX_INPUTS` training inputs.
    """
    inputs = np.asarray(prepared.dataset.inputs)
    positions = evenly_spaced(len(inputs), MAX_INPUTS)
    info = build_info(prepared)
    return FittedModel(prepared.resolved, seed, state, info=info, inputs=inputs[positions])
