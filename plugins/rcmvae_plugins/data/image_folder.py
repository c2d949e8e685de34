"""Loads a folder of image files."""

from __future__ import annotations

import math
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int, UInt8

from rcmvae_core.plugin.protocols import Dataset
from rcmvae_core.runtime.data_limit import check_size, data_limit
from rcmvae_core.runtime.user_files import expanded, read_file
from rcmvae_plugins.data._assembly import encode, train_test_indices
from rcmvae_plugins.data._errors import FIX_OR_REMOVE, unreadable
from rcmvae_plugins.data._images import channels, pixels, read_header
from rcmvae_plugins.data._picture_choices import Choices, choose, evenly_spaced
from rcmvae_plugins.data._picture_files import content_id
from rcmvae_plugins.data._picture_listing import Listing, list_pictures
from rcmvae_plugins.data._picture_notes import (
    equal_note,
    header_notes,
    listing_notes,
    refuse_frames,
    refuse_unreadable,
    skipped_notes,
)
from rcmvae_plugins.data._sources import Decoded
from rcmvae_plugins.data.params import ImageFolderParams

_SAMPLE = 16
"""Images that are compared with each other, if they are decoded on use."""


def image_folder(params: ImageFolderParams) -> Dataset:
    """Load every image below a folder, in the order of their paths.

    Each sub-folder is a class, with the images in its own sub-folders. Images in no sub-folder, and those in one called
    `unlabelled`, have no label; or a file of labels names the classes, and images that it does not name have no label.
    Folders called `train`, `val` and `test` split the images, if there are no others: those of `test` are the test
    images, or else those of `val`. Links to folders are followed. Hidden files, files of systems such as `Thumbs.db` and
    files that are no images are ignored.

    The first frame of an image is rotated by its EXIF orientation, put on a background if it is transparent, converted
    to grey or RGB and resized bilinearly, which may change its proportions; 16 bits are scaled to 8. Files that cannot
    be read are left out by default, because a folder of thousands nearly always has one; what was left out is listed.
    Images that are decoded on use have the same pixels; at the start each is decoded once and not kept, because a file
    that is corrupt after its header would otherwise stop the run in the middle.

    An image is named by its path relative to the folder, and identified by the content of its file.

    Args:
        params: the folder, the size, where labels are, and how images are decoded.

    Returns:
        Images of shape (H, W, 1) or (H, W, 3), uint8.

    Raises:
        RcmvaeError: E305 if there is no image, E306 for files that cannot be read, E470 if the decoded images would take too much
            memory.
    """
    root = expanded(params.path)
    listing = list_pictures(root, params)
    headers, unreadable_headers = listing.attempt(read_header)
    listing = listing.only(headers)
    refuse_unreadable(root, listing, unreadable_headers, params)
    refuse_frames(root, [name for name, header in headers.items() if header.has_frames], params)
    split = _split(root, listing, params)
    choices = choose(params, listing.paths, list(headers.values()), split.train)
    chosen_notes = (*header_notes(headers, params), *choices.notes)
    on_use = params.decode == "when used"
    if not on_use:
        count, size = len(listing.paths), (*choices.size, channels(choices.mode))
        remedy = 'set `decode = "when used"`, or a smaller `size`'
        check_size(root, f"{count} images of shape {size}", count * math.prod(size), remedy)

    def decode(path: str) -> tuple[np.ndarray | None, str]:
        content = read_file(path, data_limit())
        image = pixels(BytesIO(content), choices.size, choices.mode, params.background, params.maximum)
        return None if on_use else image, content_id(content)

    decoded, corrupt = listing.attempt(decode)
    kept = np.array([name in decoded for name in listing.names])
    listing = listing.only(decoded)
    refuse_unreadable(root, listing, corrupt, params)
    split = _Split(_remaining(split.train, kept), _remaining(split.test, kept))
    if on_use:
        inputs = _decode_on_use(root, listing.paths, choices, params)
        compared = inputs[evenly_spaced(len(decoded), _SAMPLE)]
    else:
        inputs = compared = np.stack([image for image, _ in decoded.values() if image is not None])
    notes = (
        *listing_notes(listing, params),
        *skipped_notes(unreadable_headers | corrupt),
        *chosen_notes,
        *equal_note(compared),
    )
    return _dataset(inputs, listing, split, tuple(id_ for _, id_ in decoded.values()), notes)


class _Split(NamedTuple):
    train: Int[np.ndarray, " T"]
    test: Int[np.ndarray, " U"]


def _split(root: Path, listing: Listing, params: ImageFolderParams) -> _Split:
    """Return the indices of training and of test images.

    Args:
        root: the folder, for messages.
        listing: the images.
        params: how test images are drawn, if no folder contains them.

    Raises:
        RcmvaeError: E306 if there is no training image.
    """
    if not listing.is_test:
        labels, _ = encode(listing.classes)
        return _Split(*train_test_indices(labels, 0, params.test_fraction, params.test_seed))
    is_test = np.array(listing.is_test)
    if is_test.all():
        raise unreadable(root, "it has no training image that can be read", remedies=FIX_OR_REMOVE)
    return _Split(np.flatnonzero(~is_test), np.flatnonzero(is_test))


def _remaining(indices: Int[np.ndarray, " n"], kept: Bool[np.ndarray, " N"]) -> Int[np.ndarray, " m"]:
    """Return indices among the images that are kept."""
    return (np.cumsum(kept) - 1)[indices[kept[indices]]]


def _decode_on_use(root: Path, paths: Sequence[str], choices: Choices, params: ImageFolderParams) -> Decoded:
    """Return images as rows that are decoded on use.

    Args:
        root: the folder, for messages.
        paths: of the images.
        choices: their size and mode.
        params: how they are decoded otherwise.
    """
    size, mode = choices.size, choices.mode
    return Decoded(
        root,
        shape=(len(paths), *size, channels(mode)),
        dtype=np.dtype(np.uint8),
        decode=lambda index: pixels(paths[index], size, mode, params.background, params.maximum),
        name=lambda index: f"`{paths[index]}`",
    )


def _dataset(
    inputs: UInt8[np.ndarray, "N H W C"] | Decoded,
    listing: Listing,
    split: _Split,
    ids: Sequence[str],
    notes: tuple[str, ...],
) -> Dataset:
    """Return the data set.

    Args:
        inputs: the images.
        listing: their names and classes.
        split: the indices of training and of test images.
        ids: of the images.
        notes: what reading them noticed.
    """
    labels, class_names = encode(listing.classes)
    train, test = split
    return Dataset(inputs, labels, train, test, class_names, 255.0, listing.names, ids, notes)
