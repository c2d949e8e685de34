"""Images that are decoded on use, and published files that are decompressed."""

from __future__ import annotations

import gzip
import struct

import numpy as np
import pytest
from PIL import Image
from rcmvae_plugins.data._published import load, locate
from rcmvae_plugins.data._sources import Decoded, Joined
from rcmvae_plugins.data.image_folder import image_folder
from rcmvae_plugins.data.mnist import MNIST, mnist
from rcmvae_plugins.data.params import ImageFolderParams, PublishedParams

from rcmvae_core.data.dataset import dataset_violations
from rcmvae_core.errors import RcmvaeError, RunError

from .refusals import refused

RNG = np.random.default_rng(0)
FORMATS = [("png", "L"), ("jpg", "RGB"), ("gif", "P"), ("png", "RGBA"), ("bmp", "1"), ("tiff", "RGB")]


@pytest.fixture
def pictures(tmp_path):
    """Images of noise, of many formats and sizes, in three classes; one is rotated."""
    root = tmp_path / "pictures"
    for number, name in enumerate(["b", "a", "c"]):
        (root / name).mkdir(parents=True)
        for index, (ending, mode) in enumerate(FORMATS):
            pixels = RNG.integers(0, 256, (9 + index, 7 + number, 3), np.uint8)
            exif = Image.Exif()
            exif[0x0112] = 6
            options = {"exif": exif} if ending == "jpg" else {}
            Image.fromarray(pixels).convert(mode).save(root / name / f"{index}.{ending}", **options)
    return root


def both(path, *, mode="grey", **arguments):
    return [
        image_folder(ImageFolderParams(str(path), decode=decode, mode=mode, **arguments))
        for decode in ("once", "when used")
    ]


@pytest.mark.parametrize("mode", ["grey", "color"])
def test_images_have_the_same_pixels_whenever_they_are_decoded(pictures, mode):
    eager, lazy = both(pictures, size=(6, 5), mode=mode)
    assert type(eager.inputs) is np.ndarray
    assert isinstance(lazy.inputs, Decoded)
    assert (lazy.inputs.shape, lazy.inputs.dtype) == (eager.inputs.shape, eager.inputs.dtype)
    for order in (np.arange(18), np.arange(18)[::-1], np.array([5, 5, 0, 17])):
        assert np.array_equal(lazy.inputs[order], eager.inputs[order])
    assert all(np.array_equal(a, b) for a, b in zip(eager[1:4], lazy[1:4], strict=True))
    assert eager.class_names == lazy.class_names == ("a", "b", "c")
    assert len(np.unique(eager.inputs)) > 50
    assert dataset_violations(lazy, ("data.image", "data.labels")) == []


def test_test_images_come_last(pictures, tmp_path):
    (tmp_path / "tests" / "a").mkdir(parents=True)
    Image.new("RGB", (4, 4), (9, 9, 9)).save(tmp_path / "tests" / "a" / "0.png")
    eager, lazy = both(pictures, size=(6, 5), test_path=str(tmp_path / "tests"))
    assert lazy.test.tolist() == [18]
    assert np.array_equal(lazy.inputs[lazy.test], eager.inputs[eager.test])


def test_a_file_that_is_broken_after_the_start_is_named_when_it_is_used(pictures):
    data = image_folder(ImageFolderParams(str(pictures), size=(6, 5), mode="grey", decode="when used"))
    path = pictures / "a" / "0.png"
    path.write_bytes(path.read_bytes()[:-30])
    assert data.inputs[np.arange(1, 18)].shape == (17, 6, 5, 1)
    with pytest.raises(RunError, match=f"`{path}` cannot be read") as caught:
        data.inputs[np.arange(18)]
    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.code, caught.value.exit_code) == ("E306", 1)


@pytest.mark.parametrize("name", ["0.png", "1.jpg"])
def test_a_file_that_is_cut_short_is_left_out_whenever_it_is_decoded(pictures, name):
    path = pictures / "a" / name
    path.write_bytes(path.read_bytes()[:-30])
    eager, lazy = both(pictures, size=(6, 5))
    assert lazy.names == eager.names
    assert f"a/{name}" not in lazy.names
    assert len(lazy.names) == 17
    assert np.array_equal(lazy.inputs[np.arange(17)], eager.inputs)
    assert all(np.array_equal(a, b) for a, b in zip(eager[1:4], lazy[1:4], strict=True))
    assert tuple(lazy.ids) == tuple(eager.ids)
    assert lazy.notes == eager.notes
    (left_out,) = [note for note in lazy.notes if note.startswith("left out")]
    assert left_out.startswith(f"left out: `a/{name}` cannot be read: ")
    for decode in ("once", "when used"):
        stop = ImageFolderParams(str(pictures), size=(6, 5), on_error="stop", decode=decode)
        assert f"`a/{name}` cannot be read" in refused(image_folder, stop)


