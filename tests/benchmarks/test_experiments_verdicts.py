"""The rules of the experiments say yes, no and undecided where planted results are so."""

from __future__ import annotations

import doctest
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from rcmvae_core.plugin.protocols.report_arrays import ReportArrays
from rcmvae_core.report.comparison.compare import Comparison, compare
from rcmvae_core.report.comparison.runs import ComparedRun, Pair
from tests.benchmarks.experiments import derived, rules, training, verdicts
from tests.benchmarks.experiments.derived import (
    CALIBRATION,
    DEAD,
    IMPORTANCE,
    SIGMA_BY_CHANNEL,
    SILHOUETTE,
    of_sigma,
)

NOISE = (-0.01, 0.0, 0.01)


def comparison(groups: Mapping[str, Mapping[str, Sequence[float]]]) -> Comparison:
    """Compare groups with the given values of each metric by seed."""
    runs = [
        ComparedRun(
            Path(name), name, {"model": name},
            {Pair(seed, 0): {m: values[seed] for m, values in metrics.items()} for seed in range(3)}, (), "x",
        )
        for name, metrics in groups.items()
    ]  # fmt: skip
    common = set.intersection(*(set(metrics) for metrics in groups.values()))
    return compare(runs, sorted(common))


def around(mean: float) -> list[float]:
    return [mean + each for each in NOISE]


def answers(findings: Sequence[rules.Finding]) -> list[str]:
    return [finding.answer for finding in findings]


@pytest.mark.parametrize("module", [verdicts, rules, derived, training])
def test_examples_run(module) -> None:
    failures, count = doctest.testmod(module)
    assert count > 0
    assert failures == 0


@pytest.mark.parametrize(
    ("ownership", "silhouette", "answer"),
    [(0.9, 0.5, "yes"), (0.3, 0.5, "no"), (0.9, 0.0, "no")],
)
def test_separation_needs_all_three(ownership, silhouette, answer) -> None:
    shared = {"metric/ownership_diagonal": around(0.5), "metric/nmi": around(0.4), SILHOUETTE: around(0.2)}
    ours = {
        "metric/ownership_diagonal": around(ownership),
        "metric/nmi": around(0.6),
        SILHOUETTE: around(silhouette),
    }
    found = verdicts.decentralized(comparison({"shared": shared, "decentralized": ours}))
    assert found[0].answer == answer
    assert len(found) == 4


def test_a_difference_within_noise_is_undecided() -> None:
    shared = {name: [0.5, 0.6, 0.4] for name in ("metric/ownership_diagonal", "metric/nmi", SILHOUETTE)}
    ours = {name: [0.6, 0.5, 0.45] for name in shared}
    found = verdicts.decentralized(comparison({"shared": shared, "decentralized": ours}))
    assert answers(found) == ["undecided"] * 4


@pytest.mark.parametrize(
    ("nll", "ownership", "answer"),
    [(120.0, 0.8, "yes"), (100.0, 0.5, "yes"), (101.0, 0.8, "no"), (90.0, 0.8, "no")],
)
def test_film_must_gain_five_per_cent_in_one_of_two(nll, ownership, answer) -> None:
    names = ("test/negative_log_likelihood", "metric/ownership_diagonal")
    film = dict(zip(names, (around(100.0), around(0.8)), strict=True))
    other = dict(zip(names, (around(nll), around(ownership)), strict=True))
    (found,) = verdicts.conditioning(comparison({"decentralized": film, "concat": other}))
    assert found.answer == answer
    assert "concat" in found.statement


def test_a_gain_over_nothing_is_unknown() -> None:
    assert math.isnan(verdicts.gain(0.5, 0.0, lower=False))


def of_head(nll: float, *, bound: float, rank: float, between: float) -> dict[str, list[float]]:
    return {
        "metric/nll": around(nll), "metric/sigma_at_bound": [bound] * 3,
        "metric/sigma_error_correlation": around(rank), SIGMA_BY_CHANNEL: around(between),
        CALIBRATION: around(1.0), "metric/auroc/elbo": around(0.9),
    }  # fmt: skip


