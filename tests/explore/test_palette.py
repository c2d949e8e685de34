"""The colours of the explore page's data differ for every reader, on a light and on a dark page."""

from __future__ import annotations

import json
from importlib.resources import files

import numpy as np
import pytest

from tests.support.colour_vision import VISION, closest, lab

# A difference of 2.3 is just noticeable side by side; points that are apart need several times as much.
MANY = 15.0
SCHEMES = json.loads((files("rcmvae_core.explore") / "page" / "js" / "palette.json").read_text("utf-8"))
every_vision = pytest.mark.parametrize("vision", VISION)
every_scheme = pytest.mark.parametrize("colours", SCHEMES.values(), ids=SCHEMES.keys())


@every_vision
@every_scheme
def test_categories_differ(colours, vision) -> None:
    distance, *pair = closest(colours["categories"], vision)
    assert distance > MANY, pair


@every_vision
@every_scheme
def test_a_category_differs_from_no_label_dimmed_and_the_page(colours, vision) -> None:
    others = [colours["none"], colours["dimmed"], colours["ground"]]
    points = lab([*others, *colours["categories"]], vision)
    distances = np.linalg.norm(points[3:, None] - points[None, :3], axis=-1)
    assert distances.min() > MANY, distances.round(1)


@every_vision
@every_scheme
def test_a_sequential_scale_grows_lighter_all_along(colours, vision) -> None:
    assert (np.diff(lab(colours["sequential"], vision)[:, 0]) > 2).all()


def test_both_schemes_have_the_same_number_of_colours() -> None:
    assert len(SCHEMES["light"]["categories"]) == len(SCHEMES["dark"]["categories"])
