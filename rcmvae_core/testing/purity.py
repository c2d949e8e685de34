"""What every function over arrays must keep: it is pure, compiles once, and stays finite."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from rcmvae_core.testing.probe import Probe, jitted
from rcmvae_core.testing.report import Fault, Skip


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
        if not _equal(call(probe.arguments)[0], result):
            raise Fault("called again with the same arguments it gives another result")
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
    same = _equal(result, other)
    if probe.random == "must" and same:
        raise Fault("two keys give the same result: it ignores its key")
    if probe.random == "never" and not same:
        raise Fault("two keys give different results, where nothing is random")


def _equal(one: Any, other: Any) -> bool:
    return all(map(np.array_equal, *map(jax.tree.leaves, (_data(one), _data(other)))))


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
