"""Holds what a model predicts for every input with the labels of one revision."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, NamedTuple

import attrs
import numpy as np
from jaxtyping import Float, Int

from rcmvae_core.data.split import GivenLabels
from rcmvae_core.errors import fail
from rcmvae_core.explore.explored_data import ExploredData
from rcmvae_core.explore.explored_model import ExploredModel
from rcmvae_core.inference.uncertainty import entropy, expected_entropy, mutual_information

COLUMNS = ("label", "prediction", "confidence", "entropy", "aleatoric", "epistemic")
"""The columns of a view."""
NO_CLASS = -1


class Accuracy(NamedTuple):
    """How many of some inputs are predicted as they are labelled.

    Args:
        correct: the number of right predictions.
        of: the number of inputs.
        balanced: the mean over the classes of the share that is right; None without inputs.
    """

    correct: int
    of: int
    balanced: float | None

    @property
    def accuracy(self) -> float | None:
        """The share of right predictions; None without inputs."""
        return self.correct / self.of if self.of else None


@attrs.frozen(eq=False, slots=False)
class LabelView:
    """The predictions of a model by a classifier that is rebuilt from the labels of one revision.

    Columns of classes are the ids of the store's classes; those of a held-out class are zero.

    Args:
        model: the model.
        data: its data set.
        revision: of the label store.
        class_names: a name for each class; an inactive one may have its state in it.
        labels: the label that somebody gave each input, in the store or by the spec; -1 without one, int32.
        original: the data set's own labels, -1 if unknown.
        taus: τ of each seed; no columns without a classifier.
        evidence: how many labels of each class each channel of the first seed has seen; None if nothing counts them.
        seed_probabilities: p(y|x) of each seed.
        given: the labels that the classifier is rebuilt from.
        predict: `q(c|x) [n K] -> p(y|x) [n Y]` of the first seed, for inputs that are not in the data set.
        milliseconds: how long it took to rebuild the classifiers and to predict.
    """

    model: ExploredModel
    data: ExploredData
    revision: int
    class_names: tuple[str, ...]
    labels: Int[np.ndarray, " N"]
    original: Int[np.ndarray, " N"]
    taus: tuple[Float[np.ndarray, "K Y"], ...]
    evidence: Float[np.ndarray, "K Y"] | None
    seed_probabilities: tuple[Float[np.ndarray, "N Y"], ...]
    given: GivenLabels
    predict: Callable[[Float[np.ndarray, "n K"]], Float[np.ndarray, "n Y"]]
    milliseconds: float

    @property
    def tau(self) -> Float[np.ndarray, "K Y"]:
        """τ of the first seed."""
        return self.taus[0]

    @cached_property
    def probabilities(self) -> Float[np.ndarray, "N Y"]:
        """p(y|x), the mean over the seeds."""
        first = self.seed_probabilities[0]
        return first if len(self.seed_probabilities) == 1 else np.mean(self.seed_probabilities, axis=0)

    @cached_property
    def prediction(self) -> Int[np.ndarray, " N"]:
        """The most probable class of each input; -1 without a classifier, int32."""
        p = self.probabilities
        return p.argmax(axis=1).astype(np.int32) if p.shape[1] else np.full(len(p), NO_CLASS, np.int32)

    @cached_property
    def confidence(self) -> Float[np.ndarray, " N"]:
        """The probability of the most probable class; 0 without a classifier."""
        return self.probabilities.max(axis=1, initial=0.0)

    @cached_property
    def entropy(self) -> Float[np.ndarray, " N"]:
        """H(p(y|x)), in nats."""
        return entropy(self.probabilities)

    @cached_property
    def aleatoric(self) -> Float[np.ndarray, " N"]:
        """Σ_c q(c|x) H(τ_c), the mean over the seeds, in nats."""
        stats = self.model.stats
        values = [
            expected_entropy(np.asarray(each.responsibilities), tau)
            for each, tau in zip(stats, self.taus, strict=True)
        ]
        return np.mean(values, axis=0)

    @cached_property
    def epistemic(self) -> Float[np.ndarray, " N"]:
        """The mutual information of label and seed, in nats; 0 for one seed."""
        if len(self.seed_probabilities) == 1:
            return np.zeros(len(self.labels))
        return mutual_information(np.stack(self.seed_probabilities))

    @cached_property
    def held_out(self) -> Accuracy:
        """The accuracy on labelled validation and test inputs, whose labels do not train."""
        indices = np.concatenate([self.data.split.validation, self.data.split.test])
        return self._accuracy(indices, self.labels)

    @cached_property
    def target(self) -> Accuracy | None:
        """The accuracy on test inputs by the data set's own labels; None if it has none."""
        accuracy = self._accuracy(self.data.split.test, self.original)
        return accuracy if accuracy.of else None

    @property
    def labelled(self) -> int:
        """How many inputs have a label."""
        return int((self.labels >= 0).sum())

    def _accuracy(self, indices: Int[np.ndarray, " n"], labels: Int[np.ndarray, " N"]) -> Accuracy:
        known = indices[labels[indices] >= 0]
        expected = labels[known]
        is_right = self.prediction[known] == expected
        if not len(known):
            return Accuracy(0, 0, None)
        sizes = np.bincount(expected)
        rights = np.bincount(expected, is_right)
        return Accuracy(int(is_right.sum()), len(known), float((rights[sizes > 0] / sizes[sizes > 0]).mean()))

    def column(self, name: str) -> np.ndarray:
        """Return a column of the page that depends on labels.

        Args:
            name: one of `COLUMNS`.

        Returns:
            An array [N] of int32 or float32.

        Raises:
            RcmvaeError: E485 if there is no such column.
        """
        if name == "label":
            return self.labels
        if name not in COLUMNS:
            fail("E485", f"labels have no column `{name}`", help=["see `columns` of the session"])
        values: Any = getattr(self, name)
        return values if values.dtype == np.int32 else values.astype(np.float32)
