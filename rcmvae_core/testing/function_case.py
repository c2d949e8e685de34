"""Define a function of a plugin with arrays to call it on, and the checks of its result."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import jax

from rcmvae_core.testing.report import CheckFailed
from rcmvae_core.training.state import FAST_COMPILE

Verify = Callable[[Any], None]
"""Raises CheckFailed if a result is wrong."""


def fast_jit(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function without optimisations, since it runs only a few times."""
    return jax.jit(function, compiler_options=FAST_COMPILE)


class FunctionCase(NamedTuple):
    """A function to call.

    Args:
        name: its name in messages.
        function: pure and traceable.
        arguments: pytrees of arrays.
        verify: checks structure, shapes and types of a result, which may be abstract.
        key: index of the argument that is a key; None if there is none.
        random: whether another key must give another result, may do so, or must not.
        gradient: indices of the arguments whose gradients must be finite.
        verify_values: checks the values of a result.
        extremes: arguments at the limits of their range, for which results must stay finite.
        state: index of the argument that the result replaces in the next call; None if there is none.
    """

    name: str
    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    verify: Verify
    key: int | None = None
    random: Literal["must", "may", "never"] = "may"
    gradient: tuple[int, ...] = ()
    verify_values: Verify | None = None
    extremes: tuple[tuple[Any, ...], ...] = ()
    state: int | None = None

    def eval_shape(self) -> Any:
        """Return the result's shapes and types, without computing it."""
        return jax.eval_shape(self.function, *self.arguments)


def accept(_: Any) -> None:
    """Accept any result."""


def check_array(value: Any, shape: tuple[int | str, ...], name: str, kind: str = "f") -> None:
    """Check the shape and the type of an array.

    Args:
        value: the array, or an abstract one.
        shape: sizes; a string such as `F` stands for any size.
        name: what the array is, for the message.
        kind: numpy's letter for the kind of type: f (float32), i (int32), u (uint8) or b (bool).

    Raises:
        CheckFailed: if it is not an array of this shape and type.
    """
    if not hasattr(value, "shape") or not hasattr(value, "dtype"):
        raise CheckFailed(f"{name} must be an array {list(shape)}, got {value!r}"[:200])
    fits = len(value.shape) == len(shape) and all(
        isinstance(expected, str) or size == expected
        for size, expected in zip(value.shape, shape, strict=True)
    )
    if not fits:
        raise CheckFailed(f"{name} must have the shape {list(shape)}, got {list(value.shape)}")
    dtype = {"f": "float32", "i": "int32", "u": "uint8", "b": "bool"}[kind]
    if str(value.dtype) != dtype:
        raise CheckFailed(
            f"{name} must be {dtype}, got {value.dtype}: another type causes recompilation or loss of precision"
        )


def check_type(value: Any, cls: type, name: str) -> None:
    """Check that a value is an instance of a record.

    Args:
        value: the value.
        cls: the record.
        name: what the value is, for the message.

    Raises:
        CheckFailed: if it is not.
    """
    if not isinstance(value, cls):
        raise CheckFailed(f"{name} must be a `{cls.__name__}`, got a `{type(value).__name__}`")
