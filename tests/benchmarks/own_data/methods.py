"""Trains the methods of the table, each on the same rows and labels."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, average_precision_score
from sklearn.mixture import GaussianMixture
from sklearn.preprocessing import StandardScaler
from sklearn.semi_supervised import LabelSpreading, SelfTrainingClassifier
from sklearn.svm import SVC

from rcmvae_core import RCMVAEClassifier
from tests.benchmarks.own_data.data_sets import Draw

OURS = "RCMVAEClassifier"
PEERS = (
    "LogisticRegression",
    "SVC",
    "RandomForest",
    "SelfTraining",
    "LabelSpreading",
    "GaussianMixture",
)
RANDOM = (OURS, "RandomForest", "GaussianMixture")
"""Methods whose results depend on a seed."""
_RIDGE = 1e-3


def score(method: str, draw: Draw, seed: int, metric: str, spec: Any = None) -> float:
    """Train a method and measure it on the held-out rows.

    Args:
        method: its name.
        draw: the rows.
        seed: of training.
        metric: `accuracy`, or `average precision` of class 1.
        spec: for trying a recipe; the table is made without.

    Returns:
        The metric.
    """
    p = _ours(draw, seed, spec) if method == OURS else _peer(method, draw, seed)
    if metric == "average precision":
        return float(average_precision_score(draw.truth == 1, p[:, 1]))
    return float(accuracy_score(draw.truth, p.argmax(axis=1)))


def _ours(draw: Draw, seed: int, spec: Any) -> Float[np.ndarray, "M Y"]:
    model = RCMVAEClassifier(spec, random_state=seed)
    return model.fit(draw.train, draw.given).predict_proba(draw.test)


def _peer(method: str, draw: Draw, seed: int) -> Float[np.ndarray, "M Y"]:
    scaler = StandardScaler().fit(_flat(draw.train))
    train, test = scaler.transform(_flat(draw.train)), scaler.transform(_flat(draw.test))
    known = draw.given >= 0
    if method == "GaussianMixture":
        return _mixture(train, draw.given, test, seed)
    if method in ("SelfTraining", "LabelSpreading"):
        model = (
            SelfTrainingClassifier(LogisticRegression(max_iter=1000))
            if method == "SelfTraining"
            # Neighbours, because the default kernel is a matrix of all pairs of rows.
            else LabelSpreading(kernel="knn")
        )
        with np.errstate(invalid="ignore"):
            p = model.fit(train, draw.given).predict_proba(test)
        return np.nan_to_num(p)  # NaN for neighbours that no label reaches
    model = {
        "LogisticRegression": LogisticRegression(max_iter=1000),
        "SVC": SVC(),
        "RandomForest": RandomForestClassifier(random_state=seed),
    }[method].fit(train[known], draw.given[known])
    if not isinstance(model, SVC):
        return model.predict_proba(test)
    decision = model.decision_function(test)
    return np.stack([-decision, decision], axis=1) if decision.ndim == 1 else decision


def _mixture(train: np.ndarray, given: np.ndarray, test: np.ndarray, seed: int) -> Float[np.ndarray, "M Y"]:
    """Fit a Gaussian for each class to all rows, and give each the classes of the labels that it explains.

    Args:
        train: all training rows.
        given: their classes, -1 where withheld.
        test: held-out rows.
        seed: of the start.

    Returns:
        p(y|x) of the held-out rows.
    """
    classes = np.unique(given[given >= 0])
    mixture = GaussianMixture(len(classes), covariance_type="diag", reg_covar=_RIDGE, random_state=seed)
    mixture.fit(train)
    known = given >= 0
    one_hot = (given[known, None] == classes).astype(float)
    counts = mixture.predict_proba(train[known]).T @ one_hot + one_hot.mean(axis=0) * _RIDGE
    return mixture.predict_proba(test) @ (counts / counts.sum(axis=1, keepdims=True))


def _flat(inputs: np.ndarray) -> np.ndarray:
    return inputs.reshape(len(inputs), -1).astype(np.float64)
