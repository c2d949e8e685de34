"""Pictures that the trained model of a run makes: of a class, of a channel, or along its latent dimensions."""

from __future__ import annotations

import argparse
import gc
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rcmvae_core.cli.common import add_json, count
from rcmvae_core.cli.output import complain
from rcmvae_core.errors import Diagnostic, RcmvaeError

if TYPE_CHECKING:
    from rcmvae_core.inference.trained import TrainedModel


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument(
        "run", type=Path, metavar="RUN", help="a run directory, or a folder that `export` wrote"
    )
    parser.add_argument("--label", metavar="Y", help="a class, by its name or number")
    parser.add_argument("--channel", type=int, metavar="C", help="a channel, from 0")
    parser.add_argument(
        "--traverse",
        action="store_true",
        help="a row for each latent dimension, from -3 to 3 standard deviations of the prior, in the channel that is "
        "named, else in the likeliest",
    )
    parser.add_argument(
        "--n", type=count, default=64, dest="count", metavar="N", help="how many (default: 64)"
    )
    parser.add_argument("--seed", type=int, metavar="N", help="this seed of the run (default: its first)")
    parser.add_argument("--draw", type=int, default=0, metavar="N", help="seed of the draws (default: 0)")
    parser.add_argument(
        "-o",
        "--out",
        type=Path,
        required=True,
        metavar="PREFIX",
        help="writes PREFIX.npz, and PREFIX.png of images",
    )
    add_json(parser)


def main(options: argparse.Namespace) -> int:
    """Load, draw, write."""
    if options.label is not None and (options.channel is not None or options.traverse):
        help_ = ["a channel is named by --channel; those of a class are drawn"]
        raise RcmvaeError([Diagnostic("E424", "`--label` goes with neither of the others", help=help_)])
    import numpy as np  # noqa: PLC0415

    from rcmvae_core.compilation import use_cache  # noqa: PLC0415
    from rcmvae_core.inference import pictures, targets  # noqa: PLC0415
    from rcmvae_core.inference.load import load  # noqa: PLC0415

    gc.enable()
    use_cache()
    trained = load(options.run, seed=options.seed, warn=lambda diagnostic: complain([diagnostic]))
    arrays, rows = _made(trained, options)
    written = [options.out.with_name(options.out.name + ".npz")]
    with targets.replacing(written[0]) as partial, partial.open("wb") as file:
        np.savez_compressed(file, **arrays)
    if pictures.drawable(trained.sizes.context.input_shape):
        written.append(options.out.with_name(options.out.name + ".png"))
        with targets.replacing(written[1]) as partial:
            pictures.write_png(partial, pictures.grid(rows))
    if options.format == "json":
        print(json.dumps({"files": [str(path) for path in written]}))
    else:
        sys.stderr.write("".join(f"{path}\n" for path in written))
    return 0


def _made(trained: TrainedModel, options: argparse.Namespace) -> tuple[dict[str, Any], Any]:
    """What is written, by name, and the samples in rows."""
    from rcmvae_core.inference import pictures  # noqa: PLC0415

    if options.traverse:
        rows = trained.traverse(options.channel)
        return {"samples": rows}, rows
    drawn, channels = trained.draw(
        options.count, label=options.label, channel=options.channel, seed=options.draw
    )
    return {"samples": drawn, "channels": channels}, pictures.square(drawn)
