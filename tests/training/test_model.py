"""The joined model: every combination of parts, and its numbers against a loop over channels."""

from __future__ import annotations

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import entropy

from rcmvae_core.errors import SpecError
from rcmvae_core.model import Batch
from rcmvae_core.training.prepare import init_sample, prepare

LAYOUTS = ("shared", "decentralized")
CHOICES = {
    "latent.layout": LAYOUTS,
    "prior": ("mixture", "standard"),
    "routing.soft.top_m": (2, 4),
    "conditioner": ("none", "film"),
    "head": ("bernoulli", "gaussian"),
}


@pytest.fixture(scope="module")
def built(prepared):
    x = init_sample(prepared.dataset, prepared.split)[:6]
    params = prepared.model.init(jax.random.key(0), x)
    # Away from the start, where FiLM is the identity and channels are alike.
    noise = jax.random.key(1)
    params = jax.tree.map(lambda a: a + 0.1 * jax.random.normal(noise, a.shape), params)
    return prepared.model, params, x


@pytest.mark.parametrize(
    "values", list(itertools.product(*CHOICES.values())), ids=lambda v: "-".join(map(str, v))
)
def test_every_combination_works_or_is_refused(resolve_tiny, values) -> None:
    settings = [
        f'{path}="{v}"' if isinstance(v, str) else f"{path}={v}"
        for path, v in zip(CHOICES, values, strict=True)
    ]
    _, prior, _, conditioner, _ = values
    if prior == "standard":
        with pytest.raises(SpecError) as refused:
            resolve_tiny(settings)
        codes = {d.code for d in refused.value.diagnostics}
        assert codes == {"E201", "E202"}
        return
    prepared = prepare(resolve_tiny(settings))
    x = init_sample(prepared.dataset, prepared.split)[:8]
    params = prepared.model.init(jax.random.key(0), x)
    batch = Batch(x, x[:4], jnp.array([0, 1, 2, 3]))
    step = jnp.int32(0)

    @jax.jit
    def loss(params, key):
        gradient = jax.value_and_grad(prepared.model.loss, has_aux=True)
        return gradient(params, prepared.model.start(), batch, step=step, key=key)

    (total, (output, carry)), grads = loss(params, jax.random.key(1))
    assert total.shape == ()
    assert set(output.terms) == {"reconstruction", "kl_z", "kl_c", "spread", "labels"}
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves((total, output, carry.usage, grads)))
    assert float(loss(params, jax.random.key(1))[0][0]) == float(total)
    assert float(loss(params, jax.random.key(2))[0][0]) != float(total)
    decoded = prepared.model.decode(params, jnp.zeros((3, prepared.context.posteriors, 2)))
    assert decoded.shape == (3, 4, 8, 8, 1)
    differ = not np.allclose(decoded[:, 0], decoded[:, 1])
    assert not differ, "gamma and beta start at zero, so channels start alike"
    if conditioner == "film":
        moved = jax.tree.map(lambda a: a + 0.1, params["backbone"])
        decoded = prepared.model.decode(
            {**params, "backbone": moved}, jnp.zeros((3, prepared.context.posteriors, 2))
        )
        assert not np.allclose(decoded[:, 0], decoded[:, 1])
    assert prepared.model.sample(params, jax.random.key(0), 5).shape == (5, 4, 8, 8, 1)


def test_a_plain_vae_is_one_channel(resolve_tiny, registry) -> None:
    from rcmvae_core.resolve import resolve
    from rcmvae_core.spec import parse

    text = b"""
    [data]
    labels_per_class = 0
    [data.digits]
    [latent]
    channels = 1
    dim = 2
    [encoder.dense]
    [prior.standard]
    [routing.soft]
    [conditioner.none]
    [backbone.dense]
    [head.gaussian]
    [loss.reconstruction.reconstruction]
    [loss.kl.kl_latent]
    [train]
    epochs = 1
    [train.optimizer.adam]
    """
    prepared = prepare(resolve(parse(text, "vae.toml"), registry))
    x = init_sample(prepared.dataset, prepared.split)[:5]
    params = prepared.model.init(jax.random.key(0), x)
    active = jnp.ones(1, bool)
    forward = prepared.model.forward(params, x, step=jnp.int32(0), active=active, key=jax.random.key(0))
    assert np.array_equal(forward.responsibilities, np.ones((5, 1)))


