"""Every figure of numbers on every unusual run: it draws, or it says why not."""

import numpy as np
import pytest

from rcmvae_core.plugin import parameters
from rcmvae_core.plugin.declaration import load_object
from rcmvae_core.plugin.protocols.figure import NotApplicable, Plot
from rcmvae_core.report.drawing import draw

from .figure_cases import BY_NAME, build, result
from .number_cases import CASES, EMPTY, numbers, run

CHANGES = {
    "loss_terms": {"terms": 1},
    "curriculum": {"channels": 2},
    "usage_over_time": {"channels": 2},
    "channel_evolution": {"panels": 2, "columns": 2, "points": 3, "classes": 1},
    "embedding_distances": {"channels": 2, "annotate": 0},
    "ownership": {"channels": 2, "classes": 2, "annotate": 0},
    "channel_kl": {"channels": 2, "usage": 0.25},
    "routing_hardness": {"bins": 5},
    "responsibility_confidence": {"bins": 5},
    "class_accuracy": {"classes": 2},
    "certainty": {"bins": 5},
    "sigma_histogram": {"bins": 5},
    "sigma_error": {"points": 5},
    "sigma_by_class": {"classes": 2},
    "score_distributions": {"bins": 5, "columns": 1},
    "score_roc": {"scores": 1},
    "active_units": {"least": 0.5, "usage": 0.25},
}
EVERY = [*CHANGES, "loss_curves", "channel_usage", "tau_heatmap", "confusion", "reliability", "risk_coverage"]


HISTORY = ("loss_terms", "curriculum", "loss_curves")
SNAPSHOTS = ("usage_over_time", "channel_evolution", "curriculum")
# What a figure does not read is not drawn again.
ONLY = dict.fromkeys(("no weights", "one epoch", "long terms", "many terms"), HISTORY)
ONLY |= dict.fromkeys(("no snapshots", "one snapshot"), SNAPSHOTS)
ONLY["three dimensions"] = ONLY["one dimension"] = ("channel_evolution", "active_units")
ONLY["long names"] = (
    "channel_evolution",
    "ownership",
    "class_accuracy",
    "sigma_by_class",
    "tau_heatmap",
    "confusion",
)
TABLE = [(case, name) for case in CASES for name in ONLY.get(case, [n for n in EVERY if n not in HISTORY])]
TABLE += [
    (case, name)
    for case in ("plain", "one channel", "many channels", "all nan", "nothing")
    for name in HISTORY
]


SIMILAR = {
    "single precision", "one class", "many channels", "many classes", "eight dimensions", "nan rows", "one input",
}  # fmt: skip
"""Cases between those of every run of the suite."""


@pytest.mark.parametrize(
    ("case", "name"),
    [pytest.param(*row, marks=pytest.mark.long) if row[0] in SIMILAR else row for row in TABLE],
)
def test_draws_or_says_why_not(case, name):
    drawn = result(name, CASES[case])
    if isinstance(drawn, NotApplicable):
        assert drawn.reason
        assert not drawn.reason.endswith(".")
        return
    assert isinstance(drawn, Plot)
    assert len({len(column) for column in drawn.table.values()}) == 1
    assert draw(drawn.figure)
    assert drawn.figure.get_suptitle()
    width, height = drawn.figure.get_size_inches()
    assert width <= 9.7
    assert height <= 19


@pytest.mark.parametrize("name", CHANGES)
def test_every_parameter_has_an_effect(name):
    fields = parameters.fields(load_object(BY_NAME[name].params))
    assert set(CHANGES[name]) == set(fields)
    plain = draw(build(name, run()))
    for field, value in CHANGES[name].items():
        assert fields[field].rule.violation(value) is None
        assert draw(build(name, run(), **{field: value})) != plain, field


@pytest.mark.parametrize("name", EVERY)
def test_arrays_stay_as_they_are(name):
    data, same = run(), run()
    result(name, data)
    for ours, theirs in zip(data.arrays, same.arrays, strict=True):
        np.testing.assert_array_equal(ours, theirs)


REASONS = [
    ("loss_terms", run(history=()), "no history of loss terms"),
    ("curriculum", run(history=({"seed": 0, "epoch": 1, "step": 1, "train/total": 1.0},)), "no curriculum"),
    (
        "curriculum",
        run(history=({"seed": 0, "epoch": 1, "step": 1, "curriculum/active_channels": 4.0},)),
        "locks channels",
    ),
    ("usage_over_time", CASES["no snapshots"], "train.diagnostics_every"),
    ("usage_over_time", CASES["one channel"], "one channel"),
    ("channel_evolution", CASES["one snapshot"], "train.diagnostics_every"),
    ("channel_evolution", CASES["all nan"], "finite latents"),
    ("embedding_distances", run(numbers()._replace(embeddings=EMPTY.embeddings)), "no channel embeddings"),
    ("embedding_distances", CASES["one channel"], "one channel"),
    ("embedding_distances", CASES["all nan"], "finite embedding"),
    ("ownership", CASES["unknown labels"], "known label"),
    ("ownership", CASES["one channel"], "one channel"),
    ("ownership", CASES["all nan"], "finite responsibilities"),
    ("channel_kl", CASES["one channel"], "one channel"),
    ("channel_kl", run(numbers()._replace(channel_kl=np.ones((30, 1)))), "share one latent"),
    ("channel_kl", CASES["nothing"], "finite KL"),
    ("channel_kl", run(numbers()._replace(responsibilities=np.full((60, 4), np.nan))), "no channel is used"),
    ("routing_hardness", CASES["one channel"], "one channel"),
    ("routing_hardness", CASES["nothing"], "finite selections"),
    ("responsibility_confidence", CASES["one channel"], "one channel"),
    ("responsibility_confidence", CASES["nothing"], "finite responsibilities"),
    ("class_accuracy", CASES["no classes"], "no classifier"),
    ("class_accuracy", CASES["unknown labels"], "known label"),
    ("certainty", CASES["no classes"], "no classifier"),
    ("certainty", CASES["unknown labels"], "known label"),
    ("sigma_histogram", CASES["all nan"], "no σ"),
    ("sigma_error", CASES["all nan"], "no σ"),
    ("sigma_error", run(numbers()._replace(squared_error=np.full(60, np.nan))), "finite error"),
    ("sigma_by_class", CASES["nothing"], "no σ"),
    ("sigma_by_class", CASES["constant"], "σ is 0.1 for every input"),
    ("sigma_by_class", CASES["unknown labels"], "known label"),
    ("score_distributions", CASES["nothing"], "no out-of-distribution scores"),
    ("score_roc", CASES["nothing"], "no out-of-distribution scores"),
    ("score_roc", run(numbers()._replace(held_out_scores=EMPTY.held_out_scores)), "held out no class"),
    ("active_units", CASES["nothing"], "no posterior means"),
    ("active_units", CASES["all nan"], "finite posterior means"),
]


@pytest.mark.parametrize(("name", "data", "reason"), REASONS)
def test_says_what_is_missing(name, data, reason):
    drawn = result(name, data)
    assert isinstance(drawn, NotApplicable)
    assert reason in drawn.reason


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("usage_over_time", "10 most used of 200 channels, rest in others"),
        ("channel_kl", "40 most used of 200 channels, rest in others"),
        ("embedding_distances", "the 50 most used of 200 channels"),
        ("ownership", "30 of 200 channels and 30 of 200 classes, rest in others"),
        ("class_accuracy", "30 least accurate of "),
        ("sigma_by_class", "30 highest of "),
    ],
)
def test_titles_say_what_is_folded(name, note):
    assert note in build(name, CASES["many of each"]).get_suptitle()