def test_a_file_that_is_taken_away_is_named(pictures):
    data = image_folder(ImageFolderParams(str(pictures), size=(6, 5), decode="when used"))
    (pictures / "c" / "5.tiff").unlink()
    with pytest.raises(RunError, match=r"c/5.tiff` cannot be read: No such file"):
        data.inputs[np.array([17])]


def test_headers_are_read_at_the_start(pictures):
    Image.new("F", (8, 4), 5).save(pictures / "a" / "6.tiff")
    (pictures / "b" / "6.png").write_bytes(b"no image")
    stop = ImageFolderParams(str(pictures), size=(6, 5), decode="when used", on_error="stop")
    text = refused(image_folder, stop)
    assert "a/6.tiff` cannot be read: pixels are floats" in text
    assert "b/6.png` cannot be read: cannot identify image file" in text
    skipped = image_folder(ImageFolderParams(str(pictures), decode="when used"))
    assert skipped.inputs.shape[0] == len(skipped.names) == 18
    assert [note for note in skipped.notes if note.startswith("left out")] == [
        "left out: `a/6.tiff` cannot be read: pixels are floats, which have no known range; convert them to 8 or 16 bits",
        "left out: `b/6.png` cannot be read: cannot identify image file",
    ]


def test_pixels_are_checked_once_and_read_on_use(pictures, monkeypatch):
    decoded = []
    monkeypatch.setattr(
        "rcmvae_plugins.data.image_folder.pixels",
        lambda path, *_: decoded.append(path) or np.zeros((6, 5, 1), np.uint8),
    )
    data = image_folder(ImageFolderParams(str(pictures), size=(6, 5), mode="grey", decode="when used"))
    assert len(decoded) == 18 + 16, "all, and a sample to compare"
    assert any("have the same pixels" in note for note in data.notes)
    data.inputs[np.arange(3)]
    assert len(decoded) == 18 + 16 + 3


# Published files, unpacked

NAMES = [file.name for file in MNIST.files]
ARRAYS = (
    RNG.integers(0, 256, (6, 5, 4), np.uint8),
    np.array([5, 0, 4, 1, 9, 2], np.uint8),
    RNG.integers(0, 256, (4, 5, 4), np.uint8),
    np.array([7, 2, 1, 0], np.uint8),
)


def idx(array: np.ndarray) -> bytes:
    return struct.pack(f">4B{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


def write(folder, *, unpacked, both=False):
    folder.mkdir(parents=True)
    for number, (name, array) in enumerate(zip(NAMES, ARRAYS, strict=True)):
        if number in unpacked:
            (folder / name.removesuffix(".gz")).write_bytes(idx(array))
        if number not in unpacked or both:
            (folder / name).write_bytes(gzip.compress(idx(array if number not in unpacked else array[:0])))
    return folder


@pytest.mark.parametrize("unpacked", [(0, 1, 2, 3), (0,), (2,), (1, 3), (0, 2)])
@pytest.mark.parametrize("both", [False, True])
def test_unpacked_files_are_mapped_and_say_the_same(tmp_path, unpacked, both):
    data = mnist(PublishedParams(str(write(tmp_path / "mnist", unpacked=unpacked, both=both))))
    packed = mnist(PublishedParams(str(write(tmp_path / "packed", unpacked=()))))
    assert type(packed.inputs) is np.ndarray
    assert isinstance(data.inputs, Joined) == bool({0, 2} & set(unpacked))
    assert data.inputs.shape == (10, 5, 4, 1)
    assert data.inputs.dtype == np.uint8
    assert np.array_equal(data.inputs[np.arange(10)], packed.inputs)
    assert np.array_equal(packed.inputs[..., 0], np.concatenate([ARRAYS[0], ARRAYS[2]]))
    assert type(data.labels) is np.ndarray
    assert all(np.array_equal(a, b) for a, b in zip(data[1:4], packed[1:4], strict=True))


def test_only_what_is_missing_is_fetched(tmp_path, monkeypatch):
    monkeypatch.delenv("RCMVAE_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = write(tmp_path / "rcmvae" / "mnist", unpacked=(0, 2))
    assert locate(MNIST, None) == folder
    (folder / NAMES[1]).unlink()
    fetched = []
    monkeypatch.setattr("rcmvae_plugins.data._published.fetch", lambda file, *_: fetched.append(file))
    locate(MNIST, None)
    assert fetched == [MNIST.files[1]]


def test_an_unpacked_file_that_is_cut_short_is_named(tmp_path):
    folder = write(tmp_path / "mnist", unpacked=(0, 1, 2, 3))
    path = folder / NAMES[2].removesuffix(".gz")
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(RcmvaeError, match="t10k-images-idx3-ubyte`: has 79 bytes") as caught:
        load(MNIST, str(folder))
    assert caught.value.diagnostics[0].code == "E306"
