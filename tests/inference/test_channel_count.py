"""The number of channels by data: fewer and more, on outputs whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from rcmvae_core.inference.channel_count import MAX_REMOVED, TOLERANCE, count_channels, remove_channels
from rcmvae_core.inference.channel_splits import channel_splits, compare
from rcmvae_core.training.evaluation import EvalOutputs

N = 400


def outputs(responsibilities, nll, latents=None):
    """Statistics with this likelihood, and no KL."""
    zero = np.zeros(len(nll))
    return EvalOutputs(
        responsibilities=responsibilities, probabilities=np.zeros((len(nll), 0)),
        latents=np.zeros((len(nll), 2)) if latents is None else latents,
        negative_log_likelihood=nll, kl_latent=zero, kl_channel=zero, at_bound=zero,
    )  # fmt: skip


class Planted:
    """Inputs of `groups`, each with as many channels as `copies` says; without a group's last channel they cost 7 nats."""

    def __init__(self, copies, unused=0):
        self.owner = np.repeat(np.arange(len(copies)), copies)
        self.group = np.arange(N) % len(copies)
        self.channels = len(self.owner) + unused
        self.calls = 0

    def __call__(self, active):
        self.calls += 1
        q = np.zeros((N, self.channels))
        q[:, : len(self.owner)] = (self.owner == self.group[:, None]) & active[: len(self.owner)]
        orphan = q.sum(1) == 0
        q[orphan] = active
        noise = np.random.default_rng(0).normal(size=N)
        return outputs(q / q.sum(1, keepdims=True), 3 + noise + 7 * orphan)


@pytest.mark.parametrize(
    ("copies", "unused", "used", "dispensable"),
    [((1, 1, 1, 1), 0, 4, 0), ((2, 2, 2, 2), 0, 8, 4), ((3, 1, 1, 2), 5, 7, 3)],
)
def test_channels_that_share_a_group_could_go(copies, unused, used, dispensable):
    planted = Planted(copies, unused)
    active = np.ones(planted.channels, bool)
    entry = count_channels(planted, active, planted(active), source="validation")
    assert (entry["used"], entry["channels"], entry["dispensable"]) == (used, used + unused, dispensable)
    *gone, last = entry["removals"]
    assert len(gone) == dispensable
    assert all(removal["step"] == removal["change"] == removal["error"] == 0 for removal in gone)
    # The last one leaves a group of four without a channel.
    lost = planted.group == planted.group[0]
    assert last["step"] == pytest.approx(-7 * lost.mean(), abs=1e-9)
    assert last["error"] == pytest.approx(np.std(-7.0 * lost, ddof=1) / np.sqrt(N))
    assert last["step"] < -TOLERANCE


def test_the_removals_are_bounded_and_leave_a_channel():
    planted = Planted((60,))
    removals = list(remove_channels(planted, np.ones(60, bool)))
    assert len(removals) == MAX_REMOVED
    assert planted.calls == MAX_REMOVED + 1
    assert len(list(remove_channels(Planted((3,)), np.ones(3, bool)))) == 2
    assert list(remove_channels(Planted((1,)), np.ones(1, bool))) == []


def test_a_locked_channel_is_not_counted():
    planted = Planted((2, 2))
    active = np.array([True, False, True, False])
    entry = count_channels(planted, active, planted(active), source="training")
    assert (entry["used"], entry["channels"], entry["dispensable"]) == (2, 4, 0)


def test_an_elbo_that_is_not_finite_ends_it():
    def evaluate(active):
        return outputs(np.full((N, 3), 1 / 3) * active, np.full(N, np.nan))

    (removal,) = remove_channels(evaluate, np.ones(3, bool))
    assert np.isnan(removal.step)


RNG = np.random.default_rng(4)


def two(dims, apart, share=0.5):
    points = RNG.normal(size=(N, dims))
    points[: int(N * share), -1] += apart
    return points


def curved(dims):
    points = RNG.normal(size=(N, dims))
    points[:, 1] += points[:, 0] ** 2
    return points


def ring(dims):
    angle = RNG.uniform(0, 2 * np.pi, N)
    points = RNG.normal(0, 0.2, (N, dims))
    points[:, :2] += np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return points


ONE_GROUP = {
    "normal": lambda d: RNG.normal(size=(N, d)),
    "scaled": lambda d: RNG.normal(size=(N, d)) * np.geomspace(1, 1e-4, d),
    "uniform": lambda d: RNG.uniform(size=(N, d)),
    "curved": curved,
    "skewed": lambda d: RNG.exponential(size=(N, d)),
    "heavy": lambda d: RNG.standard_t(3, size=(N, d)),
    "ring": ring,
    "two near each other": lambda d: two(d, 2.0),
}


@pytest.mark.parametrize("dims", [2, 4])
@pytest.mark.parametrize("name", ONE_GROUP)
def test_one_group_needs_no_split_of_whatever_form(name, dims):
    assert not compare(ONE_GROUP[name](dims), 0).helps


@pytest.mark.parametrize("dims", [1, 2, 4, 12])
@pytest.mark.parametrize("share", [0.5, 0.8])
def test_two_groups_do(dims, share):
    split = compare(two(dims, 8.0, share) * 1e-3 + 5, 3)
    assert split.helps
    assert split.channel == 3
    assert split.part == pytest.approx(1 - max(share, 1 - share), abs=0.08)


def test_the_gain_is_that_of_the_densities():
    """Two equal Gaussians far apart, by one with their variance: log(sd of all / sd of one) - log 2."""
    splits = [compare(two(1, 10.0), 0) for _ in range(5)]
    expected = np.log(np.sqrt(1 + 25)) - np.log(2)
    error = np.hypot.reduce([split.error for split in splits]) / 5
    assert abs(np.mean([split.gain for split in splits]) - expected) < 4 * error + 0.05


def test_each_channel_has_its_own_latents():
    latents = np.concatenate(
        [two(2, 9.0), RNG.normal(size=(N, 2)), RNG.normal(size=(10, 2)), np.ones((N, 2))]
    )
    own = np.repeat([0, 1, 2, 3, 4], [N, N, 10, N, 0])
    splits = channel_splits(latents, np.eye(5)[own], np.ones(5, bool))
    assert [(split.channel, split.helps) for split in splits] == [(0, True), (1, False)]
    assert [split.channel for split in channel_splits(latents, np.eye(5)[own], np.arange(5) == 1)] == [1]
