"""Define data `anndata`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import Int
from rcmvae_core import Dataset, label_text, stratified_split

from rcmvae_anndata._errors import listed, unreadable
from rcmvae_anndata._files import column, frame, matrix_name, open_file, read_matrix, selected_genes
from rcmvae_anndata.params import AnnDataParams

_TEST_FRACTION = 0.2


def read_h5ad(params: AnnDataParams) -> Dataset:
    """Read the cells of an AnnData file: a matrix [N, F] as it is stored, with names, labels and a split.

    Up to 1 GiB as float32 is read into memory. Larger matrices stay on disk, and only the rows of a batch become dense;
    a sparse one by columns (CSC) is read into memory as it is first.

    Args:
        params: the file, its matrix, and the columns of labels, genes and split.

    Returns:
        A Dataset; each label that occurs is a class, in order.

    Raises:
        RcmvaeError: E305 if the file does not exist; E306 if it cannot be read, or lacks a matrix or a column.
    """
    path = Path(params.path).expanduser()
    file = open_file(path)
    obs = frame(path, file, "obs")
    matrix, var = matrix_name(params.layer, raw=params.raw)
    genes = selected_genes(path, frame(path, file, var), params.genes)
    inputs = read_matrix(path, file, matrix, genes)
    if inputs.shape[0] != len(obs):
        raise unreadable(path, f"`{matrix}` has {inputs.shape[0]} rows, and `obs` {len(obs)}")
    texts = [""] * len(obs)
    if params.label is not None:
        texts = [
            label_text(cell, params.unlabelled) for cell in column(path, obs, "obs", params.label).tolist()
        ]
    labels, class_names = encode(texts)
    if params.split is None:
        train, test = stratified_split(labels, params.test_fraction or _TEST_FRACTION, seed=params.test_seed)
    else:
        train, test = _split(path, params.split, column(path, obs, "obs", params.split))
    return Dataset(inputs, labels, train, test, class_names, 1.0, names=[str(name) for name in obs.index])


def encode(texts: Sequence[str]) -> tuple[Int[np.ndarray, " N"], tuple[str, ...]]:
    """Number the classes of labels: in the order of whole numbers if all of them are such, else of strings.

    Args:
        texts: the class of each cell; an empty one is unknown.

    Returns:
        The number of each cell's class, -1 if it is unknown; and the name of each class.

    Example:
        >>> encode(["10", "9", "", "10"])
        (array([ 1,  0, -1,  1], dtype=int32), ('9', '10'))
    """
    present = sorted(set(texts) - {""})
    if all(text.isascii() and text.isdigit() for text in present):
        present.sort(key=int)
    numbers = {name: number for number, name in enumerate(present)} | {"": -1}
    return np.array([numbers[text] for text in texts], np.int32), tuple(present)


def _split(path: Path, name: str, cells: pd.Series) -> tuple[Int[np.ndarray, " T"], Int[np.ndarray, " U"]]:
    """Return the indices of training and test cells.

    Args:
        path: the file, for messages.
        name: of the column.
        cells: the column.

    Raises:
        RcmvaeError: E306 if it has other values, or no training or no test cell.
    """
    texts = np.array([label_text(cell).lower() for cell in cells.tolist()])
    others = sorted(set(texts.tolist()) - {"train", "test", ""})
    if others:
        remedy = "write `train` or `test`, and leave it empty for cells to leave out"
        raise unreadable(path, f"column `{name}` of `obs` has the values {listed(others)}", remedy)
    train, test = (np.flatnonzero(texts == each) for each in ("train", "test"))
    for indices, word in ((train, "train"), (test, "test")):
        if not indices.size:
            raise unreadable(path, f"column `{name}` of `obs` is `{word}` for no cell")
    return train, test
