"""Data sets published as four IDX files: where they are looked for, and what they hold."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from rcmvae_core.protocols import Dataset
from rcmvae_plugins.data.download import DownloadError, File, fetch
from rcmvae_plugins.data.faults import absent, reason, unreadable
from rcmvae_plugins.data.idx import read
from rcmvae_plugins.data.sources import join


class Published(NamedTuple):
    """A published data set.

    Args:
        name: its folder's name.
        files: training images, training labels, test images, test labels.
        mirrors: URLs of folders that have the files.
        class_names: a name for each class.
    """

    name: str
    files: tuple[File, File, File, File]
    mirrors: tuple[str, ...]
    class_names: tuple[str, ...]


def load(published: Published, path: str | None) -> Dataset:
    """Find the files, or download them, and read them; what is unpacked there is memory-mapped.

    Args:
        published: the data set.
        path: the folder to read; None looks into `RCMVAE_DATA`, then into the user's cache.

    Returns:
        The training images, then the test images, [N, H, W, 1] in uint8.

    Raises:
        RcmvaeError: E305 if the files are not there and cannot be fetched, E306 if they cannot be read.
    """
    folder = locate(published, path)
    files = [_found(folder, file) for file in published.files]
    images, labels, test_images, test_labels = (
        read(file, axes) for file, axes in zip(files, (3, 1, 3, 1), strict=True)
    )
    for file, pictures, classes in zip(files[::2], (images, test_images), (labels, test_labels), strict=True):
        if len(pictures) != len(classes):
            raise unreadable(file, f"has {len(pictures)} images; there are {len(classes)} labels")
    if images.shape[1:] != test_images.shape[1:]:
        message = f"has images of {test_images.shape[1:]}, but those for training are {images.shape[1:]}"
        raise unreadable(files[2], message)
    for file, classes in zip(files[1::2], (labels, test_labels), strict=True):
        if classes.max() >= len(published.class_names):
            message = f"has label {classes.max()}; there are {len(published.class_names)} classes"
            raise unreadable(file, message)
    return Dataset(
        inputs=join([images[..., None], test_images[..., None]]),
        labels=np.concatenate([labels, test_labels]).astype(np.int32),
        train=np.arange(len(images)),
        test=np.arange(len(images), len(images) + len(test_images)),
        class_names=published.class_names,
        maximum=255.0,
    )


def locate(published: Published, path: str | None) -> Path:
    """The folder that has all four files.

    `path`, if given, must have them. So must `RCMVAE_DATA/NAME`, if there is such a folder. Otherwise what the
    cache, `XDG_CACHE_HOME/rcmvae/NAME` or `~/.cache/rcmvae/NAME`, lacks is downloaded into it.

    Args:
        published: the data set.
        path: a folder.

    Raises:
        RcmvaeError: E305 if files are missing.
    """
    if path is not None:
        return _whole(published, Path(path).expanduser(), "`path`")
    root = os.environ.get("RCMVAE_DATA")
    own = Path(root).expanduser() / published.name if root else None
    if own is not None and own.is_dir():
        return _whole(published, own, "RCMVAE_DATA")
    cache = _cache() / published.name
    if _missing(published.files, cache):
        _download(published, cache, own)
    return cache


def _download(published: Published, cache: Path, own: Path | None) -> None:
    looked = " and ".join(f"`{folder}`" for folder in (own, cache) if folder is not None)
    message = f"data `{published.name}` is not in {looked}, and cannot be downloaded"
    by_hand = (
        f"or put {', '.join(file.name for file in published.files)} into `{cache}`",
        f"or into a folder `{published.name}` and say in RCMVAE_DATA where that is",
    )
    try:
        cache.mkdir(parents=True, exist_ok=True)
        for file in _missing(published.files, cache):
            fetch(file, cache, published.mirrors)
    except DownloadError as error:
        raise absent(message, *error.reasons, "go online and run again", *by_hand) from None
    except OSError as error:
        remedy = f"`{error.filename or cache}`: {reason(error)}: make it writable, or set XDG_CACHE_HOME"
        raise absent(message, remedy, *by_hand) from None


def _whole(published: Published, folder: Path, whose: str) -> Path:
    missing = _missing(published.files, folder)
    if missing:
        names = ", ".join(file.name for file in missing)
        message = f"data `{published.name}`: `{folder}`, from {whose}, has no {names}"
        remedy = f"put the files there, or take {whose} away: they are then looked for, or downloaded"
        raise absent(message, remedy)
    return folder


def _missing(files: Sequence[File], folder: Path) -> list[File]:
    return [file for file in files if not _found(folder, file).is_file()]


def _found(folder: Path, file: File) -> Path:
    """The file as someone unpacked it, if so, since that can be memory-mapped; else as it is published."""
    plain = folder / file.name.removesuffix(".gz")
    return plain if plain.is_file() else folder / file.name


def _cache() -> Path:
    root = os.environ.get("XDG_CACHE_HOME")
    return (Path(root) if root else Path.home() / ".cache") / "rcmvae"
