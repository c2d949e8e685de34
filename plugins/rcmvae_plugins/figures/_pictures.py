"""Describes the inputs whose pictures are stored, as columns of a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float, Int, Num

from rcmvae_core.plugin.protocols import ReportArrays
from rcmvae_plugins.figures._tiles import TileRow

Columns = Mapping[str, np.ndarray]


def positions(arrays: ReportArrays) -> Int[np.ndarray, " n"]:
    """Return the positions of the pictures among all inputs; -1 where they were not stored."""
    count = len(arrays.inputs)
    return arrays.shown if len(arrays.shown) == count else np.full(count, -1)


def of_pictures(arrays: ReportArrays, values: Num[np.ndarray, " N"]) -> Float[np.ndarray, " n"]:
    """Return the values of the pictures; NaN for those without a value."""
    places = positions(arrays)
    valid = (places >= 0) & (places < len(values))
    return np.where(valid, np.append(values, np.nan)[np.where(valid, places, -1)], np.nan)


def _chosen(arrays: ReportArrays, values: Float[np.ndarray, "N k"]) -> Int[np.ndarray, " n"]:
    """Return the index of the largest value of each picture; -1 if there is none."""
    if not values.size:
        return np.full(len(arrays.inputs), -1)
    finite = np.isfinite(values).all(axis=1)
    best = np.where(finite, np.nan_to_num(values).argmax(axis=1), -1)
    return np.nan_to_num(of_pictures(arrays, best), nan=-1).astype(int)


def picture_labels(arrays: ReportArrays) -> Int[np.ndarray, " n"]:
    """Return the label of each picture; -1 if it is unknown."""
    return np.nan_to_num(of_pictures(arrays, arrays.labels), nan=-1).astype(int)


def picture_predictions(arrays: ReportArrays) -> Int[np.ndarray, " n"]:
    """Return the most probable class of each picture; -1 without a classifier."""
    return _chosen(arrays, arrays.probabilities)


def full_class_name(arrays: ReportArrays, index: int) -> str:
    """Return the whole name of a class, for a table; an empty string for an unknown class."""
    if index < 0:
        return ""
    return arrays.class_names[index] if index < len(arrays.class_names) else f"class {index}"


def label_column(arrays: ReportArrays, positions: Int[np.ndarray, " n"]) -> np.ndarray:
    """Return the names of the labels of inputs."""
    return np.array([full_class_name(arrays, label) for label in arrays.labels[positions].tolist()], object)


def picture_columns(arrays: ReportArrays, pictures: Sequence[int] | Int[np.ndarray, " m"]) -> Columns:
    """Return what is known of some pictures, as columns of a table.

    Returns:
        Position among the inputs, label, predicted class, -log p(x|z, c), σ, and the most probable channel.
    """
    index = np.asarray(pictures, int)
    labels, predicted = picture_labels(arrays)[index], picture_predictions(arrays)[index]
    return {
        "position": positions(arrays)[index],
        "label": np.array([full_class_name(arrays, label) for label in labels.tolist()], object),
        "predicted": np.array([full_class_name(arrays, label) for label in predicted.tolist()], object),
        "nll": of_pictures(arrays, arrays.negative_log_likelihood)[index],
        "sigma": of_pictures(arrays, arrays.sigma)[index],
        "channel": _chosen(arrays, arrays.responsibilities)[index],
    }


def grid_columns(rows: Sequence[str], pictures: Columns) -> dict[str, np.ndarray]:
    """Return the columns of a grid with the same pictures in each row: one line for each tile, row by row.

    Args:
        rows: the name of each row.
        pictures: the columns of the pictures.
    """
    count = len(next(iter(pictures.values())))
    names = np.repeat(np.array(rows, object), count)
    return {"row": names, **{name: np.tile(values, len(rows)) for name, values in pictures.items()}}


def sample_columns(samples: Float[np.ndarray, "R S *x"]) -> dict[str, np.ndarray]:
    """Return the columns of rows of samples: the number of each, and its mean value."""
    rows, count = samples.shape[:2]
    means = samples.astype(float).reshape(rows * count, -1).mean(axis=1)
    return {"sample": np.tile(np.arange(count), rows), "mean_value": means}


def squared_errors(
    tiles: Float[np.ndarray, "c *x"], inputs: Float[np.ndarray, "c *x"]
) -> Float[np.ndarray, " c"]:
    """Return the mean squared error of each tile."""
    return np.square(tiles.astype(float) - inputs).reshape(len(inputs), -1).mean(axis=1)


def decoded_rows(arrays: ReportArrays, pictures: Int[np.ndarray, " m"]) -> list[TileRow]:
    """Return a row for each kind of reconstruction of some pictures that the model has."""
    kinds = {
        "weighted": arrays.reconstructions,
        "first channel": arrays.selected_reconstructions,
        "second channel": arrays.alternative_reconstructions,
    }
    inputs = arrays.inputs[pictures]
    return [
        TileRow(name, values[pictures], reference=inputs)
        for name, values in kinds.items()
        if len(values) == len(arrays.inputs)
    ]
