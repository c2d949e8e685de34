"""Encoders, backbones and conditioners: what a net over arrays promises."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from rcmvae_core.protocols import Inference, Net
from rcmvae_core.testing.arrays import normal, stirred, uniform
from rcmvae_core.testing.probe import Probe, record, shaped
from rcmvae_core.testing.report import Fault
from rcmvae_core.testing.subject import BATCH, Subject

_FEATURES = 7


def linear_conditioner() -> Net:
    """The simplest that tells channels apart: a shift by the sum of the embedding."""

    def apply(params: Any, h: jax.Array, e: jax.Array) -> jax.Array:
        shift = params["scale"] * jnp.sum(e, axis=-1)
        return h + shift.reshape(*shift.shape, *(1,) * (h.ndim - shift.ndim))

    return Net(lambda key, h, e: {"scale": jnp.ones(())}, apply)  # noqa: ARG005 - as nets are called


def encoder(subject: Subject) -> Iterator[Probe]:
    """The functions of an encoder."""
    net, context = subject.build(), subject.context
    record(net, Net, "an encoder")
    x = uniform(0, BATCH, *context.input_shape)
    params = drawn(net, x)
    shape = (BATCH, context.posteriors, context.dim)

    def promise(found: Any) -> None:
        record(found, Inference, "its result")
        shaped(found.logits, (BATCH, context.channels), "`logits`")
        shaped(found.mean, shape, "`mean`")
        shaped(found.log_var, shape, "`log_var`")

    def values(found: Any) -> None:
        _differ_by_row(found.mean, "posteriors do not depend on the input")

    extremes = tuple((stirred(params), jnp.full_like(x, value)) for value in (0.0, 1.0))
    yield _init_probe(net, x)
    yield Probe(
        "apply", net.apply, (stirred(params), x), promise, gradient=(0,), values=values, others=extremes
    )


def backbone(subject: Subject) -> Iterator[Probe]:
    """The functions of a backbone, around a simple conditioner."""
    context = subject.context
    net = subject.build(linear_conditioner())
    record(net, Net, "a backbone")
    z, every = (
        normal(0, BATCH, context.posteriors, context.dim),
        normal(1, 1, context.channels, context.embedding_dim),
    )
    some = normal(2, BATCH, 2, context.embedding_dim)
    params = drawn(net, z, every)
    yield _init_probe(net, z, every)
    yield _decodes(net, "apply", stirred(params), z, every)
    if context.posteriors == 1 or context.channels > 1:
        yield _decodes(net, "apply, two channels an input", stirred(params), z[:, :2], some)


def _decodes(net: Net, name: str, params: Any, z: jax.Array, e: jax.Array) -> Probe:
    columns = max(z.shape[1], e.shape[1])

    def promise(found: Any) -> None:
        rank = getattr(found, "ndim", 0)
        if rank not in (3, 5):
            raise Fault(
                f"features must be [B, m, F] or [B, m, H, W, F], got {getattr(found, 'shape', found)}"
            )
        shaped(found, (BATCH, columns, *"HWF"[-(rank - 2) :]), "features")

    def values(found: Any) -> None:
        _differ_by_row(found, "features do not depend on the latent")
        _differ_by_row(np.swapaxes(found, 0, 1), "features do not depend on the conditioner's channel")

    return Probe(name, net.apply, (params, z, e), promise, gradient=(0, 1), values=values)


def conditioner(subject: Subject) -> Iterator[Probe]:
    """The functions of a conditioner: over a layer of features, and over an image of them."""
    net, context = subject.build(), subject.context
    record(net, Net, "a conditioner")
    e = normal(1, 1, context.channels, context.embedding_dim)
    for name, h in (
        ("apply", normal(0, BATCH, context.channels, _FEATURES)),
        ("apply, one column of features", normal(0, BATCH, 1, _FEATURES)),
        ("apply, images of features", normal(0, BATCH, context.channels, 3, 2, _FEATURES)),
    ):
        params = drawn(net, h, e)
        yield _conditions(subject, net, name, params=stirred(params), h=h, e=e)
    yield _init_probe(net, normal(0, BATCH, context.channels, _FEATURES), e)


def _conditions(subject: Subject, net: Net, name: str, *, params: Any, h: jax.Array, e: jax.Array) -> Probe:
    tells = subject.provides("decoder.channels")
    columns: int | str = max(h.shape[1], e.shape[1]) if tells else "m"

    def promise(found: Any) -> None:
        shaped(found, (BATCH, columns, *h.shape[2:-1], "F"), "features")

    def values(found: Any) -> None:
        other = net.apply(params, h, e[:, ::-1] + 1.0)
        changed = not np.array_equal(np.broadcast_to(found, other.shape), other)
        if tells and not changed:
            raise Fault("features do not depend on the embedding, which `decoder.channels` promises")
        if changed and not tells:
            raise Fault("features depend on the embedding, but it does not provide `decoder.channels`")
        _differ_by_row(found, "features out do not depend on features in")

    return Probe(name, net.apply, (params, h, e), promise, gradient=(0, 1), values=values)


def drawn(net: Net, *inputs: Any) -> Any:
    """Parameters of the right shapes, small and random; without compiling what would draw them."""
    rng = np.random.default_rng(3)
    shapes = jax.eval_shape(net.init, jax.random.key(3), *inputs)
    return jax.tree.map(
        lambda a: jax.device_put((0.3 * rng.standard_normal(a.shape)).astype(a.dtype)), shapes
    )


def _init_probe(net: Net, *inputs: Any) -> Probe:
    def promise(params: Any) -> None:
        for path, array in jax.tree_util.tree_leaves_with_path(params):
            shaped(array, array.shape, f"its parameter `{jax.tree_util.keystr(path)}`")

    return Probe("init", net.init, (jax.random.key(3), *inputs), promise, key=0)


def _differ_by_row(found: Any, message: str) -> None:
    rows = np.asarray(found)
    if len(rows) > 1 and all(np.array_equal(rows[0], row) for row in rows[1:]):
        raise Fault(message)
