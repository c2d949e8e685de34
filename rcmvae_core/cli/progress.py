"""Shows the progress of a run: bars on a terminal, lines in a pipe, JSON for programs."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

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

from rcmvae_core.cli.diagnostics import as_json as diagnostic_as_json
from rcmvae_core.cli.main import STARTED
from rcmvae_core.experiment.events import Event, Finished, Resumed, SeedDone
from rcmvae_core.training.dry_run import Plan
from rcmvae_core.training.events import EpochEnd, FirstStep, WarningRaised

_LINES = 20
_NAMES: dict[type, str] = {
    Plan: "plan",
    Resumed: "resumed",
    FirstStep: "begun",
    EpochEnd: "epoch",
    WarningRaised: "warning",
    SeedDone: "seed",
    Finished: "finished",
}


@contextmanager
def listener(*, as_json: bool) -> Generator[Callable[[Event], None]]:
    """Give a function that shows events; JSON lines go to stdout, everything else to stderr.

    Args:
        as_json: print each event as a line of JSON.

    Yields:
        The function.
    """
    console = Console(stderr=True)
    if as_json:
        yield _print_json
    elif console.is_terminal:
        with _bars(console) as show:
            yield show
    else:
        yield _Lines()


def _print_json(event: Event) -> None:
    print(json.dumps(as_json(event)), flush=True)


def as_json(event: Event) -> dict[str, Any]:
    """Return an event as plain values, with its type under `event`."""
    values: dict[str, Any] = {"event": _NAMES[type(event)], **event._asdict()}
    match event:
        case Plan():
            values |= {"parameters": event.parameters, "weights": [part._asdict() for part in event.weights]}
        case WarningRaised():
            values |= diagnostic_as_json(values.pop("diagnostic"))
        case Finished():
            values["report"] = str(event.report)
        case _:
            pass
    return values


def _metrics(event: EpochEnd) -> str:
    """Return the few metrics of an epoch that fit a line."""
    columns = [("loss", "train/total"), ("elbo", "validation/elbo"), ("accuracy", "validation/accuracy")]
    return "  ".join(f"{name} {event.metrics[key]:.4g}" for name, key in columns if key in event.metrics)


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
                self._progress.update(task, completed=event.epoch, metrics=_metrics(event))
            case Resumed():
                for seed, epoch in event.epochs.items():
                    self._progress.update(self._tasks[seed], completed=epoch)
            case FirstStep():
                self._print(first_step(event))
            case WarningRaised():
                self._print(warning(event))
            case SeedDone() | Finished():
                pass

    def _print(self, lines: str) -> None:
        # As they are: a message may contain `[...]`, and a line must stay one line however narrow the terminal is.
        self._progress.console.print(lines, markup=False, highlight=False, soft_wrap=True)


class _Lines:
    """Shows events as lines, about twenty per seed, however many epochs there are."""

    def __init__(self) -> None:
        self.epochs, self.start = 1, time.perf_counter()

    def __call__(self, event: Event) -> None:
        match event:
            case Plan():
                self.epochs = event.epochs
                print_line(plan_line(event))
            case Resumed():
                for seed, epoch in event.epochs.items():
                    print_line(f"seed {seed}  resumed after epoch {epoch}")
            case FirstStep():
                print_line(first_step(event))
            case WarningRaised():
                print_line(warning(event))
            case EpochEnd() if event.epoch % max(1, self.epochs // _LINES) == 0 or event.epoch == self.epochs:
                seconds = time.perf_counter() - self.start
                print_line(
                    f"seed {event.seed}  epoch {event.epoch}/{self.epochs}  {seconds:.1f} s  {_metrics(event)}"
                )
            case SeedDone():
                accuracy = f", test accuracy {event.test['accuracy']:.4f}" if "accuracy" in event.test else ""
                print_line(f"seed {event.seed} done in {event.seconds:.1f} s{accuracy}")
            case _:
                pass


def plan_line(plan: Plan) -> str:
    """Return the size of a run as a line of text."""
    seeds = f"{len(plan.seeds)} seed" + "s" * (len(plan.seeds) > 1)
    return (
        f"{plan.name}: {plan.parameters:,} parameters, {plan.training} inputs, {plan.labels} labels, "
        f"{plan.epochs} epochs of {plan.steps_per_epoch} steps, {seeds}"
    )


def first_step(event: FirstStep) -> str:
    """Return how long the first step took from the start of the process, with imports and compilation."""
    return f"seed {event.seed}  first step {time.perf_counter() - STARTED:.1f} s after the start"


def warning(event: WarningRaised) -> str:
    """Return a warning and its help, a line each."""
    diagnostic = event.diagnostic
    lines = [f"warning[{diagnostic.code}]: seed {event.seed}: {diagnostic.message}"]
    return "\n".join(lines + [f"  = help: {line}" for line in diagnostic.help])


def print_line(line: str) -> None:
    """Print a line on stderr."""
    print(line, file=sys.stderr, flush=True)


@contextmanager
def bar(description: str, total: int) -> Generator[Callable[[int], object]]:
    """Show a bar while the block runs, if stderr is a terminal; it disappears at the end.

    Args:
        description: what is in progress.
        total: how many items there are.

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
