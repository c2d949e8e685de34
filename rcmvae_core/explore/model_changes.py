"""Compares what two models predict with the same labels."""

from __future__ import annotations

from typing import Any

import numpy as np

from rcmvae_core.explore.label_view import LabelView


def compare(first: LabelView, second: LabelView) -> dict[str, Any]:
    """Return which inputs two models predict differently, and how accurate both are.

    Args:
        first: the predictions of one model.
        second: those of another, with the labels of the same revision.

    Returns:
        `changed`, the indices of the inputs that they predict differently, with the classes `from` and `to`;
        `accuracy`, of both on the labelled validation and test inputs, None without any, and their number
        `held_out_of`; `channel_changed`, how many inputs have another most responsible channel, which says something
        only of models of which one continues the other: else their channels are unrelated.
    """
    changed = np.flatnonzero(first.prediction != second.prediction)
    channels = int((first.model.channels != second.model.channels).sum())
    return {
        "changed": changed.tolist(),
        "from": first.prediction[changed].tolist(),
        "to": second.prediction[changed].tolist(),
        "accuracy": [first.held_out.accuracy, second.held_out.accuracy],
        "held_out_of": first.held_out.of,
        "channel_changed": channels,
    }
