"""Reads input files (images, .npy, .npz, .csv, IDX) as a data set, with the data plugin that fits the format."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import attrs
import numpy as np

from rcmvae_core.data.cells import label_text
from rcmvae_core.data.dataset import load_dataset
from rcmvae_core.data.load import LoadedData, encode_table, load_split
from rcmvae_core.errors import Diagnostic, RcmvaeError, SpecError, fail
from rcmvae_core.inference import image_folders
from rcmvae_core.inference.data_readers import formats, installed_reader, reader_of_run
from rcmvae_core.inference.model_info import ModelInfo
from rcmvae_core.plugin.declaration import load_object
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.plugin.protocols import Dataset, Table
from rcmvae_core.plugin.resolved import ResolvedPart, ResolvedSpec
from rcmvae_core.runtime.array_files import npz_names
from rcmvae_core.runtime.data_limit import check_size, data_limit
from rcmvae_core.runtime.partial_files import temporary_folder
from rcmvae_core.runtime.user_files import exists, is_file, is_folder, open_file, shortened, why_missing
from rcmvae_core.spec.resolve import resolve_plugin

_IMAGE_AXES = 3
_CHUNK = 2**20
_DIGITS = 20
"""Digits from which on a name is not the number of a class; Python converts only some thousands."""
_UNPACKED = "unpacked"
_ARRAYS = (".npy", ".npz", ".gz")
_TABLES = (".csv", ".tsv", ".txt", ".parquet", ".pq")


def load_run_split(resolved: ResolvedSpec, info: ModelInfo) -> LoadedData:
    """Load and split the data of a run, with what its model was fitted to.

    Args:
        resolved: the spec of the run.
        info: its model.

    Returns:
        The data.

    Raises:
        RcmvaeError: as `load_split`.
    """
    return load_split(resolved.one("data"), fitted=info.fitted)


@contextmanager
def open_dataset(
    path: Path,
    info: ModelInfo,
    *,
    array: str | None = None,
    labels: str | None = None,
    run_data: ResolvedPart | None = None,
) -> Generator[Dataset]:
    """Open a file or folder as a data set, its tables encoded for a model; ignore its training and test indices.

    A folder contains images; if a sub-folder has the name of a class, sub-folders are the labels. A `.npz`
    file has the inputs in `array`, in `x`, or in its only array; a table (`.csv`, `.tsv`, `.parquet`) has columns, which
    are found by name; any other file is a .npy or IDX file, the latter optionally compressed with gzip. A data plugin of
    another package reads files of its own format: that of the run, or one that declares the suffix of the file.

    Args:
        path: the file or folder.
        info: the model that reads it.
        array: for a .npz file, the name of the inputs.
        labels: for a .npz file the name of the labels, for a table the name of their column, else a file.
        run_data: the data of the run; the label column of its table is that of another table that has it, and images
            of another folder are decoded like its own.

    Yields:
        The data set, which may be read inside the block.

    Raises:
        RcmvaeError: E305 if the path does not exist, E306 if it cannot be read, E421 if it contains images and the
            model takes other inputs, E424 if the names of arrays or labels are given for a format without them.
    """
    reader = _other_reader(path, run_data)
    if reader is not None:
        _refuse_names(reader, path, {"--array": array, "--labels": labels})
        loaded = load_dataset(reader, is_split=False)
        encoded = encode_table(_with_label_column(loaded, run_data), info.columns)
        yield encoded._replace(scaled=info.scaling is not None, missing=info.context.missing)
        return
    named: dict[str, str] = {}
    with temporary_folder() as temporary:
        if is_folder(path):
            name, params = image_folders.NAME, image_folders.image_folder_table(path, info, labels, run_data)
        else:
            name, params = _data_table(path, info, array, labels, temporary)
            if name == "npy":
                named = {params["inputs"]: str(path)}
                named |= {} if labels is None else {params["labels"]: labels}
            if name == "table" and run_data is not None and run_data.name == "table":
                params |= {"header": run_data.params.header}
        part = _resolve_data(name, params)
        try:
            loaded: Dataset = load_object(part.registered.plugin.impl)(part.params)
            encoded = encode_table(_with_label_column(loaded, run_data), info.columns)
            yield encoded._replace(scaled=info.scaling is not None, missing=info.context.missing)
        except RcmvaeError as error:
            raise type(error)(_of_user(d, named) for d in error.diagnostics) from None


@contextmanager
def naming_missing_data(resolved: ResolvedSpec) -> Generator[None]:
    """Add help to the errors of a file, if the run's data plugin, which may read it, is not available.

    Args:
        resolved: the spec of the run.
    """
    try:
        yield
    except RcmvaeError as error:
        name = next((name for kind, name in resolved.trained_with if kind == "data"), None)
        if "data" not in resolved.unavailable or name is None:
            raise
        owner = resolved.trained_with["data", name]
        help_ = (
            f"the run's data were `{name}` of {owner.name} {owner.version}, which cannot be used here; if the file is of "
            f"its format, install {owner.name}"
        )
        raise type(error)(attrs.evolve(d, help=(*d.help, help_)) for d in error.diagnostics) from None


def _refuse_names(reader: ResolvedPart, path: Path, options: Mapping[str, str | None]) -> None:
    """Check that no option names a part of a file whose data plugin reads all of it.

    Args:
        reader: the data plugin.
        path: the file or folder.
        options: the values of options, None where one is not used.

    Raises:
        RcmvaeError: E424 if one is used.
    """
    for option, value in options.items():
        if value is not None:
            message = f"`{option}` does not go with `{shortened(path)}`, which {reader} reads with its labels"
            help_ = [f"leave `{option}` out: labels of the file are used, as in training"]
            fail("E424", message, help=help_)


def _of_user(diagnostic: Diagnostic, named: Mapping[str, str]) -> Diagnostic:
    """Return a diagnostic in terms of what the user wrote.

    Its place is a span of a generated table, and a path in it may be that of a decompressed copy.

    Args:
        diagnostic: of the data plugin.
        named: the path that the user gave, by the one that was read.
    """
    message = diagnostic.message
    for path, original in named.items():
        message = message.replace(f"`{shortened(path)}`", f"`{shortened(original)}`")
    return attrs.evolve(diagnostic, message=message, place=None)


def _other_reader(path: Path, run_data: ResolvedPart | None) -> ResolvedPart | None:
    """Return the data plugin of another package that reads a path: that of the run, or else for a suffix of its own.

    Args:
        path: the file or folder.
        run_data: the data of the run.
    """
    if not exists(path):
        return None
    own = reader_of_run(path, run_data)
    if own is not None or not is_file(path) or is_table(path) or path.suffix in _ARRAYS:
        return own
    return installed_reader(path, discover())


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
    if not is_file(path):
        help_ = [
            "give a folder of images, an image, a table (.csv, .tsv, .parquet), or a .npy, .npz or IDX file"
            + formats(discover())
        ]
        fail("E305", f"file or folder `{shortened(path)}` {why_missing(path)}", help=help_)
    form = "image" if len(info.context.input_shape) == _IMAGE_AXES else "features"
    if is_table(path):
        return "table", {"path": str(path)} | _without_none(label=labels)
    if path.suffix == ".npz":
        inputs = {"path": str(path), "inputs": array or _array_name(path), "form": form}
        return "npz", inputs | _without_none(labels=labels)
    inputs = {"inputs": str(_decompress(path, temporary)), "form": form}
    if labels is None:
        return "npy", inputs
    label_file = str(_decompress(Path(labels), temporary))
    return "npy", inputs | {"labels": label_file, "class_names": list(info.class_names)}


def is_table(path: Path) -> bool:
    """Return whether a file is a table, by its name."""
    return path.name.removesuffix(".gz").endswith(_TABLES)


def _with_label_column(dataset: Dataset, run_data: ResolvedPart | None) -> Dataset:
    """Take the labels of a table without labels from the column that has them in the run's own table."""
    params = None if run_data is None else run_data.params
    name, unlabelled = getattr(params, "label", None), getattr(params, "unlabelled", None)
    rows = dataset.inputs
    if not isinstance(rows, Table) or (dataset.labels >= 0).any() or name is None or name not in rows.columns:
        return dataset
    cells = rows.columns[name].tolist()
    texts = [label_text(cell, unlabelled) for cell in cells]
    names = sorted(set(texts) - {""})
    index = {text: number for number, text in enumerate(names)} | {"": -1}
    return dataset._replace(labels=np.array([index[t] for t in texts], np.int32), class_names=tuple(names))


