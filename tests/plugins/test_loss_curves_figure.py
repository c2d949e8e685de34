"""The contents of the figure of the loss curves."""

import numpy as np

from .figure_cases import CASES, build, data, history


def test_loss_curves_show_every_term_seed_and_mean():
    figure = build("loss_curves", data())
    panels = {axes.get_title(loc="left"): axes for axes in figure.axes}
    assert list(panels) == ["total", "kl_z", "accuracy"]
    train, validation = panels["total"].lines[:3], panels["total"].lines[3:]
    np.testing.assert_allclose(
        [line.get_ydata() for line in train[:2]], [9.0 - np.arange(5), 10.0 - np.arange(5)]
    )
    np.testing.assert_allclose(train[2].get_ydata(), 9.5 - np.arange(5))
    np.testing.assert_array_equal(validation[0].get_xdata(), [0, 2, 4])
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["train", "validation"]
    np.testing.assert_allclose(panels["accuracy"].lines[-1].get_ydata(), [0, 0.2, 0.4])


def test_loss_curves_mean_stops_with_the_first_seed():
    rows = (*history(1, 5), *({**row, "seed": 1} for row in history(1, 3)))
    mean = build("loss_curves", data(rows=rows)).axes[0].lines[2].get_ydata()
    np.testing.assert_array_equal(np.isnan(mean), [False, False, False, True, True])


def test_loss_curves_skip_counts_from_the_first_epoch():
    rows = tuple({**row, "epoch": row["epoch"] + 1} for row in history())
    axes = build("loss_curves", data(rows=rows), skip_epochs=2).axes[0]
    np.testing.assert_array_equal(axes.lines[0].get_xdata(), [3, 4, 5])


def test_curves_of_one_epoch_have_one_tick():
    axes = build("loss_curves", CASES["one epoch"]).axes[0]
    assert all(float(tick).is_integer() for tick in axes.get_xticks())
