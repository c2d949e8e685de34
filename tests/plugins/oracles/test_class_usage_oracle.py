"""The loss of class usage against scipy, a closed form of its gradient, and what it makes of unused channels."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from rcmvae_plugins.losses.class_usage import class_usage
from rcmvae_plugins.losses.params import ClassUsageParams
from scipy import stats

from rcmvae_core.plugin.protocols import LabelledBatch

RNG = np.random.default_rng(0)
TAU = RNG.dirichlet(np.ones(4), 5)
USAGE = RNG.dirichlet(np.ones(5))
PRIOR = (0.5, 0.3, 0.15, 0.05)


def value(make_context, make_inputs, *, prior=PRIOR, usage=USAGE, tau=TAU, sharpness=1.0, counts=()):
    term = class_usage(ClassUsageParams(sharpness), make_context(class_prior=prior, label_counts=counts))
    labelled = LabelledBatch(None, None, None, jnp.asarray(tau, jnp.float32))
    return term(make_inputs(usage=jnp.asarray(usage, jnp.float32), labelled=labelled))


def test_it_is_scipys_divergence_of_the_prior_from_the_predicted_shares(make_context, make_inputs):
    expected = stats.entropy(PRIOR, USAGE @ TAU)
    np.testing.assert_allclose(value(make_context, make_inputs), [expected] * 3, rtol=1e-5)


def test_without_a_prior_classes_are_equally_frequent(make_context, make_inputs):
    expected = stats.entropy([0.25] * 4, USAGE @ TAU)
    np.testing.assert_allclose(value(make_context, make_inputs, prior=()), [expected] * 3, rtol=1e-5)


def test_it_is_zero_and_flat_at_the_prior_however_a_class_divides_over_channels(make_context, make_inputs):
    tau = np.eye(4)[[0, 0, 1, 2, 3]]
    for share in (0.0, 0.1, 0.5):
        usage = np.array([share, 0.5 - share, 0.3, 0.15, 0.05])
        np.testing.assert_allclose(value(make_context, make_inputs, usage=usage, tau=tau), 0, atol=1e-6)


def test_the_gradient_of_a_channel_is_minus_prior_over_share(make_context, make_inputs):
    actual = jax.grad(lambda usage: value(make_context, make_inputs, usage=usage)[0])(jnp.asarray(USAGE))
    np.testing.assert_allclose(actual, -TAU @ (PRIOR / (USAGE @ TAU)), rtol=1e-4)


def test_a_class_memorised_in_an_unused_channel_pulls_that_channel_most(make_context, make_inputs):
    tau, usage = np.eye(4)[[0, 1, 2, 3, 0]], np.array([0.4, 0.35, 0.24, 0.01, 0.0])
    pull = jax.grad(lambda usage: value(make_context, make_inputs, prior=(), usage=usage, tau=tau)[0])(
        jnp.asarray(usage)
    )
    assert pull[3] == pytest.approx(-25, rel=1e-3)
    assert (pull[:3] > -1.1).all()


def test_a_class_that_no_channel_has_gives_a_finite_value_and_gradient(make_context, make_inputs):
    tau = np.eye(4)[[0, 0, 1, 2, 2]]
    both = jax.value_and_grad(lambda usage: value(make_context, make_inputs, usage=usage, tau=tau)[0])
    assert all(np.isfinite(part).all() for part in both(jnp.asarray(USAGE)))


def test_without_labels_it_says_what_is_missing(make_context, make_inputs):
    term = class_usage(ClassUsageParams(), make_context())
    with pytest.raises(ValueError, match="`class_usage` needs a labelled batch"):
        term(make_inputs(usage=jnp.asarray(USAGE), labelled=None))


def test_a_channel_that_holds_all_classes_satisfies_it_only_at_sharpness_one(make_context, make_inputs):
    tau, usage = np.tile(PRIOR, (5, 1)), np.eye(5)[0]
    np.testing.assert_allclose(value(make_context, make_inputs, usage=usage, tau=tau), 0, atol=1e-6)
    power = np.array(PRIOR) ** 8
    expected = stats.entropy(PRIOR, power / power.sum())
    sharp = value(make_context, make_inputs, usage=usage, tau=tau, sharpness=8.0)
    np.testing.assert_allclose(sharp, [expected] * 3, rtol=1e-4)
    assert expected > 2


@pytest.mark.parametrize("classes", [2, 10_000])
def test_a_channel_without_labels_belongs_to_all_classes_alike_at_any_sharpness(
    make_context, make_inputs, classes
):
    term = class_usage(ClassUsageParams(64.0), make_context(classes=classes))
    batch = LabelledBatch(None, None, None, jnp.full((5, classes), 1 / classes))
    np.testing.assert_allclose(term(make_inputs(usage=jnp.asarray(USAGE), labelled=batch)), 0, atol=1e-3)


def test_channels_are_attributed_by_tau_over_the_root_of_the_labels_shares(make_context, make_inputs):
    counts = np.array([50, 30, 15, 5])
    share = (counts + 0.25) / 101
    power = (TAU / np.sqrt(share)) ** 3
    expected = stats.entropy(PRIOR, USAGE @ (power / power.sum(axis=1, keepdims=True)))
    actual = value(make_context, make_inputs, sharpness=3.0, counts=tuple(counts.tolist()))
    np.testing.assert_allclose(actual, [expected] * 3, rtol=1e-4)


@pytest.mark.parametrize("rare", [0.2, 0.5, 1.0])
def test_a_channel_with_some_inputs_of_a_rare_class_fills_the_share_of_that_class(
    make_context, make_inputs, rare
):
    tau = np.array([[0.99, 0.01], [1 - rare, rare]])[[0, 0, 0, 0, 1]]
    usage, prior = np.array([0.98, 0, 0, 0, 0.02]), (0.98, 0.02)
    term = class_usage(ClassUsageParams(), make_context(classes=2, class_prior=prior, label_counts=(980, 20)))
    batch = LabelledBatch(None, None, None, jnp.asarray(tau, jnp.float32))
    assert term(make_inputs(usage=jnp.asarray(usage, jnp.float32), labelled=batch))[0] < 0.01
    collapsed = np.array([1, 0, 0, 0, 0.0])
    assert term(make_inputs(usage=jnp.asarray(collapsed, jnp.float32), labelled=batch))[0] > 0.1
