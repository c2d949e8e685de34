"""The contents of the figures of pictures: which tiles are where, pixel by pixel, and what is written above them."""

import numpy as np
import pytest
from matplotlib.collections import LineCollection, PolyCollection

from .figure_cases import build, bundle, data, result
from .picture_cases import model, run

GAP = 1  # pixels between tiles of 12 pixels


def strips(figure):
    """Return the pixels of each row of tiles."""
    return [np.asarray(image.get_array()) for image in figure.axes[0].images]


def tile(strip, column, size=12):
    return strip[:, column * (size + GAP) :][:, :size]


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def labels(figure):
    return [label.get_text() for label in figure.axes[0].get_yticklabels()]


def pictures(**settings):
    return model(shape=(12, 12, 1), **settings)


def test_reconstructions_are_below_their_inputs_kind_by_kind():
    arrays = pictures(kept=5)
    plot = result("reconstructions", run(arrays), columns=3)
    rows = strips(plot.figure)
    kinds = [
        arrays.inputs,
        arrays.reconstructions,
        arrays.selected_reconstructions,
        arrays.alternative_reconstructions,
    ]
    for place, kind in enumerate(kinds):
        np.testing.assert_allclose(tile(rows[place], 1)[..., 0], kind[1, ..., 0])
        np.testing.assert_allclose(tile(rows[place + 4], 0)[..., 0], kind[3, ..., 0])
    assert not rows[0][:, 12, 3].any()
    names = ["input", "weighted", "first channel", "second channel"]
    assert labels(plot.figure) == names * 2
    assert plot.table["row"].tolist() == list(np.repeat(names, 5))
    assert plot.table["position"].tolist() == arrays.shown.tolist() * 4
    error = np.square(arrays.inputs[3] - arrays.alternative_reconstructions[3]).mean()
    np.testing.assert_allclose(plot.table["squared_error"][18], error)


def test_tables_describe_the_pictures():
    arrays = pictures(kept=5)
    table = result("reconstructions", run(arrays)).table
    shown = arrays.shown
    np.testing.assert_allclose(table["nll"][:5], arrays.negative_log_likelihood[shown])
    np.testing.assert_allclose(table["sigma"][:5], arrays.sigma[shown])
    assert table["label"][:5].tolist() == [f"name {y}" for y in arrays.labels[shown]]
    assert table["predicted"][:5].tolist() == [
        f"name {y}" for y in arrays.probabilities[shown].argmax(axis=1)
    ]
    assert table["channel"][:5].tolist() == arrays.responsibilities[shown].argmax(axis=1).tolist()


def test_colours_and_broken_values_are_shown():
    arrays = bundle(shape=(6, 6, 3))
    arrays.inputs[0, 2, 3, 1] = np.nan
    arrays.inputs[1, 0, 0] = (-3, 0.5, 7)
    row = strips(build("reconstructions", data(arrays)))[0]
    np.testing.assert_allclose(row[2, 3, :3], np.array([0xE8, 0x59, 0x0C]) / 255)
    np.testing.assert_allclose(row[0, 7, :3], [0, 0.5, 1])


def test_reconstructions_that_are_not_finite_are_reported():
    arrays = pictures(kept=5)
    arrays.selected_reconstructions[0, 3, 3] = np.nan
    title = build("reconstructions", run(arrays)).get_suptitle()
    error = np.square(arrays.inputs - arrays.reconstructions)[1:].mean()
    assert title.startswith(f"5 inputs, mean squared error {error:.3g} weighted")
    assert title.endswith("; NaN in orange")


def test_few_features_are_bars_with_the_input_as_an_outline():
    arrays = bundle(shape=(4,), kept=3)
    figure = build("reconstructions", data(arrays))
    inputs, decoded, outline = (c for c in figure.axes[0].collections if isinstance(c, PolyCollection))
    for bars, values in (
        (inputs, arrays.inputs),
        (decoded, arrays.reconstructions),
        (outline, arrays.inputs),
    ):
        heights = [np.ptp(path.vertices[:, 1]) for path in bars.get_paths()]
        np.testing.assert_allclose(np.array(heights) / 0.46, values.ravel())
    assert not outline.get_facecolor().size


