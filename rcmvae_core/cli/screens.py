"""Shows views of runs again and again: drawn over each other on a terminal, added as lines, or as JSON."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from rich.console import Console
from rich.live import Live
from rich.text import Text

from rcmvae_core.cli.results import warning_lines
from rcmvae_core.cli.sparkline import ASCII, BLOCKS
from rcmvae_core.cli.streams import has_colour, print_result, result_stream
from rcmvae_core.cli.watch_view import as_json, changes, frame, table
from rcmvae_core.rundir.follow import RunView

_STYLES = {
    "running": "cyan",
    "starting": "cyan",
    "done": "green",
    "failed": "red",
    "dead": "red",
    "interrupted": "yellow",
}


class Screen(Protocol):
    """Shows views; called with all of them every time, and whether they are those of a folder."""

    def __call__(self, views: Sequence[RunView], *, folder: bool) -> None:
        """Show the views."""
        ...


@contextmanager
def open_screen(format_: str) -> Generator[Screen]:
    """Give a function that shows views on stdout.

    Args:
        format_: `text`, which draws on a terminal and adds lines elsewhere; or `jsonl`.

    Yields:
        The function.
    """
    stream = result_stream()
    if format_ == "jsonl":
        yield _JsonLines()
    elif stream.isatty() and os.environ.get("TERM") != "dumb":
        console = Console(
            file=stream,
            force_terminal=True,
            color_system="auto" if has_colour(stream) else None,
            highlight=False,
        )
        # What libraries print goes to stderr already.
        with Live(console=console, auto_refresh=False, redirect_stdout=False, redirect_stderr=False) as live:
            yield _Terminal(live)
    else:
        yield _Lines()


class _JsonLines:
    """Prints a line of JSON for each view that has changed."""

    def __init__(self) -> None:
        self._shown: dict[Path, dict[str, Any]] = {}

    def __call__(self, views: Sequence[RunView], *, folder: bool) -> None:
        del folder
        for view in views:
            values = as_json(view)
            if self._shown.get(view.run) != values:
                self._shown[view.run] = values
                print_result(json.dumps(values, allow_nan=False), flush=True)


class _Lines:
    """Prints lines for what has changed, in a folder after the path of the run."""

    def __init__(self) -> None:
        self._shown: dict[Path, RunView] = {}

    def __call__(self, views: Sequence[RunView], *, folder: bool) -> None:
        for view in views:
            lines = changes(self._shown.get(view.run), view, time.time())
            self._shown[view.run] = view
            if lines:
                print_result(
                    "\n".join(f"{view.run}: {line}" if folder else line for line in lines), flush=True
                )


class _Terminal:
    """Draws a frame or a table, below the warnings of a run.

    Args:
        live: what is drawn on.
    """

    def __init__(self, live: Live) -> None:
        self._live = live
        self._warnings = set[str]()

    def __call__(self, views: Sequence[RunView], *, folder: bool) -> None:
        console = self._live.console
        now, width, height = time.time(), console.width, console.height
        if folder:
            lines = table(views, now, width, height - 1)
        else:
            self._print_warnings(views)
            marks = BLOCKS if console.encoding.startswith("utf") else ASCII
            lines = [line for view in views for line in frame(view, now, width, marks)]
        text = Text("\n".join(lines), no_wrap=True)
        text.highlight_regex(r"(?m)^\w+", lambda state: _STYLES.get(state, ""))
        self._live.update(text, refresh=True)

    def _print_warnings(self, views: Sequence[RunView]) -> None:
        new = [each for view in views for each in view.warnings if each not in self._warnings]
        self._warnings.update(new)
        for line in warning_lines(new):
            self._live.console.print(Text(line), soft_wrap=True)
