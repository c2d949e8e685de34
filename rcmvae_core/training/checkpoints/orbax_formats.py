"""Reads checkpoints of formats 1 and 2, which Orbax wrote.

Format 1 is a folder of Orbax's for each seed, written once at its end, without a record and without the metrics of an
epoch. Format 2 has a folder of Orbax's and a record for each step, as format 3 has.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax
import numpy as np
import orbax.checkpoint as ocp

from rcmvae_core.training.checkpoints.errors import CorruptCheckpointError
from rcmvae_core.training.checkpoints.state_arrays import Descriptions, NamedArrays, path_name


def read_format_1(folder: Path, template: Mapping[str, np.ndarray]) -> NamedArrays:
    """Read the arrays of a seed.

    Args:
        folder: of the seed.
        template: arrays of an initial state, for those that format 1 does not have: the metrics of the current epoch,
            which is at its beginning, and arrays without elements.

    Returns:
        The arrays by path.

    Raises:
        CorruptCheckpointError: if Orbax cannot read the folder.
    """
    arrays = _read_arrays(folder)
    absent = {
        name: array
        for name, array in template.items()
        if name not in arrays and (name.startswith("tally/") or not array.size)
    }
    return arrays | absent


def read_format_2(path: Path, descriptions: Descriptions) -> NamedArrays:
    """Read the arrays of a checkpoint.

    Args:
        path: the folder of the checkpoint.
        descriptions: of all arrays, from the record; Orbax does not store arrays without elements.

    Returns:
        The arrays by path.

    Raises:
        CorruptCheckpointError: if Orbax cannot read the folder.
    """
    empty = {name: np.zeros(shape, dtype) for name, (dtype, shape) in descriptions.items() if 0 in shape}
    return _read_arrays(path) | empty


def _read_arrays(path: Path) -> NamedArrays:
    # Each process reads for itself, so that Orbax must not wait for the others.
    alone = ocp.options.MultiprocessingOptions(
        primary_host=jax.process_index(), active_processes={jax.process_index()}
    )
    handler = ocp.PyTreeCheckpointHandler(multiprocessing_options=alone)
    try:
        checkpointer = ocp.Checkpointer(handler, multiprocessing_options=alone)
        tree: Any = checkpointer.metadata(path.absolute()).item_metadata
        as_numpy = jax.tree.map(lambda _: ocp.RestoreArgs(restore_type=np.ndarray), tree.tree)
        arrays = checkpointer.restore(path.absolute(), restore_args=as_numpy)
    except Exception as error:
        raise CorruptCheckpointError(f"`{path}` cannot be read: {str(error).splitlines()[0]}") from error
    return {path_name(key): np.asarray(leaf) for key, leaf in jax.tree_util.tree_leaves_with_path(arrays)}
