"""Finds, downloads and reads data sets that are published as four IDX files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from rcmvae_core.plugin.protocols import Dataset
from rcmvae_core.runtime.user_files import expanded, is_file, is_folder
from rcmvae_plugins.data._download import DownloadError, File, fetch
from rcmvae_plugins.data._errors import not_found, reason, unreadable
from rcmvae_plugins.data._idx import read
from rcmvae_plugins.data._sources import join


class Published(NamedTuple):
    """A published data set.

    Args:
        name: the name of its folder.
        files: training images, training labels, test images, test labels.
        mirrors: URLs of folders that contain the files.
        class_names: the name of each class.
    """

    name: str
    files: tuple[File, File, File, File]
    mirrors: tuple[str, ...]
    class_names: tuple[str, ...]


def load(published: Published, path: str | None) -> Dataset:
    """Find or download the files of a data set, and read them; uncompressed files are memory-mapped.

    Args:
        published: the data set.
        path: the folder to read; None searches in `RCMVAE_DATA`, then in the user's cache.

    Returns:
        The training images, then the test images, [N, H, W, 1] in uint8.

    Raises:
        RcmvaeError: E305 if the files do not exist and cannot be downloaded, E306 if they cannot be read.
    """
    folder = locate(published, path)
    files = [_readable_path(folder, file) for file in published.files]
    images, labels, test_images, test_labels = (
        read(file, rank) for file, rank in zip(files, (3, 1, 3, 1), strict=True)
    )
    for file, pixels, classes in zip(files[::2], (images, test_images), (labels, test_labels), strict=True):
        if len(pixels) != len(classes):
            raise unreadable(file, f"has {len(pixels)} images, but {len(classes)} labels")
    if images.shape[1:] != test_images.shape[1:]:
        message = f"has images of shape {test_images.shape[1:]}, training images of shape {images.shape[1:]}"
        raise unreadable(files[2], message)
    for file, classes in zip(files[1::2], (labels, test_labels), strict=True):
        if classes.max() >= len(published.class_names):
            message = f"has label {classes.max()}, but there are {len(published.class_names)} classes"
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
    """Return the folder with all four files.

    `path`, if given, must contain them; so must `RCMVAE_DATA/NAME`, if this folder exists. Otherwise files that are
    missing in the cache, `XDG_CACHE_HOME/rcmvae/NAME` or `~/.cache/rcmvae/NAME`, are downloaded into it.

    Args:
        published: the data set.
        path: a folder.

    Raises:
        RcmvaeError: E305 if files are missing.
    """
    if path is not None:
        return _complete(published, expanded(path), "`path`")
    root = os.environ.get("RCMVAE_DATA")
    folder = expanded(root) / published.name if root else None
    if folder is not None and is_folder(folder):
        return _complete(published, folder, "RCMVAE_DATA")
    cache = _cache() / published.name
    if _missing(published.files, cache):
        _download(published, cache, folder)
    return cache


def _download(published: Published, cache: Path, data_folder: Path | None) -> None:
    """Download the files that are missing in the cache.

    Args:
        published: the data set.
        cache: the folder to download into.
        data_folder: the folder in `RCMVAE_DATA` that was searched, for messages.

    Raises:
        RcmvaeError: E305 if a file cannot be downloaded or written.
    """
    searched = " and ".join(f"`{folder}`" for folder in (data_folder, cache) if folder is not None)
    message = f"data `{published.name}` is not in {searched}, and cannot be downloaded"
    manual = (
        f"or put {', '.join(file.name for file in published.files)} into `{cache}`",
        f"or into a folder `{published.name}`, and set RCMVAE_DATA to its parent",
    )
    try:
        cache.mkdir(parents=True, exist_ok=True)
        for file in _missing(published.files, cache):
            fetch(file, cache, published.mirrors)
    except DownloadError as error:
        raise not_found(message, *error.reasons, "connect to the network and run again", *manual) from None
    except OSError as error:
        remedy = f"`{error.filename or cache}`: {reason(error)}: make it writable, or set XDG_CACHE_HOME"
        raise not_found(message, remedy, *manual) from None


def _complete(published: Published, folder: Path, setting: str) -> Path:
    """Return a folder that must contain all files.

    Args:
        published: the data set.
        folder: the folder.
        setting: where the folder is set, for messages.

    Raises:
        RcmvaeError: E305 if files are missing.
    """
    missing = _missing(published.files, folder)
    if missing:
        names = ", ".join(file.name for file in missing)
        message = f"data `{published.name}`: `{folder}`, set by {setting}, does not contain {names}"
        remedy = f"put the files there, or remove {setting} to search the cache and download them"
        raise not_found(message, remedy)
    return folder


def _missing(files: Sequence[File], folder: Path) -> list[File]:
    return [file for file in files if not is_file(_readable_path(folder, file))]


def _readable_path(folder: Path, file: File) -> Path:
    """Return the path of a decompressed file if it exists, as it can be memory-mapped, else of the published file."""
    plain = folder / file.name.removesuffix(".gz")
    return plain if is_file(plain) else folder / file.name


def _cache() -> Path:
    root = os.environ.get("XDG_CACHE_HOME")
    return (Path(root) if root else Path.home() / ".cache") / "rcmvae"
