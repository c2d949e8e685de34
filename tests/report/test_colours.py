"""Colours that stand for data differ for every reader, whatever colours they see."""

from __future__ import annotations

import numpy as np
import pytest
from rcmvae_plugins.figures._style import BLUE, ORANGE, PALETTE

from rcmvae_core.report.comparison.figures import COLOURS
from rcmvae_core.report.drawing import PAPER
from rcmvae_core.report.histograms import _OTHER, _OWN
from tests.support.colour_vision import VISION, closest, lab

# A difference of 2.3 is just noticeable side by side; marks that are apart on a page need several times as much.
MANY, TWO = 15.0, 60.0
DARK_PAPER = "#171a21"

every_vision = pytest.mark.parametrize("vision", VISION)


@every_vision
@pytest.mark.parametrize("colours", [PALETTE, COLOURS], ids=["palette", "comparison"])
def test_the_colours_of_classes_and_groups_differ(colours, vision) -> None:
    distance, *pair = closest(colours, vision)
    assert distance > MANY, pair


@every_vision
@pytest.mark.parametrize("pair", [(BLUE, ORANGE), (_OWN, _OTHER)], ids=["figures", "scores"])
def test_two_colours_differ_much(pair, vision) -> None:
    assert closest(pair, vision)[0] > TWO


@every_vision
@pytest.mark.parametrize("paper", [PAPER, DARK_PAPER])
@pytest.mark.parametrize("colours", [PALETTE, COLOURS, (BLUE, ORANGE)], ids=["palette", "comparison", "two"])
def test_every_colour_differs_from_the_page(colours, paper, vision) -> None:
    points = lab([paper, *colours], vision)
    assert np.linalg.norm(points[1:] - points[0], axis=1).min() > 2 * MANY


def test_lab_equals_published_values() -> None:
    """White, and the red and blue of sRGB, as colour calculators give them for D65."""
    expected = [[100.0, 0.0, 0.0], [53.24, 80.09, 67.20], [32.30, 79.19, -107.86]]
    np.testing.assert_allclose(lab(["#ffffff", "#ff0000", "#0000ff"]), expected, atol=0.01)


def test_each_kind_of_colour_blindness_confuses_its_own_colours() -> None:
    """Red and green of one luminance look alike without the cones for red or green, blue and green without those for blue."""
    red_green, blue_green = ("#c04040", "#707000"), ("#3070a0", "#307a7a")
    for vision in ("protanopia", "deuteranopia"):
        assert closest(red_green, vision)[0] < 0.6 * closest(red_green, "normal")[0]
    assert closest(blue_green, "tritanopia")[0] < 0.6 * closest(blue_green, "normal")[0]


@every_vision
def test_greys_stay_what_they_are(vision) -> None:
    greys = ["#000000", "#808080", "#ffffff"]
    np.testing.assert_allclose(lab(greys, vision), lab(greys), atol=0.1)
