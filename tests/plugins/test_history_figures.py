"""The contents of the figures over epochs: loss terms, curriculum, usage and latents."""

import numpy as np

from .figure_cases import build, result
from .number_cases import numbers, rows, run, snapshot


def column(table, name, **where):
    """Return the values of a column in the rows where others have given values."""
    keep = np.all([np.asarray(table[key]) == value for key, value in where.items()], axis=0)
    return np.asarray(table[name])[keep]


def test_terms_are_shown_with_and_without_their_weights():
    drawn = result("loss_terms", run())
    epochs = np.arange(1, 7)
    np.testing.assert_array_equal(column(drawn.table, "epoch", term="kl_z"), epochs)
    np.testing.assert_allclose(column(drawn.table, "unweighted", term="kl_z"), 4 + epochs)
    np.testing.assert_allclose(column(drawn.table, "weight", term="kl_z"), epochs / 6)
    np.testing.assert_allclose(column(drawn.table, "weighted", term="kl_z"), (4 + epochs) * epochs / 6)
    parts = [column(drawn.table, "weighted", term=term) for term in ("kl_z", "reconstruction")]
    np.testing.assert_allclose(column(drawn.table, "weighted", term="total"), np.sum(parts, axis=0))
    terms, objective, weights = drawn.figure.axes
    lines = {str(line.get_ydata()) for line in objective.lines}
    assert lines == {
        str(column(drawn.table, "weighted", term=t)) for t in ("kl_z", "reconstruction", "total")
    }
    assert (len(terms.lines), len(weights.lines)) == (2, 2)
    assert drawn.figure.get_suptitle() == "objective from 89.83 to 94 nats, 2 terms"


def test_terms_are_those_of_the_seed_of_the_arrays():
    drawn = result("loss_terms", run()._replace(seed=1))
    np.testing.assert_allclose(
        column(drawn.table, "unweighted", term="reconstruction"), 91.0 - np.arange(1, 7)
    )


def test_terms_without_weights_are_shown_beside_the_total():
    drawn = result("loss_terms", run(history=rows(weights=False)))
    terms, total = drawn.figure.axes
    assert (len(terms.lines), len(total.lines)) == (2, 1)
    assert np.isnan(column(drawn.table, "weighted", term="kl_z")).all()


def test_terms_beyond_the_limit_are_summed():
    drawn = result("loss_terms", run(), terms=1)
    others = [line.get_ydata() for line in drawn.figure.axes[1].lines][1]
    np.testing.assert_allclose(others, column(drawn.table, "weighted", term="kl_z"))
    assert "1 largest of 2 terms" in drawn.figure.get_suptitle()


def test_curriculum_marks_every_unlock():
    drawn = result("curriculum", run())
    np.testing.assert_array_equal(
        column(drawn.table, "value", quantity="active_channels"), [2, 2, 3, 3, 4, 4]
    )
    np.testing.assert_array_equal(column(drawn.table, "value", quantity="unlocked"), [0, 0, 1, 0, 1, 0])
    np.testing.assert_array_equal(column(drawn.table, "epoch", quantity="first_active"), [1, 2, 3, 4])
    np.testing.assert_array_equal(drawn.figure.axes[0].lines[1].get_xydata(), [[3, 3], [5, 4]])
    assert drawn.figure.get_suptitle() == "4 of 4 channels active at the end; 2 unlocks, the last in epoch 5"


def test_curriculum_shows_its_other_values_in_panels():
    history = tuple({**row, "curriculum/temperature": 2.0 - (row["epoch"] > 3)} for row in rows())
    drawn = result("curriculum", run(history=history, snapshots=()))
    assert [axes.get_title(loc="left") for axes in drawn.figure.axes] == ["active channels", "temperature"]
    np.testing.assert_array_equal(drawn.figure.axes[1].lines[0].get_ydata(), [2, 2, 2, 1, 1, 1])


def test_usage_and_prior_are_those_of_the_snapshots():
    data = run()
    drawn = result("usage_over_time", data)
    for each in data.snapshots:
        np.testing.assert_allclose(column(drawn.table, "usage", epoch=each.epoch), each.usage)
        np.testing.assert_allclose(column(drawn.table, "prior", epoch=each.epoch), np.exp(each.log_pi))
        entropy = -(each.usage * np.log(each.usage)).sum()
        np.testing.assert_allclose(
            column(drawn.table, "effective_channels", epoch=each.epoch), np.exp(entropy)
        )
    left, _, right = drawn.figure.axes
    assert len(left.collections) == 4
    np.testing.assert_array_equal(right.lines[0].get_xdata(), [1, 2, 3, 4])


def test_usage_of_the_rest_is_one_area():
    usage = np.array([0.1, 0.2, 0.3, 0.4])
    snapshots = tuple(snapshot(epoch)._replace(usage=usage) for epoch in (5, 9))
    figure = build("usage_over_time", run(snapshots=snapshots), channels=2)
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names == ["channel 3", "channel 2", "others"]
    rest = figure.axes[0].collections[-1].get_paths()[0].vertices[:, 1]
    np.testing.assert_allclose([rest.min(), rest.max()], [0.7, 1.0])


def test_evolution_has_every_point_of_every_panel():
    data = run()
    drawn = result("channel_evolution", data)
    for each, axes in zip(data.snapshots, drawn.figure.axes, strict=True):
        points = np.column_stack([column(drawn.table, axis, epoch=each.epoch) for axis in ("x", "y")])
        np.testing.assert_allclose(points, each.latents)
        shown = np.concatenate([line.get_xydata() for line in axes.lines])
        np.testing.assert_allclose(np.sort(shown, axis=0), np.sort(each.latents, axis=0))
        for line in axes.lines:
            rows_of = [np.flatnonzero((each.latents == point).all(axis=1))[0] for point in line.get_xydata()]
            assert len(set(each.labels[rows_of].tolist())) <= 1


def test_evolution_takes_first_and_last_snapshot():
    snapshots = tuple(snapshot(epoch) for epoch in range(1, 22))
    figure = build("channel_evolution", run(snapshots=snapshots[::-1]), panels=3)
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["epoch 1", "epoch 11", "epoch 21"]


def test_evolution_projects_on_the_plane_of_the_last_snapshot():
    from sklearn.decomposition import PCA

    data = run(dim=5)
    drawn = result("channel_evolution", data)
    oracle = PCA(2).fit(data.snapshots[-1].latents)
    for each in data.snapshots:
        points = np.column_stack([column(drawn.table, axis, epoch=each.epoch) for axis in ("x", "y")])
        np.testing.assert_allclose(np.abs(points), np.abs(oracle.transform(each.latents)), atol=1e-9)


def test_evolution_of_one_dimension_is_by_channel_and_without_labels_coloured_by_it():
    data = run(numbers(dim=1, classes=0), snapshots=tuple(snapshot(e, dim=1, classes=0) for e in (1, 2)))
    drawn = result("channel_evolution", data)
    np.testing.assert_array_equal(drawn.table["y"], drawn.table["channel"])
    assert drawn.figure.get_suptitle().endswith("coloured by channel")
    names = [text.get_text() for text in drawn.figure.legends[0].get_texts()]
    assert names == [f"channel {channel}" for channel in range(4)]
