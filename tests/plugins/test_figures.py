"""Every figure on every unusual run: it draws without warnings, reproducibly, and says why it is empty."""

import functools
import subprocess
import sys

import numpy as np
import pytest
from rcmvae_plugins.figures import PLUGINS

from rcmvae_core.plugin import parameters
from rcmvae_core.plugin.declaration import load_object
from rcmvae_core.plugin.protocols.figure import NotApplicable
from rcmvae_core.report.drawing import draw

from .figure_cases import (
    BY_NAME,
    CASES,
    CURVES,
    EVERY,
    LABELLED,
    LABELS,
    LATENTS,
    PICTURES,
    build,
    bundle,
    data,
)

# A figure does not draw again what it cannot tell from the plain case.
TABLE = [
    *(("plain", name) for name in BY_NAME),
    *((case, name) for case in EVERY if case != "plain" for name in BY_NAME if name != "loss_curves"),
    *((case, name) for case in LABELS for name in LABELLED),
    *((case, name) for case in PICTURES for name in ("reconstructions", "channel_samples")),
    *((case, "loss_curves") for case in CURVES),
    *((case, "latent_scatter") for case in LATENTS),
]


@functools.cache
def plain(name):
    return draw(build(name, data()))


@pytest.mark.parametrize(("case", "name"), TABLE)
def test_draws(case, name):
    figure = build(name, CASES[case])
    if isinstance(figure, NotApplicable):
        return
    svg = draw(figure).decode()
    assert figure.get_suptitle()
    assert svg.count("<path") + svg.count("<use") > len(figure.get_suptitle()) / 2
    width, height = figure.get_size_inches()
    assert width <= 9.7
    assert height <= 25


def test_same_bytes_of_a_png():
    one, other = (draw(build("confusion", data()), "png") for _ in range(2))
    assert one == other


@pytest.mark.parametrize("name", ["loss_curves", "confusion"])
def test_nothing_is_left_of_a_users_style(name):
    import matplotlib as mpl

    expected = plain(name)
    with mpl.rc_context({"axes.facecolor": "black", "font.size": 30, "svg.fonttype": "none"}):
        before = dict(mpl.rcParams)
        assert draw(build(name, data())) == expected
        assert dict(mpl.rcParams) == before


def test_declarations_are_light():
    code = (
        "import sys, rcmvae_plugins.figures, rcmvae_plugins.figures.params;"
        "print([m for m in ('numpy', 'matplotlib', 'jax') if m in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


CHANGES = {
    "loss_curves": {"columns": 1, "skip_epochs": 2, "panels": 1},
    "channel_usage": {"order": "index"},
    "tau_heatmap": {"annotate": 0},
    "confusion": {"annotate": 0},
    "reliability": {"bins": 4},
    "risk_coverage": {"least": 0.5},
}


@pytest.mark.parametrize("name", CHANGES)
def test_every_parameter_is_documented_and_has_an_effect(name):
    fields = parameters.fields(load_object(BY_NAME[name].params))
    assert set(CHANGES[name]) == set(fields)
    for field, value in CHANGES[name].items():
        assert fields[field].rule.doc.endswith(".")
        assert fields[field].rule.violation(value) is None
        assert draw(build(name, data(), **{field: value})) != plain(name), field


def test_default_parameters_keep_their_own_bounds():
    for plugin in PLUGINS:
        for field in parameters.fields(load_object(plugin.params)).values():
            assert field.rule.violation(field.default) is None


@pytest.mark.parametrize(
    ("name", "case", "why"),
    [
        ("confusion", "unknown labels", "no held-out input has both a known label and a prediction"),
        ("confusion", "no classifier", "the run has no classifier"),
        ("reliability", "unknown labels", "no held-out input has both a known label and a prediction"),
        ("risk_coverage", "no classifier", "no held-out input has both a known label and a prediction"),
        ("tau_heatmap", "no classifier", "the run has no classifier"),
        ("loss_curves", "no history", "no history was recorded"),
        ("channel_usage", "all nan", "no held-out input has finite responsibilities"),
    ],
)
def test_says_why_there_is_nothing(name, case, why):
    assert build(name, CASES[case]) == NotApplicable(why)


def test_reliability_shows_how_often_each_bin_is_right():
    p = np.tile([0.9, 0.1], (40, 1))
    labels = np.repeat([0, 1], [30, 10])
    figure = build("reliability", data(bundle(classes=2)._replace(probabilities=p, labels=labels)), bins=10)
    upper, lower = figure.axes
    assert [bar.get_height() for bar in upper.patches] == [0.75]
    assert [bar.get_height() for bar in lower.patches] == [*[0] * 8, 1, 0]
    assert figure.get_suptitle() == "expected calibration error 0.1500, 40 predictions"


def test_risk_coverage_rises_when_the_unsure_are_kept():
    p = np.column_stack([np.linspace(1, 0.6, 40), np.linspace(0, 0.4, 40)])
    labels = np.repeat([0, 1], [30, 10])  # the ten least sure are wrong
    figure = build(
        "risk_coverage", data(bundle(classes=2)._replace(probabilities=p, labels=labels)), least=0.0
    )
    (line,) = figure.axes[0].lines
    coverage, risk = line.get_data()
    np.testing.assert_allclose(risk[coverage <= 0.75], 0)
    np.testing.assert_allclose(risk[-1], 0.25)
    assert figure.get_suptitle().startswith("error rate 25.0 %, ")
