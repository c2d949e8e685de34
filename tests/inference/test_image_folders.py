"""Folders of images, read for a trained model."""

from __future__ import annotations

import unicodedata

import attrs
import numpy as np
import pytest
from PIL import Image

from rcmvae_core.errors import RcmvaeError
from rcmvae_core.inference.data_files import open_dataset, true_names
from rcmvae_core.inference.model_info import ModelInfo
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.plugin.protocols import BuildContext
from rcmvae_core.spec.resolve import resolve_plugin

CONTEXT = BuildContext((4, 5, 1), 9, 9, 2, 4, 2, 0, "shared", 1, 1)
INFO = ModelInfo(CONTEXT, ("é", "b"), 255.0, "uint8")


@pytest.fixture
def folder(tmp_path):
    for name in ("é/0.png", "b/1.jfif", "b/2.png"):
        path = tmp_path / unicodedata.normalize("NFD", name)
        path.parent.mkdir(exist_ok=True)
        Image.new("L", (7, 7), 50).save(path, format="jpeg" if path.suffix == ".jfif" else None)
    return tmp_path


def truth(folder, info=INFO, **arguments):
    with open_dataset(folder, info, **arguments) as data:
        assert data.inputs[np.arange(1)].shape == (1, *info.context.input_shape)
        names = true_names(data, info.class_names)
        return None if names is None else dict(zip(data.names, names, strict=True))


EXPECTED = {"b/1.jfif": "b", "b/2.png": "b", "é/0.png": "é"}


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("extra", [None, "Thumbs.db", "desktop.ini", ".DS_Store", "notes.txt"])
def test_truth_survives_files_of_systems_and_normal_forms(folder, form, extra):
    if extra:
        (folder / extra).write_bytes(b"x")
    names = tuple(unicodedata.normalize(form, name) for name in INFO.class_names)
    assert truth(folder, INFO._replace(class_names=names)) == {
        name: unicodedata.normalize(form, label) for name, label in EXPECTED.items()
    }


def test_loose_and_unlabelled_images_have_no_truth(folder):
    (folder / "unlabelled").mkdir()
    for name in ("loose.png", "unlabelled/3.png"):
        Image.new("L", (7, 7), 50).save(folder / name)
    assert truth(folder) == EXPECTED | {"loose.png": "", "unlabelled/3.png": ""}


def test_a_linked_class_folder_has_truth(folder, tmp_path_factory):
    target = tmp_path_factory.mktemp("elsewhere") / "b"
    (folder / "b").rename(target)
    (folder / "b").symlink_to(target)
    assert truth(folder) == EXPECTED


def test_classes_inside_folders_that_split_are_truth(folder, tmp_path_factory):
    root = tmp_path_factory.mktemp("split")
    (root / "train").symlink_to(folder)
    (root / "test").symlink_to(folder)
    assert truth(root) == {f"{part}/{n}": c for part in ("train", "test") for n, c in EXPECTED.items()}


def test_without_a_class_of_the_model_there_is_no_truth(folder):
    assert truth(folder, INFO._replace(class_names=("x", "y"))) is None


def test_a_file_has_the_truth(folder):
    (folder / "l.csv").write_text("file,label\n1.jfif,é\n")
    assert truth(folder, labels="l.csv") == dict.fromkeys(EXPECTED, "") | {"b/1.jfif": "é"}


def test_images_are_decoded_like_those_of_the_run(folder):
    pixels = np.zeros((7, 7, 4), np.uint8)
    pixels[3:, :, 3] = 255
    Image.fromarray(pixels).save(folder / "alpha.png")

    def corner(background):
        table = {"path": "elsewhere", "background": background}
        part = resolve_plugin("data", "image_folder", table, discover())[0]
        with open_dataset(folder, INFO, run_data=part) as data:
            return int(data.inputs[np.array([list(data.names).index("alpha.png")])][0, 0, 0, 0])

    assert [corner(background) for background in ("white", "auto", "black")] == [255, 255, 0]


def test_a_model_of_features_takes_no_images(folder):
    context = attrs.evolve(CONTEXT, input_shape=(4,))
    with pytest.raises(RcmvaeError, match="folder of images"):
        truth(folder, INFO._replace(context=context))
