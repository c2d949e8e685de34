"""A function of a part with arrays to call it on, and what is promised of its result."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import jax

from rcmvae_core.testing.report import Fault
from rcmvae_core.training.state import QUICKLY

Promise = Callable[[Any], None]
"""Raises a Fault where a result, an abstract one or one of arrays, breaks it."""


def jitted(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function compiled in little time: it runs a few times only."""
    return jax.jit(function, compiler_options=QUICKLY)


class Probe(NamedTuple):
    """A function to call.

    Args:
        name: what it is called where a fault is told.
        function: pure and traceable.
        arguments: pytrees of arrays.
        promise: of its result's structure, shapes and types.
        key: which argument is a key; None if none is.
        random: whether another key must give another result, may, or must not.
        gradient: arguments whose gradients must be finite.
        values: of its result's values.
        others: arguments at the edge of what is possible, under which results must stay finite.
        state: which argument the result replaces in the next call; None if it is none.
    """

    name: str
    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    promise: Promise
    key: int | None = None
    random: Literal["must", "may", "never"] = "may"
    gradient: tuple[int, ...] = ()
    values: Promise | None = None
    others: tuple[tuple[Any, ...], ...] = ()
    state: int | None = None

    def traced(self) -> Any:
        """What the function gives, without computing it."""
        return jax.eval_shape(self.function, *self.arguments)


def shaped(value: Any, shape: tuple[int | str, ...], what: str, kind: str = "f") -> None:
    """An array of a shape, in which a name stands for any size, and of a type.

    Args:
        value: what should be one.
        shape: sizes; a text such as `F` for any.
        what: what it is, for the message.
        kind: numpy's letter for the family of types: f, i, u or b.

    Raises:
        Fault: if it is not.
    """
    if not hasattr(value, "shape") or not hasattr(value, "dtype"):
        raise Fault(f"{what} must be an array {list(shape)}, got {value!r}"[:200])
    fits = len(value.shape) == len(shape) and all(
        isinstance(want, str) or size == want for size, want in zip(value.shape, shape, strict=True)
    )
    if not fits:
        raise Fault(f"{what} must have the shape {list(shape)}, got {list(value.shape)}")
    wanted = {"f": "float32", "i": "int32", "u": "uint8", "b": "bool"}[kind]
    if str(value.dtype) != wanted:
        raise Fault(
            f"{what} must be {wanted}, got {value.dtype}: a type that changes costs a compilation or digits"
        )


def record(value: Any, cls: type, what: str) -> None:
    """A record of a type.

    Raises:
        Fault: if it is none.
    """
    if not isinstance(value, cls):
        raise Fault(f"{what} must be a `{cls.__name__}`, got a `{type(value).__name__}`")
