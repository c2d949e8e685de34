"""Finds out the classes of the images of a folder, and which are test images, from sub-folders and a file of labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from rcmvae_core.data.cells import label_text
from rcmvae_plugins.data._errors import listed, unreadable
from rcmvae_plugins.data._picture_files import PictureFile
from rcmvae_plugins.data._picture_labels import assign_labels, find_label_file
from rcmvae_plugins.data.params import ImageFolderParams

_TRAIN = frozenset({"train", "training"})
_VALIDATION = frozenset({"val", "valid", "validation", "dev"})
_TEST = frozenset({"test", "testing"})
_UNLABELLED = frozenset({"unlabelled", "unlabeled"})


class Layout(NamedTuple):
    """The classes and the split of images.

    Args:
        classes: the class of each image; empty if it is unknown.
        folders: the folder that each image is in, which would be its class; empty if it is in none, or a file has the
            labels.
        is_test: whether each image is a test image; empty if test images are to be drawn.
        notes: what was recognised.
    """

    classes: list[str]
    folders: list[str]
    is_test: list[bool]
    notes: tuple[str, ...]


def lay_out(root: Path, pictures: Sequence[PictureFile], params: ImageFolderParams) -> Layout:
    """Find out the classes and the split of the images of a folder.

    Args:
        root: the folder.
        pictures: its images, whose names are relative to it.
        params: where the labels are, and which folders split the images.

    Returns:
        The classes and the split.

    Raises:
        RcmvaeError: E305 if there is no file of labels; E306 if it cannot be used, or there are no folders that split.
    """
    parts = [picture.parts for picture in pictures]
    splits = _splits(root, parts, params)
    is_test, notes = _test_images(parts, splits)
    inner = [names[1:] if names[0] in splits and len(names) > 1 else names for names in parts]
    if is_test and params.test_fraction is not None:
        notes.append("`test_fraction` is not used, because a folder contains the test images")
    if params.labels is not None:
        path = find_label_file(params.labels, root)
        assigned = assign_labels(path, [picture.name for picture in pictures], params.unlabelled)
        notes.append(f"`{path.name}` names {assigned.listed} of {len(pictures)} images")
        if assigned.missing:
            notes.append(f"{len(assigned.missing)} names in it are of no image: {listed(assigned.missing)}")
        return Layout(assigned.labels, [""] * len(pictures), is_test, tuple(notes))
    folders = [names[0] if len(names) > 1 else "" for names in inner]
    if not params.labelled:
        return Layout([""] * len(pictures), folders, is_test, tuple(notes))
    classes = ["" if _means_unlabelled(folder, params.unlabelled) else folder for folder in folders]
    return Layout(classes, folders, is_test, (*notes, *_one_class_note(root, classes, inner)))


def _splits(root: Path, parts: Sequence[tuple[str, ...]], params: ImageFolderParams) -> dict[str, str]:
    """Return the folders in the root that split the images, with `train`, `validation` or `test` for each.

    Raises:
        RcmvaeError: E306 if there must be such folders, and there are none or others too.
    """
    if params.split == "none" or params.test_path is not None:
        return {}
    folders = dict.fromkeys(names[0] for names in parts if len(names) > 1)
    roles = {name: role for name in folders if (role := _role(name))}
    others = [
        name for name in folders if name not in roles and not _means_unlabelled(name, params.unlabelled)
    ]
    is_split = "train" in roles.values() and len(set(roles.values())) > 1
    if is_split and not others:
        return roles
    if params.split == "folders":
        found = listed([*folders]) or "none"
        message = f"its sub-folders do not split the images; they are {found}"
        remedy = 'name them `train`, `val` and `test`, or give `test_path`, or set `split = "none"`'
        raise unreadable(root, message, remedies=[remedy])
    return {}


def _role(name: str) -> str:
    roles = {"train": _TRAIN, "validation": _VALIDATION, "test": _TEST}
    return next((role for role, names in roles.items() if name.lower() in names), "")


def _test_images(parts: Sequence[tuple[str, ...]], splits: Mapping[str, str]) -> tuple[list[bool], list[str]]:
    """Return which images are test images, and a note.

    Without a folder of test images those of the folder of validation images are the test images; else these join the
    training images, from which validation images are drawn.
    """
    if not splits:
        return [], []
    test_role = "test" if "test" in splits.values() else "validation"
    counts = Counter(names[0] for names in parts if names[0] in splits and len(names) > 1)
    described = [
        f"`{name}/` ({counts[name]}) are {'test' if role == test_role else 'training'} images"
        for name, role in splits.items()
    ]
    is_test = [len(names) > 1 and splits.get(names[0]) == test_role for names in parts]
    drawn = (
        " (validation images are drawn from the training images)" if "validation" in splits.values() else ""
    )
    return is_test, [f"folders split the images: {', '.join(described)}{drawn}"]


def _means_unlabelled(folder: str, unlabelled: Sequence[str] | None) -> bool:
    return not label_text(folder, unlabelled) or (unlabelled is None and folder.lower() in _UNLABELLED)


def _one_class_note(root: Path, classes: Sequence[str], parts: Sequence[tuple[str, ...]]) -> list[str]:
    """Return a note if all images are in one class that has sub-folders, which may have been meant as classes."""
    names = set(classes) - {""}
    nested = {path[1] for path in parts if len(path) > 2}  # noqa: PLR2004 - class, folder, file
    if len(names) != 1 or len(nested) < 2:  # noqa: PLR2004 - two folders could be classes
        return []
    (name,) = names
    remedy = f'set `path = "{root / name}"` if its {len(nested)} sub-folders are the classes'
    return [f"all images with a label are in one class, `{name}`; {remedy}"]
