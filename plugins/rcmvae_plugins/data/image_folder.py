"""Loads a folder of image files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rcmvae_core.errors import RcmvaeError, RunError
from rcmvae_core.plugin.protocols import Dataset
from rcmvae_plugins.data._assembly import encode, train_test_indices
from rcmvae_plugins.data._errors import FIX_OR_REMOVE, not_found, reason, unreadable
from rcmvae_plugins.data._images import channels, check_header, pixels
from rcmvae_plugins.data._sources import Decoded
from rcmvae_plugins.data.params import ImageFolderParams

_SUFFIXES = frozenset({".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"})


def image_folder(params: ImageFolderParams) -> Dataset:
    """Load every image below a folder, in the order of their paths.

    Images are rotated by their EXIF orientation, converted to grey or RGB (transparency is dropped) and resized
    bilinearly. Hidden files and files with other suffixes are ignored. Images that are decoded on use have the same
    pixels; at the start only their headers are read, so that a file that is corrupt after its header stops the run when
    it is used.

    Args:
        params: the folder, the size, whether sub-folders are classes, and when images are decoded.

    Returns:
        Images of shape (H, W, 1) or (H, W, 3), uint8; test images come last.

    Raises:
        RcmvaeError: E305 if there is no image, E306 for files that cannot be read.
    """
    root = Path(params.path).expanduser()
    files = _image_files(root)
    classes = _class_names(root, files, labelled=params.labelled)
    test_rows = 0
    if params.test_path is not None:
        test_root = Path(params.test_path).expanduser()
        test_files = _image_files(test_root)
        classes += _class_names(test_root, test_files, labelled=params.labelled)
        files, test_rows = files + test_files, len(test_files)
    labels, names = encode(classes)
    train, test = train_test_indices(labels, test_rows, params.test_fraction, params.test_seed)
    images = _decoded(root, files, params)
    if params.decode == "when used":
        _check_headers(root, files)
        return Dataset(images, labels, train, test, names, 255.0)
    try:
        return Dataset(images[np.arange(len(files))], labels, train, test, names, 255.0)
    except RunError as error:  # no run has started yet
        raise RcmvaeError(error.diagnostics) from None


def _image_files(root: Path) -> list[Path]:
    if not root.is_dir():
        raise not_found(
            f"data `image_folder`: folder `{root}` does not exist",
            "the path is relative to the working directory",
        )
    images = [path for path in root.rglob("*") if path.suffix.lower() in _SUFFIXES and path.is_file()]
    visible = [path for path in images if not any(p.startswith(".") for p in path.relative_to(root).parts)]
    if not visible:
        suffixes = "the suffix of an image is one of " + ", ".join(sorted(_SUFFIXES))
        raise not_found(f"data `image_folder`: folder `{root}` contains no images", suffixes)
    return sorted(visible, key=lambda path: path.relative_to(root).parts)


def _class_names(root: Path, files: Sequence[Path], *, labelled: bool) -> list[str]:
    """Return the class of each image, which is the folder inside `root` that contains it.

    Args:
        root: the folder of classes.
        files: images below it.
        labelled: if not, every class is empty, which means unknown.

    Raises:
        RcmvaeError: E306 if images are directly in `root`.
    """
    if not labelled:
        return [""] * len(files)
    parts = [path.relative_to(root).parts for path in files]
    without_class = [path.name for path, names in zip(files, parts, strict=True) if len(names) == 1]
    if without_class:
        message = f"{len(without_class)} images are in no class folder, such as `{without_class[0]}`"
        raise unreadable(root, message, remedies=["move them into a class folder, or set `labelled = false`"])
    return [names[0] for names in parts]


def _decoded(root: Path, files: Sequence[Path], params: ImageFolderParams) -> Decoded:
    """Return images as rows that are decoded on use.

    Args:
        root: the folder, for messages.
        files: the images.
        params: their size and mode.
    """
    size, mode = params.size, params.mode
    paths = [str(path) for path in files]  # a Path takes several times as much memory
    return Decoded(
        root,
        shape=(len(files), *size, channels(mode)),
        dtype=np.dtype(np.uint8),
        decode=lambda index: pixels(paths[index], size, mode),
        name=lambda index: f"`{paths[index]}`",
    )


def _check_headers(root: Path, files: Sequence[Path]) -> None:
    problems: list[str] = []
    for path in files:
        try:
            check_header(path)
        except Exception as error:  # noqa: BLE001 - Pillow raises nearly any exception for a corrupt file
            problems.append(f"`{path}` cannot be read: {reason(error)}")
    if problems:
        raise unreadable(root, *problems, remedies=FIX_OR_REMOVE)
