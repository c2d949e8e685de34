"""The maps of the explore page in a real Chromium: what is shown, selected, decoded and moved."""

from __future__ import annotations

import pytest

from tests.browser.explore import map_checks

pytestmark = pytest.mark.browser


def test_a_legend_dims_and_the_plot_says_how_many_it_shows(explored, browse) -> None:
    seen = browse(map_checks.legend, explored.url)
    assert seen["only"] == seen["first"] < seen["before"] == seen["after"]
    assert f"{seen['before'] - seen['only']:,} dimmed" in seen["dimmed"]


def test_what_is_drawn_around_is_selected_and_taken_away(explored, browse) -> None:
    seen = browse(map_checks.selection, explored.url)
    assert seen["none"] == 0
    assert 0 < seen["left"] < seen["all"]
    assert abs(seen["left"] + seen["right"] - seen["all"]) <= 2


def test_a_view_zooms_fits_and_grows(explored, browse) -> None:
    seen = browse(map_checks.views, explored.url)
    assert seen["zoomed"] < seen["all"] == seen["fit"] == seen["back"]
    assert 0 < seen["channel"] < seen["all"]
    assert seen["panels"] == seen["used"]


def test_an_empty_place_is_decoded_for_pointer_and_keyboard(explored, browse) -> None:
    seen = browse(map_checks.pointing, explored.url)
    assert "decoded by channel" in seen["pointer"]
    assert "decoded by channel" in seen["keyboard"]


def test_inputs_are_reached_from_the_keyboard(explored, browse) -> None:
    first, second, again = browse(map_checks.steps, explored.url)
    assert ", 1 of " in first
    assert ", 2 of " in second
    assert first.strip() == again.strip()


@pytest.mark.parametrize(("motion", "least", "most"), [("no-preference", 6, 80), ("reduce", 1, 4)])
def test_points_move_unless_less_motion_is_wanted(motion, least, most, explored, browse) -> None:
    assert least <= browse(map_checks.movement, explored.url, motion) <= most
