"""Every figure on every odd run: it draws without a warning, and shows what the arrays say."""

import functools
import itertools
import subprocess
import sys

import numpy as np
import pytest
from rcmvae_plugins.figures import PLUGINS
from sklearn.decomposition import PCA
from sklearn.metrics import confusion_matrix

from rcmvae_core import params as parameters
from rcmvae_core.declarations import load_object
from rcmvae_core.diagnostics import Diagnostics, ReportData
from rcmvae_core.report import draw

BY_NAME = {plugin.name: plugin for plugin in PLUGINS}
NASTY = (
    r"$\frac{",
    "snake_case_$x$",
    "<b>bold</b>",
    "a name that goes on and on & on",
    "猫",
    "",
    "a\nb",
    "%s {0}",
)


def bundle(*, n=40, channels=4, dim=2, classes=4, shape=(8, 8, 1), kept=7, samples=5, seed=0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, max(classes, 1), n)
    tau = rng.dirichlet(np.full(classes, 0.3), channels) if classes else np.zeros((channels, 0))
    responsibilities = rng.dirichlet(np.full(channels, 0.2), n)
    return Diagnostics(
        inputs=rng.uniform(size=(min(kept, n), *shape)),
        reconstructions=rng.uniform(size=(min(kept, n), *shape)),
        samples=rng.uniform(size=(channels, samples, *shape)),
        labels=labels,
        probabilities=responsibilities @ tau,
        responsibilities=responsibilities,
        latents=rng.normal(size=(n, dim)),
        negative_log_likelihood=rng.uniform(size=n),
        kl_latent=rng.uniform(size=n),
        tau=tau,
        log_pi=np.log(rng.dirichlet(np.ones(channels))),
        class_names=tuple(f"name {index}" for index in range(classes)),
    )


def history(seeds=2, epochs=5):
    return tuple(
        {"seed": s, "epoch": e, "step": 9 * e, "train/total": 9.0 - e + s, "train/kl_z": 0.5 * e}
        | ({"validation/total": 10.0 - e, "validation/accuracy": 0.1 * e} if e % 2 == 0 else {})
        for s in range(seeds)
        for e in range(epochs)
    )


def data(found=None, rows=None):
    return ReportData(bundle() if found is None else found, history() if rows is None else rows, {})


def build(name, found, **given):
    plugin = BY_NAME[name]
    return load_object(plugin.impl)(load_object(plugin.params)(**given), found)


def with_nan(found, *names):
    broken = {name: getattr(found, name).astype(float).copy() for name in names}
    for array in broken.values():
        array[0] = np.nan
    return found._replace(**broken)


FLOATS = ("inputs", "reconstructions", "samples", "probabilities", "responsibilities", "latents", "tau")
WHOLE = {name: np.full_like(getattr(bundle(), name), np.nan) for name in FLOATS}
EVERY = {
    "plain": data(),
    "one channel": data(bundle(channels=1)),
    "hundred channels": data(bundle(channels=100, n=300)),
    "hundred of each": data(bundle(classes=100, channels=100, n=300)),
    "one input": data(bundle(n=1)),
    "one of everything": data(bundle(n=1, channels=1, dim=1, classes=1, kept=1, samples=1)),
    "some nan": data(with_nan(bundle(), *FLOATS)),
    "all nan": data(bundle()._replace(**WHOLE)),
    "infinite prior": data(bundle()._replace(log_pi=np.array([0.0, *[-np.inf] * 3]))),
}
LABELLED = ("latent_scatter", "channel_samples", "tau_heatmap", "confusion")
LABELS = {
    "two classes": data(bundle(classes=2)),
    "hundred classes": data(bundle(classes=100, n=300)),
    "no classifier": data(bundle(classes=0)),
    "nasty names": data(bundle(classes=8)._replace(class_names=NASTY)),
    "unknown labels": data(bundle()._replace(labels=np.full(40, -1))),
    "some unknown labels": data(bundle()._replace(labels=np.arange(40) % 5 - 1)),
    "missing names": data(bundle()._replace(class_names=())),
}
PICTURES = {
    "colour": data(bundle(shape=(6, 9, 3))),
    "two colours": data(bundle(shape=(6, 9, 2))),
    "features": data(bundle(shape=(13,))),
    "one feature": data(bundle(shape=(1,))),
    "many features": data(bundle(shape=(700,))),
    "some nan in features": data(with_nan(bundle(shape=(13,)), *FLOATS)),
    "nothing kept": data(bundle(kept=0, samples=0)),
}
CURVES = {
    "no history": data(rows=()),
    "no terms": data(rows=({"seed": 0, "epoch": 0, "step": 1},)),
    "one epoch": data(rows=history(1, 1)),
    "nan in history": data(rows=({"seed": 0, "epoch": 0, "step": 1, "train/total": np.nan},)),
    "infinity in history": data(
        rows=({"seed": 0, "epoch": 0, "step": 1, "train/total": np.inf}, *history(1)[1:])
    ),
    "term with a dollar": data(rows=({"seed": 0, "epoch": 0, "step": 1, "train/$a_": 1.0},)),
}
LATENTS = {
    "one dimension": data(bundle(dim=1)),
    "eight dimensions": data(bundle(dim=8)),
    "single precision": data(bundle()._replace(latents=bundle(dim=4).latents.astype(np.float32))),
    "collapsed latents": data(bundle(dim=5)._replace(latents=np.zeros((40, 5)))),
}
CASES = EVERY | LABELS | PICTURES | CURVES | LATENTS
# A figure does not draw again what it cannot tell from the plain case.
TABLE = [
    *(("plain", name) for name in BY_NAME),
    *((case, name) for case in EVERY if case != "plain" for name in BY_NAME if name != "loss_curves"),
    *((case, name) for case in LABELS for name in LABELLED),
    *((case, name) for case in PICTURES for name in ("reconstructions", "channel_samples")),
    *((case, "loss_curves") for case in CURVES),
    *((case, "latent_scatter") for case in LATENTS),
]


