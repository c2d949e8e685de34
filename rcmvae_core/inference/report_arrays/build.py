"""Computes the report's arrays of each seed in passes over its held-out inputs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Array, Float, Int, Key

from rcmvae_core.data.sampling import evenly_spaced
from rcmvae_core.inference.ood import OODScorer
from rcmvae_core.inference.report_arrays import passes
from rcmvae_core.inference.report_arrays.sizes import MAX_SHOWN, ReportSizes, report_sizes, shown_inputs
from rcmvae_core.inference.training_reference import MAX_INPUTS
from rcmvae_core.model.model import Model
from rcmvae_core.plugin.protocols import ForwardStats
from rcmvae_core.plugin.protocols.report_arrays import ReportArrays
from rcmvae_core.training.evaluation import EvalOutputs, index_batches
from rcmvae_core.training.state import FAST_COMPILE, TrainState

_OF_PICTURES = (
    "inputs",
    "reconstructions",
    "selected_reconstructions",
    "alternative_reconstructions",
    "sigma_maps",
    "channel_reconstructions",
)
"""Arrays with a row for each picture, or for the first ones."""
Describe = Callable[[TrainState, Float[Array, "B *x"], Key[Array, ""] | None], ForwardStats]
"""Computes the statistics of a batch, as `forward_stats.describe` does."""
ReadInputs = Callable[[Int[np.ndarray, " n"]], Float[Array, "n *x"]]
"""Returns inputs of a data set by index, in the model's range."""


class HeldOut(NamedTuple):
    """The inputs that a report is about.

    Args:
        read: returns inputs by their index.
        test: indices of the N test inputs.
        labels: their true classes, -1 where unknown.
        class_names: the name of each class.
        held_out: indices of the inputs of classes that the run held out.
    """

    read: ReadInputs
    test: Int[np.ndarray, " N"]
    labels: Int[np.ndarray, " N"]
    class_names: tuple[str, ...]
    held_out: Int[np.ndarray, " H"]