def test_many_features_are_lines():
    arrays = bundle(shape=(30,), kept=2)
    figure = build("reconstructions", data(arrays))
    lines = [
        c for c in figure.axes[0].collections if isinstance(c, LineCollection) and len(c.get_paths()[0]) > 2
    ]
    (first, second) = lines[0].get_paths()
    bottom = figure.axes[0].get_yticks()[0] + 0.23
    np.testing.assert_allclose((bottom - first.vertices[:, 1]) / 0.46, arrays.inputs[0])
    assert second.vertices[0, 0] > first.vertices[-1, 0]


def test_channel_reconstructions_are_a_row_for_each_channel_with_its_responsibility():
    arrays = pictures()
    plot = result("channel_reconstructions", run(arrays), columns=3, channels=2)
    rows = strips(plot.figure)
    assert len(rows) == 3
    np.testing.assert_allclose(tile(rows[0], 2)[..., 0], arrays.inputs[2, ..., 0])
    np.testing.assert_allclose(tile(rows[2], 1)[..., 0], arrays.channel_reconstructions[1, 1, ..., 0])
    q = arrays.responsibilities[arrays.shown[:3]][:, arrays.decoded_channels[:2]].T
    assert texts(plot.figure)[3:] == [f"{value:.2f}" if value >= 0.005 else "" for value in q.ravel()]
    np.testing.assert_allclose(plot.table["responsibility"], q.ravel())
    assert plot.table["decoded_by"].tolist() == np.repeat(arrays.decoded_channels[:2], 3).tolist()


def test_samples_are_a_row_for_each_channel_most_used_first():
    arrays = pictures()
    plot = result("channel_samples", run(arrays), columns=3, channels=2)
    share = arrays.responsibilities.mean(axis=0)
    order = np.argsort(-share)[:2].tolist()
    for row, channel in zip(strips(plot.figure), order, strict=True):
        np.testing.assert_allclose(tile(row, 2)[..., 0], arrays.samples[channel, 2, ..., 0])
    expected = [f"name {arrays.tau[c].argmax()} channel {c} {100 * share[c]:.1f} %" for c in order]
    assert [" ".join(label.split()) for label in labels(plot.figure)] == expected
    assert plot.figure.get_suptitle().startswith("3 samples of 2 of 4 channels")
    assert plot.table["channel"].tolist() == [order[0]] * 3 + [order[1]] * 3
    np.testing.assert_allclose(plot.table["mean_value"][4], arrays.samples[order[1], 1].mean())


def test_class_samples_are_those_of_the_most_frequent_classes():
    arrays = pictures()._replace(labels=np.repeat([3, 1, 0, -1], [30, 20, 5, 5]))
    plot = result("class_samples", run(arrays), classes=2)
    assert labels(plot.figure) == ["name 1", "name 3"]
    np.testing.assert_allclose(tile(strips(plot.figure)[1], 4)[..., 0], arrays.class_samples[3, 4, ..., 0])
    assert plot.figure.get_suptitle() == "5 samples of 2 of 4 classes, the most frequent"
    assert plot.table["class"].tolist() == ["name 1"] * 5 + ["name 3"] * 5


def test_traversals_are_a_row_for_each_coordinate_of_each_channel():
    arrays = pictures()
    decoded = np.zeros((4, 2, 5, 12, 12, 1))
    decoded[1, 0] = np.linspace(0, 1, 5)[:, None, None, None]  # only this coordinate is used
    plot = result("traversals", run(arrays._replace(traversals=decoded)), channels=2)
    rows = strips(plot.figure)
    assert [row[0, -1, 0] for row in rows] == [0, 0, 1, 0]
    assert texts(plot.figure)[10:15] == [f"{value:.1f}" for value in arrays.traversal_values[1, 0]]
    change = plot.table["change"].reshape(4, 5)
    np.testing.assert_allclose(change[2], [0, 0.25, 0.25, 0.25, 0.25])
    assert not change[[0, 1, 3]].any()
    assert plot.table["channel"][[0, 10]].tolist() == arrays.decoded_channels[:2].tolist()
    assert plot.table["coordinate"][[0, 5]].tolist() == [1, 2]
    np.testing.assert_allclose(plot.table["value"], arrays.traversal_values[:2].ravel())


