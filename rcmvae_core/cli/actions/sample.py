"""Generates inputs with the trained model of a run."""

from __future__ import annotations

import argparse
import csv
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Shaped

from rcmvae_core.cli.actions.load_run import load_run
from rcmvae_core.cli.output import show_files
from rcmvae_core.data.columns import Columns
from rcmvae_core.inference import image_grid
from rcmvae_core.inference.trained_model import TrainedModel
from rcmvae_core.runtime.atomic_files import replacing
from rcmvae_core.runtime.csv_cells import writer_of
from rcmvae_core.runtime.outputs import check_outputs


class Samples(NamedTuple):
    """Generated inputs.

    Args:
        arrays: what the .npz file contains, by name.
        rows: the samples, in rows of a grid.
    """

    arrays: Mapping[str, Any]
    rows: Shaped[np.ndarray, "rows columns *input"]


def main(options: argparse.Namespace) -> int:
    """Draw the samples and write the files."""
    trained = load_run(options)
    writers = _writers(trained, writer_of(spreadsheet=options.spreadsheet))
    paths = {ending: _with_ending(options.out, ending) for ending in writers}
    check_outputs(paths.values(), [options.run], force=options.force)
    samples = _draw(trained, options)
    with ExitStack() as stack:  # all files get their names at the end, or none
        for ending, write in writers.items():
            write(stack.enter_context(replacing(paths[ending], follow=True)), samples)
    show_files(paths.values(), options)
    return 0


def _writers(trained: TrainedModel, cell: Callable[[Any], Any]) -> dict[str, Callable[[Path, Samples], None]]:
    """Return a function that writes samples to a file, by the ending of its name.

    Args:
        trained: the model.
        cell: returns a cell of a CSV file as it is written.
    """
    writers: dict[str, Callable[[Path, Samples], None]] = {".npz": _write_arrays}
    if trained.info.columns is not None:
        writers[".csv"] = partial(_write_rows, columns=trained.info.columns, cell=cell)
    if image_grid.is_image_shape(trained.info.context.input_shape):
        writers[".png"] = _write_image
    return writers


def _write_arrays(path: Path, samples: Samples) -> None:
    with path.open("wb") as file:
        np.savez_compressed(file, **samples.arrays)


def _write_image(path: Path, samples: Samples) -> None:
    image_grid.write_png(path, image_grid.tile(samples.rows))


def _write_rows(path: Path, samples: Samples, columns: Columns, cell: Callable[[Any], Any]) -> None:
    """Write samples as rows of the table that the model was trained on, with their channels if they have any.

    Args:
        path: of a CSV file.
        samples: the samples.
        columns: of the table.
        cell: returns a cell as it is written.
    """
    rows = np.asarray(samples.arrays["samples"])
    cells: dict[str, list[Any]] = dict(columns.decode(rows.reshape(-1, rows.shape[-1])))
    if "channels" in samples.arrays:
        cells["channel"] = np.asarray(samples.arrays["channels"]).tolist()
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(map(cell, cells))
        writer.writerows(map(cell, row) for row in zip(*cells.values(), strict=True))


def _with_ending(prefix: Path, ending: str) -> Path:
    return prefix.with_name(
        prefix.name + ending
    )  # not `with_suffix`, which would replace a `.5` of the prefix


def _draw(trained: TrainedModel, options: argparse.Namespace) -> Samples:
    """Draw what the options ask for.

    Returns:
        The arrays to write, and the rows of the image grid.
    """
    if options.traverse:
        rows = trained.traverse(options.channel)
        return Samples({"samples": rows}, rows)
    samples, channels = trained.draw(
        options.count, label=options.label, channel=options.channel, seed=options.draw
    )
    return Samples({"samples": samples, "channels": channels}, image_grid.arrange_in_square(samples))
