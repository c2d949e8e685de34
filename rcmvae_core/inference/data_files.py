"""Reads input files (images, .npy, .npz, .csv, IDX) as a data set, with the data plugin that fits the format."""

from __future__ import annotations

import gzip
import shutil
import tempfile
import zlib
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from rcmvae_core.errors import RcmvaeError, SpecError, fail
from rcmvae_core.inference.model_info import ModelInfo
from rcmvae_core.plugin.declaration import load_object
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.plugin.protocols import Dataset
from rcmvae_core.plugin.resolved import ResolvedPart
from rcmvae_core.spec.resolve import resolve_plugin

_COLOUR_MODES = {1: "grey", 3: "color"}
_IMAGE_AXES = 3


@contextmanager
def open_dataset(
    path: Path, info: ModelInfo, *, array: str | None = None, labels: str | None = None
) -> Generator[Dataset]:
    """Open a file or folder as a data set; ignore its training and test indices.

    A folder contains images; if it has sub-folders that are all named after classes, these are the labels. A `.npz`
    file has the inputs in `array`, in `x`, or in its only array; a `.csv` file has rows of features; any other file
    is a .npy or IDX file, the latter optionally compressed with gzip.

    Args:
        path: the file or folder.
        info: the model that reads it.
        array: for a .npz file, the name of the inputs.
        labels: for a .npz file the name of the labels, for a .csv file the name of their column, else a file.

    Yields:
        The data set, which may be read inside the block.

    Raises:
        RcmvaeError: E305 if the path does not exist, E306 if it cannot be read, E421 if it contains images and the
            model takes other inputs.
    """
    with tempfile.TemporaryDirectory(prefix="rcmvae-") as temporary:
        name, params = _data_table(path, info, array, labels, Path(temporary))
        part = _resolve_data(name, params)
        try:
            yield load_object(part.registered.plugin.impl)(part.params)
        except RcmvaeError as error:
            # The places are spans of a table that was generated above and that the user never wrote.
            raise type(error)(attrs.evolve(d, place=None) for d in error.diagnostics) from None


def _data_table(
    path: Path, info: ModelInfo, array: str | None, labels: str | None, temporary: Path
) -> tuple[str, dict[str, Any]]:
    """Choose the data plugin for a path.

    Args:
        path: the file or folder.
        info: the model that reads it.
        array: as in `open_dataset`.
        labels: as in `open_dataset`.
        temporary: where gzip files are decompressed.

    Returns:
        The plugin's name and its spec table.
    """
    if not path.exists():
        help_ = ["give a folder of images, or a .npy, .npz, .csv or IDX file"]
        fail("E305", f"file or folder `{path}` does not exist", help=help_)
    form = "image" if len(info.context.input_shape) == _IMAGE_AXES else "features"
    if path.is_dir():
        return "image_folder", _image_folder_table(path, info)
    if path.suffix == ".csv":
        return "table", {"path": str(path)} | _without_none(label=labels)
    if path.suffix == ".npz":
        inputs = {"path": str(path), "inputs": array or _array_name(path), "form": form}
        return "npz", inputs | _without_none(labels=labels)
    inputs = {"inputs": str(_decompress(path, temporary)), "form": form}
    if labels is None:
        return "npy", inputs
    label_file = str(_decompress(Path(labels), temporary))
    return "npy", inputs | {"labels": label_file, "class_names": list(info.class_names)}


def _without_none(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _image_folder_table(path: Path, info: ModelInfo) -> dict[str, Any]:
    shape = info.context.input_shape
    if len(shape) != _IMAGE_AXES or shape[-1] not in _COLOUR_MODES:
        message = f"`{path}` is a folder of images, and the model takes inputs of shape {shape}"
        fail("E421", message, help=["give a .npy or .npz file"])
    children = [child for child in path.iterdir() if not child.name.startswith(".")]
    names = {child.name for child in children}
    are_folders = bool(children) and all(child.is_dir() for child in children)
    return {
        "path": str(path),
        "size": list(shape[:2]),
        "mode": _COLOUR_MODES[shape[-1]],
        "labelled": are_folders and names <= set(info.class_names),
        "decode": "when used",
    }


def _array_name(path: Path) -> str:
    """Return the name of a file's only array, else `x`."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return arrays.files[0] if len(arrays.files) == 1 else "x"
    except Exception:  # noqa: BLE001 - the data plugin reports why the file cannot be read
        return "x"


def _decompress(path: Path, temporary: Path) -> Path:
    """Return the path itself, or of a gzip file a decompressed copy, which can be memory-mapped."""
    if path.suffix != ".gz":
        return path
    target = temporary / path.stem
    try:
        with gzip.open(path) as compressed, target.open("wb") as plain:
            shutil.copyfileobj(compressed, plain)
    except (OSError, EOFError, zlib.error) as error:
        message = f"`{path}` cannot be read: {getattr(error, 'strerror', None) or error}"
        fail("E306", message, help=["download or copy it again"])
    return target


def _resolve_data(name: str, table: Mapping[str, Any]) -> ResolvedPart:
    """Resolve a data plugin from its name and table, as if a spec contained `[data.NAME]`.

    Returns:
        The resolved data plugin.
    """
    try:
        return resolve_plugin("data", name, table, discover())[0]
    except SpecError as error:  # there is no spec that a place could point into
        raise SpecError(attrs.evolve(d, place=None) for d in error.diagnostics) from None


def true_names(data: Dataset, class_names: tuple[str, ...]) -> list[str] | None:
    """Return the name of each input's true class.

    Args:
        data: a data set with labels and class names of its own.
        class_names: the model's class names.

    Returns:
        One name per input, empty where the class is unknown; None if no class is known.
    """
    if not (data.labels >= 0).any():
        return None
    names = [_model_name(name, class_names) for name in data.class_names]
    return ["" if label < 0 else names[label] for label in data.labels.tolist()]


def _model_name(name: str, class_names: tuple[str, ...]) -> str:
    """Return the model's name of a class that a file may identify by its number."""
    is_number = name not in class_names and name.isdecimal() and int(name) < len(class_names)
    return class_names[int(name)] if is_number else name
