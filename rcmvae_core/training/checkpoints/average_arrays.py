"""Finds the moving average of the parameters among the arrays of a checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

_PARAMS, _AVERAGE = "params/", "average/"
_T = TypeVar("_T")


def average_use(arrays: Mapping[str, object]) -> str | None:
    """Return what the average of a checkpoint is for, `predictions` or `targets`; None if it has none.

    Args:
        arrays: of a checkpoint, or their descriptions, by path.

    Example:
        >>> average_use({"params/embeddings": 0, "average/targets/embeddings": 0})
        'targets'
    """
    return next((name.split("/")[1] for name in arrays if name.startswith(_AVERAGE)), None)


def with_average_as_params(arrays: Mapping[str, _T], use: str) -> dict[str, _T]:
    """Return arrays with those of the average in place of the parameters, and without the average.

    Args:
        arrays: of a checkpoint, or their descriptions, by path.
        use: what the average is for.

    Example:
        >>> with_average_as_params({"params/a": 1, "average/targets/a": 2, "step": 3}, "targets")
        {'step': 3, 'params/a': 2}
    """
    prefix = f"{_AVERAGE}{use}/"
    others = {name: array for name, array in arrays.items() if not name.startswith((_PARAMS, _AVERAGE))}
    average = {
        _PARAMS + name.removeprefix(prefix): array
        for name, array in arrays.items()
        if name.startswith(prefix)
    }
    return others | average


def predicting(arrays: Mapping[str, _T]) -> dict[str, _T]:
    """Return arrays whose parameters are those that predict: the average if it is for that.

    Args:
        arrays: of a checkpoint, or their descriptions, by path.
    """
    use = average_use(arrays)
    return with_average_as_params(arrays, use) if use == "predictions" else dict(arrays)


def params_as_average(arrays: Mapping[str, _T], use: str) -> dict[str, _T]:
    """Return the parameters among arrays under the names of an average.

    Args:
        arrays: of a checkpoint, by path.
        use: what the average is for.

    Example:
        >>> params_as_average({"params/a": 1, "step": 3}, "targets")
        {'average/targets/a': 1}
    """
    prefix = f"{_AVERAGE}{use}/"
    return {
        prefix + name.removeprefix(_PARAMS): array
        for name, array in arrays.items()
        if name.startswith(_PARAMS)
    }
