"""Data sets."""

from rcmvae_core.declarations import Plugin

_HERE = "rcmvae_plugins.data"

PLUGINS: tuple[Plugin, ...] = (
    Plugin(
        "data",
        "array_record",
        summary="Images or rows of numbers, and labels, in ArrayRecord files, read when used.",
        params=f"{_HERE}.disk_params:ArrayRecordParams",
        impl=f"{_HERE}.array_record:array_record",
    ),
    Plugin(
        "data",
        "arrays",
        summary="Arrays that a program hands in through the Python API.",
        params=f"{_HERE}.params:ArraysParams",
        impl=f"{_HERE}.arrays:arrays",
    ),
    Plugin(
        "data",
        "digits",
        summary="1797 handwritten digits of 8x8 pixels, shipped with scikit-learn.",
        params=f"{_HERE}.named_params:DigitsParams",
        impl=f"{_HERE}.digits:digits",
        provides=("data.image", "data.labels"),
    ),
    Plugin(
        "data",
        "fashion_mnist",
        summary="70,000 pictures of clothes, 28x28 pixels, in ten classes.",
        params=f"{_HERE}.named_params:PublishedParams",
        impl=f"{_HERE}.fashion_mnist:fashion_mnist",
        provides=("data.image", "data.labels"),
    ),
    Plugin(
        "data",
        "image_folder",
        summary="A folder of images, with a sub-folder for each class or without labels.",
        params=f"{_HERE}.params:ImageFolderParams",
        impl=f"{_HERE}.image_folder:image_folder",
    ),
    Plugin(
        "data",
        "mnist",
        summary="70,000 handwritten digits of 28x28 pixels.",
        params=f"{_HERE}.named_params:PublishedParams",
        impl=f"{_HERE}.mnist:mnist",
        provides=("data.image", "data.labels"),
    ),
    Plugin(
        "data",
        "npy",
        summary="Arrays in .npy or IDX files, memory-mapped.",
        params=f"{_HERE}.disk_params:NpyParams",
        impl=f"{_HERE}.npy:npy",
    ),
    Plugin(
        "data",
        "npz",
        summary="Images or features, and labels, from a NumPy .npz file.",
        params=f"{_HERE}.params:NpzParams",
        impl=f"{_HERE}.npz:npz",
    ),
    Plugin(
        "data",
        "table",
        summary="Numeric features, and labels, from a CSV file.",
        params=f"{_HERE}.params:TableParams",
        impl=f"{_HERE}.table:table",
    ),
)
