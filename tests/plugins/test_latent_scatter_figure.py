"""The contents of the figures of the latent space: which point is where, how strong, and in which colour."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from sklearn.decomposition import PCA

from .figure_cases import build, bundle, data, result
from .picture_cases import model, run


def points(axes):
    """Return the positions and the opacity of the points in a panel."""
    drawn = [collection for collection in axes.collections if len(collection.get_offsets())]
    positions = np.concatenate([np.asarray(each.get_offsets()) for each in drawn])
    return positions, np.concatenate([each.get_facecolor()[:, 3] for each in drawn])


def by_row(values):
    return values[np.lexsort(values.T)]


def test_scatter_has_a_panel_for_each_channel_with_opacity_by_responsibility():
    arrays = model()
    plot = result("latent_scatter", run(arrays), least=0.2)
    share, q = arrays.responsibilities.mean(axis=0), arrays.responsibilities[arrays.members]
    order = np.argsort(-share)
    assert [axes.get_title(loc="left") for axes in plot.figure.axes] == [
        f"channel {channel} · {100 * share[channel]:.1f} %" for channel in order
    ]
    for axes, channel in zip(plot.figure.axes, order, strict=True):
        rows = q[:, channel] >= 0.2
        positions, opacity = points(axes)
        drawn = np.column_stack([positions, opacity])
        expected = np.column_stack([arrays.channel_means[rows, channel], q[rows, channel]])
        np.testing.assert_allclose(by_row(drawn), by_row(expected))
        table = plot.table["channel"] == channel
        assert plot.table["position"][table].tolist() == arrays.members[rows].tolist()
        np.testing.assert_allclose(plot.table["responsibility"][table], q[rows, channel])
        np.testing.assert_allclose(plot.table["y"][table], arrays.channel_means[rows, channel, 1])
        assert plot.table["label"][table].tolist() == [
            f"name {y}" for y in arrays.labels[arrays.members[rows]]
        ]
    names = [text.get_text() for text in plot.figure.legends[0].get_texts()]
    assert sorted(names) == sorted({*plot.table["label"]})


def test_scatter_of_a_shared_latent_has_every_point_in_every_panel():
    arrays = model(shared=True)
    figure = build("latent_scatter", run(arrays), least=0.0)
    for axes in figure.axes:
        np.testing.assert_allclose(by_row(points(axes)[0]), by_row(arrays.channel_means[:, 0]))


def test_scatter_without_latents_of_channels_shows_those_of_the_most_probable_channel():
    arrays = bundle(n=60)
    figure = build("latent_scatter", data(arrays))
    chosen = arrays.responsibilities.argmax(axis=1)
    used = [c for c in np.argsort(-arrays.responsibilities.mean(axis=0)) if c in chosen]
    for axes, channel in zip(figure.axes, used, strict=True):
        np.testing.assert_allclose(by_row(points(axes)[0]), by_row(arrays.latents[chosen == channel]))


def test_scatter_colours_are_classes():
    arrays = bundle(n=50, channels=1)
    (axes,) = build("latent_scatter", data(arrays)).axes
    groups = [np.asarray(each.get_offsets()) for each in axes.collections]
    for label, group in zip(np.unique(arrays.labels), groups, strict=True):
        np.testing.assert_allclose(by_row(group), by_row(arrays.latents[arrays.labels == label]))
    assert len({tuple(each.get_facecolor()[0]) for each in axes.collections}) == len(groups)
    assert to_rgb(axes.collections[0].get_facecolor()[0]) == to_rgb("#3f90da")


def test_scatter_twenty_classes_are_distinct_and_the_rest_are_others():
    arrays = bundle(n=400, channels=1, classes=30)
    figure = build(
        "latent_scatter", data(arrays._replace(labels=np.arange(400) % 30 - 1)), classes=20, points=400
    )
    looks = {
        (
            tuple(each.get_facecolor()[0]) if len(each.get_facecolor()) else (),
            each.get_paths()[0].vertices.tobytes(),
        )
        for each in figure.axes[0].collections
    }
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert len(looks) == len(names) == 22
    assert names[-2:] == ["other classes", "unknown"]


@pytest.mark.parametrize("name", ["latent_scatter", "latent_map"])
def test_beyond_two_dimensions_is_pca(name):
    arrays = model(channels=1, dim=6)
    plot = result(name, run(arrays))
    oracle = PCA(2).fit(arrays.channel_means[:, 0])
    positions, _ = points(plot.figure.axes[0])
    expected = np.abs(oracle.transform(arrays.channel_means[:, 0]))
    np.testing.assert_allclose(by_row(np.abs(positions)), by_row(expected))
    np.testing.assert_allclose(np.abs(np.column_stack([plot.table["x"], plot.table["y"]])), expected)
    first, second = oracle.explained_variance_ratio_
    assert plot.figure.axes[0].get_xlabel() == f"PC1 ({first:.0%})"
    assert plot.figure.axes[0].get_ylabel() == f"PC2 ({second:.0%})"


def test_scatter_in_one_dimension_is_a_histogram_of_responsibilities():
    arrays = model(dim=1)
    figure = build("latent_scatter", run(arrays), least=0.0)
    q = arrays.responsibilities[arrays.members]
    order = np.argsort(-arrays.responsibilities.mean(axis=0))
    heights = [sum(patch.get_height() for patch in axes.patches) for axes in figure.axes]
    np.testing.assert_allclose(heights, q.sum(axis=0)[order])
    assert (figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()) == ("z1", "sum of q(c|x)")


def test_scatter_drops_points_evenly():
    plot = result("latent_scatter", data(bundle(n=90, channels=1)), points=31)
    assert len(points(plot.figure.axes[0])[0]) == 31
    assert set(np.diff(plot.table["position"])) <= {2, 3}


def test_map_of_a_shared_latent_has_its_own_axes():
    arrays = model(shared=True)
    plot = result("latent_map", run(arrays))
    positions, opacity = points(plot.figure.axes[0])
    best = arrays.responsibilities[arrays.members].max(axis=1)
    drawn = np.column_stack([positions, opacity])
    np.testing.assert_allclose(by_row(drawn), by_row(np.column_stack([arrays.channel_means[:, 0], best])))
    assert plot.figure.get_suptitle() == "30 inputs: the latent's own axes"
    assert plot.figure.axes[0].get_xlabel() == "z1"


def test_map_of_latents_of_channels_is_pca_of_their_mean():
    arrays = model(dim=3)
    plot = result("latent_map", run(arrays))
    q = arrays.responsibilities[arrays.members]
    means = np.array([sum(q[i, c] * arrays.channel_means[i, c] for c in range(4)) for i in range(30)])
    oracle = PCA(2).fit(means)
    drawn = np.abs(np.column_stack([plot.table["x"], plot.table["y"]]))
    np.testing.assert_allclose(drawn, np.abs(oracle.transform(means)))
    share = oracle.explained_variance_ratio_.sum()
    title = (
        f"30 inputs: PCA of the latents' mean under q(c|x), 2 of 3 components, {share:.0%} of the variance"
    )
    assert plot.figure.get_suptitle() == title
    assert plot.table["channel"].tolist() == q.argmax(axis=1).tolist()


def test_map_of_a_collapsed_latent_says_so():
    arrays = model(dim=3)
    figure = build("latent_map", run(arrays._replace(channel_means=np.ones((30, 4, 3)))))
    assert figure.get_suptitle() == "30 inputs: the latents' mean under q(c|x) is the same for all"


def test_map_numbers_each_channel_at_the_mean_of_its_inputs():
    arrays = model(shared=True)
    figure = build("latent_map", run(arrays))
    q = arrays.responsibilities[arrays.members]
    for text in figure.axes[0].texts:
        channel = int(text.get_text())
        expected = np.average(arrays.channel_means[:, 0], axis=0, weights=q[:, channel])
        np.testing.assert_allclose(text.get_position(), expected)


def test_map_in_one_dimension_counts_each_input_once():
    figure = build("latent_map", run(model(dim=1, shared=True)))
    assert sum(patch.get_height() for patch in figure.axes[0].patches) == 30
