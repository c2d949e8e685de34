"""Holds a trained model with what it says about every input of its data set."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import attrs
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from rcmvae_core.data.inputs import read_rows
from rcmvae_core.errors import fail
from rcmvae_core.inference.trained_model import TrainedModel
from rcmvae_core.plugin.protocols import Dataset, ForwardStats
from rcmvae_core.training.checkpoints.record import records

Progress = Callable[[int, int], None]
"""Called with the number of inputs that are done, and that of all."""
COLUMNS = ("channel", "usage", "sigma", "reconstruction_error", "ood")
"""The columns of every model, beside `score/NAME` for each of its scores."""
_CHUNK = 65_536
"""Inputs whose range is checked together."""


class TrainedOn(NamedTuple):
    """What a model was trained on.

    Args:
        label_revision: of the label store; 0 without one.
        labelled: the names of the classes that had labels; None if that is not known.
        epochs: how many epochs it was trained for.
    """

    label_revision: int
    labelled: frozenset[str] | None
    epochs: int


@attrs.frozen(eq=False, slots=False)
class ExploredModel:
    """A trained model and its arrays over all N inputs, none of which depends on labels that came later.

    Args:
        number: 0 for the run that is explored, then 1, 2, … in the order of training.
        path: its run directory.
        parent: the number of the model that it was trained from; None for the first.
        trained: the model.
        trained_on: labels and epochs.
        stats: what each seed says about the inputs, with latents at the posterior means.
        is_far: whether a value of the input lies further outside the training range than that is wide.
    """

    number: int
    path: Path
    parent: int | None
    trained: TrainedModel
    trained_on: TrainedOn
    stats: tuple[ForwardStats, ...]
    is_far: Bool[np.ndarray, " N"]

    @property
    def count(self) -> int:
        """The number N of inputs."""
        return len(self.is_far)

    @property
    def channel_count(self) -> int:
        """The number K of channels."""
        return self.trained.info.context.channels

    @property
    def responsibilities(self) -> Float[np.ndarray, "N K"]:
        """q(c|x) of the first seed."""
        return np.asarray(self.stats[0].responsibilities)

    @property
    def latents(self) -> Float[np.ndarray, "N D"]:
        """The posterior mean of the most responsible channel's latent, of the first seed."""
        return np.asarray(self.stats[0].latents)

    @cached_property
    def device_responsibilities(self) -> tuple[Float[Array, "N K"], ...]:
        """q(c|x) of each seed where programs run, so that it is moved there once."""
        return tuple(jnp.asarray(each.responsibilities) for each in self.stats)

    @cached_property
    def channels(self) -> Int[np.ndarray, " N"]:
        """The most responsible channel of each input, of the first seed; int32."""
        return self.responsibilities.argmax(axis=1).astype(np.int32)

    @cached_property
    def usage(self) -> Float[np.ndarray, " K"]:
        """The mean of q(c|x) over all inputs, of the first seed."""
        return self.responsibilities.mean(axis=0, dtype=np.float64)

    @cached_property
    def counts(self) -> Int[np.ndarray, " K"]:
        """How many inputs have each channel as their most responsible one."""
        return np.bincount(self.channels, minlength=self.channel_count)

    @cached_property
    def active(self) -> Bool[np.ndarray, " K"]:
        """The channels that the curricula of the first seed have unlocked."""
        return np.asarray(self.trained.states[0].carry.active)

    @cached_property
    def sigma(self) -> Float[np.ndarray, " N"]:
        """The root of the mean variance of p(x|z, c), over the seeds; NaN where the likelihood has no σ."""
        return np.sqrt(np.mean([np.square(each.sigma) for each in self.stats], axis=0))

    @cached_property
    def reconstruction_error(self) -> Float[np.ndarray, " N"]:
        """The root of the mean squared difference of an input and its reconstruction, in the model's range."""
        context = self.trained.info.context
        size = int(np.prod(context.input_shape)) - context.covariates
        return np.sqrt(np.mean([each.squared_error for each in self.stats], axis=0) / size)

    @cached_property
    def scores(self) -> Mapping[str, Float[np.ndarray, " N"]]:
        """Every score of the run; higher is less like the training data."""
        return self.trained.ood_scorer.scores(self.stats)

    @cached_property
    def quantiles(self) -> Mapping[str, Float[np.ndarray, " N"]]:
        """For each score the share of training inputs with a lower one."""
        return self.trained.ood_scorer.quantiles(self.scores)

    @cached_property
    def ood(self) -> Bool[np.ndarray, " N"]:
        """Whether each input is out-of-distribution, as `TrainedModel.predict` decides it."""
        return self.is_far | self.trained.ood_scorer.is_ood(self.scores) if self.scores else self.is_far

    def column(self, name: str) -> np.ndarray:
        """Return a column of the page that depends on the model only.

        Args:
            name: one of `COLUMNS`, or `score/NAME`.

        Returns:
            An array [N] of int32, float32 or uint8.

        Raises:
            RcmvaeError: E485 if the model has no such column.
        """
        kind, _, score = name.partition("/")
        if kind == "score" and score in self.scores:
            return np.asarray(self.scores[score], np.float32)
        if name == "channel":
            return self.channels
        if name == "usage":
            return self.usage[self.channels].astype(np.float32)
        if name == "ood":
            return self.ood.astype(np.uint8)
        if name in COLUMNS:
            return np.asarray(getattr(self, name), np.float32)
        fail("E485", f"model {self.number} has no column `{name}`", help=["see `columns` of the session"])


