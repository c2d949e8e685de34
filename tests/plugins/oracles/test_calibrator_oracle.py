"""`temperature` against planted values and a grid, `conformal` against its definition and the law of its coverage."""

from __future__ import annotations

import numpy as np
import pytest
from rcmvae_plugins.calibrators.conformal import conformal
from rcmvae_plugins.calibrators.params import ConformalParams, TemperatureParams
from rcmvae_plugins.calibrators.temperature import temperature
from scipy import stats
from scipy.special import log_softmax

Y, TESTED, DRAWS = 6, 20_000, 20


def simulated(rng: np.random.Generator, count: int, *, planted: float = 1.0):
    """Log-probabilities whose true ones are their planted temperature, and labels drawn from these."""
    logits = rng.normal(size=(count, Y)) * rng.gamma(2.0, 2.0, (count, 1))
    labels = np.argmax(logits + rng.gumbel(size=logits.shape), axis=1)
    return log_softmax(planted * logits, axis=1), labels


def fitted_t(summary: str) -> float:
    return float(summary.split(";", maxsplit=1)[0].removeprefix("T = "))


@pytest.mark.parametrize("planted", [0.5, 1.7, 4.0])
def test_a_planted_temperature_is_recovered(make_context, planted) -> None:
    """Within four standard errors of the estimate, from the curvature of the likelihood."""
    logs, labels = simulated(np.random.default_rng(0), 4000, planted=planted)
    fitted = temperature(TemperatureParams(), make_context())(logs, labels)
    scaled = logs / planted
    p = np.exp(log_softmax(scaled, axis=1))
    variance = ((p * scaled**2).sum(axis=1) - (p * scaled).sum(axis=1) ** 2).sum()
    assert np.log(fitted_t(fitted.summary)) == pytest.approx(
        np.log(planted), abs=4 / np.sqrt(variance) + 0.005
    )
    new, _ = simulated(np.random.default_rng(1), 500, planted=planted)
    expected = np.exp(log_softmax(new / planted, axis=1))
    np.testing.assert_allclose(fitted.apply(new).probabilities, expected, atol=0.03)


@pytest.mark.parametrize("spread", [0.2, 1.0, 50.0])
def test_the_temperature_minimises_the_penalised_likelihood(make_context, spread) -> None:
    logs, labels = simulated(np.random.default_rng(2), 60, planted=3.0)
    fitted = temperature(TemperatureParams(spread=spread), make_context())(logs, labels)

    def objective(log_t: float) -> float:
        powers = np.exp(logs) ** np.exp(-log_t)
        p = powers[np.arange(60), labels] / powers.sum(axis=1)
        return -np.log(p).sum() + log_t**2 / (2 * spread**2)

    grid = np.linspace(-1, 3, 2001)
    best = grid[np.argmin([objective(log_t) for log_t in grid])]
    assert np.log(fitted_t(fitted.summary)) == pytest.approx(best, abs=0.01)


def test_labels_that_are_all_right_do_not_give_certainty(make_context) -> None:
    """Without the penalty the likelihood of three right labels has its maximum at T = 0."""
    logs = np.log([[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8]])
    fitted = temperature(TemperatureParams(), make_context())(logs, np.arange(3))
    assert 0.3 < fitted_t(fitted.summary) < 1
    loose = temperature(TemperatureParams(spread=100.0), make_context())(logs, np.arange(3))
    assert fitted_t(loose.summary) < fitted_t(fitted.summary)


def test_a_temperature_that_does_not_help_is_not_used(make_context) -> None:
    """All labels of one fold are right, and all of the other are wrong: each calls for a T that harms the other."""
    logs = np.log(np.tile([[0.8, 0.2], [0.2, 0.8]], (20, 1)))
    fitted = temperature(TemperatureParams(folds=2), make_context())(logs, np.zeros(40, np.int64))
    assert fitted.summary.startswith("T = 1,")
    np.testing.assert_allclose(fitted.apply(logs).probabilities, np.exp(logs))


