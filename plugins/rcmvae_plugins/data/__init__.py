"""Declares data sets."""

from __future__ import annotations

from rcmvae_core.plugin.declaration import Plugin

_FAMILY = "rcmvae_plugins.data"

PLUGINS: tuple[Plugin, ...] = (
    Plugin(
        "data",
        "array_record",
        summary="Images or lists of numbers, and labels, from ArrayRecord files, read on use.",
        params=f"{_FAMILY}.params:ArrayRecordParams",
        impl=f"{_FAMILY}.array_record:array_record",
    ),
    Plugin(
        "data",
        "arrays",
        summary="Arrays that a program passes through the Python API.",
        params=f"{_FAMILY}.params:ArraysParams",
        impl=f"{_FAMILY}.arrays:arrays",
    ),
    Plugin(
        "data",
        "digits",
        summary="1,797 handwritten digits, 8x8 pixels, which scikit-learn includes.",
        params=f"{_FAMILY}.params:DigitsParams",
        impl=f"{_FAMILY}.digits:digits",
        provides=("data.image", "data.labels"),
    ),
    Plugin(
        "data",
        "fashion_mnist",
        summary="70,000 images of clothes, 28x28 pixels, in ten classes.",
        params=f"{_FAMILY}.params:PublishedParams",
        impl=f"{_FAMILY}.fashion_mnist:fashion_mnist",
        provides=("data.image", "data.labels"),
    ),
    Plugin(
        "data",
        "image_folder",
        summary="A folder of images, with labels by sub-folder, by a file or none.",
        params=f"{_FAMILY}.params:ImageFolderParams",
        impl=f"{_FAMILY}.image_folder:image_folder",
    ),
    Plugin(
        "data",
        "mnist",
        summary="70,000 handwritten digits, 28x28 pixels.",
        params=f"{_FAMILY}.params:PublishedParams",
        impl=f"{_FAMILY}.mnist:mnist",
        provides=("data.image", "data.labels"),
    ),
    Plugin(
        "data",
        "npy",
        summary="Images or features, and labels, from .npy or IDX files, memory-mapped.",
        params=f"{_FAMILY}.params:NpyParams",
        impl=f"{_FAMILY}.npy:npy",
    ),
    Plugin(
        "data",
        "npz",
        summary="Images or features, and labels, from a NumPy .npz file.",
        params=f"{_FAMILY}.params:NpzParams",
        impl=f"{_FAMILY}.npz:npz",
    ),
    Plugin(
        "data",
        "table",
        summary="Rows of numbers, categories and dates, and labels, from a CSV or Parquet file.",
        params=f"{_FAMILY}.params:TableParams",
        impl=f"{_FAMILY}.table:table",
    ),
)
