"""Builds the first screen of the report, which says whether the run worked."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from rcmvae_core.report.channel_sentences import channel_sentences
from rcmvae_core.report.html import Html, element, folded, join
from rcmvae_core.report.kept_states import kept_states
from rcmvae_core.report.metric_views import STANDARD, format_value, heading, metric_view
from rcmvae_core.report.numbers import format_count, format_duration
from rcmvae_core.report.records import RunView

_STATES: Mapping[str, str] = {
    "running": "its process was killed",
    "interrupted": "it was interrupted",
    "failed": "it failed",
}
_BASELINES: Mapping[str, str] = {
    "constant": "a constant guess (the most frequent class)",
    "logistic_regression": "logistic regression on the same labels",
}
_SHORT_BASELINES: Mapping[str, str] = {"constant": "Constant guess"}
_FROM_TEST: Mapping[str, str] = {
    "accuracy": "Test accuracy",
    "balanced_accuracy": "Balanced test accuracy",
    "elbo": "Test ELBO",
}
_FROM_METRICS = ("effective_channels", "nmi", "ece")


class Verdict(NamedTuple):
    """What the report says first.

    Args:
        sentence: the answer.
        is_good: whether nothing speaks against the result.
    """

    sentence: str
    is_good: bool


def verdict(run: RunView) -> Verdict:
    """Return what came out of a run, in one sentence."""
    if not run.summary:
        return Verdict(f"Not finished: {_STATES.get(run.state, 'its state is unknown')}.", is_good=False)
    mean, std = run.summary["mean"]["test"], _deviations(run.summary)
    if not all(math.isfinite(value) for value in mean.values() if value is not None):
        return Verdict("Some results are not finite numbers: the training diverged.", is_good=False)
    if "accuracy" not in mean:
        elbo = format_value(mean["elbo"], "nats", std.get("elbo"))
        return Verdict(f"The ELBO of test inputs is {elbo}; there is no test accuracy.", is_good=True)
    accuracy = format_value(mean["accuracy"], "%", std.get("accuracy"))
    baselines = {name: share for name, share in _baselines(run.summary) if share >= mean["accuracy"]}
    sentence = f"{accuracy} of the test inputs are predicted right"
    if baselines:
        words = " and ".join(_BASELINES.get(name, name) for name in baselines)
        return Verdict(f"{sentence}, no more than by {words}.", is_good=False)
    against = [f"{format_value(s, '%')} by {_BASELINES.get(n, n)}" for n, s in _baselines(run.summary)]
    return Verdict(f"{sentence}{', against ' if against else ''}{' and '.join(against)}.", is_good=True)


def progress(run: RunView) -> list[str]:
    """Return how far each seed of an unfinished run got."""
    return [
        f"seed {seed}: {run.progress[seed]} of {run.epochs} epochs"
        if seed in run.progress
        else f"seed {seed}: not started"
        for seed in run.seeds
    ]


def headline(run: RunView) -> Html:
    """Build the answer, the comparison with simple baselines, and the numbers."""
    answer = verdict(run)
    pieces = [element("p", _unbroken(answer.sentence), class_="verdict" if answer.is_good else "verdict bad")]
    if not run.summary:
        rows = [element("li", line) for line in progress(run)]
        pieces += [element("pre", run.reason, class_="reason")] if run.reason else []
        pieces += [element("ul", *rows, class_="progress")] if rows else []
        pieces.append(
            element(
                "p",
                "Continue in the folder of the run: ",
                element("code", "rcmvae resume .", class_="command"),
            )
        )
        return join(pieces)
    pieces.append(_bars(run.summary))
    pieces.append(element("dl", *(_number(*entry) for entry in numbers(run)), class_="numbers"))
    kept = [element("li", f"{sentence}.") for sentence in kept_states(run.summary)]
    pieces += [folded("The kept states", element("ul", *kept, class_="note"))] if kept else []
    counted = [element("li", f"{sentence}.") for sentence in channel_sentences(run.summary)]
    pieces += [folded("The number of channels", element("ul", *counted, class_="note"))] if counted else []
    return join(pieces)


def numbers(run: RunView) -> Iterator[tuple[str, str, str]]:
    """Yield the most important numbers: what each is, its value, and its context."""
    summary = run.summary
    seeds: Sequence[Mapping[str, Any]] = summary["seeds"]
    over = f"mean ± sd of {len(seeds)} seeds" if len(seeds) > 1 else "one seed"
    mean, std = summary["mean"]["test"], _deviations(summary)
    for name, title in _FROM_TEST.items():
        if name in mean:
            yield title, *_value_and_note(mean[name], STANDARD[name].unit, std.get(name), over)
    metrics, std = summary["mean"].get("metrics", {}), _deviations(summary, "metrics")
    for name in _FROM_METRICS:
        if name in metrics:
            title = heading(name)
            unit = metric_view(name, run.metrics).unit
            yield title, *_value_and_note(metrics[name], unit, std.get(name), over)
    calibration = summary.get("calibration", {})
    yield from _calibration(calibration)
    seconds = math.fsum(float(seed["seconds"]) for seed in seeds)
    each = f"{format_duration(seconds / len(seeds))} per seed" if len(seeds) > 1 else "one seed"
    yield "Training time", format_duration(seconds), each
    kept = calibration.get("labels", 0) if calibration.get("source") == "kept" else 0
    more = f", and {format_count(kept)} to calibrate" if kept else ""
    yield (
        "Labels used",
        format_count(summary["labels"]),
        f"of {format_count(summary['training'])} inputs{more}",
    )
    yield "Test inputs", format_count(summary["test"]), "held out"
    yield "Parameters", format_count(summary["parameters"]), f"{summary['epochs']} epochs at most"


def _calibration(entry: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield what calibrators make of the test inputs: the ECE after it, and the coverage of sets."""
    doubt = ", fitted to labels that trained" if entry.get("source") == "training" else ""
    for name, values in entry.get("calibrators", {}).items():
        if "after" in values:
            pair = (values.get(when, {}).get("ece", math.nan) for when in ("before", "after"))
            before, after = (format_value(value, "") for value in pair)
            yield f"ECE by {name}", after, f"{before} before{doubt}"
        if "coverage" in values:
            promise = format_value(values.get("promised_coverage", math.nan), "%")
            size = format_value(values.get("mean_set_size", math.nan), "")
            note = f"{promise} promised, {size} classes in a set{doubt}"
            yield f"Coverage by {name}", format_value(values["coverage"], "%"), note


