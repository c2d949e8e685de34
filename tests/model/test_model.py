"""The joined model: its numbers against a loop over channels; tests/testing has every combination of parts."""

from __future__ import annotations

import attrs
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import entropy

from rcmvae_core.errors import SpecError
from rcmvae_core.model.build import Batch, WeightedTerm
from rcmvae_core.plugin.protocols import StatefulLoss
from rcmvae_core.training.setup import init_sample, prepare


class Compiled:
    """A model whose methods are compiled."""

    def __init__(self, model):
        self.forward = jax.jit(model.forward, static_argnames="train")
        self.loss = jax.jit(model.loss)
        self.decode = jax.jit(model.decode)
        self.decode_channels = jax.jit(model.decode_channels)
        self.sample_latents = jax.jit(model.sample_latents, static_argnums=2)
        self.init_state, self.mean, self.tau = model.init_state, model.mean, model.tau


@pytest.fixture(scope="module")
def built(prepared):
    x = init_sample(prepared)[:6]
    params = jax.jit(prepared.model.init)(jax.random.key(0), x)
    # Away from the start, where FiLM is the identity and channels are alike.
    rng = np.random.default_rng(1)
    params = jax.tree.map(lambda a: jax.device_put(np.float32(a + 0.1 * rng.normal(size=a.shape))), params)
    return Compiled(prepared.model), params, x


@pytest.mark.parametrize("conditioner", ["none", "film"])
def test_the_prior_without_channels_refuses_them(resolve_tiny, conditioner) -> None:
    with pytest.raises(SpecError) as refused:
        resolve_tiny(["prior=standard", f"conditioner={conditioner}"])
    assert {d.code for d in refused.value.diagnostics} == {"E201", "E202"}


@pytest.mark.parametrize("layout", ["shared", "decentralized"])
@pytest.mark.parametrize("conditioner", ["none", "film"])
def test_channels_start_alike_and_film_tells_them_apart(resolve_tiny, layout, conditioner) -> None:
    prepared = prepare(resolve_tiny([f"latent.layout={layout}", f"conditioner={conditioner}"]))
    x = init_sample(prepared)[:8]
    params = jax.jit(prepared.model.init)(jax.random.key(0), x)
    decode, latents = jax.jit(prepared.model.decode), jnp.zeros((3, prepared.context.posteriors, 2))
    decoded = np.asarray(decode(params, latents))
    assert decoded.shape == (3, 4, 8, 8, 1)
    assert np.allclose(decoded[:, :1], decoded), "gamma and beta start at zero"
    moved = jax.tree.map(lambda a: np.asarray(a) + np.float32(0.1), params["backbone"])
    decoded = np.asarray(decode({**params, "backbone": moved}, latents))
    assert np.allclose(decoded[:, :1], decoded) == (conditioner == "none")


def test_a_plain_vae_is_one_channel(resolve_tiny, registry) -> None:
    from rcmvae_core.spec.resolve import resolve_text

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
    prepared = prepare(resolve_text(text, "vae.toml", registry))
    x = init_sample(prepared)[:5]
    params = jax.jit(prepared.model.init)(jax.random.key(0), x)
    forward = Compiled(prepared.model).forward(
        params, x, step=jnp.int32(0), active=jnp.ones(1, bool), key=jax.random.key(0)
    )
    assert np.array_equal(forward.responsibilities, np.ones((5, 1)))


def test_forward_equals_a_loop_over_channels(built) -> None:
    """Each channel decoded by itself, with its own latent and embedding, gives the same likelihood."""
    model, params, x = built
    active = jnp.ones(4, bool)
    forward = model.forward(params, x, step=jnp.int32(0), active=active, key=None)
    means = np.asarray(model.decode(params, forward.latents))
    for channel in range(4):
        p = np.asarray(means[:, channel], np.float64)
        nll = -(np.asarray(x) * np.log(p) + (1 - np.asarray(x)) * np.log1p(-p)).sum(axis=(1, 2, 3))
        assert np.allclose(forward.nll[:, channel], nll, rtol=1e-4)
    q = np.asarray(forward.responsibilities)
    blended = sum(q[:, c, None, None, None] * means[:, c] for c in range(4))
    assert np.allclose(model.mean(forward, x), blended, atol=1e-6)


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

    (value, forward), grads = jax.jit(jax.value_and_grad(weighted, has_aux=True))(params)
    assert np.isfinite(value)
    assert (np.asarray(forward.responsibilities)[:, ~np.asarray(active)] == 0).all()
    assert np.allclose(np.asarray(forward.responsibilities).sum(axis=1), 1)
    for locked in (1, 3):
        assert (np.asarray(grads["embeddings"][locked]) == 0).all()
        assert (np.asarray(grads["encoder"]["logits"]["kernel"][:, locked]) == 0).all()
    assert np.abs(grads["embeddings"][0]).max() > 0


def test_usage_is_a_running_mean_with_the_batch_gradient(built) -> None:
    model, params, x = built
    state = model.init_state()
    _, (_, after) = model.loss(
        params, state, Batch(x, x[:2], jnp.array([0, 1])), step=jnp.int32(0), key=jax.random.key(0)
    )
    q = model.forward(params, x, step=jnp.int32(0), active=state.active, key=None).responsibilities
    assert np.allclose(after.usage, 0.9 * 0.25 + 0.1 * np.asarray(q).mean(axis=0), atol=1e-6)


