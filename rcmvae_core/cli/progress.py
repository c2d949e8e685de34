"""What a person sees while a run goes on: a bar on a terminal, lines in a pipe, JSON for programs."""

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
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from rcmvae_core.cli import STARTED
from rcmvae_core.cli.output import as_json as diagnostic_as_json
from rcmvae_core.events import Event, Finished, Resumed, SeedDone
from rcmvae_core.training.loop import Begun, Row, Warned
from rcmvae_core.training.plan import Plan

_LINES = 20
_NAMES: dict[type, str] = {
    Plan: "plan",
    Resumed: "resumed",
    Begun: "begun",
    Row: "epoch",
    Warned: "warning",
    SeedDone: "seed",
    Finished: "finished",
}


@contextmanager
def listener(*, as_json: bool) -> Generator[Callable[[Event], None]]:
    """A function that shows events; JSON lines go to stdout, everything else to stderr.

    Args:
        as_json: print each event as a line of JSON.
    """
    console = Console(stderr=True)
    if as_json:
        yield _print_json
    elif console.is_terminal:
        with _bar(console) as show:
            yield show
    else:
        yield _Lines()


def _print_json(event: Event) -> None:
    print(json.dumps(as_json(event)), flush=True)


def as_json(event: Event) -> dict[str, Any]:
    """An event as plain values, its type under `event`."""
    values: dict[str, Any] = {"event": _NAMES[type(event)], **event._asdict()}
    match event:
        case Plan():
            values |= {"parameters": event.parameters, "weights": [part._asdict() for part in event.weights]}
        case Warned():
            values |= diagnostic_as_json(values.pop("diagnostic"))
        case Finished():
            values["report"] = str(event.report)
        case _:
            pass
    return values


def _numbers(row: Row) -> str:
    """The few values of an epoch that tell how it goes."""
    shown = [("loss", "train/total"), ("elbo", "validation/elbo"), ("accuracy", "validation/accuracy")]
    return "  ".join(f"{name} {row.metrics[key]:.4g}" for name, key in shown if key in row.metrics)


@contextmanager
def _bar(console: Console) -> Generator[Callable[[Event], None]]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[numbers]}"),
    )
    with Progress(*columns, console=console) as progress:
        tasks: dict[int, Any] = {}

        def show(event: Event) -> None:
            match event:
                case Plan():
                    for seed in event.seeds:
                        tasks[seed] = progress.add_task(
                            f"seed {seed}", total=event.epochs, numbers="compiling"
                        )
                case Row():
                    progress.update(tasks[event.seed], completed=event.epoch, numbers=_numbers(event))
                case Resumed():
                    for seed, epoch in event.epochs.items():
                        progress.update(tasks[seed], completed=epoch)
                case Begun():
                    progress.console.print(first_step(event))
                case Warned():
                    progress.console.print(warning(event), markup=False, highlight=False)
                case SeedDone() | Finished():
                    pass

        yield show


class _Lines:
    """About twenty lines a seed, however many epochs there are."""

    def __init__(self) -> None:
        self.epochs, self.start = 1, time.perf_counter()

    def __call__(self, event: Event) -> None:
        match event:
            case Plan():
                self.epochs = event.epochs
                seeds = f"{len(event.seeds)} seed" + "s" * (len(event.seeds) > 1)
                self.say(f"{event.name}: {event.parameters:,} parameters, {event.training} inputs, "
                         f"{event.labels} labels, {event.epochs} epochs of {event.steps_per_epoch} steps, {seeds}")  # fmt: skip
            case Resumed():
                for seed, epoch in event.epochs.items():
                    self.say(f"seed {seed}  goes on after epoch {epoch}")
            case Begun():
                self.say(first_step(event))
            case Warned():
                self.say(warning(event))
            case Row() if event.epoch % max(1, self.epochs // _LINES) == 0 or event.epoch == self.epochs:
                seconds = time.perf_counter() - self.start
                self.say(
                    f"seed {event.seed}  epoch {event.epoch}/{self.epochs}  {seconds:.1f} s  {_numbers(event)}"
                )
            case SeedDone():
                accuracy = f", test accuracy {event.test['accuracy']:.4f}" if "accuracy" in event.test else ""
                self.say(f"seed {event.seed} done in {event.seconds:.1f} s{accuracy}")
            case _:
                pass

    def say(self, line: str) -> None:
        say(line)


def first_step(event: Begun) -> str:
    """How long a person waited for the first step, imports and compilation and all."""
    return f"seed {event.seed}  first step {time.perf_counter() - STARTED:.1f} s after the start"


def warning(event: Warned) -> str:
    """A warning and what to do, on a line each."""
    diagnostic = event.diagnostic
    lines = [f"warning[{diagnostic.code}]: seed {event.seed}: {diagnostic.message}"]
    return "\n".join(lines + [f"  = help: {line}" for line in diagnostic.help])


def say(line: str) -> None:
    """A line on stderr."""
    print(line, file=sys.stderr, flush=True)
