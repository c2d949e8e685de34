"""A function of a part with arrays to call it on, and what every such function must keep."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from rcmvae_core.testing.report import Fault, Skip
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


def eval_shape(probe: Probe) -> None:
    """It can be traced without computing, and its result has the promised structure."""
    probe.promise(probe.traced())


def hidden_state(probe: Probe) -> None:
    """Traced twice it is the same function."""
    # A function of its own each time, since JAX remembers what it traced.
    first, again = (jax.make_jaxpr(partial(probe.function))(*probe.arguments) for _ in range(2))
    if str(first) != str(again):
        raise Fault("traced a second time it is another function: it keeps state between calls")


def vmap(probe: Probe) -> None:
    """Several seeds can be computed together."""
    if not jax.tree.leaves(probe.arguments):
        return
    stacked = jax.tree.map(lambda a: jnp.stack([a, a]), probe.arguments)
    one, two = probe.traced(), jax.eval_shape(jax.vmap(probe.function), *stacked)
    if [(2, *a.shape) for a in jax.tree.leaves(one)] != [a.shape for a in jax.tree.leaves(two)]:
        raise Fault("under `jax.vmap` results have other shapes than one by one")


def compiled(probe: Probe) -> None:
    """One compilation serves every call; keys decide everything; nothing is NaN, nor are gradients."""
    traces: list[None] = []

    def counted(*arguments: Any) -> Any:
        traces.append(None)
        return _with_gradients(probe, arguments)

    function = jitted(counted)

    def call(arguments: Sequence[Any]) -> tuple[Any, Any]:
        return function(*map(_fresh, arguments))

    with jax.debug_key_reuse(True):  # noqa: FBT003 - positional by its nature
        try:
            result, gradients = call(probe.arguments)
        except jax.errors.KeyReuseError as error:
            raise Fault(f"it uses a key twice: {str(error).splitlines()[0]}") from None
        _finite(result, "its result")
        _finite(gradients, "its gradient")
        if probe.values is not None:
            probe.values(jax.device_get(result))
        following = list(probe.arguments)
        if probe.state is not None:
            following[probe.state] = result
        call(following)
        if len(traces) > 1:
            raise Fault(f"a second call like the first {_because(probe)}compiles it again")
        _same(
            call(probe.arguments)[0], result, "called again with the same arguments it gives another result"
        )
        _keys(probe, lambda arguments: call(arguments)[0], result)
        for arguments in probe.others:
            result, gradients = call(arguments)
            _finite(result, "at the edge of its inputs its result")
            _finite(gradients, "at the edge of its inputs its gradient")


def _fresh(tree: Any) -> Any:
    """The same with keys that count as unused."""
    return jax.tree.map(lambda a: jax.random.clone(a) if _is_key(a) else a, tree)


def _is_key(array: Any) -> bool:
    return jnp.issubdtype(array.dtype, jax.dtypes.prng_key)


def _because(probe: Probe) -> str:
    return "" if probe.state is None else "(whose state is what that gave) "


def _with_gradients(probe: Probe, arguments: tuple[Any, ...]) -> tuple[Any, Any]:
    if not probe.gradient:
        return probe.function(*arguments), ()

    def total(*differentiated: Any) -> tuple[Any, Any]:
        given = list(arguments)
        for index, value in zip(probe.gradient, differentiated, strict=True):
            given[index] = value
        result = probe.function(*given)
        floats = [a for a in jax.tree.leaves(result) if jnp.issubdtype(a.dtype, jnp.floating)]
        return sum((jnp.sum(a) for a in floats), start=jnp.zeros(())), result

    chosen = [arguments[index] for index in probe.gradient]
    grads, result = jax.grad(total, argnums=tuple(range(len(chosen))), has_aux=True)(*chosen)
    return result, grads


def _keys(probe: Probe, function: Callable[[Sequence[Any]], Any], result: Any) -> None:
    if probe.key is None:
        return
    changed = list(probe.arguments)
    changed[probe.key] = jax.random.key(987)
    other = function(changed)
    differs = not all(map(np.array_equal, *map(jax.tree.leaves, (_data(result), _data(other)))))
    if probe.random == "must" and not differs:
        raise Fault("two keys give the same result: it ignores its key")
    if probe.random == "never" and differs:
        raise Fault("two keys give different results, where nothing is random")


def _same(one: Any, other: Any, message: str) -> None:
    if not all(map(np.array_equal, *map(jax.tree.leaves, (_data(one), _data(other))))):
        raise Fault(message)


def _data(tree: Any) -> Any:
    """The same with keys as numbers."""
    return jax.tree.map(lambda a: jax.random.key_data(a) if _is_key(a) else a, tree)


def _finite(tree: Any, what: str) -> None:
    for path, value in jax.tree_util.tree_leaves_with_path(_data(tree)):
        array = np.asarray(value)
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            place = jax.tree_util.keystr(path)
            raise Fault(f"{what}{f' at `{place}`' if place else ''} is not finite: {np.ravel(array)[:4]}")


CHECKS: tuple[tuple[str, Callable[[Probe], None]], ...] = (
    ("eval_shape", eval_shape),
    ("hidden_state", hidden_state),
    ("vmap", vmap),
    ("compiled", compiled),
)


def over(probes: Iterable[Probe], check: Callable[[Probe], None]) -> None:
    """Apply a check to every function of a part.

    Raises:
        Fault: with the function's name before what is wrong.
        Skip: if the part has no function over arrays.
    """
    none = True
    for probe in probes:
        none = False
        try:
            check(probe)
        except Fault as fault:
            raise Fault(f"`{probe.name}`: {fault}") from None
    if none:
        raise Skip("it has no function over arrays")
