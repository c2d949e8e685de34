"""Formats the results of a run for a person: numbers with their meaning, warnings, and what to do next."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from rcmvae_core.cli.output import result_line
from rcmvae_core.cli.streams import printable
from rcmvae_core.report.channel_sentences import channel_sentences
from rcmvae_core.rundir.listing import ListedRun

FEW_LABELS = 0.2
"""Share of the training inputs with a label below which more labels are suggested."""
_MOST = 100
"""Characters of a warning at most; the report has all of them."""
_WARNING = re.compile(r"([EW][0-9]{3})(?:, seed (-?[0-9]+))?: (.*)", re.DOTALL)


class _Metric(NamedTuple):
    """How a metric is shown.

    Args:
        group: of the summary, `test` or `metrics`.
        name: of the metric.
        digits: after the point.
        meaning: in a few words.
    """

    group: str
    name: str
    digits: int
    meaning: str


_METRICS = (
    _Metric("test", "accuracy", 4, "share of test inputs whose class is predicted right"),
    _Metric("test", "balanced_accuracy", 4, "mean over classes of the share that is predicted right"),
    _Metric("test", "elbo", 2, "nats per test input; higher is better, comparable between models with the same head"),
    _Metric("metrics", "effective_channels", 2, "channels in use: the exponential of the entropy of their usage"),
    _Metric("metrics", "nmi", 4, "agreement of channels and classes, from 0 to 1; higher is better"),
    _Metric("metrics", "ece", 4, "how far confidence is from accuracy; lower is better"),
)  # fmt: skip


_RESUME: Mapping[str, str] = {
    "interrupted": "continue",
    "dead": "continue from the last checkpoint",
    "failed": "try again from the last checkpoint",
    "unknown": "continue from the last checkpoint",
}


def finished_lines(summary: Mapping[str, Any], run: Path) -> list[str]:
    """Return what a command that has finished a run prints; the last line is the path of the report.

    Args:
        summary: the content of its `summary.json`.
        run: its run directory.
    """
    again = {f"rcmvae show {shlex.quote(str(run))}": "show this again"}
    commands = next_commands(run, summary) | again | _every_metric(run, summary)
    return [*result_lines(summary), *next_lines(commands), *report_line(run)]


def run_lines(run: ListedRun, summary: Mapping[str, Any] | None, metrics: Sequence[str] = ()) -> list[str]:
    """Return the state of a run with its results, as far as it has any.

    Args:
        run: its entry in a list.
        summary: the content of its `summary.json`; None without one.
        metrics: lines with every metric; without them, the command that prints them is among the next ones.
    """
    time = f" since {run.time}" if run.time else ""
    lines = [printable(f"{run.name}: {run.state}{time}"), *map(printable, run.reason.splitlines())]
    if summary is not None:
        lines += [*result_lines(summary), *metrics]
    commands: dict[str, str] = {}
    if run.state == "done" and summary is not None:
        commands = next_commands(run.path, summary) | ({} if metrics else _every_metric(run.path, summary))
    elif run.state in _RESUME:
        commands = {f"rcmvae resume {shlex.quote(str(run.path))}": _RESUME[run.state]}
    return [*lines, *next_lines(commands), *report_line(run.path)]


def report_line(run: Path) -> list[str]:
    """Return the line that names the report of a run; none without a report."""
    report = run / "report.html"
    return [printable(f"report: {report}")] if report.is_file() else []


def result_lines(summary: Mapping[str, Any]) -> list[str]:
    """Return the results of a run and its warnings, without control characters.

    Args:
        summary: the content of its `summary.json`.
    """
    warnings = warning_lines(summary.get("warnings", ()))
    lines = (*result_line(summary).split("\n"), *_metrics(summary), *channel_sentences(summary), *warnings)
    return [printable(line) for line in lines]


def next_lines(commands: Mapping[str, str]) -> list[str]:
    """Return the commands that a person may want next, each with its purpose.

    Args:
        commands: purposes by command.
    """
    if not commands:
        return []
    width = max(map(len, commands))
    return ["next:", *(printable(f"  {command:<{width}}  {why}") for command, why in commands.items())]


def next_commands(run: Path, summary: Mapping[str, Any]) -> dict[str, str]:
    """Return what to do with a run that is done, as purposes by command.

    Args:
        run: its run directory.
        summary: the content of its `summary.json`.
    """
    path, commands = shlex.quote(str(run)), dict[str, str]()
    codes = [code for code, _ in _grouped(summary.get("warnings", ()))]
    if codes:
        others = f"; also {', '.join(codes[1:])}" if len(codes) > 1 else ""
        commands[f"rcmvae explain {codes[0]}"] = f"what the warning means and how to fix it{others}"
    commands[f"rcmvae predict {path} FILE -o predictions.csv"] = "use the model"
    labels, training = summary["labels"], summary.get("training", 0)
    if labels < FEW_LABELS * training:
        commands[f"rcmvae suggest {path}"] = f"which inputs to label: {labels} of {training} have a label"
        commands[f"rcmvae label {path} assign ITEM --as CLASS"] = "label one of them"
        commands[f"rcmvae learn {path}"] = "train again, with the new labels"
    return commands


def _every_metric(run: Path, summary: Mapping[str, Any]) -> dict[str, str]:
    """Return the command that prints every metric of the spec; nothing if the run has none."""
    if not summary["mean"].get("metrics"):
        return {}
    return {f"rcmvae show {shlex.quote(str(run))} --metrics": "every metric, with unit and direction"}


def warning_lines(warnings: Sequence[str]) -> list[str]:
    """Return a short line for each code among warnings.

    Args:
        warnings: as the summary of a run lists them, such as `W402, seed 0: ...`.

    Example:
        >>> warning_lines(["W402, seed 0: 3 of 8 latent dimensions", "W402, seed 1: 4 of 8", "W301: odd"])
        ['warning W402 (seeds 0, 1): 3 of 8 latent dimensions', 'warning W301: odd']
        >>> warning_lines(["W413, seed 0: class `a` is new", "W413, seed 0: class `b` is new"])
        ['warning W413 (seed 0): class `a` is new (and 1 more)']
    """
    lines = []
    for code, found in _grouped(warnings):
        seeds = [seed for seed in found if seed]
        which = f" (seed{'s' * (len(seeds) > 1)} {', '.join(seeds)})" if seeds else ""
        first, *others = dict.fromkeys(next(iter(found.values())))
        more = f" (and {len(others)} more)" if others else ""
        lines.append(f"warning {code}{which}: {_short(first)}{more}")
    return lines


def _grouped(warnings: Sequence[str]) -> list[tuple[str, dict[str, list[str]]]]:
    """Return codes, each with the messages of its warnings by seed."""
    groups: dict[str, dict[str, list[str]]] = {}
    for warning in warnings:
        if match := _WARNING.fullmatch(warning):
            code, seed, message = match.groups(default="")
            groups.setdefault(code, {}).setdefault(seed, []).append(message)
    return list(groups.items())


def _short(message: str) -> str:
    line = " ".join(message.split())
    return line if len(line) <= _MOST else f"{line[: _MOST - 3].rsplit(' ', 1)[0]}..."


def _metrics(summary: Mapping[str, Any]) -> Iterator[str]:
    rows = [(metric.name, _value(summary, metric), _meaning(summary, metric)) for metric in _METRICS]
    shown = [row for row in rows if row[1]]
    widths = [max(len(row[column]) for row in shown) for column in (0, 1)]
    yield from (f"  {name:<{widths[0]}}  {value:<{widths[1]}}  {meaning}" for name, value, meaning in shown)


def _value(summary: Mapping[str, Any], metric: _Metric) -> str:
    """Return the mean of a metric, with its standard deviation over several seeds; empty if the run lacks it."""
    mean, std = (summary[key].get(metric.group, {}) for key in ("mean", "std"))
    if metric.name not in mean:
        return ""
    value = f"{mean[metric.name]:.{metric.digits}f}"
    if len(summary["seeds"]) > 1 and metric.name in std:
        value += f" ± {std[metric.name]:.{metric.digits}f}"
    return value


def _meaning(summary: Mapping[str, Any], metric: _Metric) -> str:
    """Return what a metric means, and for the accuracy what a constant guess would give."""
    constant = summary.get("baselines", {}).get("constant") if metric.name == "accuracy" else None
    guess = "" if constant is None else f"; a constant guess gives {constant:.{metric.digits}f}"
    return f"{metric.meaning}{guess}"
