"""Simulate an annotator: rounds of suggesting, labelling and training, to compare acquisitions."""

from __future__ import annotations

import argparse
from pathlib import Path

from rcmvae_core.active_learning.settings import SimulationSettings, find_acquisitions
from rcmvae_core.cli.arguments import add_format, add_spec, read
from rcmvae_core.cli.diagnostics import print_warnings
from rcmvae_core.cli.run_arguments import added, count, count_or_none

WARM_EPOCHS = 5
"""Epochs of a round that continues with a trained model."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_spec(parser)
    parser.add_argument(
        "--by",
        action="append",
        metavar="NAME",
        help="an acquisition, as in `rcmvae suggest`; can be repeated (default: entropy and random)",
    )
    for name, default, type_, description in (
        (
            "start",
            20,
            count_or_none,
            "the number of labels before the first round, spread evenly over the classes",
        ),
        ("batch-size", 20, count, "the number of labels added in each round"),
        ("rounds", 9, count, "the number of rounds"),
    ):
        help_ = f"{description} (default: {default})"
        parser.add_argument(f"--{name}", type=type_, default=default, metavar="N", help=help_)
    parser.add_argument(
        "--first-epochs",
        type=count,
        metavar="N",
        help="the number of epochs before the first round (default: that of the spec)",
    )
    parser.add_argument(
        "--epochs",
        type=count,
        metavar="N",
        help=f"the number of epochs in each round (default: that of the spec; {WARM_EPOCHS} with --warm-start)",
    )
    parser.add_argument(
        "--warm-start",
        action="store_true",
        help="continue in each round with the model that suggested the inputs, instead of training a new one",
    )
    parser.add_argument(
        "--target",
        type=_accuracy,
        default=0.95,
        metavar="A",
        help="report the number of labels for this accuracy (default: 0.95)",
    )
    parser.add_argument(
        "-o",
        "--out",
        type=Path,
        required=True,
        metavar="DIR",
        help="the folder of the results; finished rounds in it are not repeated",
    )
    add_format(parser, "json", "github")
    parser.set_defaults(action="rcmvae_core.cli.actions.active:main")


def check(options: argparse.Namespace) -> None:
    """Resolve the spec, and check that it has the acquisitions.

    Raises:
        RcmvaeError: E431 if an acquisition is missing, E302 if the classifier is; the errors of the spec.
    """
    options.resolved, options.registry = read(options.spec, options.settings)
    by = tuple(dict.fromkeys(options.by or ("entropy", "random")))
    in_spec = {part.name for part in options.resolved.parts["acquisition"]}
    if added("acquisition", [name for name in by if name not in in_spec]):
        settings = [*added("acquisition", by), *options.settings]
        options.resolved, options.registry = read(options.spec, settings, options.registry)
    print_warnings(options.resolved.warnings, options.format)
    options.simulation = SimulationSettings(
        by=by,
        start=options.start,
        batch=options.batch_size,
        rounds=options.rounds,
        first_epochs=options.first_epochs or options.resolved.train.epochs,
        epochs=options.epochs or (WARM_EPOCHS if options.warm_start else options.resolved.train.epochs),
        warm_start=options.warm_start,
    )
    find_acquisitions(options.resolved, options.simulation.by)


def _accuracy(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= 1:
        raise argparse.ArgumentTypeError(f"expected an accuracy in (0, 1], got {text}")
    return value
