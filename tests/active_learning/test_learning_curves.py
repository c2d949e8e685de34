"""The figure of a simulated annotation: accuracy against labels, with the target."""

import numpy as np

from rcmvae_core.active_learning.learning_curves import plot_learning_curves


def test_curves_bands_and_target():
    curves = {
        "entropy": {"labels": [20, 40], "mean": [0.6, 0.9], "std": [0.1, 0.2]},
        "random": {"labels": [20, 40], "mean": [0.5, 0.7], "std": [0.0, 0.1]},
    }
    figure = plot_learning_curves({"acquisitions": curves, "seeds": [0, 1], "target": 0.95})
    (axes,) = figure.axes
    lines = {line.get_label(): line.get_xydata() for line in axes.lines}
    assert list(lines) == ["entropy", "random", "target 0.95"]
    np.testing.assert_allclose(lines["entropy"], [[20, 0.6], [40, 0.9]])
    np.testing.assert_allclose(lines["target 0.95"][:, 1], 0.95)
    heights = axes.collections[0].get_paths()[0].vertices[:, 1]
    np.testing.assert_allclose([heights.min(), heights.max()], [0.5, 1.0])  # an accuracy is at most 1
    assert axes.get_title(loc="left") == "test accuracy, mean and one standard deviation over 2 seeds"
