"""Formats what `rcmvae evaluate` computes: the metrics as text, and the warnings about classes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rcmvae_core.cli.calibration_lines import calibration_lines
from rcmvae_core.cli.metric_lines import cells
from rcmvae_core.cli.streams import printable
from rcmvae_core.errors import Diagnostic
from rcmvae_core.inference.class_metrics import ClassMetrics

_TITLES = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "macro_f1": "macro F1",
    "average_precision": "average precision",
    "ece": "ECE",
    "negative_log_likelihood": "NLL",
    "aurc": "AURC",
}
_LISTED = 30
"""Classes in the table of the text at most; all are in the JSON document."""


def as_text(metrics: Mapping[str, Any]) -> str:
    """Return the metrics as text, the out-of-distribution scores as a table."""
    lines = [f"{metrics['inputs']} test inputs"]
    lines += [f"{title:<18} {metrics[name]:.4f}" for name, title in _TITLES.items() if name in metrics]
    lines += _spec_lines(metrics)
    lines += calibration_lines(metrics.get("calibration", {}))
    lines += _class_table(metrics.get("classes", ()))
    if "ood" in metrics:
        ood = metrics["ood"]
        lines += ["", f"{ood['inputs']} out-of-distribution inputs: {ood['against']}"]
        lines.append(f"{'score':<16} {'AUROC':>7} {'AUPR':>7} {'FPR@95':>7}")
        lines += [
            f"{name:<16} {one['auroc']:7.4f} {one['aupr']:7.4f} {one['fpr_at_95']:7.4f}"
            + ("  decides" if name == ood["decides"] else "")
            for name, one in ood["scores"].items()
        ]
        lines += _leakage_lines(ood)
    return "\n".join(lines)


def _leakage_lines(ood: Mapping[str, Any]) -> list[str]:
    """Return how many inputs lie among training inputs of a known class; nothing if it is not known."""
    leakage = ood.get("neighbourhood")
    if leakage is None:
        return []
    lines = [
        "",
        f"{leakage['leaked']} of {ood['inputs']} ({leakage['share']:.0%}) lie among training inputs of a known class in "
        f"latent space, as {leakage['test_share']:.0%} of the test inputs do:".replace("%", " %"),
        f"no farther from the {leakage['neighbours']} nearest than 95 % of training inputs, most of these of one class",
    ]
    classes = [f"{printable(name)} {count}" for name, count in list(leakage["classes"].items())[:_LISTED]]
    return [*lines, f"classes they lie among: {', '.join(classes)}"] if classes else lines


def _spec_lines(metrics: Mapping[str, Any]) -> list[str]:
    """Return a line for each metric that the spec names and that has none yet, the stored ones below a title."""
    rows = {name: row for name, row in metrics.get("metrics", {}).items() if name not in metrics}
    stored = {name: row for name, row in rows.items() if "seeds" in row}
    lines = list(_metric_lines({name: row for name, row in rows.items() if name not in stored}))
    if stored:
        lines += ["", f"of the run's stored arrays, {_over(next(iter(stored.values()))['seeds'])}"]
        lines += _metric_lines(stored)
    return lines


def _metric_lines(rows: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Yield a line for each metric; one for all values of a metric that has many."""
    groups: dict[str, list[str]] = {}
    for name in rows:
        groups.setdefault(name.partition("/")[0], []).append(name)
    values = {name: row["value"] for name, row in rows.items()}
    for names in groups.values():
        for name, value, unit in cells(names, values, {}, printable(rows[names[0]]["unit"])):
            yield f"{name.replace('_', ' '):<18} {value} {unit}".rstrip()


def _over(seeds: Sequence[int]) -> str:
    return f"mean over {len(seeds)} seeds" if len(seeds) > 1 else f"seed {seeds[0]}"


def _class_table(classes: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the lines of a table with a row for each class; nothing without classes."""
    if not classes:
        return []
    shown = classes[:_LISTED]
    width = max(len("class"), *(len(printable(each["name"])) for each in shown))
    titles = ("inputs", "predicted", "precision", "recall", "F1", "AP")
    lines = ["", f"{'class':<{width}} " + " ".join(f"{title:>9}" for title in titles)]
    for each in shown:
        counts = f"{each['support']:9} {each['predicted']:9}"
        shares = (each[name] for name in ("precision", "recall", "f1", "average_precision"))
        cells = (f"{'-':>9}" if share is None else f"{share:9.4f}" for share in shares)
        lines.append(f"{printable(each['name']):<{width}} {counts} {' '.join(cells)}")
    more = len(classes) - len(shown)
    return [*lines, f"and {more} more: see --json"] if more else lines


def never_predicted_classes(classes: Sequence[ClassMetrics]) -> Diagnostic:
    """Return the warning about classes that occur and are never predicted."""
    named = ", ".join(f"`{each.name}` ({each.support} inputs)" for each in classes[:_LISTED])
    help_ = [
        "see the average precision of the class: if it is well above its share, a lower threshold finds it",
        'otherwise give more labels of it, or train with `class_weight = "balanced"`',
    ]
    return Diagnostic("W422", f"never predicted: {named}", help=tuple(help_))


def new_classes(new: Mapping[str, int]) -> Diagnostic:
    """Return the warning about classes that the data have and the model was not trained with."""
    named = ", ".join(f"`{name}` ({count} inputs)" for name, count in list(new.items())[:_LISTED])
    message = f"the model was not trained with classes of its data, whose inputs count as wrong: {named}"
    help_ = ["train again to predict them; `rcmvae learn --warm-start` starts from this model"]
    return Diagnostic("W413", message, help=tuple(help_))
