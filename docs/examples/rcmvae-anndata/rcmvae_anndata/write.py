"""Write what a model says of cells into a copy of their file."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import anndata
import h5py
import numpy as np
import pandas as pd
from jaxtyping import Int
from rcmvae_core import Diagnostic, Predictions, RcmvaeError, Source, TrainedModel, __version__

from rcmvae_anndata._errors import listed, reason, unreadable
from rcmvae_anndata._files import frame, gene_names, matrix_name, open_file, read_matrix, selected_genes
from rcmvae_anndata.params import AnnDataParams
from rcmvae_anndata.points import points

Warn = Callable[[Diagnostic], None]


def write(model: TrainedModel, source: Path, target: Path, warn: Warn, *, force: bool = False) -> None:
    """Write a copy of an AnnData file with `obsm["X_rcmvae"]`, and `rcmvae_label`, `_channel` and `_p` of `obs`.

    The file is copied as bytes, and only what is added is written, so that its matrices are never in memory as a whole.

    Args:
        model: the trained model.
        source: the .h5ad file.
        target: the copy, which appears once it is complete.
        warn: called with warnings.
        force: replace a file that exists.

    Raises:
        RcmvaeError: E304 if the copy exists or cannot be written, E305 or E306 if the file cannot be read, E421 if it lacks
            genes of the model.
    """
    if target.exists() and not force:
        raise RcmvaeError(
            [Diagnostic("E304", f"`{target}` exists already", help=["use --force to replace it"])]
        )
    predictions = model.predict(read_inputs(model, source, warn))
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        shutil.copyfile(source, temporary)
        with h5py.File(temporary, "r+") as file:
            _add(source, file, model, predictions)
        temporary.replace(target)
    except OSError as error:
        message = f"`{target}` cannot be written: {reason(error)}"
        raise RcmvaeError(
            [Diagnostic("E304", message, help=["give a path in a folder that exists"])]
        ) from None
    finally:
        temporary.unlink(missing_ok=True)


def read_inputs(model: TrainedModel, source: Path, warn: Warn) -> np.ndarray | Source:
    """Read the cells of a file as the inputs of a model, its genes in the order of the model's.

    The genes of the model are those of the file that it was trained on. Where this is gone, the file must have them in
    the same order.

    Args:
        model: the model.
        source: the file.
        warn: called with a warning where genes could not be compared.

    Returns:
        [N, F].

    Raises:
        RcmvaeError: E305 or E306 if the file cannot be read, E421 if it lacks genes.
    """
    part = model.resolved.if_available("data")
    params = part.params if part is not None and isinstance(part.params, AnnDataParams) else None
    wanted = None if params is None else _trained_genes(params, warn)
    params = params or AnnDataParams(path=str(source))
    matrix, table = matrix_name(params.layer, raw=params.raw)
    file = open_file(source)
    var = frame(source, file, table)
    genes = selected_genes(source, var, params.genes) if wanted is None else _find(source, var, wanted)
    return read_matrix(source, file, matrix, genes)


def _trained_genes(params: AnnDataParams, warn: Warn) -> Sequence[str] | None:
    """Return the genes of the file that a model was trained on, None if it cannot be read."""
    path = Path(params.path).expanduser()
    try:
        with open_file(path) as file:
            var = frame(path, file, matrix_name(None, raw=params.raw)[1])
            return gene_names(var, selected_genes(path, var, params.genes))
    except RcmvaeError as error:
        message = f"genes are taken in the order of the file: {error.diagnostics[0].message}"
        warn(
            Diagnostic(
                "W-ANNDATA-1", message, help=["the model was trained on that file, which has their names"]
            )
        )
        return None


def _find(source: Path, var: pd.DataFrame, wanted: Sequence[str]) -> Int[np.ndarray, " F"]:
    """Return the indices of genes by name.

    Args:
        source: the file, for messages.
        var: its genes.
        wanted: the names.

    Raises:
        RcmvaeError: E421 if some are missing; E306 if names are not unique.
    """
    names = var.index.astype(str)
    if names.equals(pd.Index(wanted)):
        return np.arange(len(names))
    if not names.is_unique:
        repeated = listed(names[names.duplicated()].unique().tolist())
        raise unreadable(source, f"has several genes of one name: {repeated}", "see `var_names_make_unique`")
    indices = names.get_indexer(pd.Index(wanted))
    missing = [name for name, index in zip(wanted, indices.tolist(), strict=True) if index < 0]
    if missing:
        message = f"`{source}` lacks {len(missing)} of {len(wanted)} genes of the model: {listed(missing)}"
        help_ = [
            "add them as columns of zeros if they were not found, or train on the genes that both files have"
        ]
        raise RcmvaeError([Diagnostic("E421", message, help=help_)])
    return indices


def _add(source: Path, file: h5py.File, model: TrainedModel, predictions: Predictions) -> None:
    """Add predictions to an open file.

    Args:
        source: the file that it is a copy of, for messages.
        file: the copy.
        model: the model.
        predictions: of its cells.
    """
    shared = model.info.context.layout == "shared"
    obs = frame(source, file, "obs")
    for name, values in columns(model, predictions).items():
        obs[name] = pd.Series(values, index=obs.index) if isinstance(values, np.ndarray) else values
    placed = points(predictions.responsibilities, predictions.latents, shared=shared)
    about = {
        "spec": model.name,
        "version": __version__,
        "classes": np.array(model.class_names, object),
        "channels": predictions.responsibilities.shape[1],
        "dim": predictions.latents.shape[1],
        "layout": model.info.context.layout,
    }
    for group in ("obsm", "uns"):
        if group not in file:
            _write(file, group, {})
    _write(file, "obs", obs)
    _write(file["obsm"], "X_rcmvae", placed)
    _write(file["uns"], "rcmvae", about)


def columns(model: TrainedModel, predictions: Predictions) -> dict[str, Any]:
    """Return the columns of obs: categories, as scanpy's clusters are, and the probability of the label.

    Args:
        model: the model.
        predictions: of the cells.

    Returns:
        By name; labels are missing where the model has no classifier.
    """
    channels = [str(channel) for channel in range(predictions.responsibilities.shape[1])]
    labels, p = predictions.labels, predictions.probabilities
    return {
        "rcmvae_label": pd.Categorical.from_codes(labels, list(model.class_names)),
        "rcmvae_channel": pd.Categorical.from_codes(predictions.channels, channels),
        "rcmvae_p": p.max(axis=1, initial=0.0).astype(np.float32)
        if p.shape[1]
        else np.full(len(p), np.nan, np.float32),
    }


def _write(group: Any, name: str, value: Any) -> None:
    if name in group:
        del group[name]
    anndata.io.write_elem(group, name, value)
