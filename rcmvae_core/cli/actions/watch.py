"""Follows runs until they end."""

from __future__ import annotations

import argparse
import select
import time
from pathlib import Path

from rcmvae_core.cli.results import run_lines
from rcmvae_core.cli.screens import open_screen
from rcmvae_core.cli.streams import print_message, print_result, result_stream
from rcmvae_core.errors import RcmvaeError, fail
from rcmvae_core.rundir.follow import RunFollower, RunView, listed_view
from rcmvae_core.rundir.listing import ACTIVE, is_run, list_runs, read_listed
from rcmvae_core.rundir.records import read_summary
from rcmvae_core.rundir.writer_lock import is_written


def main(options: argparse.Namespace) -> int:
    """Show a run, or the runs under a folder, until nothing more is to come.

    Returns:
        0 if what was followed is done, or if nobody reads the output any more; else 1.

    Raises:
        RcmvaeError: E475 if no run begins in time.
    """
    watched = _Watched(options.run)
    idle_since = time.monotonic()
    with open_screen(options.format) as show:
        while True:
            views = watched.read()
            if views:
                show(views, folder=watched.is_folder)
            if watched.has_active(views):
                idle_since = time.monotonic()
            elif (views and not watched.is_folder) or time.monotonic() - idle_since >= options.timeout:
                break
            watched.say_waiting(views)
            if not _sleep(options.interval):
                return 0
    if not views:
        help_ = ["check the path", "wait longer, by --timeout SECONDS"]
        fail("E475", f"no run has begun in `{options.run}` within {options.timeout:g} seconds", help=help_)
    if options.format == "text" and not watched.is_folder:
        _print_end(options.run)
    return watched.exit_code(views)


class _Watched:
    """A run, or a folder of several; which one, the first run that is found says.

    Args:
        path: of the run or the folder.
    """

    def __init__(self, path: Path) -> None:
        self.is_folder = False
        self._path, self._followers = path, dict[Path, RunFollower]()
        self._is_waiting_known = False

    def read(self) -> list[RunView]:
        """Return what can be seen now; nothing before a run has begun."""
        if not self.is_folder and (self._followers or is_run(self._path)):
            return [self._follower(self._path).read()]
        listed = list(list_runs(self._path))
        self.is_folder |= bool(listed)
        return [
            self._follower(run.path).read()
            if run.state in ACTIVE or run.path in self._followers
            else listed_view(run)
            for run in listed
        ]

    def _follower(self, run: Path) -> RunFollower:
        return self._followers.setdefault(run, RunFollower(run))

    def has_active(self, views: list[RunView]) -> bool:
        """Return whether a run may go further, or is about to begin."""
        return any(view.is_active for view in views) or bool(not views and is_written(self._path))

    def say_waiting(self, views: list[RunView]) -> None:
        """Say once that no run has begun."""
        if not views and not self._is_waiting_known:
            self._is_waiting_known = True
            print_message(f"waiting for a run in {self._path}")

    def exit_code(self, views: list[RunView]) -> int:
        """Return 0 if every run that was followed is done."""
        return int(any(view.state != "done" for view in views if view.run in self._followers))


def _sleep(seconds: float) -> bool:
    """Wait, and return whether somebody still reads the output."""
    stream = result_stream()
    if getattr(stream, "error", None) is not None:
        return False
    try:
        poll = select.poll()
        poll.register(stream.fileno(), 0)  # errors alone: a pipe whose reader has left, a closed terminal
        return not poll.poll(seconds * 1000)
    except (AttributeError, OSError, ValueError):  # no such call, or no file behind the stream
        time.sleep(seconds)
        return True


def _print_end(run: Path) -> None:
    """Print what `rcmvae show` prints."""
    if not is_run(run):
        return
    try:
        summary = read_summary(run)
    except RcmvaeError:  # of a run that is not done, or whose summary is not to be read
        summary = None
    print_result("\n".join(run_lines(read_listed(run), summary)))
