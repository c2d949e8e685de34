"""The contents of the figure of the prior's centres, where the aggregated posterior is known."""

import numpy as np
from matplotlib.patches import Ellipse

from .figure_cases import result
from .picture_cases import model, run

CENTRES = np.array([[3.0, 0.0], [-3.0, 0.0]])


def planted(dim=2, shared=False, n=4000):
    """Two channels, each with half of the inputs: the posterior of the first is right, the other's is off by (0, 4)."""
    rng = np.random.default_rng(0)
    channel = np.arange(n) % 2
    # Deviation 1.2 along the first axis in total: 1 from the means and 0.44 from the posteriors' variance.
    spread = rng.normal(size=(n, dim)) * np.array([1.0, 0.5, *[0.1] * (dim - 2)])[:dim]
    offset = np.array([0.0, 4.0, *[0.0] * (dim - 2)])[:dim]
    centres = np.pad(CENTRES, ((0, 0), (0, max(0, dim - 2))))[:, :dim]
    own = centres[channel] + channel[:, None] * offset + spread
    means = own[:, None] if shared else np.repeat(own[:, None], 2, axis=1)
    return model(n=n, channels=2, dim=dim)._replace(
        responsibilities=np.eye(2)[channel],
        members=np.arange(n),
        channel_means=means,
        channel_log_vars=np.full(means.shape, np.log(0.44)),
        prior_means=centres,
    )


def test_ellipses_are_the_aggregated_posteriors_and_lines_lead_to_the_centres():
    for shared in (False, True):
        plot = result("prior_centres", run(planted(shared=shared)))
        np.testing.assert_allclose(plot.table["distance"], [0, 4], atol=0.05)
        np.testing.assert_allclose(np.column_stack([plot.table["prior_x"], plot.table["prior_y"]]), CENTRES)
        np.testing.assert_allclose(plot.table["posterior_y"], [0, 4], atol=0.05)
        ellipses = [patch for patch in plot.figure.axes[0].patches if isinstance(patch, Ellipse)]
        assert len(ellipses) == 2
        for ellipse in ellipses:
            np.testing.assert_allclose(ellipse.width, 2 * np.sqrt(1 + 0.44), rtol=0.05)
            np.testing.assert_allclose(ellipse.height, 2 * np.sqrt(0.25 + 0.44), rtol=0.05)
            assert min(ellipse.angle % 180, 180 - ellipse.angle % 180) < 5
        assert "mean distance between prior and posterior 2.0" in plot.figure.get_suptitle()


def test_means_are_weighted_by_responsibility():
    arrays = model()
    plot = result("prior_centres", run(arrays))
    q = arrays.responsibilities[arrays.members]
    for place, channel in enumerate(plot.table["channel"]):
        expected = np.average(arrays.channel_means[:, channel], axis=0, weights=q[:, channel])
        drawn = plot.table["posterior_x"][place], plot.table["posterior_y"][place]
        np.testing.assert_allclose(drawn, expected)


def test_distances_do_not_change_with_the_projection():
    plot = result("prior_centres", run(planted(dim=5)))
    np.testing.assert_allclose(plot.table["distance"], [0, 4], atol=0.05)
    between = np.hypot(
        plot.table["prior_x"] - plot.table["posterior_x"], plot.table["prior_y"] - plot.table["posterior_y"]
    )
    np.testing.assert_allclose(between, [0, 4], atol=0.05)
    assert plot.figure.axes[0].get_xlabel().startswith("PC1")


def test_one_dimension_has_a_row_for_each_channel():
    plot = result("prior_centres", run(planted(dim=1)))
    assert set(plot.table) == {"channel", "distance", "prior_x", "posterior_x"}
    (bars,) = plot.figure.axes[0].collections
    lengths = [np.ptp(path.vertices[:, 0]) for path in bars.get_paths()]
    np.testing.assert_allclose(lengths, [2 * np.sqrt(1.44)] * 2, rtol=0.05)
