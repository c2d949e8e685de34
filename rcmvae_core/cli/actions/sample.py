"""Generates images with the trained model of a run."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Shaped

from rcmvae_core.cli.actions.load_run import load_run
from rcmvae_core.cli.output import show_files
from rcmvae_core.inference import image_grid
from rcmvae_core.inference.trained_model import TrainedModel
from rcmvae_core.runtime.atomic_files import replacing


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
    samples = _draw(trained, options)
    paths = [_with_ending(options.out, ".npz")]
    with replacing(paths[0]) as partial, partial.open("wb") as file:
        np.savez_compressed(file, **samples.arrays)
    if image_grid.is_image_shape(trained.info.context.input_shape):
        paths.append(_with_ending(options.out, ".png"))
        with replacing(paths[1]) as partial:
            image_grid.write_png(partial, image_grid.tile(samples.rows))
    show_files(paths, options)
    return 0


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
