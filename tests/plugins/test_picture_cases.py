"""Figures of pictures and latents on every unusual model: they draw, fit the page, and say why they are empty."""

import functools

import numpy as np
import pytest

from rcmvae_core.plugin import parameters
from rcmvae_core.plugin.declaration import load_object
from rcmvae_core.plugin.protocols import NotApplicable, Plot
from rcmvae_core.report.drawing import draw

from .figure_cases import BY_NAME, build, bundle, result
from .picture_cases import CASES, LATENTS, PICTURES, TABLE, model, run

SIMILAR = {
    "200 classes", "nan rows", "one feature", "one shared dimension", "eight shared dimensions",
    "nan rows of eight dimensions",
}  # fmt: skip
"""Cases between those of every run of the suite."""


@pytest.mark.parametrize(
    ("name", "case"),
    [pytest.param(*row, marks=pytest.mark.long) if row[1] in SIMILAR else row for row in TABLE],
)
def test_draws(name, case):
    built = result(name, run(CASES[case]))
    if isinstance(built, NotApplicable):
        assert not built.reason.endswith(".")
        return
    assert isinstance(built, Plot)
    lengths = {len(column) for column in built.table.values()}
    assert len(lengths) == 1
    assert lengths != {0}
    width, height = built.figure.get_size_inches()
    assert width <= 9.7
    assert height <= 16
    assert built.figure.get_suptitle()
    assert len(draw(built.figure)) < 800_000


NOTHING = [
    ("reconstructions", {"inputs": bundle(kept=0).inputs}, "no inputs were stored"),
    (
        "channel_reconstructions",
        {"channel_reconstructions": np.zeros((0, 0))},
        "no reconstructions by single",
    ),
    ("channel_samples", {"samples": np.zeros((4, 0, 8, 8, 1))}, "no samples were stored"),
    ("class_samples", {"class_samples": np.zeros((0, 0))}, "no samples were stored"),
    (
        "class_samples",
        {"class_samples": np.zeros((0, 0)), "tau": np.zeros((4, 0))},
        "the run has no classifier",
    ),
    ("traversals", {"traversals": np.zeros((0, 0, 0))}, "no traversals were stored"),
    ("pseudo_inputs", {"pseudo_inputs": np.zeros((0, 0))}, "the prior has no pseudo-inputs"),
    ("sigma_maps", {"sigma_maps": np.zeros((0, 0)), "sigma": np.full(60, np.nan)}, "the likelihood has no σ"),
    ("sigma_maps", {"sigma_maps": np.zeros((0, 0))}, "σ is one number for each input, so its maps"),
    (
        "sigma_maps",
        {"sigma_maps": np.full((12, 8, 8, 1), 0.2)},
        "σ is one number for each input, so its maps",
    ),
    ("sigma_extremes", {"sigma": np.full(60, np.nan)}, "the likelihood has no σ"),
    ("sigma_extremes", {"sigma": np.full(60, 0.1)}, "σ is the same for every input"),
    ("hardest", {"negative_log_likelihood": np.full(60, np.nan)}, "no stored input has a finite likelihood"),
    ("most_unusual", {"score_names": ()}, "the run has no out-of-distribution score"),
    ("most_unusual", {"scores": np.full((60, 2), np.nan)}, "no stored input has a finite score"),
    ("latent_scatter", {"channel_means": np.full((30, 4, 2), np.nan)}, "no input has finite latents"),
    ("latent_map", {"channel_means": np.zeros((0, 0, 0))}, "no latents of channels were stored"),
    ("latent_map", {"responsibilities": np.full((60, 4), np.nan)}, "no input has finite latents"),
    ("prior_centres", {"prior_means": np.zeros((0, 0))}, "the prior has no means of channels"),
    ("prior_centres", {"prior_means": np.full((4, 2), np.nan)}, "no channel has a finite prior mean"),
    ("prior_centres", {"prior_means": np.ones((4, 2))}, "all channels have the same prior mean"),
    ("prior_centres", {"channel_means": np.zeros((0, 0, 0))}, "no latents of channels were stored"),
]


@pytest.mark.parametrize(("name", "changes", "why"), NOTHING)
def test_says_why_there_is_nothing(name, changes, why):
    built = result(name, run(model()._replace(**changes)))
    assert isinstance(built, NotApplicable)
    assert built.reason.startswith(why)


CHANGES = {
    "reconstructions": {"count": 3, "columns": 2},
    "channel_reconstructions": {"columns": 2, "channels": 2},
    "channel_samples": {"columns": 2, "channels": 2},
    "class_samples": {"columns": 2, "classes": 2},
    "traversals": {"channels": 2},
    "pseudo_inputs": {"count": 2, "columns": 2},
    "sigma_maps": {"count": 2, "columns": 2},
    "sigma_extremes": {"count": 2, "columns": 2},
    "hardest": {"count": 2, "columns": 2},
    "most_unusual": {"count": 2, "columns": 2},
    "latent_scatter": {
        "panels": 2,
        "columns": 2,
        "points": 2,
        "least": 0.5,
        "classes": 1,
        "share_axes": False,
    },
    "latent_map": {"points": 3, "classes": 1, "channels": 1},
    "prior_centres": {"channels": 2},
}


@functools.cache
def plain(name):
    return draw(build(name, run(model())))


@pytest.mark.parametrize("name", PICTURES + LATENTS)
def test_every_parameter_is_documented_and_has_an_effect(name):
    fields = parameters.fields(load_object(BY_NAME[name].params))
    assert set(CHANGES[name]) == set(fields)
    for field, value in CHANGES[name].items():
        assert fields[field].rule.doc.endswith(".")
        assert fields[field].rule.violation(value) is None
        assert draw(build(name, run(model()), **{field: value})) != plain(name), field