def test_the_most_probable_class_stays(make_context) -> None:
    logs, labels = simulated(np.random.default_rng(3), 500, planted=3.0)
    p = temperature(TemperatureParams(), make_context())(logs, labels).apply(logs).probabilities
    np.testing.assert_array_equal(p.argmax(axis=1), logs.argmax(axis=1))


def lac(row, y):
    return 1 - np.exp(row[y])


def aps(row, y):
    return sum(np.exp(each) for each in row if each >= row[y])


@pytest.mark.parametrize(("method", "score"), [("lac", lac), ("aps", aps)])
@pytest.mark.parametrize("per_class", [False, True])
def test_sets_are_those_of_the_definition(make_context, method, score, per_class) -> None:
    rng = np.random.default_rng(4)
    logs, labels = simulated(rng, 150)
    new, _ = simulated(rng, 80)
    params = ConformalParams(0.8, method, per_class)
    sets = conformal(params, make_context())(logs, labels).apply(new).sets
    for y in range(Y):
        own = sorted(score(r, k) for r, k in zip(logs, labels, strict=True) if k == y or not per_class)
        rank = -(-(len(own) + 1) * 8 // 10)
        limit = own[rank - 1] if rank <= len(own) else np.inf
        for i, row in enumerate(new):
            if abs(score(row, y) - limit) > 1e-9:
                assert sets[i, y] == (score(row, y) <= limit), (i, y)


@pytest.mark.parametrize("method", ["lac", "aps"])
@pytest.mark.parametrize("coverage", [0.8, 0.9, 0.95])
@pytest.mark.parametrize("per_class", [False, True])
def test_coverage_is_within_a_point_of_the_promise_over_20_draws(
    make_context, method, coverage, per_class
) -> None:
    """Also of predictions that are three times too certain, as no property of p is used."""
    rng, covered = np.random.default_rng(5), []
    for _ in range(DRAWS):
        logs, labels = simulated(rng, 1200 * (Y if per_class else 1), planted=3.0)
        new, own = simulated(rng, TESTED, planted=3.0)
        fitted = conformal(ConformalParams(coverage, method, per_class), make_context())(logs, labels)
        inside = fitted.apply(new).sets[np.arange(TESTED), own]
        covered.append([inside[own == y].mean() for y in range(Y)] if per_class else [inside.mean()])
        assert fitted.coverage == coverage
    assert np.abs(np.mean(covered, axis=0) - coverage).max() < 0.01


@pytest.mark.parametrize("count", [19, 57])
def test_coverage_given_the_labels_has_a_beta_distribution(make_context, count) -> None:
    """Vovk 2012: Beta(r, n + 1 - r) for the r-th smallest of n scores, whatever the model."""
    rng, coverage = np.random.default_rng(6), 0.9
    rank = int(np.ceil((count + 1) * coverage - 1e-9))
    new, own = simulated(rng, TESTED)
    observed = []
    for _ in range(400):
        fitted = conformal(ConformalParams(coverage), make_context())(*simulated(rng, count))
        observed.append(fitted.apply(new).sets[np.arange(TESTED), own].mean())
    law = stats.beta(rank, count + 1 - rank)
    assert stats.kstest(observed, law.cdf).pvalue > 0.01


@pytest.mark.parametrize(("count", "is_whole"), [(8, True), (9, False)])
def test_too_few_labels_give_every_class(make_context, count, is_whole) -> None:
    """Nine labels are the fewest with which 0.9 can be promised."""
    logs, labels = simulated(np.random.default_rng(7), count)
    fitted = conformal(ConformalParams(0.9), make_context())(logs, labels)
    assert fitted.apply(simulated(np.random.default_rng(8), 200)[0]).sets.all() == is_whole
    assert ("too few labels" in fitted.summary) == is_whole


def test_a_class_without_labels_is_in_every_set(make_context) -> None:
    logs, labels = simulated(np.random.default_rng(9), 600)
    kept = labels != 2
    fitted = conformal(ConformalParams(0.9, per_class=True), make_context())(logs[kept], labels[kept])
    assert fitted.apply(logs).sets[:, 2].all()
    assert "1 of 6 classes" in fitted.summary
