"""The panels of the explore page, in a real Chromium on the real server."""

from __future__ import annotations

import pytest
from PIL import Image

from tests.browser.explore import panel_checks as checks

pytestmark = pytest.mark.browser


def test_twenty_inputs_are_labelled_from_the_keyboard_alone(explored, browse) -> None:
    seen = browse(checks.sweep, explored.url)
    assert seen["revisions"] == 22
    assert {how for how, _ in seen["hows"]} == {"suggestion"}
    assert all(score for _, score in seen["hows"])
    assert seen["focus"] == "Train on these labels"


def test_a_class_whose_name_is_markup_is_inert(explored, browse) -> None:
    seen = browse(checks.add_script, explored.url)
    assert seen == {"name": checks.SCRIPT, "scripts": 0, "dialogs": []}


def test_two_tabs_see_the_labels_of_each_other(explored, browse) -> None:
    before, after = browse(checks.label_in_two_tabs, explored.url)
    assert before != after


def test_a_label_given_without_a_server_is_sent_once_it_is_back(explore, browse) -> None:
    served = explore()
    seen = browse(checks.lose_server, served.url, served.kill, served.start)
    assert "not reachable" in seen["said"]
    assert seen["revisions"] == 1


def test_nothing_can_be_written_with_read_only(explore, browse) -> None:
    seen = browse(checks.read_only, explore("--read-only").url)
    assert seen["enabled"] == []
    assert "--read-only" in seen["reason"]


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light"), (1920, "dark")])
def test_panels_are_readable_and_accessible(width, scheme, explored, browse) -> None:
    assert browse(checks.examine, explored.url, width, scheme) == []


def test_the_help_lists_every_key_once(explored, browse) -> None:
    keys = browse(checks.keys_of, explored.url)
    assert {"q", "t", "m", "Ctrl+z", "Delete, Backspace", "?"} <= set(keys)
    assert len(keys) == len(set(keys))


def test_training_adds_a_model_and_going_back_is_one_click(explored, browse) -> None:
    seen = browse(checks.train, explored.url)
    assert "changed the predicted class" in seen["changes"]
    assert (seen["models"], seen["shown"]) == (2, 0)


def test_pictures_are_predicted_but_not_labelled(explored, browse, tmp_path) -> None:
    Image.new("L", (8, 8), 255).save(tmp_path / "<b>white<b>.png")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    files = [str(tmp_path / name) for name in ("<b>white<b>.png", "broken.png")]
    broken, white = browse(checks.upload, explored.url, files)
    assert "E489" in broken
    assert "<b>white<b>.png" in white
    assert "It cannot be labelled:" in white


def test_a_threshold_selects_what_lies_above_it(explored, browse) -> None:
    seen = browse(checks.move_threshold, explored.url)
    assert seen["said"].split()[0] in seen["target"]
