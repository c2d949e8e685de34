"""A spec as MLflow's params: one level, texts, within its limits."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

_LONGEST_KEY, _LONGEST_VALUE = 250, 6000


def flat(spec: Mapping[str, Any]) -> dict[str, str]:
    """Every value by its dotted path; what is longer than MLflow takes is cut.

    A table without values stands for itself, since its name says which part was chosen.

    Args:
        spec: nested tables.

    Example:
        >>> flat({"latent": {"dim": 2}, "conditioner": {"none": {}}, "name": "a", "seeds": [0, 1]})
        {'latent.dim': '2', 'conditioner.none': '{}', 'name': 'a', 'seeds': '[0, 1]'}
    """
    return {".".join(path)[:_LONGEST_KEY]: _text(value)[:_LONGEST_VALUE] for path, value in _leaves(spec, ())}


def _leaves(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from _leaves(inner, (*path, str(name)))
    else:
        yield path, value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
