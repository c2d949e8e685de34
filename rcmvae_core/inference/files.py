"""Inputs in files of a person's: the data part that fits the file reads them, as the model takes them."""

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
import tomli_w

from rcmvae_core.declarations import load_object
from rcmvae_core.discovery import discover
from rcmvae_core.errors import Diagnostic, RcmvaeError, SpecError
from rcmvae_core.inference.sizes import Sizes
from rcmvae_core.protocols import Dataset
from rcmvae_core.resolve import Part
from rcmvae_core.resolve.faults import Faults
from rcmvae_core.resolve.parts import PartReader
from rcmvae_core.spec import parse

_COLOURS = {1: "grey", 3: "color"}
_IMAGE = 3


@contextmanager
def opened(
    path: Path, sizes: Sizes, *, array: str | None = None, labels: str | None = None
) -> Generator[Dataset]:
    """A data set of a file or a folder; its training and test indices mean nothing.

    A folder holds images, and where each of its sub-folders is named after a class these are their labels. A `.npz`
    file has the inputs in `array`, in `x`, or in its only array; a `.csv` file has rows of features; any other file
    is a .npy or IDX file, the latter under gzip too.

    Args:
        path: the file or folder.
        sizes: of the model that will read it.
        array: of a .npz file, the name of the inputs.
        labels: of a .npz file the name of its labels, of a .csv file that of their column, else a file of its own.

    Raises:
        RcmvaeError: E305 if there is nothing, E306 if it cannot be read.
    """
    with tempfile.TemporaryDirectory(prefix="rcmvae-") as folder:
        there = Path(folder)
        name, params = _table(path, sizes, array, labels, there)
        part = _part(name, params)
        try:
            yield load_object(part.registered.plugin.impl)(part.params)
        except RcmvaeError as error:
            raise type(error)(attrs.evolve(d, place=None) for d in error.diagnostics) from None


def _table(
    path: Path, sizes: Sizes, array: str | None, labels: str | None, there: Path
) -> tuple[str, dict[str, Any]]:
    """The name of a data part, and its table."""
    if not path.exists():
        help_ = ["give a folder of images, or a .npy, .npz, .csv or IDX file"]
        raise RcmvaeError([Diagnostic("E305", f"there is no file or folder `{path}`", help=help_)])
    shape = sizes.context.input_shape
    form = "image" if len(shape) == _IMAGE else "features"
    if path.is_dir():
        return "image_folder", _image_folder(path, sizes)
    if path.suffix == ".csv":
        return "table", {"path": str(path)} | _given(label=labels)
    if path.suffix == ".npz":
        return "npz", {"path": str(path), "inputs": array or _only(path), "form": form} | _given(
            labels=labels
        )
    plain = {"inputs": str(_unpacked(path, there)), "form": form}
    if labels is None:
        return "npy", plain
    return "npy", {
        **plain,
        "labels": str(_unpacked(Path(labels), there)),
        "class_names": list(sizes.class_names),
    }


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _image_folder(path: Path, sizes: Sizes) -> dict[str, Any]:
    shape = sizes.context.input_shape
    if len(shape) != _IMAGE or shape[-1] not in _COLOURS:
        message = f"`{path}` is a folder of images, and the model takes inputs of shape {shape}"
        raise RcmvaeError([Diagnostic("E421", message, help=["give a .npy or .npz file"])])
    shown = [child for child in path.iterdir() if not child.name.startswith(".")]
    names = {child.name for child in shown}
    labelled = bool(shown) and all(child.is_dir() for child in shown) and names <= set(sizes.class_names)
    size = {"size": list(shape[:2]), "mode": _COLOURS[shape[-1]]}
    return {"path": str(path), **size, "labelled": labelled, "decode": "when used"}


def _only(path: Path) -> str:
    """The array of a file that has one, else `x`."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return arrays.files[0] if len(arrays.files) == 1 else "x"
    except Exception:  # noqa: BLE001 - the data part says what is wrong with it
        return "x"


def _unpacked(path: Path, there: Path) -> Path:
    """The file itself, or a copy of what gzip holds, which can be memory-mapped."""
    if path.suffix != ".gz":
        return path
    target = there / path.stem
    try:
        with gzip.open(path) as packed, target.open("wb") as plain:
            shutil.copyfileobj(packed, plain)
    except (OSError, EOFError, zlib.error) as error:
        message = f"`{path}` cannot be read: {getattr(error, 'strerror', None) or error}"
        raise RcmvaeError([Diagnostic("E306", message, help=["fetch it again"])]) from None
    return target


def _part(name: str, table: Mapping[str, Any]) -> Part:
    """A data part by its name and table, as if a spec had named it."""
    registry, faults = discover(), Faults()
    root = parse(tomli_w.dumps({"data": {name: dict(table)}}).encode(), "data")
    parts = PartReader(root, registry, {}, faults).slot(registry.kinds["data"])
    if faults.failed:
        raise SpecError(attrs.evolve(d, place=None) for d in faults.ordered())
    return parts[0]


def truth(data: Dataset, class_names: tuple[str, ...]) -> list[str] | None:
    """The name of each input's class where it is known, else an empty text; None if none is.

    Args:
        data: whose labels and class names are those of a file.
        class_names: the model's.
    """
    if not (data.labels >= 0).any():
        return None
    named = [_class(name, class_names) for name in data.class_names]
    return ["" if label < 0 else named[label] for label in data.labels.tolist()]


def _class(name: str, class_names: tuple[str, ...]) -> str:
    """A class that a file calls by its number has the model's name for it."""
    numbered = name not in class_names and name.isdecimal() and int(name) < len(class_names)
    return class_names[int(name)] if numbered else name
