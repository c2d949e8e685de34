"""`prob_cover`, `badge` and `two_phase` against enumeration."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from rcmvae_plugins.acquisitions._batch import features, labelled_features
from rcmvae_plugins.acquisitions.covering import prob_cover, pure_radius
from rcmvae_plugins.acquisitions.gradient import badge, channel_shift
from rcmvae_plugins.acquisitions.params import ProbCoverParams, TwoPhaseParams
from rcmvae_plugins.acquisitions.two_phase import two_phase

from rcmvae_core.plugin.parameters import NoParams
from rcmvae_core.plugin.protocols import QueryPool, Suggestion

K, Y, N, M = 5, 3, 60, 4
RNG = np.random.default_rng(11)
TAU = RNG.dirichlet(np.full(Y, 0.5), K)
Q = RNG.dirichlet(np.full(K, 0.2), N + M)
Z = RNG.normal(size=(N + M, 2)) + 3 * np.eye(K)[Q.argmax(axis=1)][:, :2]
POOL = QueryPool(
    probabilities=Q[:N] @ TAU,
    epistemic=RNG.uniform(size=N),
    responsibilities=Q[:N],
    latents=Z[:N],
    ood_quantile=RNG.uniform(size=N),
    tau=TAU,
    labelled_responsibilities=Q[N:],
    labelled_latents=Z[N:],
)
KEY = jax.random.key(0)


def distances(points, others):
    return np.array([[np.sum((a - b) ** 2) for b in others] for a in points])


@pytest.mark.parametrize("purity", [1.0, 0.9, 0.5])
def test_the_radius_is_the_largest_one_that_is_pure_enough(purity) -> None:
    points, channels = features(POOL), Q[:N].argmax(axis=1)
    squared = distances(points, points)

    def share(radius):
        return np.mean([len(set(channels[squared[i] < radius])) == 1 for i in range(N)])

    radius = pure_radius(points, channels, purity)
    assert share(radius * (1 - 1e-9)) >= purity
    assert share(radius * (1 + 1e-9)) < purity


def test_with_one_channel_every_ball_is_pure() -> None:
    assert pure_radius(features(POOL), np.zeros(N, int), 0.95) == np.inf


@pytest.mark.parametrize("purity", [1.0, 0.8])
def test_prob_cover_is_the_greedy_cover(make_context, purity) -> None:
    points, channels = features(POOL), Q[:N].argmax(axis=1)
    radius = pure_radius(points, channels, purity)
    near = distances(points, points) < radius
    uncovered = ~(distances(points, labelled_features(POOL)) < radius).any(axis=1)
    assert 0 < uncovered.sum() < N
    actual = prob_cover(ProbCoverParams(purity=purity), make_context())(POOL, N, KEY)
    for position, score in zip(actual.positions.tolist(), actual.scores.tolist(), strict=True):
        gains = [sum(near[i, j] and uncovered[j] for j in range(N)) / N for i in range(N)]
        if not uncovered.any():
            break
        assert score == pytest.approx(gains[position])
        assert score == pytest.approx(max(gains))
        uncovered &= ~near[position]
    assert not uncovered.any()
    assert sorted(actual.positions.tolist()) == list(range(N))


def test_what_a_label_covers_is_not_chosen_first(make_context) -> None:
    """Of two dense groups, one has a label."""
    q = np.eye(2)[np.repeat([0, 1], [20, 10])]
    z = np.concatenate([RNG.normal(0, 0.01, (20, 2)), RNG.normal(5, 0.01, (10, 2))])
    pool = POOL._replace(responsibilities=q, latents=z, tau=TAU[:2])
    choose = prob_cover(ProbCoverParams(), make_context())
    nothing = pool._replace(labelled_responsibilities=q[:0], labelled_latents=z[:0])
    assert (choose(nothing, 2, KEY).positions < 20).tolist() == [True, False]
    labelled = pool._replace(labelled_responsibilities=q[:1], labelled_latents=z[:1])
    assert choose(labelled, 1, KEY).positions[0] >= 20


def test_prob_cover_considers_a_sample(make_context) -> None:
    choose = prob_cover(ProbCoverParams(sample=10), make_context())
    firsts = {int(choose(POOL, 1, jax.random.key(key)).positions[0]) for key in range(12)}
    assert len(firsts) > 3
    assert len(set(choose(POOL, N, KEY).positions.tolist())) == N


def test_the_shift_is_the_gradient_of_the_predicted_label() -> None:
    def loss(logits, label):
        return -jax.numpy.log(jax.nn.softmax(logits) @ TAU[:, label])

    for i in range(8):
        label = int(POOL.probabilities[i].argmax())
        expected = jax.grad(loss)(jax.numpy.log(Q[i]), label)
        np.testing.assert_allclose(channel_shift(POOL)[i], expected, rtol=2e-3, atol=1e-5)


def test_badge_draws_by_the_distances_of_gradients(make_context) -> None:
    """The distances are those of the outer products, and the draws follow them."""
    z = (Z[:N] - Z[:N].mean(axis=0)) / Z[:N].std(axis=0)
    h = np.hstack([z, np.ones((N, 1))])
    gradients = np.stack([np.outer(channel_shift(POOL)[i], h[i]).ravel() for i in range(N)])
    choose, count = badge(NoParams(), make_context()), np.zeros(N)
    actual = choose(POOL, 12, KEY)
    for step, (position, score) in enumerate(zip(actual.positions, actual.scores, strict=True)):
        # Distances are to zero too, so that the first is drawn by its length and short gradients stay unlikely.
        chosen = [np.zeros(gradients.shape[1]), *gradients[actual.positions[:step]]]
        expected = min(np.sum((gradients[position] - other) ** 2) for other in chosen)
        assert score == pytest.approx(expected, abs=1e-9)
    draws = 600
    for seed in range(draws):
        count[choose(POOL, 1, jax.random.key(seed)).positions[0]] += 1
    share = np.square(gradients).sum(axis=1) / np.square(gradients).sum()
    error = np.sqrt(share * (1 - share) / draws)
    assert (np.abs(count / draws - share) < 4 * error + 1 / draws).all()


def recording(calls, name):
    def choose(pool, count, key):
        calls.append((name, len(pool.responsibilities), count))
        return Suggestion(np.arange(min(count, len(pool.responsibilities))), np.full(count, 1.0))

    return choose


@pytest.mark.parametrize(
    ("labels", "calls"),
    [
        (0, [("then", N, 6)]),
        (M, [("then", N, 6)]),
        (M + 2, [("first", N, 2), ("then", N - 2, 4)]),
        (M + 6, [("first", N, 6)]),
        (100, [("first", N, 6)]),
    ],
)
def test_two_phase_changes_at_its_number_of_labels(make_context, labels, calls) -> None:
    made = []
    params = TwoPhaseParams(recording(made, "first"), recording(made, "then"), labels=labels)
    actual = two_phase(params, make_context())(POOL, 6, KEY)
    assert made == calls
    assert actual.positions.tolist() == list(range(6))


def test_two_phase_needs_to_know_the_labelled_inputs(make_context) -> None:
    params = TwoPhaseParams(recording([], "first"), recording([], "then"))
    with pytest.raises(ValueError, match="labelled_latents"):
        two_phase(params, make_context())(POOL._replace(labelled_latents=None), 6, KEY)
