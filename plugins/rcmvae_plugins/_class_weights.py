"""Declares the parameter `class_weight`, which the classifier and the loss of labels have in common."""

from __future__ import annotations

from typing import Any, Literal

from rcmvae_core.plugin.parameters import Capabilities, param

ClassWeight = Literal["balanced"] | tuple[float, ...] | None
"""The type of `class_weight`."""


def class_weight() -> Any:
    """Declare the parameter in an attrs class."""
    doc = (
        "Weight of the labels of each class: `balanced`, so that all classes count alike, or a number for each class, "
        "in their order. Absent: 1."
    )
    return param(None, doc=doc, gt=0, le=1e6, min_length=1)


def check_class_weight(value: str | tuple[float, ...] | None) -> None:
    """Raise a ValueError for a string other than `balanced`."""
    if isinstance(value, str) and value != "balanced":
        raise ValueError(f'`class_weight` must be "balanced" or a list of numbers, got "{value}"')


def class_weight_capabilities(value: str | tuple[float, ...] | None) -> Capabilities:
    """Return that balanced weights depend on the number of labels of each class."""
    return Capabilities(provides=("loss.class_shares",) if value == "balanced" else ())