def test_a_good_sigma_passes_every_rule() -> None:
    heads = {
        "fixed": {"metric/nll": around(0.0)},
        "optimal": {"metric/nll": around(-300.0)},
        "heteroscedastic": of_head(-500.0, bound=0.01, rank=0.5, between=0.3),
    }
    assert answers(verdicts.ultimate(comparison(heads))) == ["yes"] * 5


def test_a_sigma_on_its_bound_fails() -> None:
    heads = {
        "fixed": {"metric/nll": around(0.0)},
        "optimal": {"metric/nll": around(-1.0)},
        "heteroscedastic": of_head(300.0, bound=0.99, rank=-0.2, between=0.0),
    }
    assert answers(verdicts.ultimate(comparison(heads))) == ["no"] * 5


@pytest.mark.parametrize(("bound", "answer"), [(1.0, "yes"), (0.5, "no")])
def test_the_setting_of_the_source_fails_where_sigma_is_on_a_bound(bound, answer) -> None:
    head = of_head(0.0, bound=bound, rank=0.0, between=0.0)
    assert answers(verdicts.source(comparison({"source": head}))) == [answer]


@pytest.mark.parametrize(
    ("dead", "unlocked", "expected"),
    [(5.0, 0.0, ["yes", "yes"]), (0.0, 0.0, ["no", "no"]), (5.0, 8.0, ["yes", "no"])],
)
def test_a_curriculum_prevents_only_a_collapse_that_there_is(dead, unlocked, expected) -> None:
    def channels(number: float) -> dict[str, list[float]]:
        return {DEAD: [number] * 3, "metric/effective_channels": around(10 - number)}

    found = verdicts.curriculum(comparison({"decentralized": channels(dead), "unlock": channels(unlocked)}))
    assert answers(found)[:2] == expected


def test_the_ablation_judges_every_head_against_the_plain_one() -> None:
    plain = {"metric/nll": around(0.0), "metric/auroc/elbo": around(0.5)}
    image = of_head(-100.0, bound=0.0, rank=0.4, between=0.1)
    found = verdicts.heteroscedastic(comparison({"plain": plain, "image": image}))
    assert answers(found) == ["yes"] * 5
    wrong = image | {CALIBRATION: around(3.0)}
    assert answers(verdicts.heteroscedastic(comparison({"plain": plain, "image": wrong})))[-1] == "no"


def test_a_lower_bound_of_the_likelihood_is_better() -> None:
    found = verdicts.vampprior(
        comparison({"standard": {IMPORTANCE: around(90.0)}, "vamp": {IMPORTANCE: around(85.0)}})
    )
    assert answers(found) == ["yes"]
    assert "below" in found[0].statement


def test_a_diagnostic_reports_differences() -> None:
    values = {"metric/nmi": around(0.5), "metric/ownership_diagonal": around(0.5)}
    assert len(verdicts.geometric(comparison({"shared": values, "circle": values}))) == 2


def arrays(sigma: np.ndarray, error: np.ndarray, channels: np.ndarray) -> ReportArrays:
    count = len(sigma)
    return ReportArrays(
        np.zeros(count, np.int64), np.zeros((count, 0)), (), inputs=np.zeros((1, 5, 2, 1), np.float32),
        sigma=sigma, squared_error=error, responsibilities=np.eye(2)[channels],
    )  # fmt: skip


def test_sigma_is_calibrated_where_errors_have_its_size() -> None:
    """The oracle draws errors of ten pixels from N(0, σ²), with another σ for each of two channels."""
    generator = np.random.default_rng(0)
    channels = np.repeat([0, 1], 4000)
    sigma = np.array([0.1, 0.3])[channels]
    error = ((generator.normal(size=(8000, 10)) * sigma[:, None]) ** 2).sum(1)
    found = of_sigma(arrays(sigma, error, channels))
    assert found[CALIBRATION] == pytest.approx(1.0, abs=0.02)
    assert found[SIGMA_BY_CHANNEL] == pytest.approx(1.0)


def test_one_sigma_says_nothing_about_channels_and_no_sigma_nothing() -> None:
    channels = np.array([0, 1, 1])
    assert SIGMA_BY_CHANNEL not in of_sigma(arrays(np.full(3, 0.2), np.ones(3), channels))
    assert of_sigma(arrays(np.full(3, np.nan), np.ones(3), channels)) == {}