def test_forward_equals_a_loop_over_channels(built) -> None:
    """Each channel decoded by itself, with its own latent and embedding, gives the same likelihood."""
    model, params, x = built
    active = jnp.ones(4, bool)
    forward = model.forward(params, x, step=jnp.int32(0), active=active, key=None)
    means = model.decode(params, forward.latents)
    for channel in range(4):
        p = np.asarray(means[:, channel], np.float64)
        nll = -(np.asarray(x) * np.log(p) + (1 - np.asarray(x)) * np.log1p(-p)).sum(axis=(1, 2, 3))
        assert np.allclose(forward.nll[:, channel], nll, rtol=1e-4)
    q = np.asarray(forward.responsibilities)
    blended = sum(q[:, c, None, None, None] * means[:, c] for c in range(4))
    assert np.allclose(model.mean(forward), blended, atol=1e-6)


def test_locked_channels_get_nothing(built) -> None:
    model, params, x = built
    active = jnp.array([True, False, True, False])

    def weighted(params):
        forward = model.forward(
            params, x, step=jnp.int32(0), active=active, key=jax.random.key(0), train=True
        )
        elbo = (forward.selection.weights * forward.nll).sum() + (forward.responsibilities * forward.kl).sum()
        return elbo + (
            forward.responsibilities * (forward.log_responsibilities - forward.log_pi)
        ).sum(), forward

    (value, forward), grads = jax.value_and_grad(weighted, has_aux=True)(params)
    assert np.isfinite(value)
    assert (np.asarray(forward.responsibilities)[:, ~np.asarray(active)] == 0).all()
    assert np.allclose(np.asarray(forward.responsibilities).sum(axis=1), 1)
    for locked in (1, 3):
        assert (np.asarray(grads["embeddings"][locked]) == 0).all()
        assert (np.asarray(grads["encoder"]["logits"]["kernel"][:, locked]) == 0).all()
    assert np.abs(grads["embeddings"][0]).max() > 0


def test_usage_is_a_running_mean_with_the_batch_gradient(built) -> None:
    model, params, x = built
    carry = model.start()
    _, (_, after) = model.loss(
        params, carry, Batch(x, x[:2], jnp.array([0, 1])), step=jnp.int32(0), key=jax.random.key(0)
    )
    q = model.forward(params, x, step=jnp.int32(0), active=carry.active, key=None).responsibilities
    assert np.allclose(after.usage, 0.9 * 0.25 + 0.1 * np.asarray(q).mean(axis=0), atol=1e-6)


def test_the_label_map_learns_after_the_loss_is_taken(built) -> None:
    """The supervised term reads tau as it stood before the step: a label cannot vote on itself."""
    model, params, x = built
    carry = model.start()
    batch = Batch(x, x[:2], jnp.array([3, 3]))
    _, (output, after) = model.loss(params, carry, batch, step=jnp.int32(0), key=jax.random.key(0))
    assert float(output.terms["labels"]) == pytest.approx(np.log(10), rel=1e-5)
    tau = np.asarray(model.tau(after))
    assert tau.argmax(axis=1).tolist() == [3] * 4
    assert np.allclose(tau.sum(axis=1), 1)


def test_kl_of_the_channel_is_that_of_scipy(built) -> None:
    model, params, x = built
    batch = Batch(x, x[:2], jnp.array([0, 1]))
    _, (output, _) = model.loss(params, model.start(), batch, step=jnp.int32(0), key=jax.random.key(0))
    q = model.forward(params, x, step=jnp.int32(0), active=jnp.ones(4, bool), key=None).responsibilities
    expected = entropy(np.asarray(q, np.float64), np.full((len(x), 4), 0.25), axis=1).mean()
    assert float(output.terms["kl_c"]) == pytest.approx(expected, rel=1e-4)


def test_samples_differ_by_key_and_repeat(built) -> None:
    model, params, _ = built
    first, again, other = (model.sample(params, jax.random.key(seed), 2) for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