@functools.cache
def plain(name):
    return draw(build(name, data()))


@pytest.mark.parametrize(("case", "name"), TABLE)
def test_draws(case, name):
    figure = build(name, CASES[case])
    svg = draw(figure).decode()
    assert figure.get_suptitle()
    assert svg.count("<path") + svg.count("<use") > len(figure.get_suptitle()) / 2
    width, height = figure.get_size_inches()
    assert width <= 9.7
    assert height <= 25


@pytest.mark.parametrize("name", BY_NAME)
def test_same_bytes(name):
    assert draw(build(name, data())) == plain(name)


def test_same_bytes_of_a_png():
    one, other = (draw(build("confusion", data()), "png") for _ in range(2))
    assert one == other


@pytest.mark.parametrize("name", ["loss_curves", "confusion"])
def test_nothing_is_left_of_a_users_style(name):
    import matplotlib as mpl

    expected = plain(name)
    with mpl.rc_context({"axes.facecolor": "black", "font.size": 30, "svg.fonttype": "none"}):
        before = dict(mpl.rcParams)
        assert draw(build(name, data())) == expected
        assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("name", BY_NAME)
def test_inputs_are_not_touched(name):
    found, same = with_nan(bundle(dim=3), *FLOATS), with_nan(bundle(dim=3), *FLOATS)
    build(name, data(found))
    for ours, theirs in zip(found, same, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_declarations_are_light():
    code = (
        "import sys, rcmvae_plugins.figures, rcmvae_plugins.figures.params;"
        "print([m for m in ('numpy', 'matplotlib', 'jax') if m in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


CHANGES = {
    "loss_curves": {"columns": 1, "skip_epochs": 2},
    "reconstructions": {"count": 3, "columns": 2},
    "channel_samples": {"columns": 2, "channels": 2},
    "latent_scatter": {"panels": 2, "columns": 2, "points": 2, "classes": 1, "share_axes": False},
    "channel_usage": {"order": "index"},
    "tau_heatmap": {"annotate": 0},
    "confusion": {"annotate": 0},
}


@pytest.mark.parametrize("name", BY_NAME)
def test_every_parameter_is_documented_and_has_an_effect(name):
    fields = parameters.fields(load_object(BY_NAME[name].params))
    assert set(CHANGES[name]) == set(fields)
    for field, value in CHANGES[name].items():
        assert fields[field].rule.doc.endswith(".")
        assert fields[field].rule.violation(value) is None
        assert draw(build(name, data(), **{field: value})) != plain(name), field


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


def picture(figure):
    return np.asarray(figure.axes[0].images[0].get_array())


def test_reconstructions_are_below_their_inputs():
    found = bundle(shape=(12, 12, 1), kept=5)
    pixels = picture(build("reconstructions", data(found), count=5, columns=3))
    np.testing.assert_allclose(pixels[:12, 13:25, 0], found.inputs[1, ..., 0])
    np.testing.assert_allclose(pixels[13:25, 13:25, 0], found.reconstructions[1, ..., 0])
    np.testing.assert_allclose(pixels[28:40, :12, 1], found.inputs[3, ..., 0])
    assert not pixels[28:, 26:, 3].any()
    assert not pixels[12, :, 3].any()


def test_colours_and_broken_values_are_shown():
    found = bundle(shape=(6, 6, 3))
    found.inputs[0, 2, 3, 1] = np.nan
    found.inputs[1, 0, 0] = (-3, 0.5, 7)
    pixels = picture(build("reconstructions", data(found)))
    np.testing.assert_allclose(pixels[2, 3, :3], np.array([0xE8, 0x59, 0x0C]) / 255)
    np.testing.assert_allclose(pixels[0, 7, :3], [0, 0.5, 1])


def test_features_are_strips():
    found = bundle(shape=(13,), kept=3)
    pixels = picture(build("reconstructions", data(found)))
    assert pixels.shape == (8, 13, 4)
    strips = pixels[[0, 1, 3, 4, 6, 7], :, 3]
    expected = np.stack([found.inputs, found.reconstructions], axis=1).reshape(6, 13)
    np.testing.assert_allclose(strips, 0.03 + 0.97 * expected, atol=0.005)


def test_samples_are_a_row_for_each_channel_most_used_first():
    found = bundle(shape=(12, 12, 1), channels=4, samples=5)
    figure = build("channel_samples", data(found), columns=3, channels=2)
    share = found.responsibilities.mean(axis=0)
    order = np.argsort(-share)[:2]
    pixels = picture(figure)
    assert pixels.shape == (25, 38, 4)
    for row, channel in enumerate(order):
        np.testing.assert_allclose(
            pixels[13 * row : 13 * row + 12, 26:, 0], found.samples[channel, 2, ..., 0]
        )
        label = figure.axes[0].get_yticklabels()[row].get_text()
        assert label.split() == [
            "name",
            str(found.tau[channel].argmax()),
            str(channel),
            *f"{100 * share[channel]:.1f} %".split(),
        ]
    assert figure.get_suptitle().startswith("3 samples of 2 of 4 channels")


def test_scatter_has_a_panel_for_each_channel_in_use():
    found = bundle(n=60)
    figure = build("latent_scatter", data(found))
    chosen = found.responsibilities.argmax(axis=1)
    share = found.responsibilities.mean(axis=0)
    used = [channel for channel in np.argsort(-share) if channel in chosen]
    assert [axes.get_title(loc="left") for axes in figure.axes] == [
        f"channel {channel} · {100 * share[channel]:.1f} %" for channel in used
    ]
    for axes, channel in zip(figure.axes, used, strict=True):
        drawn = np.concatenate([line.get_xydata() for line in axes.lines])
        np.testing.assert_allclose(np.sort(drawn, axis=0), np.sort(found.latents[chosen == channel], axis=0))
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert sorted(names) == sorted(f"name {label}" for label in np.unique(found.labels))


def test_scatter_colours_are_classes():
    found = bundle(n=50, channels=1)
    (axes,) = build("latent_scatter", data(found)).axes
    groups = {tuple(sorted(map(tuple, line.get_xydata()))) for line in axes.lines}
    expected = {tuple(sorted(map(tuple, found.latents[found.labels == y]))) for y in np.unique(found.labels)}
    assert groups == expected
    assert len({(line.get_markerfacecolor(), line.get_marker()) for line in axes.lines}) == len(expected)


def test_scatter_twenty_classes_are_told_apart_and_the_rest_are_others():
    found = bundle(n=400, channels=1, classes=30)
    figure = build(
        "latent_scatter", data(found._replace(labels=np.arange(400) % 30 - 1)), classes=20, points=400
    )
    looks = {(line.get_markerfacecolor(), line.get_marker()) for line in figure.axes[0].lines}
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert len(looks) == len(names) == 22
    assert names[-2:] == ["other classes", "unknown"]


def test_scatter_beyond_two_dimensions_is_pca():
    found = bundle(n=80, channels=1, dim=6)
    figure = build("latent_scatter", data(found))
    oracle = PCA(2).fit(found.latents)
    drawn = np.concatenate([line.get_xydata() for line in figure.axes[0].lines])
    rows = {tuple(np.round(np.abs(row), 6)) for row in oracle.transform(found.latents)}
    assert {tuple(np.round(np.abs(row), 6)) for row in drawn} == rows
    first, second = oracle.explained_variance_ratio_
    assert figure.axes[0].get_xlabel() == f"PC1 ({first:.0%})"
    assert figure.axes[0].get_ylabel() == f"PC2 ({second:.0%})"
    assert "first two principal components of 6" in figure.get_suptitle()


def test_scatter_in_one_dimension_is_a_histogram():
    found = bundle(n=80, channels=1, dim=1)
    (axes,) = build("latent_scatter", data(found)).axes
    assert sum(patch.get_height() for patch in axes.patches) == 80
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("z1", "inputs")


def test_scatter_drops_points_evenly():
    (axes,) = build("latent_scatter", data(bundle(n=90, channels=1)), points=30).axes
    assert sum(len(line.get_xydata()) for line in axes.lines) == 30


def test_usage_is_the_mean_responsibility():
    found = bundle()
    axes = build("channel_usage", data(found)).axes[0]
    share = found.responsibilities.mean(axis=0)
    order = np.argsort(-share)
    np.testing.assert_allclose([bar.get_height() for bar in axes.patches], share[order])
    np.testing.assert_allclose(axes.lines[0].get_ydata(), np.exp(found.log_pi)[order])
    assert [text.get_text() for text in axes.get_xticklabels()] == [str(channel) for channel in order]
    entropy = -(share * np.log(share)).sum()
    assert (
        build("channel_usage", data(found)).get_suptitle().startswith(f"{np.exp(entropy):.1f} of 4 channels")
    )


def test_tau_is_sorted_into_a_staircase():
    found = bundle(channels=9)
    left, right = build("tau_heatmap", data(found)).axes
    order = [int(text.get_text()) for text in left.get_yticklabels()]
    share = found.responsibilities.mean(axis=0)
    assert sorted(order) == list(range(9))
    assert order == sorted(range(9), key=lambda c: (found.tau[c].argmax(), -share[c]))
    np.testing.assert_array_equal(picture_of(left), found.tau[order])
    np.testing.assert_allclose([bar.get_width() for bar in right.patches], share[order])
    assert [text.get_text() for text in left.texts] == [
        "" if f"{value:.2f}" == "0.00" else f"{value:.2f}" for value in found.tau[order].ravel()
    ]


def test_tau_puts_undecided_channels_last():
    tau = np.array([[0.0, 0.0], [np.nan, 1.0], [0.1, 0.9], [0.8, 0.2]])
    figure = build("tau_heatmap", data(bundle(classes=2)._replace(tau=tau)))
    order = [int(text.get_text()) for text in figure.axes[0].get_yticklabels()]
    assert order[:2] == [3, 2]
    assert set(order[2:]) == {0, 1}
    assert figure.get_suptitle() == "channels stand for 2 of 2 classes"


def test_curves_of_one_epoch_have_one_tick():
    axes = build("loss_curves", CASES["one epoch"]).axes[0]
    assert all(float(tick).is_integer() for tick in axes.get_xticks())


def test_broken_reconstructions_are_told():
    assert "not a number" in build("reconstructions", CASES["some nan"]).get_suptitle()


def picture_of(axes):
    return np.asarray(axes.images[0].get_array())


def test_confusion_counts_known_labels():
    found = bundle(n=200, classes=5)
    labels = np.where(np.arange(200) % 7 == 0, -1, found.labels)
    figure = build("confusion", data(found._replace(labels=labels)))
    predicted = found.probabilities.argmax(axis=1)
    known = labels >= 0
    counts = confusion_matrix(labels[known], predicted[known], labels=range(5))
    shares = confusion_matrix(labels[known], predicted[known], labels=range(5), normalize="true")
    (axes,) = figure.axes
    np.testing.assert_allclose(picture_of(axes), shares)
    assert [text.get_text() for text in axes.texts] == [str(v) if v else "" for v in counts.ravel()]
    right, total = np.trace(counts), counts.sum()
    assert figure.get_suptitle() == f"accuracy {100 * right / total:.1f} % ({right} of {total})"
    assert [text.get_text() for text in axes.get_yticklabels()] == list(found.class_names)


def test_confusion_tells_what_it_left_out():
    found = with_nan(bundle(), "probabilities")
    assert build("confusion", data(found)).get_suptitle().endswith("of 39; 1 without a prediction)")


@pytest.mark.parametrize(
    ("name", "case", "why"),
    [
        ("confusion", "unknown labels", "No input has both a known label and a prediction."),
        ("confusion", "no classifier", "The run has no classifier."),
        ("tau_heatmap", "no classifier", "The run has no classifier."),
        ("loss_curves", "no history", "No history was recorded."),
        ("latent_scatter", "all nan", "No input has finite latents."),
        ("channel_usage", "all nan", "No input has finite responsibilities."),
        ("reconstructions", "nothing kept", "No input was kept."),
        ("channel_samples", "nothing kept", "No sample was kept."),
    ],
)
def test_says_why_there_is_nothing(name, case, why):
    figure = build(name, CASES[case])
    assert (figure.get_suptitle(), figure.axes) == (why, [])


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


def test_default_parameters_keep_their_own_bounds():
    for plugin in PLUGINS:
        for field in parameters.fields(load_object(plugin.params)).values():
            assert field.rule.violation(field.default) is None
