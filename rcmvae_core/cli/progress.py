"""Shows the progress of a run: bars on a terminal, lines in a pipe, JSON for programs."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from rcmvae_core.cli.diagnostics import print_warnings, text
from rcmvae_core.cli.event_format import as_json, first_step_line, metrics_line, plan_line, warning_of_seed
from rcmvae_core.cli.streams import print_message, print_result, printable_lines
from rcmvae_core.experiment.events import Event, Finished, Resumed, SeedDone
from rcmvae_core.training.dry_run import Plan
from rcmvae_core.training.events import EpochEnd, FirstStep, SnapshotTaken, WarningRaised

_MAX_EPOCH_LINES = 20


@contextmanager
def listener(format_: str) -> Generator[Callable[[Event], None]]:
    """Give a function that shows events; JSON lines go to stdout, everything else to stderr.

    Args:
        format_: `text`; `jsonl`, which prints each event as a line of JSON; or `github`, which prints warnings as
            annotations and, even on a terminal, everything else as lines.

    Yields:
        The function.
    """
    console = Console(stderr=True)
    if format_ == "jsonl":
        yield _print_json
    elif console.is_terminal and format_ == "text":
        with _bars(console) as show:
            yield show
    else:
        yield _Lines(format_)


def _print_json(event: Event) -> None:
    print_result(json.dumps(as_json(event)), flush=True)


@contextmanager
def _bars(console: Console) -> Generator[Callable[[Event], None]]:
    """Give a function that shows events as bars."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[metrics]}"),
    )
    with Progress(*columns, console=console) as progress:
        yield _Bars(progress)


class _Bars:
    """Shows a bar per seed, and messages above the bars."""

    def __init__(self, progress: Progress) -> None:
        self._progress, self._tasks = progress, dict[int, TaskID]()

    def __call__(self, event: Event) -> None:
        match event:
            case Plan():
                self._print(plan_line(event))
                for seed in event.seeds:
                    task = self._progress.add_task(f"seed {seed}", total=event.epochs, metrics="compiling")
                    self._tasks[seed] = task
            case EpochEnd():
                task = self._tasks[event.seed]
                self._progress.update(task, completed=event.epoch, metrics=metrics_line(event))
            case Resumed():
                for seed, epoch in event.epochs.items():
                    self._progress.update(self._tasks[seed], completed=epoch)
            case FirstStep():
                self._print(first_step_line(event))
            case WarningRaised():
                self._print(text(warning_of_seed(event)))
            case SnapshotTaken() | SeedDone() | Finished():
                pass

    def _print(self, lines: str) -> None:
        # Without markup, because a message may contain `[...]`, and without wrapping, however narrow the terminal is.
        self._progress.console.print(printable_lines(lines), markup=False, highlight=False, soft_wrap=True)


class _Lines:
    """Shows events as lines, about twenty per seed, however many epochs there are."""

    def __init__(self, format_: str) -> None:
        self.format, self.epochs, self.start = format_, 1, time.perf_counter()

    def __call__(self, event: Event) -> None:
        match event:
            case Plan():
                self.epochs = event.epochs
                print_message(plan_line(event))
            case Resumed():
                for seed, epoch in event.epochs.items():
                    print_message(f"seed {seed}  resumed after epoch {epoch}")
            case FirstStep():
                print_message(first_step_line(event))
            case WarningRaised():
                print_warnings([warning_of_seed(event)], self.format)
            case EpochEnd() if self._is_shown(event.epoch):
                seconds = time.perf_counter() - self.start
                progress = f"epoch {event.epoch}/{self.epochs}  {seconds:.1f} s"
                print_message(f"seed {event.seed}  {progress}  {metrics_line(event)}")
            case SeedDone():
                accuracy = f", test accuracy {event.test['accuracy']:.4f}" if "accuracy" in event.test else ""
                print_message(f"seed {event.seed} done in {event.seconds:.1f} s{accuracy}")
            case _:
                pass

    def _is_shown(self, epoch: int) -> bool:
        return epoch % max(1, self.epochs // _MAX_EPOCH_LINES) == 0 or epoch == self.epochs


@contextmanager
def bar(description: str, total: int) -> Generator[Callable[[int], object]]:
    """Show a bar while the block runs, if stderr is a terminal; it disappears at the end.

    Args:
        description: what is in progress.
        total: the number of items.

    Yields:
        A function that takes the number of items that were finished since its last call.
    """
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(description, total=total)
        yield lambda count: progress.advance(task, count)
