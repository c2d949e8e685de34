"""Claims of free channels: cases solved by hand, and invariants for any counts."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rcmvae_plugins.classifiers._claims import claim, even_share
from rcmvae_plugins.classifiers.params import TauParams
from rcmvae_plugins.classifiers.tau import tau

CLAIM = jax.jit(claim)


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


def test_a_share_is_the_same_for_every_class_and_leaves_the_reserve():
    counts = np.random.default_rng(3).gamma(1.0, size=(17, 4))
    counts[:, 3] = 0  # a class without labels shares nothing
    active = np.arange(17) < 14
    for reserve, expected in [(0, 4), (3, 3), (8, 2), (11, 1), (40, 1)]:
        share = even_share(jnp.asarray(counts), jnp.asarray(active), reserve)
        assert int(share) == expected
        held = claimed(counts, np.ones(4, bool), active=active, claims=share) > 0
        assert held.sum(axis=0).tolist() == [expected] * 3 + [0]
        assert not held[~active].any()
        assert (~held.any(axis=1) & active).sum() == 14 - 3 * expected


@pytest.mark.parametrize("reserve", [0, 2])
def test_a_later_class_finds_what_is_reserved(make_context, reserve):
    """Two classes share six channels; then the third comes."""
    context = make_context(channels=6, classes=3)
    classifier = tau(TauParams(alpha=1e-6, claims="share", reserve=reserve), context)
    q = np.full((4, 6), 0.02, np.float32)
    q[[0, 1, 2, 3], [0, 1, 2, 3]] = 0.9
    unlocked, usage = jnp.ones(6, bool), jnp.full(6, 1 / 6)
    start = classifier.rebuild(jnp.asarray(q), jnp.array([0, 0, 1, 1]), usage, unlocked, jnp.ones(3, bool))
    held = np.asarray(classifier.evidence(start)) > 0
    assert held.sum(axis=0).tolist() == [(6 - reserve) // 2] * 2 + [0]
    assert (~held.any(axis=1)).sum() == reserve
    later = jnp.asarray(np.concatenate([q, np.eye(6, dtype=np.float32)[[5, 5]]]))
    is_new = jnp.arange(3) == 2
    after = classifier.rebuild(later, jnp.array([0, 0, 1, 1, 2, 2]), usage, unlocked, is_new)
    assert int(classifier.tau(after)[5].argmax()) == 2


@pytest.mark.parametrize("values", [{"claims": "all"}, {"claims": 2, "reserve": 1}])
def test_claims_that_mean_nothing_are_refused(values):
    with pytest.raises(ValueError, match="claims"):
        TauParams(**values)
