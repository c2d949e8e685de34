"""The contrastive loss against its definition, pair by pair."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from rcmvae_plugins.losses.params import SupervisedContrastiveParams
from rcmvae_plugins.losses.supervised import supervised_contrastive

from rcmvae_core.plugin.protocols import EncoderOutput, LabelledBatch

L, K, D = 7, 5, 3
RNG = np.random.default_rng(0)
LOGITS = jnp.asarray(RNG.normal(0, 2, (L, K)), jnp.float32)
MEAN = jnp.asarray(RNG.normal(size=(L, K, D)), jnp.float32)
LABELS = jnp.array([0, 1, 0, -1, 2, 0, 1])  # 2 stands alone, and -1 is unknown
TAU = jnp.ones((K, 3)) / 3
ACTIVE = jnp.array([True, True, False, True, False])
features = pytest.mark.parametrize("features", ["responsibilities", "latent"])


@pytest.fixture
def value(make_context, make_inputs):
    def make(features, temperature=0.5, labels=LABELS, low=-1e9):
        params = SupervisedContrastiveParams(features=features, temperature=temperature)
        term = supervised_contrastive(params, make_context())

        def at(logits, mean=MEAN):
            log_q = jnp.where(ACTIVE, jax.nn.log_softmax(jnp.where(ACTIVE, logits, low)), low)
            labelled = LabelledBatch(EncoderOutput(logits, mean, jnp.zeros_like(mean)), log_q, labels, TAU)
            return term(make_inputs(labelled=labelled, active=ACTIVE))

        return at

    return make


def definition(f, labels, temperature):
    labelled_rows = [i for i in range(len(f)) if labels[i] >= 0]
    actual = np.zeros(len(f))
    for i in labelled_rows:
        others = [a for a in labelled_rows if a != i]
        positives = [p for p in others if labels[p] == labels[i]]
        below = sum(np.exp(f[i] @ f[a] / temperature) for a in others)
        logs = [np.log(np.exp(f[i] @ f[p] / temperature) / below) for p in positives]
        actual[i] = -np.mean(logs) if logs else 0
    return actual


@pytest.mark.parametrize("temperature", [0.1, 1.0])
@pytest.mark.parametrize("low", [-jnp.inf, -1e9])
@features
def test_it_is_the_definition(value, features, temperature, low):
    q = np.asarray(jax.nn.softmax(jnp.where(ACTIVE, LOGITS, -jnp.inf)), np.float64)
    m = np.einsum("lk,lkd->ld", q, MEAN)
    f = np.sqrt(q) if features == "responsibilities" else m / np.linalg.norm(m, axis=1, keepdims=True)
    np.testing.assert_allclose(np.linalg.norm(f, axis=1), 1, rtol=1e-6)
    actual = value(features, temperature, low=low)(LOGITS)
    np.testing.assert_allclose(actual, definition(f, LABELS, temperature), rtol=1e-3)
    assert actual[3] == actual[4] == 0


def test_one_latent_for_all_is_its_own_mean(value):
    mean = np.asarray(MEAN[:, 0], np.float64)
    f = mean / np.linalg.norm(mean, axis=1, keepdims=True)
    np.testing.assert_allclose(value("latent")(LOGITS, MEAN[:, :1]), definition(f, LABELS, 0.5), rtol=1e-3)


@features
def test_descent_lowers_it_and_leaves_locked_channels_alone(value, features):
    term = value(features)
    logits, mean = jax.grad(lambda *a: term(*a).sum(), argnums=(0, 1))(LOGITS, MEAN)
    assert (logits[:, ~ACTIVE] == 0).all()
    assert (mean[:, ~ACTIVE] == 0).all()
    assert (jnp.abs(logits[:, ACTIVE]).sum(0) > 0).all()
    assert term(LOGITS - 0.05 * logits, MEAN - 0.05 * mean).sum() < term(LOGITS).sum()


@features
@pytest.mark.parametrize(
    "labels",
    [[-1] * L, list(range(L)), [0] * L, [0, *[-1] * (L - 1)]],
    ids=["unknown", "alone", "same", "one"],
)
@pytest.mark.parametrize("low", [-jnp.inf, -1e9])
def test_gradients_are_finite_at_extremes(value, features, labels, low):
    term = value(features, 0.01, jnp.array(labels), low)
    for logits, mean in ((LOGITS, MEAN), (1e4 * LOGITS, 0 * MEAN), (0 * LOGITS, 1e6 * MEAN)):
        actual, gradients = jax.value_and_grad(lambda *a: term(*a).sum(), argnums=(0, 1))(logits, mean)
        assert jnp.isfinite(actual)
        assert all(jnp.isfinite(gradient).all() for gradient in gradients)
        if labels != [0] * L:
            assert actual == 0


@features
def test_the_value_is_least_when_labels_are_apart(value, features):
    labels = jnp.array([0, 0, 1, 1, 3, 3, -1])
    apart = 50.0 * jnp.eye(K)[jnp.array([0, 0, 1, 1, 3, 3, 0])]
    together = jnp.zeros((L, K))
    mean = jnp.broadcast_to(jnp.eye(K)[:, :D] - jnp.eye(K)[:, 3:4], (L, K, D))
    term = value(features, 0.1, labels)
    assert (term(apart, mean)[:6] < 1e-2).all()
    np.testing.assert_allclose(term(together, mean)[:6], np.log(5), rtol=1e-4)


def test_only_responsibilities_need_channels():
    requires = [
        SupervisedContrastiveParams(features=f).capabilities().requires
        for f in ("responsibilities", "latent")
    ]
    assert requires == [("latent.channels",), ()]


def test_without_labels_it_says_so(make_context, make_inputs):
    with pytest.raises(ValueError, match="needs a labelled batch"):
        supervised_contrastive(SupervisedContrastiveParams(), make_context())(make_inputs())
