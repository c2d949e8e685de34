"""Helpers for the tests of `image_folder`: painted files, and the data set that is loaded from them."""

from __future__ import annotations

from PIL import Image
from rcmvae_plugins.data.image_folder import image_folder
from rcmvae_plugins.data.params import ImageFolderParams


def paint(path, color=(0, 0, 0), mode="RGB", size=(8, 4), **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.new("RGB", size, color).quantize(4) if mode == "P" else Image.new(mode, size, color)
    image.save(path, **options)


def load(path, **arguments):
    return image_folder(ImageFolderParams(str(path), **{"size": (4, 8), "mode": "grey"} | arguments))


def labels_by_name(data):
    names = [data.class_names[label] if label >= 0 else None for label in data.labels]
    return dict(zip(data.names, names, strict=True))


def load_params(params):
    return load(**params)


def three_classes(root):
    """Paint ten images of each of three classes, with one brightness per class."""
    for number, name in enumerate(["2", "10", "1"]):
        for index in range(10):
            paint(root / name / f"{index}.png", (60 * number, 0, 0))
    return root
