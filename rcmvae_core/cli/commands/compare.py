"""Compare finished runs: groups that differ in more than the seed, with intervals and tests of paired differences.

Runs that differ in nothing but the seed and the draw of labels form a group; the others are compared with the first.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from rcmvae_core.cli.arguments import add_force


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("runs", type=Path, nargs="+", metavar="RUN", help="a run directory")
    parser.add_argument(
        "--metric",
        action="append",
        default=[],
        dest="metrics",
        metavar="NAME",
        help="a metric such as test/accuracy, validation/elbo or nmi; can be repeated (default: accuracy, balanced accuracy and "
        "ELBO on the test data)",
    )
    parser.add_argument(
        "--format",
        choices=("text", "markdown", "csv", "json"),
        default="text",
        help="of the table (default: text)",
    )
    parser.add_argument(
        "--json", action="store_const", const="json", dest="format", help="same as --format json"
    )
    parser.add_argument("-o", "--out", type=Path, metavar="FILE.html", help="write a page with figures, too")
    add_force(parser)
    parser.set_defaults(action="rcmvae_core.cli.actions.compare:main")
