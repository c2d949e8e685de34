"""Check functions over arrays: they are pure, compile once, and stay finite."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from rcmvae_core.testing.function_case import FunctionCase, fast_jit
from rcmvae_core.testing.report import CheckFailed, CheckSkipped


def check_shapes(case: FunctionCase) -> None:
    """Check that the function can be traced, and that its result has the right structure, shapes and types."""
    case.verify(case.eval_shape())


def check_hidden_state(case: FunctionCase) -> None:
    """Check that tracing the function twice gives the same program."""
    # A new partial each time, since JAX caches the traces of a function.
    first, second = (jax.make_jaxpr(partial(case.function))(*case.arguments) for _ in range(2))
    if str(first) != str(second):
        raise CheckFailed("traced a second time it is another function: it keeps state between calls")


def check_vmap(case: FunctionCase) -> None:
    """Check that the function works under `jax.vmap`, which trains several seeds together."""
    if not jax.tree.leaves(case.arguments):
        return
    stacked = jax.tree.map(lambda a: jnp.stack([a, a]), case.arguments)
    single, batched = case.eval_shape(), jax.eval_shape(jax.vmap(case.function), *stacked)
    if [(2, *a.shape) for a in jax.tree.leaves(single)] != [a.shape for a in jax.tree.leaves(batched)]:
        raise CheckFailed("under `jax.vmap` results have other shapes than for single calls")


def check_compiled(case: FunctionCase) -> None:
    """Check that one compilation serves every call, that only keys are random, and that nothing is NaN or infinite."""
    traces: list[None] = []

    def counted(*arguments: Any) -> Any:
        traces.append(None)
        return _with_gradients(case, arguments)

    function = fast_jit(counted)

    def call(arguments: Sequence[Any]) -> tuple[Any, Any]:
        return function(*map(_with_fresh_keys, arguments))

    with jax.debug_key_reuse(True):  # noqa: FBT003 - JAX's parameter is positional
        try:
            result, gradients = call(case.arguments)
        except jax.errors.KeyReuseError as error:
            raise CheckFailed(f"it uses a key twice: {str(error).splitlines()[0]}") from None
        _check_finite(result, "its result")
        _check_finite(gradients, "its gradient")
        if case.verify_values is not None:
            case.verify_values(jax.device_get(result))
        next_arguments = list(case.arguments)
        if case.state is not None:
            next_arguments[case.state] = result
        call(next_arguments)
        if len(traces) > 1:
            state = "" if case.state is None else ", with the state that the first one returned,"
            raise CheckFailed(f"a second call{state} compiles it again")
        if not _equal(call(case.arguments)[0], result):
            raise CheckFailed("called again with the same arguments it gives another result")
        _check_randomness(case, lambda arguments: call(arguments)[0], result)
        for arguments in case.extremes:
            result, gradients = call(arguments)
            _check_finite(result, "at the limits of its inputs, its result")
            _check_finite(gradients, "at the limits of its inputs, its gradient")


def _with_fresh_keys(tree: Any) -> Any:
    """Return the tree with keys that JAX does not count as used."""
    return jax.tree.map(lambda a: jax.random.clone(a) if _is_key(a) else a, tree)


def _is_key(array: Any) -> bool:
    return jnp.issubdtype(array.dtype, jax.dtypes.prng_key)


def _with_gradients(case: FunctionCase, arguments: tuple[Any, ...]) -> tuple[Any, Any]:
    """Return a result, and the gradients of the sum of its floats."""
    if not case.gradient:
        return case.function(*arguments), ()

    def total(*differentiated: Any) -> tuple[Any, Any]:
        all_arguments = list(arguments)
        for index, value in zip(case.gradient, differentiated, strict=True):
            all_arguments[index] = value
        result = case.function(*all_arguments)
        floats = [a for a in jax.tree.leaves(result) if jnp.issubdtype(a.dtype, jnp.floating)]
        return sum((jnp.sum(a) for a in floats), start=jnp.zeros(())), result

    chosen = [arguments[index] for index in case.gradient]
    gradients, result = jax.grad(total, argnums=tuple(range(len(chosen))), has_aux=True)(*chosen)
    return result, gradients


def _check_randomness(case: FunctionCase, function: Callable[[Sequence[Any]], Any], result: Any) -> None:
    """Compare a result with that of another key.

    Args:
        case: the function.
        function: calls it, compiled.
        result: its result for `case.arguments`.

    Raises:
        CheckFailed: if the key has no effect where it must, or an effect where it must not.
    """
    if case.key is None:
        return
    arguments = list(case.arguments)
    arguments[case.key] = jax.random.key(987)
    same = _equal(result, function(arguments))
    if case.random == "must" and same:
        raise CheckFailed("two keys give the same result: it ignores its key")
    if case.random == "never" and not same:
        raise CheckFailed("two keys give different results, but it must not be random")


def _equal(one: Any, other: Any) -> bool:
    return all(map(np.array_equal, *map(jax.tree.leaves, (_key_data(one), _key_data(other)))))


def _key_data(tree: Any) -> Any:
    """Return the tree with keys as integers."""
    return jax.tree.map(lambda a: jax.random.key_data(a) if _is_key(a) else a, tree)


def _check_finite(tree: Any, name: str) -> None:
    for path, value in jax.tree_util.tree_leaves_with_path(_key_data(tree)):
        array = np.asarray(value)
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            place = jax.tree_util.keystr(path)
            raise CheckFailed(
                f"{name}{f' at `{place}`' if place else ''} is not finite: {np.ravel(array)[:4]}"
            )


CHECKS: tuple[tuple[str, Callable[[FunctionCase], None]], ...] = (
    ("eval_shape", check_shapes),
    ("hidden_state", check_hidden_state),
    ("vmap", check_vmap),
    ("compiled", check_compiled),
)
"""The checks by name."""


def check_all(cases: Iterable[FunctionCase], check: Callable[[FunctionCase], None]) -> None:
    """Apply a check to every function of a plugin.

    Raises:
        CheckFailed: with the name of the function.
        CheckSkipped: if the plugin has no function over arrays.
    """
    empty = True
    for case in cases:
        empty = False
        try:
            check(case)
        except CheckFailed as failure:
            raise CheckFailed(f"`{case.name}`: {failure}") from None
    if empty:
        raise CheckSkipped("it has no function over arrays")
