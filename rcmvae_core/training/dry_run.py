"""Computes the sizes and parameter counts of a run, without training anything."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from rcmvae_core.data.load import data_notes
from rcmvae_core.plugin.resolved import ResolvedSpec
from rcmvae_core.training.setup import Prepared

_LABELS = "labels.some"
"""The token of labels that are given to the model."""


class PartParameters(NamedTuple):
    """The parameters of one part.

    Args:
        part: its name in the parameters, such as `encoder`.
        arrays: the shape of each array, by its path in the part.
        size: numbers in all arrays together.
    """

    part: str
    arrays: dict[str, tuple[int, ...]]
    size: int


class Plan(NamedTuple):
    """Sizes of a run.

    Args:
        name: of the spec.
        seeds: to train.
        epochs: of each seed.
        steps_per_epoch: steps of an epoch.
        input_shape: the shape of one input.
        training: training inputs.
        validation: validation inputs.
        test: test inputs.
        labels: training inputs whose label is given.
        weights: the parameters of each part.
        likelihood: the shape of each array of the likelihood of a training batch, by its name.
        notes: what reading the data noticed, a sentence each.
        monitor: the validation metric by which states are compared.
        select: the state that is kept, `best` or `last`.
        uses_labels: whether a classifier or a loss uses the labels.
    """

    name: str
    seeds: tuple[int, ...]
    epochs: int
    steps_per_epoch: int
    input_shape: tuple[int, ...]
    training: int
    validation: int
    test: int
    labels: int
    weights: tuple[PartParameters, ...]
    likelihood: dict[str, tuple[int, ...]]
    notes: tuple[str, ...] = ()
    monitor: str = "elbo"
    select: str = "best"
    uses_labels: bool = True

    @property
    def parameters(self) -> int:
        """The number of all parameters."""
        return sum(part.size for part in self.weights)


def plan(prepared: Prepared) -> Plan:
    """Trace the shapes of a model; nothing is computed.

    Returns:
        The plan, with the shapes of all arrays.
    """
    context, split, model = prepared.context, prepared.split, prepared.model
    key = jax.eval_shape(lambda: jax.random.key(0))
    batch = jax.ShapeDtypeStruct((prepared.resolved.train.batch_size, *context.input_shape), jnp.float32)
    params = jax.eval_shape(model.init, key, batch)
    step = jax.ShapeDtypeStruct((), jnp.int32)
    active = jax.ShapeDtypeStruct((context.channels,), bool)

    def decode(*arguments: Any) -> Any:
        params, x, step, active, key = arguments
        return model.forward(params, x, step=step, active=active, key=key, train=True).likelihood

    likelihood = jax.eval_shape(decode, params, batch, step, active, key)
    return Plan(
        name=prepared.resolved.name,
        seeds=prepared.resolved.seeds,
        epochs=context.epochs,
        steps_per_epoch=context.steps_per_epoch,
        input_shape=context.input_shape,
        training=len(split.train),
        validation=len(split.validation),
        test=len(split.test),
        labels=len(split.labelled),
        weights=tuple(_part_parameters(name, params[name]) for name in params),
        likelihood=_shapes(likelihood),
        notes=data_notes(prepared.dataset, prepared.columns),
        monitor=prepared.monitor,
        select=prepared.resolved.train.select,
        uses_labels=_uses_labels(prepared.resolved),
    )


def _uses_labels(resolved: ResolvedSpec) -> bool:
    """Return whether the spec has a classifier, or a loss that requires labels."""
    requires = (part.capabilities().requires for part in resolved.parts["loss"])
    return resolved.maybe("classifier") is not None or any(_LABELS in tokens for tokens in requires)


def _part_parameters(part: str, tree: Any) -> PartParameters:
    return PartParameters(part, _shapes(tree), sum(array.size for array in jax.tree.leaves(tree)))


def _shapes(tree: Any) -> dict[str, tuple[int, ...]]:
    leaves = jax.tree_util.tree_leaves_with_path(tree)
    return {
        jax.tree_util.keystr(path, simple=True, separator="."): tuple(leaf.shape) for path, leaf in leaves
    }