def test_pseudo_inputs_are_above_what_they_decode_to_most_used_first():
    arrays = pictures()
    plot = result("pseudo_inputs", run(arrays), count=3, columns=2)
    order = np.argsort(-arrays.responsibilities.mean(axis=0))[:3]
    rows = strips(plot.figure)
    np.testing.assert_allclose(tile(rows[0], 1)[..., 0], arrays.pseudo_inputs[order[1], ..., 0])
    np.testing.assert_allclose(tile(rows[1], 1)[..., 0], arrays.decoded_pseudo_inputs[order[1], ..., 0])
    np.testing.assert_allclose(tile(rows[3], 0)[..., 0], arrays.decoded_pseudo_inputs[order[2], ..., 0])
    assert plot.table["pseudo_input"].tolist() == order.tolist()


def test_sigma_maps_have_one_scale():
    maps = np.full((12, 12, 12, 1), 0.1)
    maps[1, :, 6:] = 0.3
    maps[2] = 0.2
    plot = result("sigma_maps", run(pictures()._replace(sigma_maps=maps)), count=3)
    row = strips(plot.figure)[2]
    opacity = [tile(row, 0)[0, 0, 3], tile(row, 2)[0, 0, 3], tile(row, 1)[0, -1, 3]]
    np.testing.assert_allclose(opacity, [0.03, 0.515, 1.0], atol=0.005)
    np.testing.assert_allclose(plot.table["highest"], [0.1, 0.3, 0.2])
    np.testing.assert_allclose(plot.table["mean"], [0.1, 0.2, 0.2])
    assert plot.figure.get_suptitle() == "σ from 0.1 to 0.3, 3 inputs"


def test_sigma_extremes_are_the_lowest_and_the_highest():
    arrays = pictures()
    plot = result("sigma_extremes", run(arrays), count=2)
    order = np.argsort(arrays.sigma[arrays.shown])
    expected = [*order[:2], *order[:-3:-1]]
    rows = strips(plot.figure)
    assert labels(plot.figure) == ["lowest σ", "reconstruction", "highest σ", "reconstruction"]
    np.testing.assert_allclose(tile(rows[0], 1)[..., 0], arrays.inputs[order[1], ..., 0])
    np.testing.assert_allclose(tile(rows[3], 0)[..., 0], arrays.reconstructions[order[-1], ..., 0])
    assert plot.table["position"].tolist() == arrays.shown[expected].tolist()
    np.testing.assert_allclose(plot.table["sigma"], arrays.sigma[arrays.shown[expected]])


def test_hardest_have_the_highest_negative_log_likelihood_and_their_mistakes():
    arrays = pictures(classes=2)
    nll = np.arange(60.0)
    hardest, second = arrays.shown[-1], arrays.shown[-2]
    probabilities = np.eye(2)[arrays.labels]
    probabilities[hardest] = probabilities[hardest, ::-1]
    plot = result(
        "hardest", run(arrays._replace(negative_log_likelihood=nll, probabilities=probabilities)), count=2
    )
    assert plot.table["position"].tolist() == [hardest, second]
    np.testing.assert_allclose(tile(strips(plot.figure)[0], 0)[..., 0], arrays.inputs[-1, ..., 0])
    wrong = 1 - arrays.labels[hardest]
    assert texts(plot.figure) == [
        f"{hardest}\nname {arrays.labels[hardest]}\n→ name {wrong}",
        f"{second}\nname {arrays.labels[second]}",
    ]
    assert plot.table["predicted"][0] == f"name {wrong}"


def test_most_unusual_have_the_highest_score_that_decides():
    arrays = pictures()
    scores = np.column_stack([np.linspace(1, 0, 60), np.linspace(0, 1, 60)])
    threshold = float(scores[arrays.shown[1], 0]) - 0.001
    thresholds = np.array([threshold, 0.5])
    plot = result("most_unusual", run(arrays._replace(scores=scores, score_thresholds=thresholds)), count=4)
    assert plot.table["position"].tolist() == arrays.shown[:4].tolist()
    assert plot.table["unusual"].tolist() == [True, True, False, False]
    exceed = arrays.shown[1] + 1
    assert plot.figure.get_suptitle().startswith(f"highest `label` scores; {exceed} of 60 inputs exceed 0.")


@pytest.mark.parametrize("name", ["hardest", "reconstructions"])
def test_pictures_without_positions_have_no_description(name):
    arrays = pictures()._replace(shown=np.zeros(0, int))
    built = result(name, run(arrays))
    if name == "reconstructions":
        assert set(built.table["position"]) == {-1}
        assert set(built.table["label"]) == {""}
    else:
        assert built.reason == "no stored input has a finite likelihood"