def test_a_loss_sees_the_usage_before_its_batch_and_the_labelled_inputs(prepared, built) -> None:
    _, params, x = built
    seen = []

    def term(inputs):
        seen.append(inputs)
        return jnp.zeros(len(inputs.x))

    parts = prepared.model.parts
    watched = attrs.evolve(
        prepared.model, parts=parts._replace(terms={"mine": WeightedTerm(term, lambda _: 1.0, "other")})
    )
    state = watched.init_state()._replace(usage=jnp.array([0.1, 0.2, 0.3, 0.4]))
    watched.loss(params, state, Batch(x, x[1:3], jnp.array([0, 1])), step=jnp.int32(0), key=jax.random.key(0))
    (inputs,) = seen
    assert np.array_equal(inputs.previous_usage, state.usage)
    assert np.array_equal(inputs.labelled.x, x[1:3])
    batch_mean = np.asarray(inputs.forward.responsibilities).mean(axis=0)
    expected = inputs.usage_decay * np.asarray(state.usage) + (1 - inputs.usage_decay) * batch_mean
    assert np.allclose(inputs.usage, expected, atol=1e-6)


def test_a_loss_with_parameters_and_a_state_of_its_own(prepared, built) -> None:
    """A teacher that is a copy of the encoder, a critic with a weight, and a queue that counts steps."""
    _, _, x = built

    def apply(own, state, inputs):
        teacher = jax.tree.map(lambda a, b: 0.5 * a + 0.5 * b, state["teacher"], inputs.params["encoder"])
        critic = own["weight"] * inputs.forward.responsibilities[:, 0]
        return critic, {"teacher": teacher, "steps": state["steps"] + 1}

    stateful = StatefulLoss(
        init=lambda key, _: {"weight": jax.random.normal(key, ())},
        init_state=lambda _, params: {"teacher": params["encoder"], "steps": jnp.zeros((), jnp.int32)},
        apply=apply,
    )
    terms = {**prepared.model.parts.terms, "mine": WeightedTerm(stateful, lambda _: 1.0, "other")}
    model = attrs.evolve(prepared.model, parts=prepared.model.parts._replace(terms=terms))
    params, before = (
        jax.jit(model.init)(jax.random.key(0), x),
        jax.jit(prepared.model.init)(jax.random.key(0), x),
    )
    assert set(params) - set(before) == {"losses"}
    assert all(
        np.array_equal(a, b)
        for a, b in zip(jax.tree.leaves(before), jax.tree.leaves({**params, "losses": None}), strict=True)
    )
    state = model.init_state(params)
    batch = Batch(x, x[:2], jnp.array([0, 1]))
    moved = {**params, "encoder": jax.tree.map(lambda a: a + 1.0, params["encoder"])}
    step = jax.jit(jax.value_and_grad(model.loss, has_aux=True))
    (_, (output, after)), gradients = step(moved, state, batch, step=jnp.int32(0), key=jax.random.key(0))
    assert after.losses["mine"]["steps"] == 1
    first = jax.tree.leaves(after.losses["mine"]["teacher"])[0]
    assert np.allclose(first, jax.tree.leaves(params["encoder"])[0] + 0.5, atol=1e-6)
    weight = params["losses"]["mine"]["weight"]
    assert gradients["losses"]["mine"]["weight"] == pytest.approx(
        float(output.terms["mine"] / weight), rel=1e-4
    )
    assert prepared.model.init_state(before).losses == ()


def test_the_label_map_learns_after_the_loss_is_taken(built) -> None:
    """The supervised term reads tau as it stood before the step: a label cannot vote on itself."""
    model, params, x = built
    state = model.init_state()
    batch = Batch(x, x[:2], jnp.array([3, 3]))
    _, (output, after) = model.loss(params, state, batch, step=jnp.int32(0), key=jax.random.key(0))
    assert float(output.terms["labels"]) == pytest.approx(np.log(10), rel=1e-5)
    tau = np.asarray(model.tau(after))
    assert tau.argmax(axis=1).tolist() == [3] * 4
    assert np.allclose(tau.sum(axis=1), 1)


def test_kl_of_the_channel_is_that_of_scipy(built) -> None:
    model, params, x = built
    batch = Batch(x, x[:2], jnp.array([0, 1]))
    _, (output, _) = model.loss(params, model.init_state(), batch, step=jnp.int32(0), key=jax.random.key(0))
    q = model.forward(params, x, step=jnp.int32(0), active=jnp.ones(4, bool), key=None).responsibilities
    assert set(output.terms) == {"reconstruction", "kl_z", "kl_c", "spread", "labels"}
    expected = entropy(np.asarray(q, np.float64), np.full((len(x), 4), 0.25), axis=1).mean()
    assert float(output.terms["kl_c"]) == pytest.approx(expected, rel=1e-4)


def test_samples_differ_by_key_and_repeat(built) -> None:
    model, params, _ = built
    first, again, other = (model.sample_latents(params, jax.random.key(seed), 2) for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_some_channels_are_decoded_as_all_are(built) -> None:
    model, params, _ = built
    latents = model.sample_latents(params, jax.random.key(0), 5)
    channels = jnp.array([[3, 0], [1, 1], [2, 3], [0, 2], [3, 1]])
    every = np.asarray(model.decode(params, latents))
    some = np.asarray(model.decode_channels(params, latents, channels))
    np.testing.assert_allclose(some, every[np.arange(5)[:, None], channels], rtol=1e-5, atol=1e-6)
    shared = np.asarray(model.decode_channels(params, latents[:, 2:3], channels))
    alike = np.asarray(model.decode(params, jnp.broadcast_to(latents[:, 2:3], latents.shape)))
    np.testing.assert_allclose(shared, alike[np.arange(5)[:, None], channels], rtol=1e-5, atol=1e-6)
