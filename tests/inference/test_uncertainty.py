"""Uncertainties against closed forms, and against sums over every channel and class."""

from __future__ import annotations

from itertools import product
from math import log

import numpy as np
import pytest

from rcmvae_core.inference.uncertainty import entropy, expected_entropy, mutual_information


def test_entropy_of_certain_and_of_uniform_predictions():
    entropies = entropy(np.array([[1.0, 0.0, 0.0, 0.0], [0.25, 0.25, 0.25, 0.25], [0.5, 0.5, 0.0, 0.0]]))
    assert entropies == pytest.approx([0, log(4), log(2)])


def test_expected_entropy_by_enumeration():
    rng = np.random.default_rng(0)
    q, tau = rng.dirichlet(np.ones(4), 5), rng.dirichlet(np.ones(3), 4)
    expected = [
        -sum(q[n, c] * tau[c, y] * log(tau[c, y]) for c, y in product(range(4), range(3))) for n in range(5)
    ]
    assert expected_entropy(q, tau) == pytest.approx(expected)


def test_entropy_minus_expected_entropy_is_the_information_of_the_channel():
    rng = np.random.default_rng(1)
    q, tau = rng.dirichlet(np.ones(4), 5), rng.dirichlet(np.ones(3), 4)
    p = q @ tau
    information = [
        sum(q[n, c] * tau[c, y] * log(tau[c, y] / p[n, y]) for c, y in product(range(4), range(3)))
        for n in range(5)
    ]
    assert entropy(p) - expected_entropy(q, tau) == pytest.approx(information)


def test_members_that_agree_have_no_mutual_information():
    p = np.random.default_rng(2).dirichlet(np.ones(3), 6)
    assert mutual_information(p[None]) == pytest.approx(np.zeros(6))
    assert mutual_information(np.stack([p, p, p])) == pytest.approx(np.zeros(6))
    assert (mutual_information(np.stack([p, p, p])) >= 0).all()


def test_members_that_are_certain_of_different_classes_have_the_log_of_their_number():
    members = np.eye(3)[:, None]
    assert mutual_information(members) == pytest.approx([log(3)])


def test_mutual_information_by_enumeration():
    members = np.random.default_rng(3).dirichlet(np.ones(3), (4, 2))
    mean = members.mean(axis=0)
    expected = [
        sum(members[m, n, y] * log(members[m, n, y] / mean[n, y]) for m, y in product(range(4), range(3))) / 4
        for n in range(2)
    ]
    assert mutual_information(members) == pytest.approx(expected)
