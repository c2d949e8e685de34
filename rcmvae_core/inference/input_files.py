"""Finds the files to predict: paths, patterns, names on stdin; images one by one become a folder."""

from __future__ import annotations

import glob
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from rcmvae_core.errors import fail
from rcmvae_core.runtime.user_files import exists, is_file, shortened

STDIN = "-"
_IMAGES = frozenset(
    {".bmp", ".gif", ".jfif", ".jpe", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"}
)


class InputFiles(NamedTuple):
    """What is predicted together.

    Args:
        path: a file or folder, or the folder that links to the images.
        names: the images that it links to, by the name of the link; empty for any other path.
    """

    path: Path
    names: dict[str, str]


def expand(arguments: Iterable[str], stdin: Iterable[str]) -> list[Path]:
    """Return the files and folders that arguments name.

    Args:
        arguments: paths, patterns with `*`, `?` or `[...]`, or `-`, which reads paths from stdin, a line each.
        stdin: the lines that these are read from.

    Returns:
        The paths, in their order; those of a pattern in the order of their names.

    Raises:
        RcmvaeError: E305 if a pattern matches nothing, or no path is given on stdin.
    """
    paths: list[Path] = []
    for argument in arguments:
        if argument == STDIN:
            named = [line.rstrip("\r\n") for line in stdin if line.strip()]
            if not named:
                fail("E305", "no path was read from stdin", help=["write the name of a file on each line"])
            paths += map(Path, named)
        elif exists(argument) or not glob.has_magic(argument):
            paths.append(Path(argument))
        else:
            matched = sorted(glob.glob(argument, recursive=True))  # noqa: PTH207 - a pattern may be absolute
            if not matched:
                fail("E305", f"no file matches `{shortened(argument)}`", help=["check the pattern"])
            paths += map(Path, matched)
    return paths


def group(paths: Sequence[Path], temporary: Path) -> Iterator[InputFiles]:
    """Yield each path; all images that are files come first, as one folder of links to them.

    Args:
        paths: files and folders.
        temporary: an existing folder for the links.
    """
    images = [path for path in paths if is_image(path)]
    if images:
        links = {f"{number:08d}{path.suffix.lower()}": path for number, path in enumerate(images)}
        for name, path in links.items():
            (temporary / name).symlink_to(path.absolute())
        yield InputFiles(temporary, {name: str(path) for name, path in links.items()})
    yield from (InputFiles(path, {}) for path in paths if not is_image(path))


def is_image(path: Path) -> bool:
    """Return whether a path is a file with the suffix of an image."""
    return path.suffix.lower() in _IMAGES and is_file(path)
