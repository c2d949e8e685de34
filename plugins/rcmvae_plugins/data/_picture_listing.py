"""Lists the images of a folder, and of its folder of test images, with their classes."""

from __future__ import annotations

from collections.abc import Callable, Container
from pathlib import Path
from typing import NamedTuple, TypeVar

from rcmvae_core.runtime.user_files import exists, expanded, is_folder, shortened
from rcmvae_plugins.data._errors import not_found, reason
from rcmvae_plugins.data._picture_files import FoundFiles, PictureFile, find_pictures, suffixes
from rcmvae_plugins.data._picture_layout import lay_out
from rcmvae_plugins.data.params import ImageFolderParams

_T = TypeVar("_T")


class Listing(NamedTuple):
    """Images and their classes.

    Args:
        pictures: the files.
        classes: the class of each; empty if it is unknown.
        folders: as in `Layout`.
        is_test: whether each is a test image; empty if test images are to be drawn.
        notes: what was recognised, and which files are no images.
    """

    pictures: tuple[PictureFile, ...]
    classes: tuple[str, ...]
    folders: tuple[str, ...]
    is_test: tuple[bool, ...]
    notes: tuple[str, ...]

    @property
    def paths(self) -> tuple[str, ...]:
        """Where the files are."""
        return tuple(picture.path for picture in self.pictures)

    @property
    def names(self) -> tuple[str, ...]:
        """The path of each file relative to the folder."""
        return tuple(picture.name for picture in self.pictures)

    def only(self, names: Container[str]) -> Listing:
        """Return the images that have one of these names."""
        kept = [name in names for name in self.names]

        def select(values: tuple[_T, ...]) -> tuple[_T, ...]:
            return tuple(value for value, keep in zip(values, kept, strict=False) if keep)

        return Listing(
            select(self.pictures),
            select(self.classes),
            select(self.folders),
            select(self.is_test),
            self.notes,
        )

    def attempt(self, read: Callable[[str], _T]) -> tuple[dict[str, _T], dict[str, str]]:
        """Read every file.

        Args:
            read: `path -> T`; it may raise any exception.

        Returns:
            By name, what was read; and by name, why a file could not be read.
        """
        results: dict[str, _T] = {}
        problems: dict[str, str] = {}
        for picture in self.pictures:
            try:
                results[picture.name] = read(picture.path)
            except Exception as error:  # noqa: BLE001 - Pillow raises nearly any exception for a corrupt file
                problems[picture.name] = reason(error)
        return results, problems


def list_pictures(root: Path, params: ImageFolderParams) -> Listing:
    """List the images of a folder, and after them those of its folder of test images.

    Args:
        root: the folder.
        params: where labels and test images are.

    Returns:
        The images.

    Raises:
        RcmvaeError: E305 if there is no image, E306 if the classes cannot be found out.
    """
    found = _find(root)
    layout = lay_out(root, found.pictures, params)
    notes = (*layout.notes, *_other_notes(found, params))
    if params.test_path is None:
        return Listing(
            found.pictures, tuple(layout.classes), tuple(layout.folders), tuple(layout.is_test), notes
        )
    test_root = expanded(params.test_path)
    tests = lay_out(test_root, _find(test_root).pictures, params)
    pictures = (*found.pictures, *find_pictures(test_root, beside=root).pictures)
    is_test = [False] * len(layout.classes) + [True] * len(tests.classes)
    test_notes = (f"of `{params.test_path}`: {note}" for note in tests.notes)
    return Listing(
        pictures,
        (*layout.classes, *tests.classes),
        (*layout.folders, *tests.folders),
        tuple(is_test),
        (*notes, *test_notes),
    )


def _find(root: Path) -> FoundFiles:
    """Find the images below a folder.

    Raises:
        RcmvaeError: E305 if there is none.
    """
    if not is_folder(root):
        state = "is not a folder" if exists(root) else "does not exist"
        raise not_found(
            f"data `image_folder`: folder `{shortened(root)}` {state}",
            "the path is relative to the working directory",
        )
    found = find_pictures(root)
    if not found.pictures:
        others = ", ".join(f"{count} {suffix}" for suffix, count in found.others.most_common(10))
        known = "the suffix of an image is one of " + ", ".join(sorted(suffixes()))
        help_ = [f"it contains other files: {others}"] if others else []
        raise not_found(f"data `image_folder`: folder `{root}` contains no images", *help_, known)
    return found


def _other_notes(found: FoundFiles, params: ImageFolderParams) -> list[str]:
    """Return a note about files that are no images; those that label images are expected."""
    expected = {".csv", ".json", ".jsonl"} if params.labels is not None else set[str]()
    others = [(suffix, count) for suffix, count in found.others.most_common() if suffix not in expected]
    if not others:
        return []
    shown = ", ".join(f"{count} {suffix}" for suffix, count in others[:10])
    return [
        f"{sum(count for _, count in others)} files are no images that can be read, and are ignored: {shown}"
    ]
