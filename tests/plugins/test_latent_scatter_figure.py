"""The contents of the figure of the latent space."""

import numpy as np
from sklearn.decomposition import PCA

from .figure_cases import build, bundle, data


def test_scatter_has_a_panel_for_each_channel_in_use():
    arrays = bundle(n=60)
    figure = build("latent_scatter", data(arrays))
    chosen = arrays.responsibilities.argmax(axis=1)
    share = arrays.responsibilities.mean(axis=0)
    used = [channel for channel in np.argsort(-share) if channel in chosen]
    assert [axes.get_title(loc="left") for axes in figure.axes] == [
        f"channel {channel} · {100 * share[channel]:.1f} %" for channel in used
    ]
    for axes, channel in zip(figure.axes, used, strict=True):
        drawn = np.concatenate([line.get_xydata() for line in axes.lines])
        np.testing.assert_allclose(np.sort(drawn, axis=0), np.sort(arrays.latents[chosen == channel], axis=0))
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert sorted(names) == sorted(f"name {label}" for label in np.unique(arrays.labels))


def test_scatter_colours_are_classes():
    arrays = bundle(n=50, channels=1)
    (axes,) = build("latent_scatter", data(arrays)).axes
    groups = {tuple(sorted(map(tuple, line.get_xydata()))) for line in axes.lines}
    expected = {
        tuple(sorted(map(tuple, arrays.latents[arrays.labels == y]))) for y in np.unique(arrays.labels)
    }
    assert groups == expected
    assert len({(line.get_markerfacecolor(), line.get_marker()) for line in axes.lines}) == len(expected)


def test_scatter_twenty_classes_are_told_apart_and_the_rest_are_others():
    arrays = bundle(n=400, channels=1, classes=30)
    figure = build(
        "latent_scatter", data(arrays._replace(labels=np.arange(400) % 30 - 1)), classes=20, points=400
    )
    looks = {(line.get_markerfacecolor(), line.get_marker()) for line in figure.axes[0].lines}
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert len(looks) == len(names) == 22
    assert names[-2:] == ["other classes", "unknown"]


def test_scatter_beyond_two_dimensions_is_pca():
    arrays = bundle(n=80, channels=1, dim=6)
    figure = build("latent_scatter", data(arrays))
    oracle = PCA(2).fit(arrays.latents)
    drawn = np.concatenate([line.get_xydata() for line in figure.axes[0].lines])
    rows = {tuple(np.round(np.abs(row), 6)) for row in oracle.transform(arrays.latents)}
    assert {tuple(np.round(np.abs(row), 6)) for row in drawn} == rows
    first, second = oracle.explained_variance_ratio_
    assert figure.axes[0].get_xlabel() == f"PC1 ({first:.0%})"
    assert figure.axes[0].get_ylabel() == f"PC2 ({second:.0%})"
    assert "first two principal components of 6" in figure.get_suptitle()


def test_scatter_in_one_dimension_is_a_histogram():
    arrays = bundle(n=80, channels=1, dim=1)
    (axes,) = build("latent_scatter", data(arrays)).axes
    assert sum(patch.get_height() for patch in axes.patches) == 80
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("z1", "inputs")


def test_scatter_drops_points_evenly():
    (axes,) = build("latent_scatter", data(bundle(n=90, channels=1)), points=30).axes
    assert sum(len(line.get_xydata()) for line in axes.lines) == 30
