"""Uncertainties against closed forms, and against sums over every channel and class."""

from __future__ import annotations

from itertools import product
from math import log

import numpy as np
import pytest

from rcmvae_core.inference.uncertainty import entropy, expected_entropy, mutual_information


def test_entropy_of_a_certain_and_of_a_uniform_answer():
    found = entropy(np.array([[1.0, 0.0, 0.0, 0.0], [0.25, 0.25, 0.25, 0.25], [0.5, 0.5, 0.0, 0.0]]))
    assert found == pytest.approx([0, log(4), log(2)])


def test_what_a_known_channel_leaves_open_by_enumeration():
    rng = np.random.default_rng(0)
    q, tau = rng.dirichlet(np.ones(4), 5), rng.dirichlet(np.ones(3), 4)
    expected = [
        -sum(q[n, c] * tau[c, y] * log(tau[c, y]) for c, y in product(range(4), range(3))) for n in range(5)
    ]
    assert expected_entropy(q, tau) == pytest.approx(expected)


def test_the_rest_of_the_entropy_is_what_the_channel_tells_of_the_class():
    rng = np.random.default_rng(1)
    q, tau = rng.dirichlet(np.ones(4), 5), rng.dirichlet(np.ones(3), 4)
    p = q @ tau
    told = [
        sum(q[n, c] * tau[c, y] * log(tau[c, y] / p[n, y]) for c, y in product(range(4), range(3)))
        for n in range(5)
    ]
    assert entropy(p) - expected_entropy(q, tau) == pytest.approx(told)


def test_members_that_agree_know_all_there_is():
    p = np.random.default_rng(2).dirichlet(np.ones(3), 6)
    assert mutual_information(p[None]) == pytest.approx(np.zeros(6))
    assert mutual_information(np.stack([p, p, p])) == pytest.approx(np.zeros(6))
    assert (mutual_information(np.stack([p, p, p])) >= 0).all()


def test_members_that_are_sure_of_different_classes_differ_by_the_log_of_their_number():
    members = np.eye(3)[:, None]
    assert mutual_information(members) == pytest.approx([log(3)])


def test_disagreement_by_enumeration():
    members = np.random.default_rng(3).dirichlet(np.ones(3), (4, 2))
    mean = members.mean(axis=0)
    expected = [
        sum(members[m, n, y] * log(members[m, n, y] / mean[n, y]) for m, y in product(range(4), range(3))) / 4
        for n in range(2)
    ]
    assert mutual_information(members) == pytest.approx(expected)
