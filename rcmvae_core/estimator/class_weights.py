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
        by_name = _by_name("class_weight", class_weight, class_names)
        class_weight = [by_name.get(name, 1.0) for name in class_names]
    return str([float(weight) for weight in class_weight])


def class_prior_setting(class_prior: Any, class_names: Sequence[str]) -> str:
    """Return how frequent classes are as TOML.

    Args:
        class_prior: a mapping from every class to its share, or a list of shares or counts in the order of the classes.
        class_names: a name for each class.

    Raises:
        TypeError: if it is a string.
        ValueError: if a mapping names an unknown class or lacks one.

    Example:
        >>> class_prior_setting({0: 0.98, "fraud": 0.02}, ("0", "fraud"))
        '{ 0 = 0.98, fraud = 0.02 }'
    """
    if isinstance(class_prior, str):
        raise TypeError(
            f"class_prior must be a mapping from classes to shares, or a list, got {class_prior!r}"
        )
    if not isinstance(class_prior, Mapping):
        return inline([float(share) for share in class_prior])
    by_name = _by_name("class_prior", class_prior, class_names)
    if missing := [name for name in class_names if name not in by_name]:
        raise ValueError(f"class_prior has no share of {', '.join(missing)}: give one for every class of y")
    return inline({name: float(by_name[name]) for name in class_names})


def _by_name(parameter: str, values: Mapping[Any, Any], class_names: Sequence[str]) -> dict[str, Any]:
    """Return values by the names of classes; a number names a class of the same value, such as 0 the class 0.0.

    Args:
        parameter: its name, for the message.
        values: by class.
        class_names: a name for each class.

    Raises:
        ValueError: if a class is unknown.
    """
    numbers = {number: name for name in class_names if (number := _as_number(name)) is not None}
    by_name: dict[str, Any] = {}
    for key, value in values.items():
        number = _as_number(key)
        name = str(key) if str(key) in class_names else None if number is None else numbers.get(number)
        if name is None:
            known = ", ".join(class_names)
            raise ValueError(f"{parameter} names the class {key}, which y does not have; it has {known}")
        by_name[name] = value
    return by_name


def _as_number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
