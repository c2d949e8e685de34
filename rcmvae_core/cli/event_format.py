"""Formats the events of a run as plain values, as lines of text and as diagnostics."""

from __future__ import annotations

import time
from typing import Any

import attrs

from rcmvae_core.cli.diagnostics import as_json as diagnostic_as_json
from rcmvae_core.cli.main import STARTED
from rcmvae_core.errors import Diagnostic
from rcmvae_core.experiment.events import Event, Finished, Resumed, SeedDone
from rcmvae_core.training.dry_run import Plan
from rcmvae_core.training.events import EpochEnd, FirstStep, WarningRaised

_NAMES: dict[type, str] = {
    Plan: "plan",
    Resumed: "resumed",
    FirstStep: "begun",
    EpochEnd: "epoch",
    WarningRaised: "warning",
    SeedDone: "seed",
    Finished: "finished",
}
_COLUMNS = {"loss": "train/total", "elbo": "validation/elbo", "accuracy": "validation/accuracy"}
"""The metric of each column of a progress line."""


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


def plan_line(plan: Plan) -> str:
    """Return the size of a run as a line of text, after a line for each note about its data."""
    notes = "".join(f"note: {note}\n" for note in plan.notes)
    seeds = f"{len(plan.seeds)} seed" + "s" * (len(plan.seeds) > 1)
    kept = f"the state of best validation {plan.monitor}" if plan.select == "best" else "the last state"
    labels = f"{plan.labels} labels" + ("" if plan.uses_labels or not plan.labels else " that nothing uses")
    return (
        f"{notes}{plan.name}: {plan.parameters:,} parameters, {plan.training} inputs, {labels}, "
        f"{plan.epochs} epochs of {plan.steps_per_epoch} steps, {seeds}; keeping {kept}"
    )


def first_step_line(event: FirstStep) -> str:
    """Return the seconds from the start of the process to the first step, with imports and compilation."""
    return f"seed {event.seed}  first step {time.perf_counter() - STARTED:.1f} s after the start"


def metrics_line(event: EpochEnd) -> str:
    """Return the few metrics of an epoch that fit a line."""
    return "  ".join(
        f"{name} {event.metrics[key]:.4g}" for name, key in _COLUMNS.items() if key in event.metrics
    )


def warning_of_seed(event: WarningRaised) -> Diagnostic:
    """Return the diagnostic of a warning, with the seed in its message."""
    return attrs.evolve(event.diagnostic, message=f"seed {event.seed}: {event.diagnostic.message}")
