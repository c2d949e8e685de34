"""Computes what a constant guess and a linear classifier would get on the same labels, to compare accuracies with."""

from __future__ import annotations

import warnings

import numpy as np
from jaxtyping import Float, Int
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from rcmvae_core.inference.report_arrays.build import ReadInputs
from rcmvae_core.training.evaluation import index_batches
from rcmvae_core.training.setup import Prepared

_CHEAP = 1_000_000
"""Values of the labelled inputs up to which a linear classifier costs little beside a run."""
_ITERATIONS = 200


def baselines(prepared: Prepared, read: ReadInputs) -> dict[str, float]:
    """Compute the test accuracy of simple classifiers.

    Args:
        prepared: the data.
        read: returns inputs by index.

    Returns:
        `constant`, that of always guessing the most frequent class among the given labels; and where it is cheap
        `logistic_regression`, that of a linear classifier of the labelled inputs. Nothing without labels.
    """
    split, truth = prepared.split, prepared.dataset.labels[prepared.split.test]
    known = np.flatnonzero(truth >= 0)
    given = split.given >= 0
    labelled, labels = split.labelled[given], split.given[given]
    if not len(labelled) or not len(known) or prepared.resolved.maybe("classifier") is None:
        return {}
    accuracies = {"constant": float(np.mean(truth[known] == np.bincount(labels).argmax()))}
    values = len(labelled) * int(np.prod(prepared.context.input_shape))
    if len(np.unique(labels)) > 1 and values <= _CHEAP:
        x, tested = _filled(_rows(read, labelled), _rows(read, split.test[known]))
        predicted = _fit_linear(x, labels, tested)
        accuracies["logistic_regression"] = float(np.mean(predicted == truth[known]))
    return accuracies


def _rows(read: ReadInputs, indices: Int[np.ndarray, " n"]) -> Float[np.ndarray, "n F"]:
    # In batches of the size that evaluation has, whose reading is compiled already.
    inputs = np.concatenate([np.asarray(read(rows)) for rows in index_batches(indices)])[: len(indices)]
    return inputs.reshape(len(inputs), -1)


def _filled(
    x: Float[np.ndarray, "L F"], tested: Float[np.ndarray, "n F"]
) -> tuple[Float[np.ndarray, "L F"], Float[np.ndarray, "n F"]]:
    """Return inputs with the mean of the labelled ones for a missing value, which a linear classifier has no other way for.

    Args:
        x: the labelled inputs.
        tested: the inputs to predict.
    """
    seen = ~np.isnan(x)
    means = np.where(seen, x, 0).sum(axis=0) / np.maximum(seen.sum(axis=0), 1)
    return np.where(seen, x, means), np.where(np.isnan(tested), means, tested)


def _fit_linear(
    x: Float[np.ndarray, "L F"], labels: Int[np.ndarray, " L"], tested: Float[np.ndarray, "n F"]
) -> Int[np.ndarray, " n"]:
    """Return the classes that a linear classifier predicts.

    Args:
        x: the labelled inputs.
        labels: their classes.
        tested: the inputs to predict.
    """
    classifier = LogisticRegression(max_iter=_ITERATIONS)
    with warnings.catch_warnings():
        # As a baseline it need not be at its optimum.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return classifier.fit(x, labels).predict(tested)
