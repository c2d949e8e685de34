"""Publish the trained model of a run: weights, their description, and a program that serves without this project."""

from __future__ import annotations

import argparse
import gc
import json
import sys
from pathlib import Path

from rcmvae_core.cli.common import add_json
from rcmvae_core.cli.output import complain
from rcmvae_core.errors import RcmvaeError


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("run", type=Path, metavar="RUN", help="a run directory")
    parser.add_argument(
        "-o", "--out", type=Path, required=True, metavar="DIR", help="a folder that is not there yet"
    )
    parser.add_argument(
        "--seed", type=int, metavar="N", help="this seed of the run alone (default: all of them)"
    )
    add_json(parser)


def main(options: argparse.Namespace) -> int:
    """Load, write."""
    from rcmvae_core.files import refuse_existing  # noqa: PLC0415

    faults = refuse_existing(options.out)
    if faults:
        raise RcmvaeError(faults)
    from rcmvae_core.inference import exported, targets  # noqa: PLC0415
    from rcmvae_core.inference.load import load  # noqa: PLC0415

    gc.enable()
    trained = load(options.run, seed=options.seed, warn=lambda diagnostic: complain([diagnostic]))
    with targets.replacing(options.out) as partial:
        exported.write(trained, partial)
    files = sorted(str(path) for path in options.out.iterdir())
    if options.format == "json":
        print(json.dumps({"files": files}))
    else:
        sys.stderr.write("".join(f"{name}\n" for name in files))
    return 0
