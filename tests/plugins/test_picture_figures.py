"""The contents of the figures of reconstructions and samples, pixel by pixel."""

import numpy as np

from .figure_cases import CASES, build, bundle, data, picture


def test_reconstructions_are_below_their_inputs():
    arrays = bundle(shape=(12, 12, 1), kept=5)
    pixels = picture(build("reconstructions", data(arrays), count=5, columns=3).axes[0])
    np.testing.assert_allclose(pixels[:12, 13:25, 0], arrays.inputs[1, ..., 0])
    np.testing.assert_allclose(pixels[13:25, 13:25, 0], arrays.reconstructions[1, ..., 0])
    np.testing.assert_allclose(pixels[28:40, :12, 1], arrays.inputs[3, ..., 0])
    assert not pixels[28:, 26:, 3].any()
    assert not pixels[12, :, 3].any()


def test_colours_and_broken_values_are_shown():
    arrays = bundle(shape=(6, 6, 3))
    arrays.inputs[0, 2, 3, 1] = np.nan
    arrays.inputs[1, 0, 0] = (-3, 0.5, 7)
    pixels = picture(build("reconstructions", data(arrays)).axes[0])
    np.testing.assert_allclose(pixels[2, 3, :3], np.array([0xE8, 0x59, 0x0C]) / 255)
    np.testing.assert_allclose(pixels[0, 7, :3], [0, 0.5, 1])


def test_broken_reconstructions_are_told():
    assert "not a number" in build("reconstructions", CASES["some nan"]).get_suptitle()


def test_features_are_strips():
    arrays = bundle(shape=(13,), kept=3)
    pixels = picture(build("reconstructions", data(arrays)).axes[0])
    assert pixels.shape == (8, 13, 4)
    strips = pixels[[0, 1, 3, 4, 6, 7], :, 3]
    expected = np.stack([arrays.inputs, arrays.reconstructions], axis=1).reshape(6, 13)
    np.testing.assert_allclose(strips, 0.03 + 0.97 * expected, atol=0.005)


def test_samples_are_a_row_for_each_channel_most_used_first():
    arrays = bundle(shape=(12, 12, 1), channels=4, samples=5)
    figure = build("channel_samples", data(arrays), columns=3, channels=2)
    share = arrays.responsibilities.mean(axis=0)
    order = np.argsort(-share)[:2]
    pixels = picture(figure.axes[0])
    assert pixels.shape == (25, 38, 4)
    for row, channel in enumerate(order):
        np.testing.assert_allclose(
            pixels[13 * row : 13 * row + 12, 26:, 0], arrays.samples[channel, 2, ..., 0]
        )
        label = figure.axes[0].get_yticklabels()[row].get_text()
        assert label.split() == [
            "name",
            str(arrays.tau[channel].argmax()),
            str(channel),
            *f"{100 * share[channel]:.1f} %".split(),
        ]
    assert figure.get_suptitle().startswith("3 samples of 2 of 4 channels")
