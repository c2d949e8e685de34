"""Published data sets: the IDX reader, the search for files, and the real data."""

from __future__ import annotations

import gzip
import hashlib
import os
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from rcmvae_plugins.data import _idx as idx
from rcmvae_plugins.data._published import load, locate
from rcmvae_plugins.data.fashion_mnist import FASHION_MNIST, fashion_mnist
from rcmvae_plugins.data.mnist import MNIST, mnist
from rcmvae_plugins.data.params import PublishedParams

from rcmvae_core.errors import RcmvaeError

NAMES = [file.name for file in MNIST.files]
OFFLINE = MNIST._replace(mirrors=("http://127.0.0.1:1", "http://127.0.0.1:2"))


def encode(array: np.ndarray) -> bytes:
    return struct.pack(f">4B{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


def write(folder: Path, seed: int = 0, **changes: np.ndarray) -> Path:
    """A small data set in the published form: 6 training and 4 test images."""
    rng = np.random.default_rng(seed)
    arrays = {
        "train_images": rng.integers(0, 256, (6, 5, 4), np.uint8),
        "train_labels": np.array([5, 0, 4, 1, 9, 2], np.uint8),
        "test_images": rng.integers(0, 256, (4, 5, 4), np.uint8),
        "test_labels": np.array([7, 2, 1, 0], np.uint8),
    } | changes
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in zip(NAMES, arrays.values(), strict=True):
        (folder / name).write_bytes(gzip.compress(encode(array), mtime=0))
    return folder


def codes(caught) -> set[str]:
    return {diagnostic.code for diagnostic in caught.value.diagnostics}


@pytest.fixture(autouse=True)
def places(monkeypatch, tmp_path):
    """Hide the data and the cache of the user who runs the tests."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("RCMVAE_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


@given(hnp.arrays(np.uint8, hnp.array_shapes(min_dims=1, max_dims=3, min_side=1, max_side=6)))
def test_what_is_written_is_read(tmp_path_factory, array):
    path = tmp_path_factory.getbasetemp() / "array.gz"
    path.write_bytes(gzip.compress(encode(array)))
    assert np.array_equal(idx.read(path, array.ndim), array)


IMAGES = np.arange(60, dtype=np.uint8).reshape(3, 5, 4)
DAMAGED = {
    "empty": b"",
    "not gzip": b"<html>404</html>",
    "cut short": gzip.compress(encode(IMAGES))[:-20],
    "another checksum": gzip.compress(encode(IMAGES))[:-8] + bytes(8),
    "broken inside": gzip.compress(encode(IMAGES))[:30] + b"\xff" * 9 + gzip.compress(encode(IMAGES))[39:],
    "no header": gzip.compress(b"\0\0\x08\x03\0\0"),
    "floats": gzip.compress(encode(IMAGES).replace(b"\x08\x03", b"\x0d\x03", 1)),
    "labels": gzip.compress(encode(IMAGES[0, 0])),
    "too few": gzip.compress(encode(IMAGES)[:-1]),
    "too many": gzip.compress(encode(IMAGES) + b"\0"),
    "no images": gzip.compress(encode(IMAGES[:0])),
    "a shape too large": gzip.compress(struct.pack(">4B3I", 0, 0, 8, 3, *[2**32 - 1] * 3)),
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_a_file_that_is_damaged_is_named(tmp_path, content):
    path = tmp_path / "images.gz"
    path.write_bytes(content)
    with pytest.raises(
        RcmvaeError, match=r"images.gz`: (is not an IDX|cannot be read|has|declares)"
    ) as caught:
        idx.read(path, 3)
    assert codes(caught) == {"E306"}


@given(st.integers(0, 200), st.integers(0, 255))
def test_no_damage_ends_in_a_traceback(tmp_path_factory, position, byte):
    content = bytearray(gzip.compress(encode(IMAGES), mtime=0))
    content[position % len(content)] = byte
    path = tmp_path_factory.getbasetemp() / "damaged.gz"
    path.write_bytes(content)
    try:
        pixels = idx.read(path, 3)
    except RcmvaeError as error:
        pixels, error_codes = IMAGES, {diagnostic.code for diagnostic in error.diagnostics}
    else:
        error_codes = set()
    assert np.array_equal(pixels, IMAGES)  # gzip checks all that it does not ignore
    assert error_codes <= {"E306"}


def test_training_comes_first_and_test_last(tmp_path):
    data = load(MNIST, str(write(tmp_path / "mine")))
    assert data.inputs.shape == (10, 5, 4, 1)
    assert data.inputs.dtype == np.uint8
    assert data.labels.tolist() == [5, 0, 4, 1, 9, 2, 7, 2, 1, 0]
    assert (data.train.tolist(), data.test.tolist()) == ([0, 1, 2, 3, 4, 5], [6, 7, 8, 9])
    assert (data.maximum, data.class_names) == (255.0, tuple("0123456789"))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"train_labels": np.zeros(5, np.uint8)}, "has 6 images, but 5 labels"),
        (
            {"test_images": np.zeros((4, 5, 5), np.uint8)},
            r"has images of shape \(5, 5\), .* of shape \(5, 4\)",
        ),
        ({"test_labels": np.array([0, 10, 0, 0], np.uint8)}, "has label 10, but there are 10 classes"),
    ],
)
def test_files_that_do_not_fit_together_are_refused(tmp_path, changes, message):
    with pytest.raises(RcmvaeError, match=message) as caught:
        load(MNIST, str(write(tmp_path / "mine", **changes)))
    assert codes(caught) == {"E306"}


def test_path_comes_before_the_environment_and_that_before_the_cache(tmp_path, monkeypatch):
    cache = write(tmp_path / "cache" / "rcmvae" / "mnist")
    assert locate(OFFLINE, None) == cache
    monkeypatch.setenv("RCMVAE_DATA", str(tmp_path / "data"))
    assert locate(OFFLINE, None) == cache
    own = write(tmp_path / "data" / "mnist")
    assert locate(OFFLINE, None) == own
    mine = write(tmp_path / "mine")
    assert locate(OFFLINE, str(mine)) == mine
    monkeypatch.setenv("HOME", str(tmp_path))
    assert locate(OFFLINE, "~/mine") == mine


def test_without_xdg_the_cache_is_below_home(tmp_path, monkeypatch):
    monkeypatch.delenv("XDG_CACHE_HOME")
    cache = write(tmp_path / "home" / ".cache" / "rcmvae" / "mnist")
    assert locate(OFFLINE, None) == cache


@pytest.mark.parametrize("whose", ["path", "RCMVAE_DATA"])
def test_a_folder_that_was_named_is_not_passed_over(tmp_path, monkeypatch, whose):
    write(tmp_path / "cache" / "rcmvae" / "mnist")
    folder = write(tmp_path / "data" / "mnist")
    (folder / NAMES[1]).unlink()
    monkeypatch.setenv("RCMVAE_DATA", str(tmp_path / "data"))
    with pytest.raises(RcmvaeError, match=rf"{whose}`?, does not contain {NAMES[1]}$") as caught:
        locate(OFFLINE, str(folder) if whose == "path" else None)
    assert codes(caught) == {"E305"}


def test_offline_it_says_where_it_looked_and_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("RCMVAE_DATA", str(tmp_path / "data"))
    with pytest.raises(RcmvaeError) as caught:
        load(OFFLINE, None)
    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.code, caught.value.exit_code) == ("E305", 2)
    cache = tmp_path / "cache" / "rcmvae" / "mnist"
    assert f"`{tmp_path / 'data' / 'mnist'}` and `{cache}`" in diagnostic.message
    assert f"http://127.0.0.1:1/{NAMES[0]}: Connection refused" in diagnostic.help
    assert f"http://127.0.0.1:2/{NAMES[0]}: Connection refused" in diagnostic.help
    assert any(str(cache) in line and all(name in line for name in NAMES) for line in diagnostic.help)
    assert any("RCMVAE_DATA" in line for line in diagnostic.help)


def test_what_the_cache_lacks_is_fetched(tmp_path, monkeypatch):
    cache, fetched = write(tmp_path / "cache" / "rcmvae" / "mnist"), []
    (cache / NAMES[2]).unlink()

    def fake(file, folder, mirrors):
        if not (folder / file.name).exists():
            fetched.append((file, folder, mirrors))
            write(folder)

    monkeypatch.setattr("rcmvae_plugins.data._published.fetch", fake)
    assert locate(MNIST, None) == cache
    assert fetched == [(MNIST.files[2], cache, MNIST.mirrors)]


def test_a_cache_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "cache").write_text("a file where the folder should be")
    with pytest.raises(RcmvaeError) as caught:
        locate(OFFLINE, None)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "E305"
    assert "Not a directory: make it writable, or set XDG_CACHE_HOME" in diagnostic.help[0]


def test_a_file_of_the_cache_that_cannot_be_written_is_named(tmp_path):
    lock = tmp_path / "cache" / "rcmvae" / "mnist" / f"{NAMES[0]}.lock"
    lock.mkdir(parents=True)
    with pytest.raises(RcmvaeError, match="cannot be downloaded") as caught:
        locate(OFFLINE, None)
    assert f"`{lock}`: Is a directory: make it writable" in caught.value.diagnostics[0].help[0]


def test_a_damaged_cache_is_named(tmp_path):
    cache = write(tmp_path / "cache" / "rcmvae" / "mnist")
    (cache / NAMES[0]).write_bytes(b"half a file")
    with pytest.raises(RcmvaeError, match=NAMES[0]) as caught:
        load(OFFLINE, None)
    assert codes(caught) == {"E306"}
    assert "delete the file and download it again" in caught.value.diagnostics[0].help


def real(name: str) -> PublishedParams:
    return PublishedParams(path=str(REAL / name))


REAL = Path(os.environ.get("RCMVAE_DATA", "."))


@pytest.mark.data
@pytest.mark.parametrize(
    ("part", "means"), [(mnist, (33.3184, 33.7912)), (fashion_mnist, (72.9404, 73.1466))]
)
def test_the_real_images(part, means):
    data = part(real(part.__name__))
    assert data.inputs.shape == (70_000, 28, 28, 1)
    assert (data.train.tolist(), data.test.tolist()) == (list(range(60_000)), list(range(60_000, 70_000)))
    for indices, mean in zip((data.train, data.test), means, strict=True):
        assert data.inputs[indices].mean() == pytest.approx(mean, abs=1e-4)


@pytest.mark.data
def test_the_real_labels():
    digits = mnist(real("mnist"))
    assert digits.labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    expected = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(digits.labels[digits.train]).tolist() == expected
    clothes = fashion_mnist(real("fashion_mnist"))
    assert np.bincount(clothes.labels[clothes.train]).tolist() == [6000] * 10
    assert clothes.class_names == FASHION_MNIST.class_names
    # That the names belong to the labels: sandals are mostly background.
    ink = [float(clothes.inputs[clothes.labels == label].mean()) for label in range(10)]
    assert clothes.class_names[int(np.argmin(ink))] == "Sandal"


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "sha256"),
    [
        (NAMES[0], "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
        (NAMES[1], "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
        (NAMES[2], "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
        (NAMES[3], "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
    ],
)
def test_mnist_is_the_published_one_however_it_was_compressed(name, sha256):
    content = gzip.decompress((REAL / "mnist" / name).read_bytes())
    assert hashlib.sha256(content).hexdigest() == sha256
