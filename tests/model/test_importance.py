"""The importance-weighted bound, against models whose marginal likelihood has a closed form."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from rcmvae_plugins.priors._normal import log_density
from scipy.special import logsumexp
from scipy.stats import multivariate_normal

from rcmvae_core.model.importance import log_weights
from rcmvae_core.model.model import ModelParts
from rcmvae_core.plugin.protocols import BuildContext, EncoderOutput, Head, Net, Prior

K, D, F = 3, 2, 4
SIGMA = 0.3
RNG = np.random.default_rng(0)
LOADINGS = RNG.normal(size=(K, F, D))
OFFSETS = RNG.normal(size=(K, F))
PI = np.array([0.5, 0.3, 0.2])
CENTRES = RNG.normal(size=(K, D))


def covariance(channel: int) -> np.ndarray:
    return LOADINGS[channel] @ LOADINGS[channel].T + SIGMA**2 * np.eye(F)


def log_joint(x: np.ndarray) -> np.ndarray:
    """Return log p(x, c), [N K]."""
    means = OFFSETS + np.einsum("kfd,kd->kf", LOADINGS, CENTRES)
    each = [multivariate_normal(means[c], covariance(c)).logpdf(x) + np.log(PI[c]) for c in range(K)]
    return np.stack(each, axis=1)


def posterior(x: np.ndarray, channel: int) -> tuple[np.ndarray, np.ndarray]:
    """Return mean [N D] and covariance [D D] of p(z|x, c)."""
    w = LOADINGS[channel]
    precision = np.eye(D) + w.T @ w / SIGMA**2
    shift = (x - OFFSETS[channel]) @ w / SIGMA**2 + CENTRES[channel]
    return shift @ np.linalg.inv(precision).T, np.linalg.inv(precision)


def parts(encode, *, includes_channel: bool = False) -> ModelParts:
    """Return a model p(c) = π, p(z|c) = N(m_c, I), p(x|z, c) = N(W_c z + b_c, σ² I)."""
    context = BuildContext((F,), 1, 0, 0, K, D, 1, "decentralized", 1, 1)

    def apply(params, latents, embeddings):
        del params
        channels = embeddings[..., 0].astype(int)
        z = jnp.broadcast_to(latents, (*jnp.broadcast_shapes(latents.shape[:2], channels.shape), D))
        return (
            jnp.einsum("bmfd,bmd->bmf", jnp.asarray(LOADINGS)[channels], z) + jnp.asarray(OFFSETS)[channels]
        )

    def nll(mean, x, weights):
        del weights
        return -log_density(x[:, None], mean, jnp.full((), 2 * np.log(SIGMA)))

    def log_prob(params, latents, *, encode):
        del params, encode
        return log_density(latents, jnp.asarray(CENTRES), jnp.zeros(()))

    head = Head(nothing, second, nll, first, first, first)
    prior = Prior(nothing, lambda _: jnp.log(jnp.asarray(PI)), nothing, nothing, log_prob=log_prob)
    return ModelParts(
        context=context, encoder=Net(nothing, lambda _, x: encode(x)), prior=prior, routing=nothing,
        backbone=Net(nothing, apply), head=head, terms={}, classifier=None, augmentations=(), augmented="all",
        curricula=(), usage_decay=0.9, kl_includes_channel=includes_channel,
    )  # fmt: skip


def nothing(*_, **__):
    return {}


def first(likelihood, *_):
    return likelihood


def second(_, features):
    return features


def weights(encode, x: np.ndarray, samples: int, seed: int = 0, **kinds: bool) -> np.ndarray:
    params = {"encoder": {}, "prior": {}, "backbone": {}, "head": {}, "embeddings": jnp.arange(K)[:, None]}
    active, key = jnp.ones(K, bool), jax.random.key(seed)
    with jax.enable_x64(True):
        return np.asarray(
            log_weights(
                parts(encode, **kinds), params, jnp.asarray(x), active=active, key=key, samples=samples
            )
        )


X = RNG.normal(size=(5, F))
EXACT = logsumexp(log_joint(X), axis=1)


def narrow(x) -> EncoderOutput:
    """Return the best diagonal posteriors, which the true ones are not, with wrong channels besides."""
    x = np.asarray(x)
    each = [posterior(x, c) for c in range(K)]
    means = jnp.stack([jnp.asarray(mean) for mean, _ in each], axis=1)
    log_vars = jnp.stack([jnp.log(jnp.full((len(x), D), np.diag(cov))) for _, cov in each], axis=1)
    return EncoderOutput(jnp.asarray(log_joint(x) / 2), means, log_vars)


def test_the_bound_tends_to_the_exact_log_likelihood() -> None:
    drawn = weights(narrow, X, 20_000)
    mean = np.exp(drawn - EXACT[:, None])
    error = mean.std(axis=1, ddof=1) / np.sqrt(mean.shape[1])
    np.testing.assert_array_less(np.abs(mean.mean(axis=1) - 1), 4 * error + 1e-6)


def test_the_bound_of_few_samples_is_lower_and_rises() -> None:
    drawn = weights(narrow, X, 4096)
    one = drawn.mean(axis=1)
    sixteen = (logsumexp(drawn.reshape(5, -1, 16), axis=2) - np.log(16)).mean(axis=1)
    assert (one < sixteen).all()
    assert (sixteen < EXACT).all()


def test_with_the_exact_posterior_every_weight_is_the_likelihood(monkeypatch: pytest.MonkeyPatch) -> None:
    # Orthogonal loadings make the true posteriors diagonal.
    monkeypatch.setitem(globals(), "LOADINGS", np.stack([np.linalg.qr(w)[0] * 0.7 for w in LOADINGS]))
    exact = logsumexp(log_joint(X), axis=1)

    def encode(x) -> EncoderOutput:
        output = narrow(x)
        return output._replace(logits=jnp.asarray(log_joint(np.asarray(x))))

    np.testing.assert_allclose(weights(encode, X, 7), np.repeat(exact[:, None], 7, axis=1), rtol=1e-6)


def one_posterior(x) -> EncoderOutput:
    """Return a posterior that all channels share, wide enough for each, and channels that nothing has trained."""
    mean = np.mean([posterior(np.asarray(x), c)[0] for c in range(K)], axis=0)
    logits = 9.0 * np.eye(K)[np.arange(len(x)) % K]
    return EncoderOutput(jnp.asarray(logits), jnp.asarray(mean)[:, None], jnp.zeros((len(x), 1, D)))


def test_under_a_mixture_over_channels_the_bound_is_that_of_the_mixture() -> None:
    drawn = weights(one_posterior, X, 20_000, includes_channel=True)
    mean = np.exp(drawn - EXACT[:, None])
    error = mean.std(axis=1, ddof=1) / np.sqrt(mean.shape[1])
    np.testing.assert_array_less(np.abs(mean.mean(axis=1) - 1), 4 * error + 1e-6)


def test_under_a_mixture_over_channels_untrained_channels_do_not_matter() -> None:
    def other(x) -> EncoderOutput:
        output = one_posterior(x)
        return output._replace(logits=-output.logits)

    drawn = [weights(encode, X, 7, includes_channel=True) for encode in (one_posterior, other)]
    np.testing.assert_array_equal(*drawn)
    assert np.abs(weights(one_posterior, X, 7) - weights(other, X, 7)).max() > 0.1
