"""Defines a scikit-learn estimator: a classifier from few labels, an embedding and a density in one model."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_consistent_length, check_is_fitted, validate_data

from rcmvae_core.data.class_encoding import encode
from rcmvae_core.data.columns import Columns
from rcmvae_core.data.counts import are_counts
from rcmvae_core.data.fit_columns import fit_columns
from rcmvae_core.data.frames import as_matrix, as_table
from rcmvae_core.data.sample_weights import has_weight
from rcmvae_core.data.sampling import evenly_spaced
from rcmvae_core.estimator import fitted
from rcmvae_core.estimator.class_weights import class_prior_setting, class_weight_setting
from rcmvae_core.estimator.default_specs import default_spec
from rcmvae_core.estimator.examples import Examples, check_weights, select_examples
from rcmvae_core.estimator.programs import MIN_STEPS
from rcmvae_core.estimator.replay_memory import add_replay, select_replay
from rcmvae_core.experiment.recipes import DataFacts
from rcmvae_core.experiment.spec_input import resolve_spec
from rcmvae_core.inference.trained_model import TrainedModel
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.plugin.protocols import Dataset, ForwardStats, Table
from rcmvae_core.plugin.resolved import ResolvedSpec

_FEATURE_AXES, _GREY_AXES, _IMAGE_AXES = 2, 3, 4
_SAMPLE = 256
"""Inputs that decide the recipe, at most."""


class RCMVAEClassifier(TransformerMixin, ClassifierMixin, BaseEstimator):
    """A semi-supervised classifier: a mixture VAE whose channels are assigned labels.

    X is [n_samples, n_features], also sparse, or images [n_samples, H, W] or [n_samples, H, W, C], of any range: they are
    scaled by what the training data show. A data frame may have categories, dates and missing values. All of X is trained
    on; examples whose y is NaN, None or `unlabeled` have no label.

    Args:
        spec: a path, TOML text or nested dicts, as `rcmvae_core.fit` takes; None takes a default spec for features or
            for images.
        channels: the number of channels K; None takes the spec's, which by default is one per class, at least two.
        dim: the size D of each latent; None takes the spec's.
        epochs: passes over the data, of 32 steps at least; None takes the spec's.
        batch_size: inputs per step, at most all of them; None takes the spec's.
        learning_rate: of the optimizer; None takes the spec's.
        class_weight: `balanced`, a dict from classes to weights, or a list in their order, for every loss `supervised`
            and for the classifier of the spec; None takes the spec's. p(y|x) then is that of data in which a class is
            more frequent by its weight; with `balanced`, of equally frequent classes.
        class_prior: a dict from every class to its share of X, which sum to one, or a list of shares or counts in the
            order of the classes, for losses that depend on it, such as `class_usage`; None takes the spec's, or else the
            shares that the labels show.
        unlabeled: the value of y that means no label; None if there is no such value.
        random_state: an int, a NumPy `RandomState`, or None, from which the seed is drawn.

    Attributes:
        classes_: the names of the classes, sorted; classes that `partial_fit` adds come last.
        n_features_in_: the number of features, or the height of images.
        columns_: how the columns of a data frame are encoded; None for numbers without gaps.
        model_: the trained model.
    """

    # `Any`, because scikit-learn may set parameters to values of any type, which only `fit` may check.
    def __init__(
        self,
        spec: Any = None,
        *,
        channels: Any = None,
        dim: Any = None,
        epochs: Any = None,
        batch_size: Any = None,
        learning_rate: Any = None,
        class_weight: Any = None,
        class_prior: Any = None,
        unlabeled: Any = -1,
        random_state: Any = None,
    ) -> None:
        self.spec = spec
        self.channels = channels
        self.dim = dim
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.class_weight = class_weight
        self.class_prior = class_prior
        self.unlabeled = unlabeled
        self.random_state = random_state

    def __sklearn_tags__(self) -> Any:
        """Return what scikit-learn may pass: sparse matrices too, which become arrays."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> RCMVAEClassifier:
        """Train a new model.

        Args:
            X: inputs.
            y: the class of each, or the value that means no label.
            sample_weight: how often each input is drawn, relative to the others, with its label as without, from 0 to
                1e12; None for equally often. An input of weight 0 is left out.

        Returns:
            The estimator itself.

        Raises:
            ValueError: if X, y or the weights have another form, or no label has a weight.
            SpecError: if the spec cannot be used.
        """
        return self._fit(X, y, sample_weight)

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> RCMVAEClassifier:
        """Continue training with new labels, new classes or new inputs; the first call is like `fit`.

        Labelled inputs of earlier calls are trained on again; unlabelled ones are not.

        Args:
            X: inputs.
            y: the class of each, or the value that means no label; a class may be new, unless `class_prior` is a dict or a
                list without it.
            classes: all classes that later calls may have; read by the first call only.
            sample_weight: as in `fit`; inputs of earlier calls have the weight 1.

        Returns:
            The estimator itself.

        Raises:
            ValueError: if X, y or the weights have another form, or no label has a weight.
        """
        if not hasattr(self, "model_"):
            return self._fit(X, y, sample_weight, None if classes is None else np.unique(classes))
        weights = check_weights(sample_weight, y)
        inputs = self._check_examples(X, y, reset=False)
        targets = encode(y, self.unlabeled, self.classes_)
        given = select_examples(inputs, targets.codes, weights)
        examples = add_replay(given.inputs, given.codes, self.memory_)
        new = np.setdiff1d(given.codes, [-1, *self.memory_.codes])
        weights = given.weights
        if weights is not None:
            weights = np.concatenate([weights, np.ones(len(examples.codes) - len(weights))])
        dataset = _dataset(Examples(*examples, weights), targets.classes)
        resolved = self._resolve(dataset, self.model_.info.context.channels)
        self.model_ = fitted.continue_fit(self.model_, resolved, dataset, new)
        self.classes_, self.memory_ = targets.classes, select_replay(*examples)
        return self

    def predict(self, X: Any) -> np.ndarray:
        """Return the most probable class of each input."""
        most_probable = self.predict_proba(X).argmax(
            axis=1
        )  # before `classes_`: it checks that this is fitted
        return self.classes_[most_probable]

    def predict_proba(self, X: Any) -> Float[np.ndarray, "N Y"]:
        """Return p(y|x), with columns in the order of `classes_`."""
        p = np.asarray(self._forward_stats(X).probabilities, np.float64)
        # float32 rows add up to 1 only to about 1e-7, and scikit-learn checks for more.
        return p / p.sum(axis=1, keepdims=True)

    def transform(self, X: Any) -> Float[np.ndarray, "N F"]:
        """Return the mean latent of the most responsible channel, followed by q(c|x), [N, D + K]."""
        stats = self._forward_stats(X)
        parts = [np.asarray(part, np.float64) for part in (stats.latents, stats.responsibilities)]
        return np.concatenate(parts, axis=1)

    def score_samples(self, X: Any) -> Float[np.ndarray, " N"]:
        """Return the evidence lower bound of log p(x) of each input, scaled as in training, in nats."""
        return np.asarray(self._forward_stats(X).elbo, np.float64)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return the names of the columns of `transform`: `latent0`, ..., `channel0`, ..."""
        del input_features
        check_is_fitted(self)
        context = self.model_.info.context
        latents = [f"latent{number}" for number in range(context.dim)]
        return np.array([*latents, *(f"channel{c}" for c in range(context.channels))], object)

    @property
    def trained_(self) -> TrainedModel:
        """The model as a `TrainedModel`, for example to sample from; it takes inputs in their own units."""
        check_is_fitted(self)
        return self.model_.trained()

    def _fit(self, X: Any, y: Any, sample_weight: Any, classes: Any = None) -> RCMVAEClassifier:
        weights = check_weights(sample_weight, y)
        inputs = self._check_examples(X, y, reset=True, weights=weights)
        targets = encode(y, self.unlabeled, classes)
        examples = select_examples(inputs, targets.codes, weights)
        dataset = _dataset(examples, targets.classes)
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        self.model_ = fitted.fit_model(self._resolve(dataset, self.channels), dataset, seed)
        self.classes_, self.memory_ = targets.classes, select_replay(examples.inputs, examples.codes)
        return self

    def _resolve(self, dataset: Dataset, channels: int | None) -> ResolvedSpec:
        """Resolve the spec with the estimator's parameters in place of its own.

        Returns:
            The resolved spec.
        """
        spec, registry = self.spec, discover()
        if spec is None:
            spec = default_spec(_facts(dataset, self.columns_), MIN_STEPS)
        overrides = {
            "latent.channels": channels,
            "latent.dim": self.dim,
            "train.epochs": self.epochs,
            "train.batch_size": self.batch_size,
        }
        settings = [f"{path}={int(value)}" for path, value in overrides.items() if value is not None]
        if self.class_prior is not None:
            settings.append(f"data.class_prior={class_prior_setting(self.class_prior, dataset.class_names)}")
        resolved = resolve_spec(spec, registry, settings, dataset)
        # Only the resolved spec has the names of these plugins.
        named = [*self._learning_rate_settings(resolved), *self._class_weight_settings(resolved, dataset)]
        return resolve_spec(spec, registry, [*settings, *named], dataset) if named else resolved

    def _learning_rate_settings(self, resolved: ResolvedSpec) -> list[str]:
        if self.learning_rate is None:
            return []
        optimizer = resolved.one("optimizer").name
        return [f"train.optimizer.{optimizer}.learning_rate={float(self.learning_rate)!r}"]

    def _class_weight_settings(self, resolved: ResolvedSpec, dataset: Dataset) -> list[str]:
        if self.class_weight is None:
            return []
        value = class_weight_setting(self.class_weight, dataset.class_names)
        losses = [part.label for part in resolved.parts["loss"] if part.name == "supervised"]
        tables = [f"loss.{label}.supervised" for label in losses]
        classifier = resolved.maybe("classifier")
        if classifier is not None and classifier.name == "tau":
            tables.append("classifier.tau")
        return [f"{table}.class_weight={value}" for table in tables]

    def _check_examples(
        self, X: Any, y: Any, *, reset: bool, weights: Float[np.ndarray, " N"] | None = None
    ) -> Any:
        """Return checked inputs, one for each target."""
        if y is None:
            raise ValueError(f"{type(self).__name__} requires y to be passed, but the target y is None")
        inputs = self._check_inputs(X, reset=reset, weights=weights)
        check_consistent_length(inputs, y)
        return inputs

    def _check_inputs(self, X: Any, *, reset: bool, weights: Float[np.ndarray, " N"] | None = None) -> Any:
        """Return checked inputs; images have a channel axis, and the columns of a data frame are encoded."""
        given: Any = as_matrix(X)
        table = as_table(X)
        if reset:
            # A mapping of columns is no matrix, even where all are numbers: they are found by name.
            is_matrix = table is None or (
                hasattr(X, "__array__") and all(_is_plain(column) for column in table.columns.values())
            )
            self.columns_ = None if table is None or is_matrix else _fit_columns(table, weights)
        if table is not None and self.columns_ is not None:
            given = self.columns_.encode(table)
        inputs: Any = validate_data(self, given, reset=reset, allow_nd=True)
        inputs = inputs if inputs.dtype == np.uint8 or inputs.dtype.kind == "f" else inputs.astype(np.float64)
        inputs = inputs[..., None] if inputs.ndim == _GREY_AXES else inputs
        if inputs.ndim not in (_FEATURE_AXES, _IMAGE_AXES):
            raise ValueError(f"X has shape {inputs.shape}: expected features [N, F] or images [N, H, W, C]")
        if not reset and inputs.shape[1:] != (shape := self.model_.info.context.input_shape):
            raise ValueError(f"an input of X has shape {inputs.shape[1:]}, and {shape} in training")
        return inputs

    def _forward_stats(self, X: Any) -> ForwardStats:
        check_is_fitted(self)
        return self.model_.forward_stats(self._check_inputs(X, reset=False))


def _facts(dataset: Dataset, columns: Columns | None) -> DataFacts:
    inputs: Any = dataset.inputs
    counts = np.bincount(dataset.labels[dataset.labels >= 0], minlength=len(dataset.class_names))
    counted = (
        columns is None and are_counts(inputs[evenly_spaced(len(inputs), _SAMPLE)]) and inputs.min() >= 0
    )
    return DataFacts(tuple(inputs.shape[1:]), len(dataset.labels), tuple(counts.tolist()), bool(counted))


def _is_plain(column: np.ndarray) -> bool:
    """Return whether a column is numbers, none of which is missing."""
    return column.dtype.kind == "f" and not np.isnan(column).any()


def _fit_columns(table: Table, weights: Float[np.ndarray, " N"] | None) -> Columns:
    rows = np.arange(table.shape[0])
    if weights is not None:
        check_consistent_length(rows, weights)
    return fit_columns(table, has_weight(rows, weights))


def _dataset(examples: Examples, classes: np.ndarray) -> Dataset:
    everything = np.arange(len(examples.codes))
    names = tuple(str(name) for name in classes)
    dataset = Dataset(examples.inputs, examples.codes, everything, everything[:0], names, 1.0)
    return dataset._replace(sample_weights=examples.weights)
