"""A scikit-learn estimator: from a few labels to a classifier, an embedding and a density."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_consistent_length, check_is_fitted, validate_data

from rcmvae_core.discovery import discover
from rcmvae_core.estimating import defaults, fitted, scaling
from rcmvae_core.estimating.memory import joined, remembered
from rcmvae_core.estimating.targets import Targets, encode
from rcmvae_core.fitting import resolve_spec
from rcmvae_core.inference.trained import TrainedModel
from rcmvae_core.protocols import Dataset, Outcome
from rcmvae_core.resolve import ResolvedSpec

_FLAT, _IMAGES = 2, 4


class RCMVAEClassifier(TransformerMixin, ClassifierMixin, BaseEstimator):
    """A semi-supervised classifier: labels attach to the channels of a mixture VAE.

    X is [n_samples, n_features], or images [n_samples, H, W] or [n_samples, H, W, C]; values of any range, scaled by
    that of the training data. All of X trains; y says what is known: NaN, None and `unlabeled` are examples without
    a label.

    Args:
        spec: a file, a text or nested dicts, as `rcmvae_core.fit` takes; None is a spec for features, or for images.
        channels: channels K; None takes the spec's, and without a spec one for each class, at least two.
        dim: size D of each latent; None takes the spec's.
        epochs: passes over the data, of 32 steps at least; None takes the spec's.
        batch_size: inputs in a step, at most all; None takes the spec's.
        learning_rate: of the optimizer; None takes the spec's.
        unlabeled: the value of y that is no label; None if every value is one.
        random_state: the source of the seed.

    Attributes:
        classes_: the names of the classes, sorted; one that `partial_fit` adds comes last.
        n_features_in_: the features, or the height of images.
        model_: the trained model.
    """

    # scikit-learn sets parameters to anything at all: only `fit` looks at them.
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
        """Train from the beginning.

        Args:
            X: inputs.
            y: the class of each, or that it is unknown.
        """
        inputs = self._examples(X, y, reset=True)
        return self._fit(inputs, encode(y, self.unlabeled))

    def partial_fit(self, X: Any, y: Any, classes: Any = None) -> RCMVAEClassifier:
        """Go on from what was fitted, for new labels, new classes or new inputs.

        Labelled inputs of earlier calls are seen again; unlabelled ones are not.

        Args:
            X: inputs.
            y: the class of each, or that it is unknown; a class may be new.
            classes: all classes that will ever come, of which the first call may be told.
        """
        if not hasattr(self, "model_"):
            inputs = self._examples(X, y, reset=True)
            return self._fit(
                inputs, encode(y, self.unlabeled, None if classes is None else np.unique(classes))
            )
        inputs = self._examples(X, y, reset=False)
        targets = encode(y, self.unlabeled, self.classes_)
        seen = joined(self.scaling_(inputs), targets.codes, self.memory_)
        new = np.setdiff1d(targets.codes, [-1, *self.memory_.codes])
        dataset = _dataset(seen.inputs, Targets(targets.classes, seen.codes))
        resolved = self._resolved(dataset, self.model_.sizes.context.channels)
        self.model_ = fitted.train_on(self.model_, resolved, dataset, new)
        self.classes_, self.memory_ = targets.classes, remembered(*seen)
        return self

    def predict(self, X: Any) -> np.ndarray:
        """The likeliest class of each input."""
        likeliest = self.predict_proba(X).argmax(axis=1)
        return self.classes_[likeliest]

    def predict_proba(self, X: Any) -> Float[np.ndarray, "N Y"]:
        """p(y|x), in the order of `classes_`."""
        p = np.asarray(self._outcome(X).probabilities, np.float64)
        return p / p.sum(axis=1, keepdims=True)

    def transform(self, X: Any) -> Float[np.ndarray, "N F"]:
        """The mean latent of the likeliest channel, and q(c|x) beside it."""
        told = self._outcome(X)
        found = [np.asarray(part, np.float64) for part in (told.latents, told.responsibilities)]
        return np.concatenate(found, axis=1)

    def score_samples(self, X: Any) -> Float[np.ndarray, " N"]:
        """The evidence lower bound of log p(x) of each input, scaled as in training, in nats."""
        return np.asarray(self._outcome(X).elbo, np.float64)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Names of what `transform` gives: `latent0`, ..., `channel0`, ..."""
        del input_features
        check_is_fitted(self)
        context = self.model_.sizes.context
        latents = [f"latent{number}" for number in range(context.dim)]
        return np.array([*latents, *(f"channel{c}" for c in range(context.channels))], object)

    @property
    def trained_(self) -> TrainedModel:
        """The model, to sample from and to ask for more; its inputs are those that `scaling_` gives."""
        check_is_fitted(self)
        return self.model_.trained()

    def _fit(self, X: Any, targets: Targets) -> RCMVAEClassifier:
        self.scaling_ = scaling.learn(X)
        x = self.scaling_(X)
        dataset = _dataset(x, targets)
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        self.model_ = fitted.train(self._resolved(dataset, self.channels), dataset, seed)
        self.classes_, self.memory_ = targets.classes, remembered(x, targets.codes)
        return self

    def _resolved(self, dataset: Dataset, channels: int | None) -> ResolvedSpec:
        spec, registry = self.spec, discover()
        if spec is None:
            make = defaults.features if len(dataset.inputs.shape) == _FLAT else defaults.images
            spec = make(len(dataset.class_names))
        given = {
            "latent.channels": channels,
            "latent.dim": self.dim,
            "train.epochs": self.epochs,
            "train.batch_size": self.batch_size,
        }
        settings = [f"{path}={int(value)}" for path, value in given.items() if value is not None]
        resolved = resolve_spec(spec, registry, settings, dataset)
        if self.learning_rate is None:
            return resolved
        optimizer = resolved.one("optimizer").name
        settings.append(f"train.optimizer.{optimizer}.learning_rate={float(self.learning_rate)!r}")
        return resolve_spec(spec, registry, settings, dataset)

    def _examples(self, X: Any, y: Any, *, reset: bool) -> Any:
        """Checked inputs that have a target each."""
        if y is None:
            raise ValueError(f"{type(self).__name__} requires y to be passed, but the target y is None")
        inputs = self._inputs(X, reset=reset)
        check_consistent_length(inputs, y)
        return inputs

    def _inputs(self, X: Any, *, reset: bool) -> Any:
        """Checked inputs; of images always with colours."""
        inputs = scaling.with_colours(validate_data(self, X, reset=reset, allow_nd=True))
        if inputs.ndim not in (_FLAT, _IMAGES):
            raise ValueError(f"X has shape {inputs.shape}: expected features [N, F] or images [N, H, W, C]")
        if not reset and inputs.shape[1:] != (shape := self.model_.sizes.context.input_shape):
            raise ValueError(f"an input of X has shape {inputs.shape[1:]}, and {shape} in training")
        return inputs

    def _outcome(self, X: Any) -> Outcome:
        check_is_fitted(self)
        return self.model_.outcome(self.scaling_(self._inputs(X, reset=False)))


def _dataset(inputs: Float[np.ndarray, "N *x"], targets: Targets) -> Dataset:
    everyone = np.arange(len(inputs))
    names = tuple(str(name) for name in targets.classes)
    return Dataset(inputs, targets.codes, everyone, everyone[:0], names, 1.0)
