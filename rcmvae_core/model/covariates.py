"""Wraps the parts of a model whose inputs end with covariates, which condition the decoder and not the channels.

An input is [v, s]: F features, and C covariates, known properties of a row. The parts are built for v alone. Encoder and
prior see v without the part that is linear in s, and backbone and conditioner see s behind each embedding. Here s is in units
of the training data: 0 is the training mean, 1 a standard deviation.
"""

from __future__ import annotations

from typing import Any

import attrs
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key, Num

from rcmvae_core.plugin.protocols import Augmentation, BuildContext, EncoderOutput, Head, Net, Params, Prior

_CONDITIONED = frozenset({"conditioner", "backbone"})
_RIDGE = 0.1
"""Added to the sums of squares of n covariates of variance 1, which may depend on each other linearly."""


def own_context(kind: str, context: BuildContext) -> BuildContext:
    """Return the sizes for which a part of a kind is built: without covariates where it does not see them.

    Args:
        kind: of the part.
        context: the sizes of the model.

    Returns:
        The sizes; those of the model if it has no covariates, or if the kind is not wrapped.
    """
    if not context.covariates or kind not in _CONDITIONED | _WRAPPERS.keys():
        return context
    (size,) = context.input_shape
    extra = context.covariates if kind in _CONDITIONED else 0
    return attrs.evolve(
        context,
        input_shape=(size - context.covariates,),
        embedding_dim=context.embedding_dim + extra,
        covariate_means=(),
        covariate_spreads=(),
    )


def wrap(kind: str, built: Any, context: BuildContext) -> Any:
    """Return a part for inputs that end with covariates.

    Args:
        kind: of the part.
        built: what it built for `own_context`.
        context: the sizes of the model.

    Returns:
        A part of the same type.
    """
    return _WRAPPERS[kind](built, context) if context.covariates and kind in _WRAPPERS else built


def features(context: BuildContext, x: Float[Array, "*b f"]) -> Float[Array, "*b F"]:
    """Return inputs without their covariates."""
    return x[..., : x.shape[-1] - context.covariates] if context.covariates else x


def join(
    context: BuildContext, embeddings: Num[Array, "b M E"], x: Float[Array, "B *x"] | None
) -> Num[Array, "#B M e"]:
    """Append the covariates of each input to the embeddings that decode it.

    Args:
        context: the sizes of the model.
        embeddings: e_c of the decoded channels.
        x: the inputs; None decodes with the training means.

    Returns:
        [e_c, s]; the embeddings as they are without covariates.
    """
    if not context.covariates:
        return embeddings
    s = jnp.zeros((1, 1, context.covariates)) if x is None else _standardised(context, x)[:, None]
    lead = jnp.broadcast_shapes(embeddings.shape[:2], s.shape[:2])
    return jnp.concatenate([jnp.broadcast_to(each, (*lead, each.shape[-1])) for each in (embeddings, s)], -1)


def complete(
    context: BuildContext, values: Float[Array, "B *m F"], x: Float[Array, "B *x"] | None
) -> Float[Array, "B *m f"]:
    """Append the covariates that features were decoded with, so that they have the form of inputs.

    Args:
        context: the sizes of the model.
        values: decoded features.
        x: the inputs whose covariates they have; None is the training means.

    Returns:
        Inputs; the values as they are without covariates.
    """
    if not context.covariates:
        return values
    s = jnp.asarray(context.covariate_means) if x is None else x[:, -context.covariates :]
    if x is not None:
        s = s.reshape(len(s), *(1,) * (values.ndim - 2), -1)
    return jnp.concatenate([values, jnp.broadcast_to(s, (*values.shape[:-1], context.covariates))], axis=-1)


def fit_effect(context: BuildContext, x: Float[Array, "n f"]) -> Float[Array, "C F"]:
    """Fit the linear effect of covariates on features by least squares: W = (S'S + ridge)^-1 S'V, both centred.

    Args:
        context: the sizes of the model.
        x: a sample of training inputs.

    Returns:
        W, such that v - s W does not depend on s linearly.
    """
    v, s = features(context, x), _standardised(context, x)
    v, s = v - v.mean(axis=0), s - s.mean(axis=0)
    # The features of a category sum to one, so that S'S itself may have no inverse.
    return jnp.linalg.solve(s.T @ s + _RIDGE * jnp.eye(context.covariates), s.T @ v)


def _standardised(context: BuildContext, x: Float[Array, "*b f"]) -> Float[Array, "*b C"]:
    means, spreads = (jnp.asarray(each) for each in (context.covariate_means, context.covariate_spreads))
    # No gradient: a loss that looks for the change of x that matters most must not change what is known.
    return jax.lax.stop_gradient((x[..., -context.covariates :] - means) / spreads)


def _adjust(
    context: BuildContext, effect: Float[Array, "C F"], x: Float[Array, "n f"]
) -> Float[Array, "n F"]:
    return features(context, x) - _standardised(context, x) @ effect


def _wrap_encoder(net: Net, context: BuildContext) -> Net:
    """Let an encoder see v - s W: what the channel could say of s would else come first, as it varies most."""

    def init(key: Key[Array, ""], x: Float[Array, "n f"]) -> Params:
        effect = fit_effect(context, x)
        return {"covariates": effect, "net": net.init(key, _adjust(context, effect, x[:1]))}

    def apply(params: Params, x: Float[Array, "n f"]) -> EncoderOutput:
        return net.apply(params["net"], _adjust(context, params["covariates"], x))

    return Net(init, apply, {f"net/{path}": axis for path, axis in net.channel_axes.items()})


def _wrap_prior(prior: Prior, context: BuildContext) -> Prior:
    """Let a prior see what the encoder sees: its own inputs have the training means as covariates."""

    def init(key: Key[Array, ""], x: Float[Array, "n f"]) -> Params:
        return prior.init(key, _adjust(context, fit_effect(context, x), x))

    def with_encoder(function: Any) -> Any:
        def call(*arguments: Any, encode: Any, **keywords: Any) -> Any:
            return function(*arguments, encode=lambda v: encode(complete(context, v, None)), **keywords)

        return call

    named = {"kl": prior.kl, "sample": prior.sample, "log_prob": prior.log_prob, "means": prior.means}
    changed = {name: with_encoder(function) for name, function in named.items() if function is not None}
    pseudo_inputs = prior.pseudo_inputs
    if pseudo_inputs is not None:
        changed["pseudo_inputs"] = lambda params: complete(context, pseudo_inputs(params), None)
    return prior._replace(init=init, **changed)


def _wrap_head(head: Head, context: BuildContext) -> Head:
    """Let a head see the features only."""

    def negative_log_likelihood(likelihood: Any, x: Array, weights: Array) -> Array:
        return head.negative_log_likelihood(likelihood, features(context, x), weights)

    head_observe = head.observe
    if head_observe is None:
        return head._replace(negative_log_likelihood=negative_log_likelihood)

    def observe(likelihood: Any, x: Array) -> Any:
        return head_observe(likelihood, features(context, x))

    return head._replace(negative_log_likelihood=negative_log_likelihood, observe=observe)


def _wrap_augmentation(augmentation: Augmentation, context: BuildContext) -> Augmentation:
    """Change the features only."""

    def augment(x: Float[Array, "B f"], key: Key[Array, ""]) -> Float[Array, "B f"]:
        return complete(context, augmentation(features(context, x), key), x)

    return augment


_WRAPPERS: dict[str, Any] = {
    "encoder": _wrap_encoder,
    "prior": _wrap_prior,
    "head": _wrap_head,
    "augmentation": _wrap_augmentation,
}
