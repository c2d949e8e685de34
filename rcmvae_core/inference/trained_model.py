"""Defines `TrainedModel`: predictions, scores, embeddings and samples of a trained model."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import attrs
import jax
import numpy as np
from jaxtyping import Array, Float, Int, Key

from rcmvae_core.errors import Diagnostic, RcmvaeError, RunError, fail
from rcmvae_core.inference import calibration_labels, generate, notebook
from rcmvae_core.inference.calibration import Calibration, fit_calibration
from rcmvae_core.inference.calibration_labels import CalibrationLabels
from rcmvae_core.inference.explore_page import ExplorePage
from rcmvae_core.inference.forward_stats import describe, join
from rcmvae_core.inference.imputation import SAMPLES, Imputed, compile_draws, impute_batch, require_missing
from rcmvae_core.inference.inputs import BATCH, InputBatch, iter_batches, to_units
from rcmvae_core.inference.memory import require_memory
from rcmvae_core.inference.model_info import ModelInfo
from rcmvae_core.inference.ood import OODScorer, Scores, build_scorer, model_scores
from rcmvae_core.inference.predictions import Predictions, combine_seeds, concatenate
from rcmvae_core.inference.sampler import Sampler
from rcmvae_core.inference.saved_arrays import read_or_warn
from rcmvae_core.inference.training_reference import NAME, compute_reference, read_reference
from rcmvae_core.model.model import Model
from rcmvae_core.plugin.failures import other_plugins
from rcmvae_core.plugin.protocols import ForwardStats
from rcmvae_core.plugin.resolved import ResolvedSpec
from rcmvae_core.runtime.printable import printable
from rcmvae_core.training.setup import prepare
from rcmvae_core.training.state import TrainState

_MEMBER_BYTES = 12
"""Bytes per value of a prediction that is averaged."""


class Embedding(NamedTuple):
    """The positions of inputs in latent space, by the first seed.

    Args:
        latents: the posterior mean of the most responsible channel's latent.
        responsibilities: q(c|x).
    """

    latents: Float[np.ndarray, "N D"]
    responsibilities: Float[np.ndarray, "N K"]


@attrs.frozen(eq=False, slots=False, repr=False)
class TrainedModel:
    """A trained model, an ensemble of its seeds; every method takes any number of inputs.

    Inputs are [N, *x], of the type and in the units of the training data; the model scales them as it was fitted on
    training inputs. A model whose data are integers, divided by their maximum, also takes floats in [0, 1]. Images of one
    colour channel may be [N, H, W]. A model of a table also takes a `Table`, a data frame, or a mapping of columns, which
    are found by name.

    Args:
        resolved: the spec that it was trained by.
        model: its functions.
        states: the state of each seed.
        seeds: the seeds.
        info: the sizes of the model and how its inputs are stored.
        folder: the run directory or exported folder that it was loaded from.
        training: statistics of training inputs, per seed, that scores compare other inputs with; empty, they are read
            from the folder, or else computed from the run's data, when first needed.
        labelled: predictions for labelled inputs, that calibrators are fitted to; None, as `training`.
    """

    resolved: ResolvedSpec
    model: Model
    states: tuple[TrainState, ...]
    seeds: tuple[int, ...]
    info: ModelInfo
    folder: Path | None = None
    training: tuple[ForwardStats, ...] = ()
    labelled: CalibrationLabels | None = None

    def in_states(
        self, states: tuple[TrainState, ...], seeds: tuple[int, ...], training: tuple[ForwardStats, ...] = ()
    ) -> TrainedModel:
        """Return the same model in other states, without calibrators; both share their compiled programs.

        Args:
            states: the state of each seed.
            seeds: the seeds.
            training: statistics of training inputs, per seed.

        Returns:
            Another model.
        """
        other = attrs.evolve(self, states=states, seeds=seeds, training=training, labelled=None)
        vars(other)["calibration"] = Calibration()
        for program in ("describe", "_predict_resampled", "_sampler"):
            vars(other)[program] = getattr(self, program)
        return other

    @property
    def name(self) -> str:
        """The run's name."""
        return self.resolved.name

    @property
    def class_names(self) -> tuple[str, ...]:
        """A name for each class."""
        return self.info.class_names

    @property
    def maximum(self) -> float:
        """The value of stored inputs that is scaled to 1."""
        return self.info.maximum

    @cached_property
    def tau(self) -> tuple[Float[np.ndarray, "K Y"], ...]:
        """τ, channel to label, of each seed; no columns without a classifier."""
        return tuple(np.asarray(self.model.tau(state.carry)) for state in self.states)

    def forward_stats(self, inputs: Any, *, key: Key[Array, ""] | None = None) -> tuple[ForwardStats, ...]:
        """Compute the statistics of inputs.

        Args:
            inputs: an array or a `Source`.
            key: of the latents' noise; absent, the latents are the posterior means.

        Returns:
            Arrays over the N inputs, per seed.

        Raises:
            RcmvaeError: E421 if the inputs do not fit the model.
        """
        return tuple(join(batches) for batches in zip(*self.stream(inputs, key=key), strict=True))

    def stream(self, inputs: Any, *, key: Key[Array, ""] | None = None) -> Iterator[tuple[ForwardStats, ...]]:
        """Yield what `forward_stats` returns a batch at a time, so that any number of inputs fits in memory."""
        for number, batch in enumerate(iter_batches(inputs, self.info)):
            yield self._batch_stats(batch, None if key is None else jax.random.fold_in(key, number))

    def _batch_stats(self, batch: InputBatch, key: Key[Array, ""] | None = None) -> tuple[ForwardStats, ...]:
        stats = jax.device_get([self.describe(state, batch.x, key) for state in self.states])
        for seed, each in zip(self.seeds, stats, strict=True):
            if not np.isfinite(each.responsibilities).all() or not np.isfinite(each.probabilities).all():
                self._fail_not_finite(seed)
        return tuple(jax.tree.map(lambda array: array[: batch.size], each) for each in stats)

    def _fail_not_finite(self, seed: int) -> NoReturn:
        """Raise E426, which names the plugins of other packages."""
        names = other_plugins(self.resolved)
        help_ = [f"plugins of other packages take part: {', '.join(names)}"] if names else []
        help_.append("predict with another seed, or train it again")
        fail("E426", f"predictions of seed {seed} are not finite", help=help_, error=RunError)

    @cached_property
    def describe(self) -> Callable[..., ForwardStats]:
        """The compiled pass over a batch, `(state, x, key or None) -> ForwardStats`, for programs that hold states."""
        scores = model_scores(self.resolved, self.model.context)

        def batch_stats(
            state: TrainState, x: Float[Array, "B *x"], key: Key[Array, ""] | None
        ) -> ForwardStats:
            return describe(self.model, state, x, key, scores)

        return jax.jit(batch_stats)

    def predict(self, inputs: Any, *, samples: int = 0, seed: int = 0) -> Predictions:
        """Predict labels and probabilities, with uncertainties and scores.

        Args:
            inputs: an array or a `Source`.
            samples: ensemble members per seed for the epistemic uncertainty, each of which predicts a reconstruction
                of the input through a sampled channel and latent; with 0 the seeds alone are the ensemble.
            seed: of these draws.

        Returns:
            Arrays over the N inputs.

        Raises:
            RcmvaeError: as `predictions`.
        """
        return concatenate([batch for _, batch in self.predictions(inputs, samples=samples, seed=seed)])

    def predictions(
        self, inputs: Any, *, samples: int = 0, seed: int = 0
    ) -> Iterator[tuple[np.ndarray, Predictions]]:
        """Yield what `predict` returns a batch at a time, each with its inputs in their stored type.

        Args:
            inputs: as of `predict`.
            samples: as of `predict`.
            seed: as of `predict`.

        Yields:
            The inputs of a batch and their predictions.

        Raises:
            RcmvaeError: E421 if the inputs do not fit the model, E443 if so many samples do not fit in memory.
        """
        each = BATCH * (self.info.context.classes + 1) * len(self.seeds) * _MEMBER_BYTES
        require_memory("ensemble members (--samples)", samples, each)
        for number, batch in enumerate(iter_batches(inputs, self.info)):
            stats, members = self._batch_stats(batch), None
            if samples:
                key = jax.random.fold_in(jax.random.key(seed), number)
                resampled = [self._predict_resampled(state, batch.x, key, samples) for state in self.states]
                members = np.concatenate(jax.device_get(resampled))[:, : batch.size]
            scores = self._scores(stats)
            ood = batch.is_far | self.ood_scorer.is_ood(scores) if scores else batch.is_far
            names = self.class_names
            predictions = combine_seeds(
                stats, self.tau, scores, ood, class_names=names, outside=batch.outside, members=members
            )
            calibrated = self.calibration.apply(predictions.probabilities)
            yield batch.raw, predictions._replace(calibrated=calibrated)

    @cached_property
    def _predict_resampled(self) -> Any:
        return jax.jit(partial(generate.predict_resampled, self.model), static_argnums=3)

    def impute(self, inputs: Any, *, samples: int = SAMPLES, seed: int = 0) -> Imputed:
        """Replace missing values, which are NaN, by their mean given the observed ones; for a category by probabilities.

        It draws channels and latents from q(c|x) q(z|x, c), weighted by p(x_observed|z, c) p(z|c) p(c) / q.

        Args:
            inputs: an array or a `Source`.
            samples: draws from each seed.
            seed: of these draws.

        Returns:
            Arrays over the N inputs.

        Raises:
            RcmvaeError: E421 if the inputs do not fit the model, E471 if it cannot compute missing values.
        """
        require_missing(self.model)
        key = jax.random.key(seed)
        batches = [
            impute_batch(
                self._draws,
                self.states,
                batch.x,
                np.asarray(batch.raw, np.float64),
                partial(to_units, info=self.info),
                key=jax.random.fold_in(key, number),
                samples=samples,
            )
            for number, batch in enumerate(iter_batches(inputs, self.info))
        ]
        return Imputed(*(np.concatenate(arrays) for arrays in zip(*batches, strict=True)))

    @cached_property
    def _draws(self) -> Callable[..., tuple[Array, Array]]:
        return compile_draws(self.model)

    def score(self, inputs: Any) -> dict[str, Float[np.ndarray, " N"]]:
        """Compute how unlike the training data each input is, by every score of the run.

        Returns:
            By the name of the score, a value per input; higher is less like the training data. Empty without scores.

        Raises:
            RcmvaeError: E421 if the inputs do not fit the model.
        """
        return dict(self._scores(self.forward_stats(inputs)))

    def _scores(self, stats: Sequence[ForwardStats]) -> Scores:
        return self.ood_scorer.scores(stats) if self.ood_scorer.plugins else {}

    @cached_property
    def ood_scorer(self) -> OODScorer:
        """The scores of the run; without statistics of training inputs a warning, and a scorer without scores."""
        training: tuple[ForwardStats, ...] = ()
        if self.resolved.parts.get("score", ()):
            try:
                training = self.training or self._training_reference()
            except RcmvaeError as error:
                message = f"inputs are not compared with training inputs: {error.diagnostics[0].message}"
                diagnostic = Diagnostic("W430", message)
                warnings.warn(printable(f"{diagnostic.code}: {diagnostic.message}"), stacklevel=2)
        return build_scorer(self.resolved, self.model.context, training, self.tau)

    def _training_reference(self) -> tuple[ForwardStats, ...]:
        """Read the reference of the run, or compute it from the run's data.

        Returns:
            The statistics of training inputs, by each seed.
        """
        steps = [int(state.step) for state in self.states]
        if self.folder is not None:
            columns = {
                "responsibilities": self.info.context.channels,
                "probabilities": self.tau[0].shape[1],
                "latents": self.info.context.dim,
            }
            names = list(model_scores(self.resolved, self.model.context))
            read = partial(read_reference, self.folder, self.seeds, steps, columns, names)
            if (saved := read_or_warn(self.folder / NAME, read)) is not None:
                return saved
        return compute_reference(self.forward_stats, prepare(self.resolved))

    @cached_property
    def calibration(self) -> Calibration:
        """The calibrators of the run, fitted; without labels to fit them to a warning, and none."""
        if not self.resolved.parts.get("calibrator") or self.resolved.maybe("classifier") is None:
            return Calibration()
        try:
            labelled = self.labelled or self._calibration_labels()
        except RcmvaeError as error:
            message = f"predictions are not calibrated: {error.diagnostics[0].message}"
            warnings.warn(printable(f"W434: {message}"), stacklevel=2)
            return Calibration()
        warning = calibration_labels.source_warning(None if labelled is None else labelled.source)
        if warning is not None:
            warnings.warn(printable(f"{warning.code}: {warning.message}"), stacklevel=2)
        return fit_calibration(self.resolved, self.model.context, labelled)

    def _calibration_labels(self) -> CalibrationLabels | None:
        """Read the labels for calibration of the run, or predict those of the run's data."""
        steps, classes = [int(state.step) for state in self.states], self.tau[0].shape[1]
        if self.folder is not None:
            read = partial(
                calibration_labels.read_calibration_labels, self.folder, self.seeds, steps, classes
            )
            if (saved := read_or_warn(self.folder / calibration_labels.NAME, read)) is not None:
                return saved
        return calibration_labels.compute_calibration_labels(self.forward_stats, prepare(self.resolved))

    def embed(self, inputs: Any) -> Embedding:
        """Compute the positions of inputs in latent space.

        Returns:
            Latents and responsibilities of the N inputs, by the first seed.

        Raises:
            RcmvaeError: E421 if the inputs do not fit the model.
        """
        first = join([batch[0] for batch in self.stream(inputs)])
        return Embedding(np.asarray(first.latents), np.asarray(first.responsibilities))

    def sample(
        self, count: int, *, label: int | str | None = None, channel: int | None = None, seed: int = 0
    ) -> Float[np.ndarray, "count *x"]:
        """Sample inputs from the first seed's model.

        Args:
            count: the number of samples.
            label: a class, by its name or number; channels are drawn from p(c|y) = τ[c, y] p(c) / Σ_c τ[c, y] p(c).
            channel: the channel c; without a channel and a label, channels are drawn from p(c).
            seed: of the draws.

        Returns:
            E[x|z, c] for z from the prior p(z|c), in the units of the training data if these were scaled, else in
            [0, 1].

        Raises:
            RcmvaeError: E422 if the class or channel is unknown, E443 if so many samples do not fit in memory.
        """
        return self.draw(count, label=label, channel=channel, seed=seed)[0]

    def draw(
        self, count: int, *, label: int | str | None = None, channel: int | None = None, seed: int = 0
    ) -> tuple[Float[np.ndarray, "count *x"], Int[np.ndarray, " count"]]:
        """Sample inputs as `sample` does, with their channels.

        Args:
            count: as of `sample`.
            label: as of `sample`.
            channel: as of `sample`.
            seed: as of `sample`.

        Returns:
            The samples, and the channel of each.
        """
        return self.draw_channels(
            count, self._sampler.channel_weights(self.states[0], label, channel), seed=seed
        )

    def draw_channels(
        self, count: int, weights: Float[Array, " K"], *, seed: int = 0
    ) -> tuple[Float[np.ndarray, "count *x"], Int[np.ndarray, " count"]]:
        """Sample inputs of channels that are drawn by given probabilities.

        Args:
            count: as of `sample`.
            weights: the probability of each channel.
            seed: as of `sample`.

        Returns:
            As of `draw`.
        """
        return self._sampler.draw(self.states[0], count, weights, seed)

    @cached_property
    def _sampler(self) -> Sampler:
        return Sampler(self.model, self.info)

    def traverse(self, channel: int | None = None, *, steps: int = 9, reach: float = 3.0) -> Any:
        """Decode latents along each latent dimension, while the others stay at the prior's mean.

        Args:
            channel: the channel c; absent, the one with the largest p(c).
            steps: images per dimension, S.
            reach: the first and last position, in standard deviations of the prior; where it does not vary, as they are.

        Returns:
            E[x|z, c], an array [D S *x], in the units of `sample`.

        Raises:
            RcmvaeError: E422 if the channel is unknown.
        """
        return self._sampler.traverse(self.states[0], channel, steps, reach)

    def explore(self, *, height: int = 900, read_only: bool = False) -> ExplorePage:
        """Serve the page of `rcmvae explore` for the run of this model; a notebook shows it below the cell.

        Args:
            height: of the frame in a notebook, in CSS pixels.
            read_only: refuse labels and training.

        Returns:
            The page; its `selection()` returns the indices of the inputs that are selected on it.

        Raises:
            RunError: E499 if the page cannot be served, such as for a model that was not loaded from a run directory.
        """
        if self.folder is None:
            help_ = ["load it from a run directory: rcmvae_core.load(RUN)"]
            fail(
                "E499", "the model has no run directory, and so no inputs to show", help=help_, error=RunError
            )
        return ExplorePage(self.folder, height=height, read_only=read_only)

    def _repr_html_(self) -> str:
        context = self.info.context
        return notebook.model_html(self.name, context, self.seeds, self.tau[0], self.class_names)
