"""The type checker of the test run: beartype, with an int accepted where a float is asked for (PEP 484).

What jaxtyping puts around a function, to hold the shapes of its arguments together, takes longer than most functions
do; one that names no shape goes to beartype itself, which checks the same types.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from types import FunctionType
from typing import Any, Self, get_args

import jaxtyping
from beartype import BeartypeConf, beartype

check = beartype(conf=BeartypeConf(is_pep484_tower=True))
shaped = jaxtyping.jaxtyped


def jaxtyped(function: Any = None, *, typechecker: Callable[..., Any]) -> Any:
    """In place of jaxtyping's own, as its import hook calls it."""
    if function is None:
        return partial(jaxtyped, typechecker=typechecker)
    if isinstance(function, FunctionType) and not names_a_shape(function):
        return plain(function)
    return shaped(function, typechecker=typechecker)


def names_a_shape(function: FunctionType) -> bool:
    words = {word for hint in function.__annotations__.values() for word in re.findall(r"\w+", str(hint))}
    return any(holds_a_shape(function.__globals__.get(word)) for word in words)


def holds_a_shape(hint: Any) -> bool:
    of_jaxtyping = str(getattr(hint, "__module__", "")).startswith("jaxtyping")
    return of_jaxtyping or any(map(holds_a_shape, get_args(hint)))


def plain(function: FunctionType) -> Callable[..., Any]:
    """Checked with what its annotations mean; one that is known to type checkers alone means anything."""
    written = function.__annotations__
    function.__annotations__ = {name: meant(hint, function.__globals__) for name, hint in written.items()}
    checked = check(function)
    function.__annotations__ = checked.__annotations__ = written
    return checked


def meant(hint: Any, names: dict[str, Any]) -> Any:
    try:
        found = eval(hint, names) if isinstance(hint, str) else hint
    except Exception:  # noqa: BLE001 - whatever a name that is not there leads to
        return Any
    return Any if found is Self else found


jaxtyping.jaxtyped = jaxtyped
