"""Writes an estimator's parameters that concern classes as settings of a spec."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rcmvae_core.spec.write import inline


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


def class_prior_setting(class_prior: Any) -> str:
    """Return how frequent classes are as TOML.

    Args:
        class_prior: a mapping from classes to shares, or a list of shares or counts in the order of the classes.

    Example:
        >>> class_prior_setting({0: 0.98, "fraud": 0.02})
        '{ 0 = 0.98, fraud = 0.02 }'
    """
    if isinstance(class_prior, Mapping):
        return inline({str(name): float(share) for name, share in class_prior.items()})
    return inline([float(share) for share in class_prior])
