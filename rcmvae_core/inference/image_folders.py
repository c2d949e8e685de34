"""Chooses how a folder of images is read for a trained model."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from pathlib import Path
from typing import Any

from rcmvae_core.errors import fail
from rcmvae_core.inference.model_info import ModelInfo
from rcmvae_core.plugin.resolved import ResolvedPart

NAME = "image_folder"
_COLOUR_MODES = {1: "grey", 3: "color"}
_IMAGE_AXES = 3
_KEPT = ("background", "maximum", "frames", "unlabelled")
"""Parameters of the run's own folder that hold for another one."""
_SPLITS = frozenset({"train", "training", "val", "valid", "validation", "dev", "test", "testing"})


def image_folder_table(
    path: Path, info: ModelInfo, labels: str | None = None, run_data: ResolvedPart | None = None
) -> dict[str, Any]:
    """Return the spec table that reads a folder of images as the model was trained on them.

    Args:
        path: the folder.
        info: the model, which has the size and the colours.
        labels: a file of labels; if absent, sub-folders are the true classes if one has the name of a class.
        run_data: the data of the run; another folder is decoded like its own.

    Returns:
        The parameters of `image_folder`.

    Raises:
        RcmvaeError: E421 if the model takes no images.
    """
    shape = info.context.input_shape
    if len(shape) != _IMAGE_AXES or shape[-1] not in _COLOUR_MODES:
        message = f"`{path}` is a folder of images, and the model takes inputs of shape {shape}"
        fail("E421", message, help=["give a .npy or .npz file"])
    is_kind = run_data is not None and run_data.name == NAME
    values = {key: getattr(run_data.params, key, None) for key in _KEPT} if is_kind and run_data else {}
    kept = {k: list(v) if isinstance(v, tuple) else v for k, v in values.items() if v is not None}
    table = {
        "path": str(path),
        "size": list(shape[:2]),
        "mode": _COLOUR_MODES[shape[-1]],
        "labelled": labels is not None or _has_classes(path, info.class_names),
        "decode": "when used",
    }
    return table | kept | ({} if labels is None else {"labels": labels})


def same_name(name: str, class_names: Collection[str]) -> str:
    """Return the class that has a name, in whatever Unicode normal form; the name itself if no class has it."""
    if name in class_names:
        return name
    normal = unicodedata.normalize("NFC", name)
    return next((one for one in class_names if unicodedata.normalize("NFC", one) == normal), name)


def _has_classes(path: Path, class_names: Collection[str]) -> bool:
    """Return whether a sub-folder has the name of a class; those that split the images are looked into."""
    folders = _folders(path)
    inner = [name for folder in folders if folder.name.lower() in _SPLITS for name in _folders(folder)]
    return any(same_name(folder.name, class_names) in class_names for folder in [*folders, *inner])


def _folders(path: Path) -> list[Path]:
    return [child for child in path.iterdir() if child.is_dir()]
