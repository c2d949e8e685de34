"""Wraps Flax modules as `Net`: pure functions over a nested dict of parameters, without any other state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import jax
from flax import errors, linen
from jaxtyping import Array, Key

from rcmvae_core.errors import quoted
from rcmvae_core.plugin.protocols import NOWHERE, Net, Params

if TYPE_CHECKING:
    from flax import nnx


class Dense(linen.Module):
    """A linear map of the last axis that computes what `linen.Dense` does, as one product with all other axes flattened.

    XLA's CPU backend copies and transposes the gradient of a product whose output has several axes, but not that of a
    flat one: a training step of a mixture is 10 % faster with this module.

    Args:
        features: the length of the last axis of the result.
        use_bias: whether a bias is added.
        kernel_init: initializer of the kernel [F, features].
        bias_init: initializer of the bias [features].

    Example:
        >>> import jax.numpy as jnp
        >>> module, x = Dense(3), jnp.ones((2, 4, 5))
        >>> params = module.init(jax.random.key(0), x)
        >>> module.apply(params, x).shape
        (2, 4, 3)
        >>> bool(jnp.allclose(module.apply(params, x), linen.Dense(3).apply(params, x)))
        True
    """

    features: int
    use_bias: bool = True
    kernel_init: Callable[..., Any] = linen.initializers.lecun_normal()
    bias_init: Callable[..., Any] = linen.initializers.zeros

    @linen.compact
    def __call__(self, inputs: Any) -> Any:
        """Map x [*lead, F] to [*lead, features]."""
        kernel = self.param("kernel", self.kernel_init, (inputs.shape[-1], self.features))
        flat = inputs.reshape(-1, inputs.shape[-1]) @ kernel
        if self.use_bias:
            flat += self.param("bias", self.bias_init, (self.features,))
        return flat.reshape(*inputs.shape[:-1], self.features)


_REMEDY = (
    "a Net has parameters only: remove what keeps state "
    "(normalise over features instead of over the batch; no dropout)"
)


def from_linen(module: linen.Module, channel_axes: Mapping[str, int] = NOWHERE) -> Net:
    """Wrap a Linen module; `params` is its collection `params`.

    Args:
        module: a module whose `__call__` takes arrays only and uses no collection but `params`.
        channel_axes: as of a `Net`.

    Returns:
        A Net whose `init` raises a TypeError if the module has other state: batch statistics, caches, random streams.

    Example:
        >>> import jax.numpy as jnp
        >>> net = from_linen(linen.Dense(3))
        >>> params = net.init(jax.random.key(0), jnp.ones((2, 5)))
        >>> {name: array.shape for name, array in params.items()}
        {'kernel': (5, 3), 'bias': (3,)}
        >>> net.apply(params, jnp.ones((2, 5))).shape
        (2, 3)
    """
    name = type(module).__name__

    def init(key: Key[Array, ""], *inputs: Any) -> Params:
        variables = module.init({"params": key}, *inputs)
        if extra := sorted(set(variables) - {"params"}):
            raise TypeError(f"{name} keeps state in the collection {quoted(extra)}; {_REMEDY}")
        params = variables.get("params", {})
        # `init` gives the key of `params` to every random stream; only `apply` fails if the module needs another one.
        jax.eval_shape(apply, params, *inputs)
        return params

    def apply(params: Params, *inputs: Any) -> Any:
        try:
            return module.apply({"params": params}, *inputs)
        except errors.InvalidRngError as error:
            raise TypeError(f"{name} draws from a random stream in `apply`; {_REMEDY}") from error

    return Net(init, apply, channel_axes)


def from_nnx(make: Callable[..., nnx.Module], channel_axes: Mapping[str, int] = NOWHERE) -> Net:
    """Wrap an NNX module; it is rebuilt abstractly whenever it is traced, so that the Net is pure.

    Args:
        make: `(rngs, *inputs) -> module`; it may use the shapes of the inputs, with which the module is then called.
        channel_axes: as of a `Net`.

    Returns:
        A Net whose `init` raises a TypeError for any variable but `nnx.Param`; the keys of `params` are strings.

    Example:
        >>> import jax.numpy as jnp
        >>> from flax import nnx
        >>> net = from_nnx(lambda rngs, x: nnx.Linear(x.shape[-1], 3, rngs=rngs))
        >>> params = net.init(jax.random.key(0), jnp.ones((2, 5)))
        >>> net.apply(params, jnp.ones((2, 5))).shape
        (2, 3)
    """
    from flax import nnx  # noqa: PLC0415 - slow to import, and no built-in plugin needs it

    def init(key: Key[Array, ""], *inputs: Any) -> Params:
        module = make(nnx.Rngs(key), *inputs)
        _, params, rest = nnx.split(module, nnx.Param, ...)
        if extra := [_describe(path, leaf) for path, leaf in nnx.to_flat_state(rest)]:
            raise TypeError(f"{type(module).__name__} keeps {quoted(extra)}; {_REMEDY}")
        return _string_keys(nnx.to_pure_dict(params))

    def apply(params: Params, *inputs: Any) -> Any:
        abstract = nnx.eval_shape(lambda *arrays: make(nnx.Rngs(0), *arrays), *inputs)
        graph, state = nnx.split(abstract)
        nnx.replace_by_pure_dict(state, params)
        return nnx.merge(graph, state)(*inputs)

    return Net(init, apply, channel_axes)


def _describe(path: tuple[Any, ...], leaf: Any) -> str:
    return f"{'.'.join(map(str, path))}: {type(leaf).__name__}"


def _string_keys(tree: Any) -> Any:
    # A list of layers has integer keys, which checkpoints and safetensors cannot store.
    if not isinstance(tree, Mapping):
        return tree
    return {str(name): _string_keys(value) for name, value in tree.items()}
