"""Finds the label store of a run's data, for every verb that has `--store`."""

from __future__ import annotations

import argparse
from pathlib import Path

from rcmvae_core.errors import fail
from rcmvae_core.labels.records import Identity
from rcmvae_core.labels.store_path import default_path
from rcmvae_core.plugin.resolved import ResolvedPart


def store_path(options: argparse.Namespace, part: ResolvedPart, data: Identity) -> Path:
    """Return the path of the label store: that of `--store`, or else of the spec, or else the one beside the run.

    Args:
        options: of a verb with `RUN` and `--store`.
        part: the data of the spec.
        data: the identity of its data set.
    """
    path: Path | None = options.store
    of_spec: str | None = part.keys.label_store
    if path is None and of_spec is not None:
        path = Path(of_spec)
    return path or default_path(options.run, part.name, data)


def existing_store_path(options: argparse.Namespace, part: ResolvedPart, data: Identity) -> Path | None:
    """Return the path of the label store, as `store_path` does, if the store exists.

    Args:
        options: of a verb with `RUN` and `--store`.
        part: the data of the spec.
        data: the identity of its data set.

    Returns:
        The path; None if neither `--store` nor the spec names a store, and there is none beside the run.

    Raises:
        RcmvaeError: E302 if `--store` or the spec names a store that does not exist.
    """
    path = store_path(options, part, data)
    if path.is_file():
        return path
    if options.store is None and part.keys.label_store is None:
        return None
    fail("E302", f"label store `{path}` does not exist", help=["`rcmvae label RUN assign` creates one"])
