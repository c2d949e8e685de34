"""Says what was noticed when images were read, and refuses those that must not be left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from rcmvae_plugins.data._errors import FIX_OR_REMOVE, grouped, listed, unreadable
from rcmvae_plugins.data._images import Header
from rcmvae_plugins.data._picture_listing import Listing
from rcmvae_plugins.data.params import ImageFolderParams


def refuse_unreadable(
    root: Path, listing: Listing, problems: Mapping[str, str], params: ImageFolderParams
) -> None:
    """Refuse images that cannot be read, if they must not be left out.

    Args:
        root: the folder.
        listing: the images that can be read.
        problems: the reason for each image that cannot be read.
        params: whether they are left out.

    Raises:
        RcmvaeError: E306 for these images, or if none can be read.
    """
    if problems and (params.on_error == "stop" or not listing.pictures):
        remedies = [*FIX_OR_REMOVE, *(['or set `on_error = "skip"`'] if listing.pictures else [])]
        raise unreadable(root, *grouped(_quoted(problems), "images"), remedies=remedies)


def refuse_frames(root: Path, animated: Sequence[str], params: ImageFolderParams) -> None:
    """Refuse images with several frames, if their first frame must not be used.

    Args:
        root: the folder.
        animated: the names of these images.
        params: what is done with them.

    Raises:
        RcmvaeError: E306 for these images.
    """
    if params.frames == "error" and animated:
        message = f"{len(animated)} images have several frames or pages: {listed(animated)}"
        raise unreadable(root, message, remedies=['remove them, or set `frames = "first"`'])


def listing_notes(listing: Listing, params: ImageFolderParams) -> tuple[str, ...]:
    """Return what was recognised, and how many of the images that can be read have no label.

    Args:
        listing: the images that can be read.
        params: whether images have labels.
    """
    count = listing.classes.count("")
    if not count or not params.labelled:
        return listing.notes
    places = Counter(
        f"in `{folder}/`" if folder else "in no folder"
        for name, folder in zip(listing.classes, listing.folders, strict=True)
        if not name
    )
    where = ", ".join(f"{number} {place}" for place, number in sorted(places.items()))
    origin = "" if params.labels is not None else f": {where}"
    return (*listing.notes, f"{count} of {len(listing.classes)} images have no label{origin}")


def _quoted(problems: Mapping[str, str]) -> dict[str, str]:
    """Return problems with the names in quotes."""
    return {f"`{name}`": text for name, text in problems.items()}


def skipped_notes(problems: Mapping[str, str]) -> tuple[str, ...]:
    """Return a note for each reason why images were left out."""
    return tuple(f"left out: {message}" for message in grouped(_quoted(problems), "images"))


def header_notes(headers: Mapping[str, Header], params: ImageFolderParams) -> tuple[str, ...]:
    """Return notes about images with several frames and with an alpha channel.

    Args:
        headers: by name.
        params: how these images are decoded.
    """
    animated = [name for name, header in headers.items() if header.has_frames]
    transparent = sum(header.has_alpha for header in headers.values())
    notes: list[str] = []
    if animated:
        notes.append(
            f"{len(animated)} images have several frames or pages, of which the first is used: {listed(animated)}"
        )
    if transparent:
        shown = "white, or black behind light pixels" if params.background == "auto" else params.background
        notes.append(f"{transparent} images have an alpha channel; transparent pixels are {shown}")
    return tuple(notes)


def equal_note(images: UInt8[np.ndarray, "n H W C"]) -> tuple[str, ...]:
    """Return a warning if all images are equal, of which nothing can be learned."""
    if len(images) < 2 or not (images == images[:1]).all():  # noqa: PLR2004 - one is equal to itself
        return ()
    return (
        f"warning: all {len(images)} images that were compared have the same pixels; check `background` and `maximum`",
    )
