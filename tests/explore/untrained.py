"""Models with initial parameters, of any form of data: what they say is as good as what trained ones do."""

from __future__ import annotations

from collections.abc import Iterable

import jax
import jax.numpy as jnp
import numpy as np

from rcmvae_core.experiment.array_dataset import as_dataset
from rcmvae_core.experiment.spec_input import resolve_spec
from rcmvae_core.inference.model_info import build_info
from rcmvae_core.inference.trained_model import TrainedModel
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.plugin.protocols import ForwardStats
from rcmvae_core.training.setup import prepare
from rcmvae_core.training.state import TrainState, empty_accumulator
from tests.support.tiny import TINY


def untrained(inputs, labels, settings: Iterable[str] = (), seeds: tuple[int, ...] = (0,)) -> TrainedModel:
    """A model of some inputs, whose τ comes from their labels; they are its training inputs too."""
    dataset = as_dataset(inputs, labels)
    settings = (
        "train.batch_size=4",
        "classifier.tau.alpha=0.5",
        *settings,
    )
    resolved = resolve_spec(TINY, discover(), settings, dataset)
    prepared = prepare(resolved, dataset)
    model, info = prepared.model, build_info(prepared)
    sample = jnp.zeros((4, *info.context.input_shape))

    def state(seed: int) -> TrainState:
        params = jax.jit(model.init)(jax.random.key(seed), sample)
        step = jnp.zeros((), jnp.int32)
        return TrainState(
            params, None, model.init_state(params), empty_accumulator(()), step, jax.random.key(0)
        )

    trained = TrainedModel(resolved, model, tuple(map(state, seeds)), seeds, info)
    rows = np.arange(min(64, prepared.dataset.inputs.shape[0]))
    given, every = jnp.asarray(prepared.dataset.labels[rows]), jnp.ones(info.context.classes, bool)

    def taught(state: TrainState, stats: ForwardStats) -> TrainState:
        q = jnp.asarray(stats.responsibilities)
        return state._replace(carry=model.rebuild_classifier(state.carry, q, given, every))

    stats = trained.forward_stats(prepared.dataset.inputs[rows])
    states = tuple(map(taught, trained.states, stats))
    trained = trained.in_states(states, seeds)
    return trained.in_states(states, seeds, trained.forward_stats(prepared.dataset.inputs[rows]))
