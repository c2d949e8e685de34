"""Simulates an annotator, and writes the learning curve of each acquisition."""

from __future__ import annotations

import argparse
import hashlib
import json
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import attrs

from rcmvae_core.active_learning.learning_curves import plot_learning_curves
from rcmvae_core.active_learning.rounds import NAME, Round, RoundLog, summarise
from rcmvae_core.active_learning.settings import SimulationSettings
from rcmvae_core.active_learning.simulate import simulate
from rcmvae_core.cli.diagnostics import print_warnings
from rcmvae_core.cli.event_format import warning_of_seed
from rcmvae_core.cli.output import show
from rcmvae_core.cli.streams import print_lines, print_message
from rcmvae_core.data.source_paths import source_paths
from rcmvae_core.plugin.registry import Registry
from rcmvae_core.plugin.resolved import ResolvedSpec
from rcmvae_core.report.drawing import draw
from rcmvae_core.runtime.atomic_files import replace_files
from rcmvae_core.runtime.jax_cache import enable_compilation_cache
from rcmvae_core.runtime.outputs import check_outputs, refuse_links
from rcmvae_core.spec.write import document, dumps
from rcmvae_core.training.events import EpochEnd, WarningRaised

_EPOCHS_PER_LINE = 10
_RESULTS = ("active.json", "curves.svg")


def main(options: argparse.Namespace) -> int:
    """Simulate the missing rounds, write the results and print them."""
    resolved: ResolvedSpec = options.resolved
    settings: SimulationSettings = options.simulation
    _check_folder(options)
    enable_compilation_cache()
    experiment = {"spec": _fingerprint(resolved, options.registry), **settings.as_json()}
    log = RoundLog(options.out, experiment)
    listen = partial(_print_event, format_=options.format)
    simulate(resolved, settings, log, on_round=_round_printer(settings), listen=listen)
    summary = {"name": resolved.name, **summarise(settings, log, resolved.seeds, options.target)}
    _write(options.out, summary)
    show(summary, options, table)
    return 0


def _check_folder(options: argparse.Namespace) -> None:
    """Check that the folder has no files that are not of an earlier call.

    Raises:
        RcmvaeError: E304 for such a file, E450 for one that is read, E451 for a symbolic link.
    """
    targets = [options.out / name for name in (NAME, *_RESULTS)]
    refuse_links(targets)
    inputs = [options.spec, *source_paths(options.resolved.if_available("data"))]
    # The log of rounds says whose the files beside it are, and the rounds must be of the same experiment.
    check_outputs(targets, inputs, force=True if targets[0].is_file() else None)


def _fingerprint(resolved: ResolvedSpec, registry: Registry) -> str:
    """Return a hash of the spec without its seeds, because more seeds may be simulated later."""
    text = dumps(document(attrs.evolve(resolved, seeds=(0,)), registry.kinds))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _round_printer(settings: SimulationSettings) -> Callable[[Round], None]:
    """Return a function that prints a round and the seconds since now."""
    start = time.perf_counter()

    def print_round(result: Round) -> None:
        seconds = time.perf_counter() - start
        name = f"seed {result.seed}  {result.by}  round {result.round}/{settings.rounds}"
        print_message(f"{name}  {result.labels} labels  accuracy {result.accuracy:.4f}  {seconds:.1f} s")

    return print_round


def _print_event(event: Any, format_: str) -> None:
    """Print warnings, and every tenth epoch."""
    if isinstance(event, WarningRaised):
        print_warnings([warning_of_seed(event)], format_)
    elif isinstance(event, EpochEnd) and event.epoch % _EPOCHS_PER_LINE == 0:
        print_message(f"seed {event.seed}  epoch {event.epoch}")


def _write(folder: Path, summary: dict[str, Any]) -> None:
    text = json.dumps(summary, indent=2) + "\n"
    contents = (text.encode(), draw(plot_learning_curves(summary)))
    replace_files(folder, dict(zip(_RESULTS, contents, strict=True)), "choose another --out DIR")
    print_lines(str(folder / name) for name in _RESULTS)


def table(summary: Mapping[str, Any]) -> str:
    """Return a row for each round and a column for each acquisition, then the labels that the target needed."""
    curves = summary["acquisitions"]
    first, *_ = curves.values()
    lines = [f"{'labels':>8}" + "".join(f"  {by:>17}" for by in curves)]
    for row, labels in enumerate(first["labels"]):
        cells = [f"{curve['mean'][row]:.4f} ± {curve['std'][row]:.4f}" for curve in curves.values()]
        lines.append(f"{labels:>8g}" + "".join(f"  {cell:>17}" for cell in cells))
    lines.append(f"{summary['target']:>8g}" + "".join(f"  {_needed(curve):>17}" for curve in curves.values()))
    return "\n".join(lines)


def _needed(curve: Mapping[str, Any]) -> str:
    if curve["needed"] is None:
        return f"> {curve['labels'][-1]:g} labels"
    share = curve["needed_of_random"]
    return f"{curve['needed']:.4g} labels" + ("" if share is None else f", x{share:.2f}")
