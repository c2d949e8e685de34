"""The contents of the figures of channels and classes: usage, τ and confusion."""

import itertools

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from rcmvae_core.report.drawing import draw

from .figure_cases import CASES, build, bundle, data, picture, with_nan


def test_usage_is_the_mean_responsibility():
    arrays = bundle()
    axes = build("channel_usage", data(arrays)).axes[0]
    share = arrays.responsibilities.mean(axis=0)
    order = np.argsort(-share)
    np.testing.assert_allclose([bar.get_height() for bar in axes.patches], share[order])
    np.testing.assert_allclose(axes.lines[0].get_ydata(), np.exp(arrays.log_pi)[order])
    assert [text.get_text() for text in axes.get_xticklabels()] == [str(channel) for channel in order]
    entropy = -(share * np.log(share)).sum()
    assert (
        build("channel_usage", data(arrays))
        .get_suptitle()
        .startswith(f"{np.exp(entropy):.1f} of 4 channels effective")
    )


def test_tau_is_sorted_into_a_staircase():
    arrays = bundle(channels=9)
    left, right = build("tau_heatmap", data(arrays)).axes
    order = [int(text.get_text()) for text in left.get_yticklabels()]
    share = arrays.responsibilities.mean(axis=0)
    assert sorted(order) == list(range(9))
    assert order == sorted(range(9), key=lambda c: (arrays.tau[c].argmax(), -share[c]))
    np.testing.assert_array_equal(picture(left), arrays.tau[order])
    np.testing.assert_allclose([bar.get_width() for bar in right.patches], share[order])
    assert [text.get_text() for text in left.texts] == [
        "" if f"{value:.2f}" == "0.00" else f"{value:.2f}" for value in arrays.tau[order].ravel()
    ]


def test_tau_puts_undecided_channels_last():
    tau = np.array([[0.0, 0.0], [np.nan, 1.0], [0.1, 0.9], [0.8, 0.2]])
    figure = build("tau_heatmap", data(bundle(classes=2)._replace(tau=tau)))
    order = [int(text.get_text()) for text in figure.axes[0].get_yticklabels()]
    assert order[:2] == [3, 2]
    assert set(order[2:]) == {0, 1}
    assert figure.get_suptitle() == "channels represent 2 of 2 classes"


def test_confusion_counts_known_labels():
    arrays = bundle(n=200, classes=5)
    labels = np.where(np.arange(200) % 7 == 0, -1, arrays.labels)
    figure = build("confusion", data(arrays._replace(labels=labels)))
    predicted = arrays.probabilities.argmax(axis=1)
    known = labels >= 0
    counts = confusion_matrix(labels[known], predicted[known], labels=range(5))
    shares = confusion_matrix(labels[known], predicted[known], labels=range(5), normalize="true")
    (axes,) = figure.axes
    np.testing.assert_allclose(picture(axes), shares)
    assert [text.get_text() for text in axes.texts] == [str(v) if v else "" for v in counts.ravel()]
    right, total = np.trace(counts), counts.sum()
    assert figure.get_suptitle() == f"accuracy {100 * right / total:.1f} % ({right} of {total})"
    assert [text.get_text() for text in axes.get_yticklabels()] == list(arrays.class_names)


def test_confusion_tells_what_it_left_out():
    arrays = with_nan(bundle(), "probabilities")
    assert build("confusion", data(arrays)).get_suptitle().endswith("of 39; 1 without a prediction)")


@pytest.mark.parametrize("name", ["confusion", "tau_heatmap"])
def test_names_are_text_never_mathematics(name):
    axes = build(name, CASES["nasty names"]).axes[0]
    labels = axes.get_xticklabels()
    assert [label.get_text() for label in labels] == [
        r"$\frac{",
        "snake_case_$x$",
        "<b>bold</b>",
        "a name that goe…",
        "class 4",
        "class 5",
        "a b",
        "%s {0}",
    ]
    assert not any(label.get_parse_math() for label in labels)


@pytest.mark.parametrize("name", ["confusion", "tau_heatmap"])
def test_a_hundred_names_do_not_touch(name):
    figure = build(name, CASES["hundred of each"])
    draw(figure)
    boxes = [label.get_window_extent() for label in figure.axes[0].get_yticklabels()]
    assert len(boxes) > 20
    assert not any(one.overlaps(other) for one, other in itertools.pairwise(boxes))
