"""Checks the weights of classes that are given to an estimator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def class_weight_setting(class_weight: Any, class_names: Sequence[str]) -> str:
    """Return class weights as TOML: the word `balanced`, or a number for each class in their order.

    Args:
        class_weight: `balanced`, a mapping from classes to weights, in which absent ones are 1, or a list.
        class_names: a name for each class.

    Raises:
        ValueError: if a mapping names an unknown class.

    Example:
        >>> class_weight_setting({1: 5}, ("0", "1"))
        '[1.0, 5.0]'
    """
    if isinstance(class_weight, str):
        return f'"{class_weight}"'
    if isinstance(class_weight, Mapping):
        by_name = {str(name): weight for name, weight in class_weight.items()}
        if unknown := [name for name in by_name if name not in class_names]:
            known = ", ".join(class_names)
            raise ValueError(
                f"class_weight names the class {unknown[0]}, which y does not have; it has {known}"
            )
        class_weight = [by_name.get(name, 1.0) for name in class_names]
    return str([float(weight) for weight in class_weight])
