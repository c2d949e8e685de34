"""Trains the model of a spec, or prints its plan."""

from __future__ import annotations

import argparse
import json

from rcmvae_core.cli.actions.train import join_processes, train
from rcmvae_core.cli.event_format import as_json
from rcmvae_core.cli.streams import print_result
from rcmvae_core.experiment.request import RunRequest, run_folder
from rcmvae_core.training.dry_run import Plan, plan
from rcmvae_core.training.setup import prepare


def main(options: argparse.Namespace) -> int:
    """Train, or with `--dry-run` print the plan."""
    join_processes(options)
    if options.dry_run:
        planned = plan(prepare(options.resolved))
        print_result(json.dumps(as_json(planned)) if options.format == "jsonl" else table(planned))
        return 0
    with run_folder(options.out, options.resolved.name) as folder:
        request = RunRequest(options.resolved, options.registry, folder, resume=options.resume)
        return train(request, options.format)


def table(planned: Plan) -> str:
    """Return a plan as text: sizes, then the arrays of each part."""
    seeds = ", ".join(map(str, planned.seeds))
    training = f"{planned.training} train ({planned.labels} with labels)"
    lines = [
        f"{planned.name}: seeds {seeds}; {planned.epochs} epochs of {planned.steps_per_epoch} steps",
        f"inputs {shape(planned.input_shape)}: {training}, {planned.validation} validation, {planned.test} test",
        "",
    ]
    for part in planned.weights:
        lines.append(f"{part.part:<40}{'':>20}{part.size:>12,}")
        lines += [f"  {name:<38}{shape(size):>20}" for name, size in part.arrays.items()]
    lines += [f"{'all parameters':<60}{planned.parameters:>12,}", ""]
    lines += [
        f"likelihood of a batch: {name or 'values'} {shape(size)}"
        for name, size in planned.likelihood.items()
    ]
    return "\n".join(lines)


def shape(size: tuple[int, ...]) -> str:
    """Return a shape as text, such as `8 x 8 x 1`."""
    return " x ".join(map(str, size)) or "scalar"
