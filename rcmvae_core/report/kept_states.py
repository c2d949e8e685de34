"""Says which state of each seed is the result, where the best and the last one differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def kept_states(summary: Mapping[str, Any]) -> list[str]:
    """Return a sentence for each seed whose last state is worse than its best; empty if there is none.

    Args:
        summary: the content of `summary.json`; those of earlier versions do not say which state was kept.

    Example:
        >>> seed = {"seed": 3, "monitor": "accuracy", "best": 1.0, "last": 0.602}
        >>> kept_states({"select": "best", "seeds": [seed]})
        ['seed 3: the best state is kept, with validation accuracy 1.0000; the last had 0.6020']
    """
    sentences = []
    for seed in summary["seeds"]:
        best, last = seed.get("best"), seed.get("last")
        if best is None or last is None or last >= best or "select" not in summary:
            continue
        kept, value, other, lost = (
            ("best", best, "last", last) if summary["select"] == "best" else ("last", last, "best", best)
        )
        sentences.append(
            f"seed {seed['seed']}: the {kept} state is kept, with validation {seed['monitor']} {value:.4f}; "
            f"the {other} had {lost:.4f}"
        )
    return sentences