class ReportBuilder:
    """Computes report arrays; its programs compile once and serve every seed.

    Args:
        model: the model.
        inputs: what the report is about.
        describe: the compiled pass of `TrainedModel.describe`.
    """

    def __init__(self, model: Model, inputs: HeldOut, describe: Describe) -> None:
        self._model, self._inputs, self._stats = model, inputs, describe
        self._sizes: ReportSizes = report_sizes(model.context, len(inputs.test))
        self._by_channel = _compile(partial(passes.by_channel, model))
        self._bound = _compile(partial(_bound, model, self._sizes.bound_samples))
        self._look = _compile(partial(passes.look, model, self._sizes))

    def __call__(self, state: TrainState, outputs: EvalOutputs, scorer: OODScorer | None) -> ReportArrays:
        """Compute the arrays of one seed.

        Args:
            state: its trained state.
            outputs: its statistics of the test inputs.
            scorer: of this seed alone; None computes no scores.

        Returns:
            The arrays, on the host.
        """
        inputs, sizes = self._inputs, self._sizes
        stats = self._describe(state, inputs.test)
        fields = {name: array for name, array in outputs._asdict().items() if name in ReportArrays._fields}
        fields |= {"sigma": stats.sigma, "squared_error": stats.squared_error}
        fields |= self._scores(state, stats, scorer)
        order = np.argsort(-np.asarray(outputs.responsibilities).mean(axis=0), kind="stable")
        decoded = order[: sizes.channels]
        extremes = [
            outputs.negative_log_likelihood,
            stats.sigma,
            *fields.get("scores", stats.sigma[:, None])[:, :1].T,
        ]
        shown = shown_inputs(len(inputs.test), [np.asarray(values) for values in extremes])
        fields |= self._decoded(state, shown, decoded)
        members = evenly_spaced(len(inputs.test), sizes.members)
        fields |= self._latents(state, members)
        return ReportArrays(
            labels=inputs.labels, class_names=inputs.class_names, shown=shown, decoded_channels=decoded,
            members=members, **fields,
        )  # fmt: skip

    def _describe(self, state: TrainState, indices: Int[np.ndarray, " n"]) -> ForwardStats:
        return self._batched(indices, lambda rows, _: self._stats(state, self._inputs.read(rows), None))

    def _scores(self, state: TrainState, stats: ForwardStats, scorer: OODScorer | None) -> dict[str, Any]:
        """Return the scores of the test inputs and of the held-out ones, the deciding score first.

        Args:
            state: of the seed.
            stats: of the test inputs.
            scorer: of the seed.
        """
        if scorer is None or not scorer.plugins:
            return {}
        names = sorted(scorer.plugins, key=lambda name: name != scorer.deciding)
        thresholds = scorer.thresholds()

        def columns(stats: ForwardStats) -> Float[np.ndarray, "n s"]:
            scores = scorer.scores([stats])
            return np.stack([np.asarray(scores[name]) for name in names], axis=1)

        fields: dict[str, Any] = {
            "scores": columns(stats),
            "score_names": tuple(names),
            "score_thresholds": np.array([thresholds[name] for name in names]),
        }
        if len(self._inputs.held_out):
            rows = self._inputs.held_out[evenly_spaced(len(self._inputs.held_out), MAX_INPUTS)]
            fields["held_out_scores"] = columns(self._describe(state, rows))
        return fields

    def _decoded(
        self, state: TrainState, shown: Int[np.ndarray, " n"], channels: Int[np.ndarray, " C"]
    ) -> dict[str, Any]:
        """Return what the state says without inputs, and all that is decoded.

        Args:
            state: of the seed.
            shown: positions of the pictures.
            channels: that are decoded for a look.
        """
        # Of one size, so that the program compiles once for seeds with other pictures.
        x = _read_at(self._inputs, np.resize(shown, MAX_SHOWN))
        fields = jax.device_get(self._look(state, x, channels))
        return fields | {name: fields[name][: len(shown)] for name in _OF_PICTURES}

    def _latents(self, state: TrainState, members: Int[np.ndarray, " M"]) -> dict[str, Any]:
        """Return the arrays by channel, and the importance weights of the first inputs.

        Args:
            state: of the seed.
            members: positions of the inputs.
        """
        read = partial(_read_at, self._inputs)
        fields = self._batched(members, lambda rows, key: self._by_channel(state, read(rows), key))._asdict()
        if self._model.parts.prior.log_prob is not None:
            few = members[: self._sizes.bound_inputs]
            fields["log_weights"] = self._batched(few, lambda rows, key: self._bound(state, read(rows), key))
        return fields

    def _batched(self, positions: Int[np.ndarray, " n"], compute: Callable[..., Any]) -> Any:
        """Compute batches of one size, so that each program compiles once, and join them on the host.

        Args:
            positions: of the inputs; without any, of one, whose rows are dropped.
            compute: of the positions and a key of the batch, arrays with a row for each.
        """
        rows = positions if len(positions) else np.zeros(1, np.int64)
        batches = [
            jax.device_get(compute(batch, jax.random.fold_in(jax.random.key(0), number)))
            for number, batch in enumerate(index_batches(rows))
        ]
        return jax.tree.map(lambda *parts: np.concatenate(parts)[: len(positions)], *batches)


def _compile(function: Callable[..., Any]) -> Callable[..., Any]:
    return jax.jit(function, compiler_options=FAST_COMPILE)


def _bound(
    model: Model, samples: int, state: TrainState, x: Float[Array, "B *x"], key: Array
) -> Float[Array, "B I"]:
    return model.log_weights(state.prediction_params, x, active=state.carry.active, key=key, samples=samples)


def _read_at(inputs: HeldOut, positions: Int[np.ndarray, " n"]) -> Float[Array, "n *x"]:
    return inputs.read(inputs.test[positions])
