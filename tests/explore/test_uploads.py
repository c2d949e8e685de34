"""Pictures that are dropped on the page: read as `predict` reads them, predicted, bounded, and not labelled."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from rcmvae_core.errors import RcmvaeError
from rcmvae_core.explore.joined_features import Latents
from rcmvae_core.explore.projections import project
from rcmvae_core.explore.uploads import (
    MAX_UPLOADS,
    Uploads,
    describe_upload,
    position,
    read_picture,
    why_no_pictures,
    why_not_label,
)
from rcmvae_core.inference.data_files import open_dataset
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.spec.resolve import resolve_plugin
from tests.explore.untrained import untrained

RNG = np.random.default_rng(0)
LABELS = np.arange(24) % 3


def file_of(pixels, format_="PNG", **options):
    file = BytesIO()
    Image.fromarray(pixels).save(file, format=format_, **options)
    return file.getvalue()


@pytest.fixture(scope="module")
def colour():
    inputs = RNG.integers(0, 256, (24, 5, 4, 3)).astype(np.uint8)
    return untrained(inputs, LABELS, seeds=(0, 3))


@pytest.fixture(scope="module")
def grey():
    return untrained(RNG.integers(0, 65536, (24, 5, 4, 1)).astype(np.uint16), LABELS)


@pytest.fixture(scope="module")
def series():
    return untrained(RNG.normal(size=(24, 6)), LABELS)


@pytest.mark.parametrize("format_", ["PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF"])
@pytest.mark.parametrize("name", ["colour", "grey"])
def test_every_format_is_read_as_predict_reads_it(name, format_, request, tmp_path):
    trained = request.getfixturevalue(name)
    content = file_of(RNG.integers(0, 256, (9, 7, 3)).astype(np.uint8), format_)
    (tmp_path / f"a.{format_.lower()}").write_bytes(content)
    with open_dataset(tmp_path, trained.info) as data:
        expected = data.inputs[np.arange(1)][0]
    np.testing.assert_array_equal(read_picture(content, "a", trained, None), expected)


def test_a_picture_of_the_models_size_keeps_its_pixels(colour):
    pixels = RNG.integers(0, 256, (5, 4, 3)).astype(np.uint8)
    upload = Uploads().add(file_of(pixels), "a.png", colour)
    np.testing.assert_array_equal(upload.raw[0], pixels)
    np.testing.assert_array_equal(np.asarray(Image.open(BytesIO(upload.png))), pixels)


def test_pictures_are_put_on_the_background_of_the_runs_own(colour):
    clear = np.zeros((5, 4, 4), np.uint8)
    for background, value in (("white", 255), ("black", 0)):
        table = {"path": "elsewhere", "background": background, "frames": "error"}
        part = resolve_plugin("data", "image_folder", table, discover())[0]
        assert (read_picture(file_of(clear), "a.png", colour, part) == value).all()


def test_the_first_frame_is_read(colour):
    first, second = (Image.new("RGB", (4, 5), shade) for shade in ((0, 0, 0), (255, 255, 255)))
    part = resolve_plugin("data", "image_folder", {"path": "x", "frames": "error"}, discover())[0]
    for format_ in ("GIF", "TIFF", "WEBP"):
        file = BytesIO()
        first.save(file, format=format_, save_all=True, append_images=[second])
        assert read_picture(file.getvalue(), "a", colour, part).max() < 9


def test_the_orientation_is_that_of_the_camera(colour):
    pixels = np.zeros((5, 4, 3), np.uint8)
    pixels[0] = 255
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    turned = read_picture(file_of(pixels, "PNG", exif=exif), "a", colour, None)
    assert turned[-1].min() == 255
    assert turned[0].max() == 0


def test_a_picture_of_16_bits_is_read_for_a_model_of_16_bits(grey):
    upload = Uploads().add(file_of(np.full((5, 4), 65535, np.uint16)), "a.png", grey)
    assert upload.raw.max() == upload.raw.min() == 1.0


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no picture"),
        (b"<svg onload=alert(1)>", "no picture"),
        (bytes(9_000_000), "9,000,000 bytes"),
        (file_of(np.zeros((4100, 4100), np.uint8)), "too many pixels"),
        (file_of(np.zeros((20_000, 20_000), bool)), "too many pixels"),
        (file_of(RNG.integers(0, 256, (99, 99), np.uint8))[:2000], "cannot be read"),
        (file_of(np.zeros((4, 4), np.float32), "TIFF"), "floats"),
    ],
)
def test_what_cannot_be_used_is_refused(colour, content, message):
    with pytest.raises(RcmvaeError, match=message) as caught:
        Uploads().add(content, "a.png", colour)
    assert caught.value.diagnostics[0].code == "E489"
    assert "/tmp" not in str(caught.value)


def test_other_models_take_no_pictures(series):
    assert "6 numbers" in why_no_pictures(series)
    with pytest.raises(RcmvaeError, match="E489"):
        Uploads().add(file_of(np.zeros((4, 4), np.uint8)), "a.png", series)
    table = untrained({"a": RNG.normal(size=24), "b": RNG.normal(size=24)}, LABELS)
    assert "table" in why_no_pictures(table)


def test_the_oldest_is_dropped_and_names_are_text(colour):
    uploads, content = Uploads(), file_of(np.zeros((5, 4, 3), np.uint8))
    kept = [uploads.add(content, "../<b>\x1b" + "x" * 999, colour) for _ in range(MAX_UPLOADS + 1)]
    assert uploads.get(kept[-1].id) is kept[-1]
    assert kept[0].name.startswith("<b>\\x1b")
    assert len(kept[0].name) <= 200
    for unknown in (kept[0].id, "../x"):
        with pytest.raises(RcmvaeError, match="E485"):
            uploads.get(unknown)


def test_an_upload_is_predicted_like_an_input(colour):
    upload = Uploads().add(file_of(RNG.integers(0, 256, (5, 4, 3)).astype(np.uint8)), "a.png", colour)
    described, _ = describe_upload(colour, upload, colour.tau, class_ids=[10, 20, 30])
    expected = colour.predict(upload.raw)
    np.testing.assert_allclose(described["p"], expected.probabilities[0], rtol=1e-5)
    assert described["prediction"] == 10 * (expected.labels[0] + 1)
    for name in ("entropy", "aleatoric", "epistemic"):
        assert described[name] == pytest.approx(getattr(expected, name)[0], abs=1e-6)
    assert described["ood"] == expected.ood[0]
    found = [score["value"] for score in described["scores"]]
    assert found == pytest.approx([v[0] for v in expected.scores.values()], rel=1e-5)
    assert described["can_label"] is False


def test_an_upload_lies_where_an_equal_input_does(colour):
    rows = RNG.integers(0, 256, (24, 5, 4, 3)).astype(np.uint8)
    every = colour.forward_stats(rows)[0]
    inputs = Latents(every.latents, every.responsibilities, shared=False)
    part = colour.resolved.parts["projection"]
    for name in ("latent", "pca"):
        projected = project(next(p for p in part if p.name == name), colour.info.context, inputs)
        upload = Uploads().add(file_of(rows[7]), "a.png", colour)
        _, stats = describe_upload(colour, upload, colour.tau)
        place = position(projected, Latents(stats[0].latents, stats[0].responsibilities, shared=False))
        assert place["channel"] == projected.own[7]
        np.testing.assert_allclose(place["plane"], projected.channel_places[7], atol=1e-3)
        if projected.map.reason:
            assert place["map"] is None
        else:
            np.testing.assert_allclose(place["map"], projected.map_places[7], atol=1e-3)


def test_why_an_upload_has_no_label():
    part = resolve_plugin("data", "image_folder", {"path": "my/pictures"}, discover())[0]
    assert "`my/pictures`" in why_not_label(part)
    digits = resolve_plugin("data", "digits", {}, discover())[0]
    for other in (digits, None):
        assert "not a folder of pictures" in why_not_label(other)