def _without_none(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _array_name(path: Path) -> str:
    """Return the name of a file's only array, else `x`."""
    try:
        with open_file(path) as file:
            names = npz_names(file)
        return names[0] if len(names) == 1 else "x"
    except Exception:  # noqa: BLE001 - the data plugin reports why the file cannot be read
        return "x"


def _decompress(path: Path, temporary: Path) -> Path:
    """Return the path itself, or of a gzip file a decompressed copy, which can be memory-mapped."""
    if path.suffix != ".gz":
        return path
    target = temporary / _UNPACKED
    target.mkdir(exist_ok=True)
    target /= str(len(list(target.iterdir())))
    try:
        with open_file(path) as file, gzip.open(file) as compressed, target.open("wb") as plain:
            _copy(path, compressed, plain)
    except (OSError, EOFError, ValueError, zlib.error) as error:
        message = f"`{shortened(path)}` cannot be read: {getattr(error, 'strerror', None) or error}"
        fail("E306", message, help=["download or copy it again"])
    return target


def _copy(path: Path, compressed: gzip.GzipFile, plain: BinaryIO) -> None:
    """Decompress a file.

    Args:
        path: the compressed file, for messages.
        compressed: it, opened.
        plain: gets the content.

    Raises:
        RcmvaeError: E470 if it is larger than the limit.
    """
    limit, size = data_limit(), 0
    while chunk := compressed.read(_CHUNK):
        size += len(chunk)
        if size > limit:
            check_size(shortened(path), "its content, decompressed,", size, "decompress it with gunzip")
        plain.write(chunk)


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

    A class that the model does not know keeps its name, so that it counts as a wrong prediction.

    Args:
        data: a data set with labels and class names of its own.
        class_names: the model's class names.

    Returns:
        One name per input, empty where the class is unknown; None if no class is known.
    """
    if not (data.labels >= 0).any():
        return None
    names = [model_name(name, class_names) for name in data.class_names]
    return ["" if label < 0 else names[label] for label in data.labels.tolist()]


def model_name(name: str, class_names: tuple[str, ...]) -> str:
    """Return the model's name of a class that a file may identify by its number."""
    name = image_folders.same_name(name, class_names)
    is_number = (
        name not in class_names and name.isdecimal() and len(name) < _DIGITS and int(name) < len(class_names)
    )
    return class_names[int(name)] if is_number else name
