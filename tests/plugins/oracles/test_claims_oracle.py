"""Claims of free channels: cases solved by hand, and invariants for any counts."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rcmvae_plugins.classifiers._claims import claim
from rcmvae_plugins.classifiers.params import TauParams
from rcmvae_plugins.classifiers.tau import tau

CLAIM = jax.jit(claim, static_argnums=4)


def claimed(counts, new, *, usage=None, active=None, claims=1):
    channels = len(counts)
    usage = np.full(channels, 1 / channels) if usage is None else usage
    active = np.ones(channels, bool) if active is None else active
    arrays = (jnp.asarray(counts, jnp.float32), jnp.asarray(usage, jnp.float32))
    return np.asarray(CLAIM(*arrays, jnp.asarray(active), jnp.asarray(new), claims))


def test_at_the_start_the_strongest_wish_goes_first():
    counts = [[4.0, 3.0], [6.0, 5.0], [0.0, 2.0]]  # of ten examples each
    np.testing.assert_allclose(claimed(counts, [True, True]), [[0, 10], [10, 0], [0, 0]])


def test_a_new_class_leaves_a_known_one_its_channel_and_its_counts():
    counts = [[9.5, 6.0], [0.25, 3.0], [0.25, 1.0]]
    np.testing.assert_allclose(claimed(counts, [False, True]), [[9.5, 0], [0.25, 10], [0.25, 0]])


def test_without_a_new_class_nothing_changes():
    counts = np.random.default_rng(0).gamma(1.0, size=(4, 3))
    np.testing.assert_allclose(claimed(counts, [False] * 3), counts, rtol=1e-6)


def test_a_channel_that_is_hardly_used_is_free_whatever_was_counted_in_it():
    counts = [[9.0, 4.0], [1.0, 6.0]]
    usage = [1 - 5e-4, 5e-4]
    np.testing.assert_allclose(claimed(counts, [False, True], usage=usage), [[9, 0], [1, 10]])
    np.testing.assert_allclose(claimed(counts, [False, True]), counts)  # both in use: nothing is free


def test_a_locked_channel_is_never_claimed():
    actual = claimed([[4.0], [6.0]], [True], active=[True, False])
    np.testing.assert_allclose(actual, [[10], [0]])


@pytest.mark.parametrize("claims", [0, 1, 3])
@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=15, deadline=None)
def test_what_holds_for_any_counts(claims, seed):
    channels, classes = 7, 4
    rng = np.random.default_rng(seed)
    sizes, new = rng.integers(0, 12, classes), rng.random(classes) < 0.5
    columns = [rng.dirichlet(np.full(channels, rng.choice([0.05, 5.0]))) * n for n in sizes]
    counts = np.stack(columns, axis=1).astype(np.float32)
    actual = claimed(counts, new, claims=claims)
    np.testing.assert_allclose(actual.sum(axis=0), sizes, rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(actual[:, ~new], counts[:, ~new])
    free = (counts[:, ~new].max(axis=1, initial=0) < 0.5).sum()
    moved = ~np.isclose(actual, counts, rtol=1e-5, atol=1e-6).all(axis=0)
    held = actual[:, moved] > 0
    assert (held.sum(axis=1) <= 1).all(), "two classes claimed one channel"
    assert held.sum() <= free
    assert (held.sum(axis=0) <= claims).all()


def test_rebuilt_from_labels_tau_knows_the_new_class_at_once(make_context):
    context = make_context()
    classifier = tau(TauParams(alpha=1e-6), context)
    q = np.eye(context.channels, dtype=np.float32)[[0, 0, 1, 1, 2, 2]]
    q[4:] = q[4:] * 0.2 + q[0] * 0.8  # the third class mostly falls into the first one's channel
    labels, new = jnp.array([0, 0, 1, 1, 2, 2]), jnp.arange(context.classes) == 2
    used, unlocked = jnp.full(context.channels, 1 / context.channels), jnp.ones(context.channels, bool)
    actual = classifier.tau(classifier.rebuild(jnp.asarray(q), labels, used, unlocked, new))
    assert np.asarray(actual)[:3].argmax(axis=1).tolist() == [0, 1, 2]
