"""Trains the methods that are compared, each on the same rows and labels."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import ParameterGrid, StratifiedKFold
from sklearn.naive_bayes import GaussianNB
from sklearn.preprocessing import StandardScaler
from sklearn.semi_supervised import LabelSpreading, SelfTrainingClassifier

from rcmvae_core import RCMVAEClassifier
from tests.benchmarks.tables.data_sets import PER_CLASS, Draw

OURS = "RCMVAE"
RECIPE = Path(__file__).parents[3] / "experiments" / "table.toml"
_EPOCHS = 16
"""Of 32 steps each, however many rows there are."""
TUNED = " (tuned)"
Inputs = Float[np.ndarray, "N F"]
Codes = Int[np.ndarray, " N"]


def _logistic(c: float = 1.0) -> LogisticRegression:
    return LogisticRegression(C=c, max_iter=2000)


PEERS: Mapping[str, Callable[[], Any]] = {
    "LabelSpreading rbf": LabelSpreading,
    "LabelSpreading knn": lambda: LabelSpreading(kernel="knn"),
    "SelfTraining": lambda: SelfTrainingClassifier(_logistic()),
    "RandomForest": RandomForestClassifier,
}
"""With the defaults of scikit-learn; self-training needs a classifier, here the logistic regression."""
_GRIDS: Mapping[str, tuple[Callable[[], Any], Any]] = {
    "LabelSpreading": (
        LabelSpreading,
        [
            {"kernel": ["knn"], "n_neighbors": [7, 3, 15]},
            {"kernel": ["rbf"], "gamma": [0.03, 0.1, 0.3, 1.0, 20.0]},
        ],
    ),
    "SelfTraining": (
        PEERS["SelfTraining"],
        {
            "estimator": [*map(_logistic, (1.0, 0.1, 10.0)), GaussianNB()],
            "threshold": [0.75, 0.95],
        },
    ),
    "RandomForest": (
        RandomForestClassifier,
        {"max_features": ["sqrt", None], "min_samples_leaf": [1, 2]},
    ),
}
PEERS_TUNED = tuple(f"{name}{TUNED}" for name in _GRIDS)


def accuracy(method: str, draw: Draw, seed: int, spec: Path = RECIPE) -> float:
    """Train a method and return its accuracy on the rows without a label.

    Args:
        method: its name.
        draw: rows and labels.
        seed: of training.
        spec: of the project's model; it gets as many channels as there are classes.

    Returns:
        The share of rows whose class is predicted.
    """
    if method == OURS:
        model = RCMVAEClassifier(spec, channels=len(np.unique(draw.truth)), epochs=_EPOCHS, random_state=seed)
        predicted = model.fit(draw.inputs, draw.given).predict(draw.inputs)
    else:
        inputs = StandardScaler().fit_transform(draw.inputs)
        if method.endswith(TUNED):
            model = _best(method.removesuffix(TUNED), inputs, draw.given, seed)
        else:
            model = PEERS[method]()
        predicted = _fit_predict(model, inputs, draw.given, seed)
    unknown = draw.given < 0
    return float((predicted == draw.truth)[unknown].mean())


def _fit_predict(model: Any, inputs: Inputs, given: Codes, seed: int) -> Codes:
    model = clone(model)
    known = given >= 0
    if isinstance(model, RandomForestClassifier):
        model.set_params(random_state=seed)
        return model.fit(inputs[known], given[known]).predict(inputs)
    # LabelSpreading divides by zero for rows that no label reaches.
    with np.errstate(invalid="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model.fit(inputs, given).predict(inputs)


def _best(name: str, inputs: Inputs, given: Codes, seed: int) -> Any:
    """Return the model of the grid with the best accuracy on labels withheld in turn; the first of equally good ones.

    Args:
        name: of the method.
        inputs: all rows, which stay where they are when their labels are withheld.
        given: the labels.
        seed: of the folds and of the forest.

    Returns:
        The model, not fitted.
    """
    make, grid = _GRIDS[name]
    known = np.flatnonzero(given >= 0)
    folds = list(StratifiedKFold(PER_CLASS, shuffle=True, random_state=seed).split(known, given[known]))
    best, model = -1, make()
    for setting in ParameterGrid(grid):
        candidate, hits = make().set_params(**setting), 0
        for _, fold in folds:
            withheld = given.copy()
            withheld[known[fold]] = -1
            predicted = _fit_predict(candidate, inputs, withheld, seed)
            hits += int((predicted == given)[known[fold]].sum())
        if hits > best:
            best, model = hits, candidate
    return model
