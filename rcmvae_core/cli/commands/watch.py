"""Follow a run in the terminal while another process trains it, or all runs under a folder.

It ends when the run does: with exit code 0 if the run is done, and with 1 if it failed, was interrupted or was killed. A
folder is followed until no run in it has been active for the seconds of --timeout.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from rcmvae_core.cli.arguments import add_format

_LEAST, _MOST = 0.05, 3600.0
_LONGEST = 30 * 24 * 3600.0


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("run", type=Path, metavar="RUN", help="a run directory, or a folder of several")
    parser.add_argument(
        "--interval",
        type=_interval,
        default=1.0,
        metavar="SECONDS",
        help="how often to look (default: 1)",
    )
    parser.add_argument(
        "--timeout",
        type=_timeout,
        default=60.0,
        metavar="SECONDS",
        help="how long to wait for a run to begin (default: 60)",
    )
    add_format(parser, "jsonl", short="jsonl")
    parser.set_defaults(action="rcmvae_core.cli.actions.watch:main")


def _interval(text: str) -> float:
    return _seconds(text, _LEAST, _MOST)


def _timeout(text: str) -> float:
    return _seconds(text, 0.0, _LONGEST)


def _seconds(text: str, least: float, most: float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not least <= value <= most:
        raise argparse.ArgumentTypeError(f"expected {least:g} to {most:g} seconds, got {text[:40]}")
    return value
