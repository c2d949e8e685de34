"""A folder of image files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rcmvae_core.errors import RcmvaeError, RunError
from rcmvae_core.protocols import Dataset
from rcmvae_plugins.data.assembly import divide, encode
from rcmvae_plugins.data.faults import MEND, absent, reason, unreadable
from rcmvae_plugins.data.images import channels, check_header, pixels
from rcmvae_plugins.data.params import ImageFolderParams
from rcmvae_plugins.data.sources import Decoded

_SUFFIXES = frozenset({".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"})


def image_folder(params: ImageFolderParams) -> Dataset:
    """Load every image below a folder, in the order of their paths.

    Images are turned as their EXIF says, made grey or RGB (transparency is dropped) and stretched to the size
    by bilinear filtering. Files with another ending, and hidden ones, are no images. Images that are decoded
    when they are used have the same pixels; at the start only their headers are read, so that a file that is
    broken further on ends the run that comes upon it.

    Args:
        params: the folder, the size, whether sub-folders are classes, and when images are decoded.

    Returns:
        Images of shape (H, W, 1) or (H, W, 3), uint8; test images come last.

    Raises:
        RcmvaeError: E305 if there is no image, E306 for files that cannot be read.
    """
    root = Path(params.path).expanduser()
    files = _files(root)
    words = _words(root, files, labelled=params.labelled)
    test = 0
    if params.test_path is not None:
        test_root = Path(params.test_path).expanduser()
        test_files = _files(test_root)
        words += _words(test_root, test_files, labelled=params.labelled)
        files, test = files + test_files, len(test_files)
    labels, names = encode(words)
    train, tests = divide(labels, test, params.test_fraction, params.test_seed)
    images = _images(root, files, params)
    if params.decode == "when used":
        _check_headers(root, files)
        return Dataset(images, labels, train, tests, names, 255.0)
    try:
        return Dataset(images[np.arange(len(files))], labels, train, tests, names, 255.0)
    except RunError as error:  # no run has begun
        raise RcmvaeError(error.diagnostics) from None


def _files(root: Path) -> list[Path]:
    if not root.is_dir():
        raise absent(
            f"data `image_folder`: there is no folder `{root}`", "it is relative to the working folder"
        )
    found = [path for path in root.rglob("*") if path.suffix.lower() in _SUFFIXES and path.is_file()]
    shown = [path for path in found if not any(p.startswith(".") for p in path.relative_to(root).parts)]
    if not shown:
        endings = "an image ends in " + ", ".join(sorted(_SUFFIXES))
        raise absent(f"data `image_folder`: there is no image below `{root}`", endings)
    return sorted(shown, key=lambda path: path.relative_to(root).parts)


def _words(root: Path, files: Sequence[Path], *, labelled: bool) -> list[str]:
    if not labelled:
        return [""] * len(files)
    parts = [path.relative_to(root).parts for path in files]
    beside = [path.name for path, names in zip(files, parts, strict=True) if len(names) == 1]
    if beside:
        message = f"images stand beside the folders of classes, such as `{beside[0]}` ({len(beside)} in all)"
        raise unreadable(root, message, remedies=["move them into one, or say `labelled = false`"])
    return [names[0] for names in parts]


def _images(root: Path, files: Sequence[Path], params: ImageFolderParams) -> Decoded:
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
    faults: list[str] = []
    for path in files:
        try:
            check_header(path)
        except Exception as error:  # noqa: BLE001 - a broken file makes Pillow raise nearly anything
            faults.append(f"`{path}` cannot be read: {reason(error)}")
    if faults:
        raise unreadable(root, *faults, remedies=MEND)
