"""Finds the image files below a folder, and identifies them by their content."""

from __future__ import annotations

import hashlib
import os
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from rcmvae_plugins.data._images import FORMATS
from rcmvae_plugins.data._system_files import is_system_name

_ID_DIGITS = 16
"""64 bits, as of other item ids."""


class PictureFile(NamedTuple):
    """An image file.

    Args:
        path: where it is.
        name: its path relative to the folder, with `/`, in Unicode normal form C.
    """

    path: str
    name: str

    @property
    def parts(self) -> tuple[str, ...]:
        """The folders that contain it, and its own name."""
        return tuple(self.name.split("/"))


class FoundFiles(NamedTuple):
    """The files below a folder.

    Args:
        pictures: in the order of their names.
        others: how many other files there are, by suffix.
    """

    pictures: tuple[PictureFile, ...]
    others: Counter[str]


@cache
def suffixes() -> frozenset[str]:
    """Return the suffixes of all images that are read, in lower case."""
    Image.init()
    known = Image.registered_extensions().items()
    return frozenset(suffix for suffix, name in known if name in Image.OPEN and name in FORMATS)


def find_pictures(root: Path, *, beside: Path | None = None) -> FoundFiles:
    """Find every image below a folder; links to folders are followed, except into a folder that contains them.

    Hidden files and those of systems, such as `Thumbs.db`, are ignored.

    Args:
        root: the folder.
        beside: the folder that names are relative to, if it is not the same.

    Returns:
        The files.
    """
    prefix = "" if beside is None else f"{Path(os.path.relpath(root, beside)).as_posix()}/"
    pictures: list[PictureFile] = []
    others: Counter[str] = Counter()
    for path, name in _walk(str(root), prefix, (_identity(str(root)),)):
        suffix = os.path.splitext(name)[1].lower()  # noqa: PTH122 - a Path for each file takes longer
        if suffix in suffixes():
            pictures.append(PictureFile(path, normal(name)))
        else:
            others[suffix or "no suffix"] += 1
    ordered = sorted(pictures, key=lambda picture: (picture.parts, picture.path))
    return FoundFiles(tuple(_with_unique_names(ordered)), others)


def _with_unique_names(pictures: Sequence[PictureFile]) -> Iterator[PictureFile]:
    """Yield images with a number after a name that occurs again: on some systems two files differ in normal form alone."""
    counts: Counter[str] = Counter()
    for picture in pictures:
        counts[picture.name] += 1
        number = counts[picture.name]
        yield picture if number == 1 else picture._replace(name=f"{picture.name} ({number})")


def normal(name: str) -> str:
    """Return a name in Unicode normal form C: file systems differ in the form that they keep.

    Bytes of a name that are not UTF-8 are replaced.
    """
    try:
        content = name.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half a character, which JSON can contain and no file name
        content = name.encode("utf-8", "surrogatepass")
    return unicodedata.normalize("NFC", content.decode("utf-8", "replace"))


def _walk(folder: str, prefix: str, ancestors: tuple[tuple[int, int], ...]) -> Iterator[tuple[str, str]]:
    """Yield the path and the name of every file below a folder.

    Args:
        folder: its path.
        prefix: what names below it begin with.
        ancestors: identities of the folders that contain it, and its own.
    """
    with os.scandir(folder) as entries:
        visible = [entry for entry in entries if not is_system_name(entry.name)]
    for entry in visible:
        name = prefix + entry.name
        if not entry.is_dir():
            yield entry.path, name
        elif (identity := _identity(entry.path)) not in ancestors:
            yield from _walk(entry.path, f"{name}/", (*ancestors, identity))


def _identity(path: str) -> tuple[int, int]:
    status = os.stat(path)  # noqa: PTH116 - a Path for each folder takes longer
    return status.st_dev, status.st_ino


def content_id(content: bytes) -> str:
    """Return the id of a file: SHA-256 of its bytes, which depends on no size, no name and no folder."""
    return hashlib.sha256(content).hexdigest()[:_ID_DIGITS]
