"""List the runs under a folder: state, time, seeds and the headline metric of each."""

from __future__ import annotations

import argparse
from pathlib import Path

from rcmvae_core.cli.arguments import add_format
from rcmvae_core.cli.diagnostics import printable
from rcmvae_core.cli.output import show
from rcmvae_core.errors import fail
from rcmvae_core.plugin.declaration import Plugin
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.plugin.metric_declarations import declaration, direction, unit_and_direction
from rcmvae_core.rundir.listing import SORTS, STATES, ListedRun, list_runs, lowest_first

_MOST = 40
"""Characters of a cell at most, but for the first and the last one of a line."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "folder",
        type=Path,
        nargs="?",
        default=Path("runs"),
        metavar="DIR",
        help="where to look (default: runs)",
    )
    parser.add_argument("--name", metavar="TEXT", help="only runs whose name or path contains this")
    parser.add_argument("--state", choices=STATES, help="only runs in this state")
    parser.add_argument(
        "--metric",
        default="",
        metavar="NAME",
        help="show this metric, such as nmi (default: accuracy or elbo)",
    )
    parser.add_argument(
        "--sort",
        choices=sorted(SORTS),
        default="time",
        help="order (default: time, newest first); result is best first",
    )
    add_format(parser)


def main(options: argparse.Namespace) -> int:
    """Print the runs.

    Raises:
        RcmvaeError: E410 if the folder does not exist.
    """
    folder: Path = options.folder
    if not folder.is_dir():
        fail("E410", f"`{folder}` is not a folder", help=["give the folder in which the runs are"])
    wanted = options.name or ""
    found = [
        run for run in list_runs(folder, options.metric) if wanted in run.name or wanted in str(run.path)
    ]
    found = [run for run in found if options.state in (None, run.state)]
    plugin = declaration(discover(), options.metric) if options.metric else None
    key, largest_first = SORTS[options.sort]
    if options.sort == "result" and plugin is not None and direction(plugin) == "lower":
        key, largest_first = lowest_first, False
    found.sort(key=key, reverse=largest_first)
    show({"runs": [run.as_json() for run in found]}, options, lambda _: as_text(found, folder, plugin))
    return 0


def as_text(runs: list[ListedRun], folder: Path, metric: Plugin | None = None) -> str:
    """Return a line for each run, with columns of equal width.

    Args:
        runs: in order.
        folder: that has them.
        metric: what the results are of, if a plugin declares it.
    """
    if not runs:
        return f"no runs under {printable(str(folder))}"
    about = "" if metric is None else unit_and_direction(metric)
    head = ("run", "name", "state", "time", "seeds", f"result ({about})" if about else "result")
    rows = [head, *((str(r.path), r.name, r.state, r.time, str(r.seeds), r.headline) for r in runs)]
    rows = [(printable(path), *map(_cut, cells), printable(result)) for path, *cells, result in rows]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def _cut(cell: str) -> str:
    cell = printable(cell)
    return cell if len(cell) <= _MOST else f"{cell[: _MOST - 3]}..."
