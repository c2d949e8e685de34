"""Formats what `rcmvae evaluate` and the report say of calibrators, as lines of text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_SOURCES: Mapping[str, str] = {
    "kept": "labels that were kept from training",
    "validation": "labels of validation inputs",
    "training": "labels that trained the model, so that the promise does not hold for other inputs",
}


def calibration_lines(entry: Mapping[str, Any]) -> list[str]:
    """Return a title and the lines of each calibrator; nothing without calibrators.

    Args:
        entry: what `calibration_metrics` returned.
    """
    if not entry:
        return []
    title = f"calibrated by {entry['labels']} {_SOURCES[entry['source']]}"
    return ["", title, *(line for name, each in entry["calibrators"].items() for line in _lines(name, each))]


def _lines(name: str, values: Mapping[str, Any]) -> Iterator[str]:
    """Yield what was fitted, and how well it does on the test inputs.

    Args:
        name: of the calibrator.
        values: of the entry.
    """
    if "not_applicable" in values:
        yield f"{name}: not applicable: {values['not_applicable']}"
        return
    yield f"{name}: {values['summary']}"
    if "before" in values:
        before, after = values["before"], values["after"]
        for title, key in (("ECE", "ece"), ("NLL", "negative_log_likelihood")):
            yield f"  {title:<18} {before[key]:.4f} → {after[key]:.4f}"
    if "coverage" in values:
        promised = f" of {values['promised_coverage']:.4g} promised" if "promised_coverage" in values else ""
        yield f"  {'coverage':<18} {values['coverage']:.4f}{promised}"
        yield f"  {'lowest of a class':<18} {values['lowest_class_coverage']:.4f}"
        yield f"  {'classes in a set':<18} {values['mean_set_size']:.3f}, {100 * values['empty_sets']:.1f} % of sets are empty"
