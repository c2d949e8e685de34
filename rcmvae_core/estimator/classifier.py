"""Defines a scikit-learn estimator: a classifier from few labels, an embedding and a density in one model."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_consistent_length, check_is_fitted, validate_data

from rcmvae_core.data.class_encoding import Targets, encode
from rcmvae_core.estimator import default_specs, fitted, scaling
from rcmvae_core.estimator.replay_memory import add_replay, select_replay
from rcmvae_core.experiment.spec_input import resolve_spec
from rcmvae_core.inference.trained_model import TrainedModel
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.plugin.protocols import Dataset, ForwardStats
from rcmvae_core.plugin.resolved import ResolvedSpec

_FEATURE_AXES, _IMAGE_AXES = 2, 4


class RCMVAEClassifier(TransformerMixin, ClassifierMixin, BaseEstimator):
    """A semi-supervised classifier: a mixture VAE whose channels are assigned labels.

    X is [n_samples, n_features], or images [n_samples, H, W] or [n_samples, H, W, C]; values of any range, scaled by
    that of the training data. All of X is trained on; examples whose y is NaN, None or `unlabeled` have no label.

    Args:
        spec: a path, TOML text or nested dicts, as `rcmvae_core.fit` takes; None takes a default spec for features or
            for images.
        channels: the number of channels K; None takes the spec's, which by default is one per class, at least two.
        dim: the size D of each latent; None takes the spec's.
        epochs: passes over the data, of 32 steps at least; None takes the spec's.
        batch_size: inputs per step, at most all of them; None takes the spec's.
        learning_rate: of the optimizer; None takes the spec's.
        unlabeled: the value of y that means no label; None if there is no such value.
        random_state: an int, a NumPy `RandomState`, or None, from which the seed is drawn.

    Attributes:
        classes_: the names of the classes, sorted; classes that `partial_fit` adds come last.
        n_features_in_: the number of features, or the height of images.
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
        unlabeled: Any = -1,
        random_state: Any = None,
    ) -> None:
        self.spec = spec
        self.channels = channels
        self.dim = dim
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.unlabeled = unlabeled
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> RCMVAEClassifier:
        """Train a new model.

        Args:
            X: inputs.
            y: the class of each, or the value that means no label.

        Returns:
            The estimator itself.

        Raises:
            ValueError: if X or y has another form, or y has no label.
            SpecError: if the spec cannot be used.
        """
        inputs = self._check_examples(X, y, reset=True)
        return self._fit(inputs, encode(y, self.unlabeled))

    def partial_fit(self, X: Any, y: Any, classes: Any = None) -> RCMVAEClassifier:
        """Continue training with new labels, new classes or new inputs; the first call is like `fit`.

        Labelled inputs of earlier calls are trained on again; unlabelled ones are not.

        Args:
            X: inputs.
            y: the class of each, or the value that means no label; a class may be new.
            classes: all classes that later calls may have; read by the first call only.

        Returns:
            The estimator itself.

        Raises:
            ValueError: if X or y has another form, or the first y has no label.
        """
        if not hasattr(self, "model_"):
            inputs = self._check_examples(X, y, reset=True)
            return self._fit(
                inputs, encode(y, self.unlabeled, None if classes is None else np.unique(classes))
            )
        inputs = self._check_examples(X, y, reset=False)
        targets = encode(y, self.unlabeled, self.classes_)
        examples = add_replay(self.scaling_(inputs), targets.codes, self.memory_)
        new = np.setdiff1d(targets.codes, [-1, *self.memory_.codes])
        dataset = _dataset(examples.inputs, Targets(targets.classes, examples.codes))
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
        """The model as a `TrainedModel`, for example to sample from; its inputs are those that `scaling_` returns."""
        check_is_fitted(self)
        return self.model_.trained()

    def _fit(self, X: Any, targets: Targets) -> RCMVAEClassifier:
        self.scaling_ = scaling.fit_scaling(X)
        x = self.scaling_(X)
        dataset = _dataset(x, targets)
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        self.model_ = fitted.fit_model(self._resolve(dataset, self.channels), dataset, seed)
        self.classes_, self.memory_ = targets.classes, select_replay(x, targets.codes)
        return self

    def _resolve(self, dataset: Dataset, channels: int | None) -> ResolvedSpec:
        """Resolve the spec with the estimator's parameters in place of its own.

        Returns:
            The resolved spec.
        """
        spec, registry = self.spec, discover()
        if spec is None:
            is_features = len(dataset.inputs.shape) == _FEATURE_AXES
            build = default_specs.features if is_features else default_specs.images
            spec = build(len(dataset.class_names))
        overrides = {
            "latent.channels": channels,
            "latent.dim": self.dim,
            "train.epochs": self.epochs,
            "train.batch_size": self.batch_size,
        }
        settings = [f"{path}={int(value)}" for path, value in overrides.items() if value is not None]
        resolved = resolve_spec(spec, registry, settings, dataset)
        if self.learning_rate is None:
            return resolved
        optimizer = resolved.one("optimizer").name  # only the resolved spec has its name
        settings.append(f"train.optimizer.{optimizer}.learning_rate={float(self.learning_rate)!r}")
        return resolve_spec(spec, registry, settings, dataset)

    def _check_examples(self, X: Any, y: Any, *, reset: bool) -> Any:
        """Return checked inputs, one for each target."""
        if y is None:
            raise ValueError(f"{type(self).__name__} requires y to be passed, but the target y is None")
        inputs = self._check_inputs(X, reset=reset)
        check_consistent_length(inputs, y)
        return inputs

    def _check_inputs(self, X: Any, *, reset: bool) -> Any:
        """Return checked inputs; images have a channel axis."""
        inputs = scaling.add_channel_axis(validate_data(self, X, reset=reset, allow_nd=True))
        if inputs.ndim not in (_FEATURE_AXES, _IMAGE_AXES):
            raise ValueError(f"X has shape {inputs.shape}: expected features [N, F] or images [N, H, W, C]")
        if not reset and inputs.shape[1:] != (shape := self.model_.info.context.input_shape):
            raise ValueError(f"an input of X has shape {inputs.shape[1:]}, and {shape} in training")
        return inputs

    def _forward_stats(self, X: Any) -> ForwardStats:
        check_is_fitted(self)
        return self.model_.forward_stats(self.scaling_(self._check_inputs(X, reset=False)))


def _dataset(inputs: Float[np.ndarray, "N *x"], targets: Targets) -> Dataset:
    everything = np.arange(len(inputs))
    names = tuple(str(name) for name in targets.classes)
    return Dataset(inputs, targets.codes, everything, everything[:0], names, 1.0)
