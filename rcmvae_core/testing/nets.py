"""Make the function cases of encoders, backbones and conditioners."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from rcmvae_core.plugin.protocols import EncoderOutput, Net
from rcmvae_core.testing.arrays import normal, perturb, uniform
from rcmvae_core.testing.function_case import FunctionCase, check_array, check_type
from rcmvae_core.testing.plugin_case import BATCH, PluginCase
from rcmvae_core.testing.report import CheckFailed

_FEATURES = 7


def linear_conditioner() -> Net:
    """Return a minimal conditioner that depends on the channel: a shift by the sum of the embedding."""

    def apply(params: Any, h: jax.Array, e: jax.Array) -> jax.Array:
        shift = params["scale"] * jnp.sum(e, axis=-1)
        return h + shift.reshape(*shift.shape, *(1,) * (h.ndim - shift.ndim))

    return Net(lambda key, h, e: {"scale": jnp.ones(())}, apply)  # noqa: ARG005 - the signature of `Net.init`


def encoder_cases(case: PluginCase) -> Iterator[FunctionCase]:
    """Yield the functions of an encoder."""
    net, context = case.build(), case.context
    check_type(net, Net, "an encoder")
    x = uniform(0, BATCH, *context.input_shape)
    params = random_params(net, x)
    shape = (BATCH, context.posteriors, context.dim)

    def verify(output: Any) -> None:
        check_type(output, EncoderOutput, "its result")
        check_array(output.logits, (BATCH, context.channels), "`logits`")
        check_array(output.mean, shape, "`mean`")
        check_array(output.log_var, shape, "`log_var`")

    def verify_values(output: Any) -> None:
        _check_rows_differ(output.mean, "posteriors do not depend on the input")

    extremes = tuple((perturb(params), jnp.full_like(x, value)) for value in (0.0, 1.0))
    yield _init_case(net, x)
    yield FunctionCase(
        "apply",
        net.apply,
        (perturb(params), x),
        verify,
        gradient=(0,),
        verify_values=verify_values,
        extremes=extremes,
    )


def backbone_cases(case: PluginCase) -> Iterator[FunctionCase]:
    """Yield the functions of a backbone with a minimal conditioner."""
    context = case.context
    net = case.build(linear_conditioner())
    check_type(net, Net, "a backbone")
    z = normal(0, BATCH, context.posteriors, context.dim)
    all_embeddings = normal(1, 1, context.channels, context.embedding_dim)
    selected_embeddings = normal(2, BATCH, 2, context.embedding_dim)
    params = random_params(net, z, all_embeddings)
    yield _init_case(net, z, all_embeddings)
    yield _backbone_apply(net, "apply", params=perturb(params), z=z, e=all_embeddings)
    if context.posteriors == 1 or context.channels > 1:
        yield _backbone_apply(
            net, "apply, two channels per input", params=perturb(params), z=z[:, :2], e=selected_embeddings
        )


def _backbone_apply(net: Net, name: str, *, params: Any, z: jax.Array, e: jax.Array) -> FunctionCase:
    """Return the case of decoding latents.

    Args:
        net: the backbone.
        name: of the case.
        params: its parameters.
        z: latents [B, k, D].
        e: embeddings [1, K, E] or [B, M, E].
    """
    columns = max(z.shape[1], e.shape[1])

    def verify(features: Any) -> None:
        rank = getattr(features, "ndim", 0)
        if rank not in (3, 5):
            raise CheckFailed(
                f"features must be [B, m, F] or [B, m, H, W, F], got {getattr(features, 'shape', features)}"
            )
        check_array(features, (BATCH, columns, *"HWF"[-(rank - 2) :]), "features")

    def verify_values(features: Any) -> None:
        _check_rows_differ(features, "features do not depend on the latent")
        _check_rows_differ(np.swapaxes(features, 0, 1), "features do not depend on the conditioner's channel")

    return FunctionCase(name, net.apply, (params, z, e), verify, gradient=(0, 1), verify_values=verify_values)


def conditioner_cases(case: PluginCase) -> Iterator[FunctionCase]:
    """Yield the functions of a conditioner, for flat features and for feature maps."""
    net, context = case.build(), case.context
    check_type(net, Net, "a conditioner")
    e = normal(1, 1, context.channels, context.embedding_dim)
    for name, h in (
        ("apply", normal(0, BATCH, context.channels, _FEATURES)),
        ("apply, features shared by channels", normal(0, BATCH, 1, _FEATURES)),
        ("apply, feature maps", normal(0, BATCH, context.channels, 3, 2, _FEATURES)),
    ):
        params = random_params(net, h, e)
        yield _conditioner_apply(case, net, name, params=perturb(params), h=h, e=e)
    yield _init_case(net, normal(0, BATCH, context.channels, _FEATURES), e)


def _conditioner_apply(
    case: PluginCase, net: Net, name: str, *, params: Any, h: jax.Array, e: jax.Array
) -> FunctionCase:
    """Return the case of changing features by embeddings.

    Args:
        case: the plugin.
        net: the conditioner.
        name: of the function case.
        params: its parameters.
        h: features [B, k, *spatial, F].
        e: embeddings [1, K, E].
    """
    has_channels = case.provides("decoder.channels")
    columns: int | str = max(h.shape[1], e.shape[1]) if has_channels else "m"

    def verify(features: Any) -> None:
        check_array(features, (BATCH, columns, *h.shape[2:-1], "F"), "features")

    def verify_values(features: Any) -> None:
        other = net.apply(params, h, e[:, ::-1] + 1.0)
        changed = not np.array_equal(np.broadcast_to(features, other.shape), other)
        if has_channels and not changed:
            raise CheckFailed("it provides `decoder.channels`, but features do not depend on the embedding")
        if changed and not has_channels:
            raise CheckFailed("features depend on the embedding, but it does not provide `decoder.channels`")
        if case.provides("decoder.covariates"):  # which stand behind the embedding
            other = net.apply(params, h, e.at[..., -1].add(1.0))
            if np.array_equal(np.broadcast_to(features, other.shape), other):
                raise CheckFailed("it provides `decoder.covariates`, but features do not depend on all of e")
        _check_rows_differ(features, "features out do not depend on features in")

    return FunctionCase(name, net.apply, (params, h, e), verify, gradient=(0, 1), verify_values=verify_values)


def random_params(net: Net, *inputs: Any) -> Any:
    """Return small random parameters of the right shapes, without compiling `net.init`."""
    rng = np.random.default_rng(3)
    shapes = jax.eval_shape(net.init, jax.random.key(3), *inputs)
    return jax.tree.map(
        lambda a: jax.device_put((0.3 * rng.standard_normal(a.shape)).astype(a.dtype)), shapes
    )


def _init_case(net: Net, *inputs: Any) -> FunctionCase:
    """Return the case of drawing parameters for inputs."""

    def verify(params: Any) -> None:
        for path, array in jax.tree_util.tree_leaves_with_path(params):
            check_array(array, array.shape, f"its parameter `{jax.tree_util.keystr(path)}`")

    return FunctionCase("init", net.init, (jax.random.key(3), *inputs), verify, key=0)


def _check_rows_differ(array: Any, message: str) -> None:
    """Raise CheckFailed if all rows of an array are equal."""
    rows = np.asarray(array)
    if len(rows) > 1 and all(np.array_equal(rows[0], row) for row in rows[1:]):
        raise CheckFailed(message)