def ignore_progress(done: int, total: int) -> None:
    """Show no progress."""
    del done, total


def open_model(
    path: Path,
    number: int,
    dataset: Dataset,
    *,
    trained: TrainedModel,
    parent: int | None = None,
    progress: Progress = ignore_progress,
) -> ExploredModel:
    """Run a trained model on every input.

    Args:
        path: its run directory.
        number: by which the page names it.
        dataset: the inputs, encoded.
        trained: the model, as `rcmvae_core.inference.load.load` returned it.
        parent: the number of the model that it was trained from.
        progress: called after every batch.

    Returns:
        The model with its arrays.

    Raises:
        RcmvaeError: E421 or E426 as `TrainedModel.stream`.
    """
    stats = _all_stats(trained, dataset.inputs, progress)
    return ExploredModel(number, path, parent, trained, trained_on(path), stats, _far(dataset, trained))


def trained_on(path: Path) -> TrainedOn:
    """Return what the model in a run directory was trained on, by its last checkpoint.

    A checkpoint that does not say had labels of all classes.
    """
    folders = sorted((path / "checkpoints").glob("seed-*"))
    record = next((each for folder in folders for each in records(folder) if each.format), None)
    facts: Mapping[str, Any] = {} if record is None else record.facts
    labelled: Sequence[str] | None = facts.get("labelled_classes")
    epochs = 0 if record is None else int(record.journal["epoch"])
    names = None if labelled is None else frozenset(labelled)
    return TrainedOn(int(facts.get("label_revision") or 0), names, epochs)


def _all_stats(trained: TrainedModel, inputs: Any, progress: Progress) -> tuple[ForwardStats, ...]:
    """Return the statistics of all inputs, per seed, written batch by batch into arrays of the whole size."""
    total, done = int(inputs.shape[0]), 0
    whole: Any = None
    for batch in trained.stream(inputs):
        if whole is None:
            whole = jax.tree.map(lambda part: np.empty((total, *part.shape[1:]), part.dtype), batch)
        size = len(batch[0].responsibilities)
        jax.tree.map(lambda target, part: _put(target, done, part), whole, batch)  # noqa: B023 - called at once
        done += size
        progress(done, total)
    return whole


def _put(target: np.ndarray, start: int, part: np.ndarray) -> None:
    target[start : start + len(part)] = part


def _far(dataset: Dataset, trained: TrainedModel) -> Bool[np.ndarray, " N"]:
    """Return which inputs have a value far outside the training range; none if inputs are not scaled."""
    count, scaling = int(dataset.inputs.shape[0]), trained.info.scaling
    far = np.zeros(count, bool)
    for start in range(0, count if scaling is not None else 0, _CHUNK):
        rows = read_rows(dataset, np.arange(start, min(start + _CHUNK, count)))
        if scaling is not None:
            far[start : start + len(rows)] = scaling.outside(rows)[1]
    return far