def _value_and_note(value: float, unit: str, deviation: float | None, note: str) -> tuple[str, str]:
    """Return a value for a narrow cell, with a long unit in the note below it.

    Args:
        value: of a metric.
        unit: of the metric.
        deviation: over the seeds.
        note: what the value is of.
    """
    if unit in ("", "%"):
        return format_value(value, unit, deviation), note
    return format_value(value, unit, deviation).removesuffix(unit).rstrip(), f"{unit}, {note}"


def _deviations(summary: Mapping[str, Any], split: str = "test") -> Mapping[str, float]:
    return summary["std"].get(split, {}) if len(summary["seeds"]) > 1 else {}


def _baselines(summary: Mapping[str, Any]) -> list[tuple[str, float]]:
    return [(name, float(share)) for name, share in (summary.get("baselines") or {}).items()]


def _bars(summary: Mapping[str, Any]) -> Html:
    """Build a bar for the accuracy of the run, with a mark for each seed, above one for each baseline."""
    mean = summary["mean"]["test"]
    if "accuracy" not in mean or not math.isfinite(mean["accuracy"]):
        return Html()
    shares = [seed["test"]["accuracy"] for seed in summary["seeds"]]
    rows = [_bar("This model", mean["accuracy"], _deviations(summary).get("accuracy"), shares)]
    for name, share in sorted(_baselines(summary), key=lambda pair: -pair[1]):
        title = _SHORT_BASELINES.get(name, name.replace("_", " ").capitalize())
        rows.append(_bar(title, share))
    return element("dl", *rows, class_="bars", aria_label="Test accuracy")


def _bar(title: str, share: float, deviation: float | None = None, seeds: Sequence[float] = ()) -> Html:
    """Build a row of the comparison.

    Args:
        title: whose accuracy it is.
        share: of right predictions.
        deviation: over seeds.
        seeds: the share of each seed.
    """
    marks = [element("i", style=f"left:{100 * each:.2f}%") for each in seeds if len(seeds) > 1]
    fill = element("b", style=f"width:{100 * share:.2f}%")
    track = element("span", fill, *marks, class_="track", aria_hidden="true")
    value = element("span", format_value(share, "%", deviation), class_="share")
    return element("div", element("dt", title), element("dd", track, value), class_="mine" if seeds else "")


def _unbroken(sentence: str) -> str:
    """Return a sentence whose values are not broken over lines."""
    return sentence.replace(" ± ", "\u00a0±\u00a0").replace(" %", "\u00a0%").replace(" nats", "\u00a0nats")


def _number(title: str, value: str, note: str) -> Html:
    """Build an entry of the numbers.

    Args:
        title: what the number is.
        value: the number, formatted.
        note: its context.
    """
    parts = (element("span", value, class_="value"), " ", element("span", note, class_="note"))
    return element("div", element("dt", title), element("dd", *parts))
