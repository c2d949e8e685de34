"""Loads records of ArrayRecord files, which are read one by one on use."""

from __future__ import annotations

import io
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Num

from rcmvae_core.plugin.protocols import Dataset
from rcmvae_plugins.data._assembly import train_test_indices
from rcmvae_plugins.data._errors import not_found, reason, unreadable
from rcmvae_plugins.data._files import matching
from rcmvae_plugins.data._images import channels, pixels
from rcmvae_plugins.data._labels import LabelColumn, number_classes, read, unlabelled
from rcmvae_plugins.data._sources import Decoded, join
from rcmvae_plugins.data._tf_example import feature
from rcmvae_plugins.data.params import ArrayRecordParams


def array_record(params: ArrayRecordParams) -> Dataset:
    """Read records of `tf.train.Example`, the format of TensorFlow Datasets, with grain.

    An input is an image in any format that Pillow reads, or a list of numbers, and is decoded on each use. Labels are
    integers or strings; -1 and the empty string are unknown. For the labels, every record is read once at the start.

    Args:
        params: the files, and the features of a record to use.

    Returns:
        Images of shape (H, W, 1) or (H, W, 3), uint8, or rows of float32, in the order of the files; test inputs
        come last.

    Raises:
        RcmvaeError: E305 if there is no such file, or grain is not installed; E306 if a file cannot be read or
            has other contents.
    """
    subsets = [_open(params.path), *([] if params.test_path is None else [_open(params.test_path)])]
    shape = _input_shape(subsets[0], params)
    source = join([_decoded(records, shape, params) for records in subsets])
    columns = [_labels(records, params) for records in subsets]
    labels, names = number_classes(columns, params.class_names)
    test_rows = len(subsets[1].source) if len(subsets) > 1 else 0
    train, test = train_test_indices(labels, test_rows, params.test_fraction, params.test_seed)
    maximum = params.maximum if params.size is None else 255.0
    return Dataset(source, labels, train, test, names, maximum)


class _Records(NamedTuple):
    """The records of all files that match a pattern, as one sequence of bytes."""

    pattern: str
    source: Any


def _open(pattern: str) -> _Records:
    # grain opens files by their names; `matching` has refused what is not a regular file.
    paths = [str(path) for path in matching("array_record", pattern)]
    try:
        from grain.sources import ArrayRecordDataSource  # noqa: PLC0415 - an extra
    except ImportError as error:
        message = f"data `array_record` needs the package `grain`, which cannot be imported: {reason(error)}"
        raise not_found(message, "install it: pip install 'rcmvae[grain]'") from None
    try:
        source: Any = ArrayRecordDataSource(paths)
    except Exception as error:  # noqa: BLE001 - the reader does not document its exceptions
        raise unreadable(pattern, f"cannot be read: {reason(error)}") from None
    if not len(source):
        raise unreadable(pattern, "contains no records")
    return _Records(pattern, source)


def _input_shape(records: _Records, params: ArrayRecordParams) -> tuple[int, ...]:
    """Return [*x]; for lists of numbers it is that of the first record."""
    if params.size is not None:
        return (*params.size, channels(params.mode))
    try:
        return _input(records.source[0], params).shape
    except Exception as error:  # noqa: BLE001 - the reader does not document its exceptions
        raise unreadable(records.pattern, f"record 0 cannot be read: {reason(error)}") from None


def _decoded(records: _Records, shape: tuple[int, ...], params: ArrayRecordParams) -> Decoded:
    """Return the inputs of records as rows that are decoded on use.

    Args:
        records: of one pattern.
        shape: of an input.
        params: the form of an input.
    """
    pattern, source = records
    return Decoded(
        pattern,
        shape=(len(source), *shape),
        dtype=np.dtype(np.float32 if params.size is None else np.uint8),
        decode=lambda index: _input(source[index], params),
        name=lambda index: f"record {index}",
    )


def _input(record: bytes, params: ArrayRecordParams) -> Num[np.ndarray, "*x"]:
    values = feature(record, params.input)
    if params.size is None:
        if not len(values) or isinstance(values[0], bytes):
            raise ValueError(f"feature `{params.input}` contains no numbers; set `size` for images")
        return np.array(values, np.float32)
    if len(values) != 1 or not isinstance(values[0], bytes):
        raise ValueError(f"feature `{params.input}` is not an image; remove `size` for numbers")
    return pixels(io.BytesIO(values[0]), params.size, params.mode)


def _labels(records: _Records, params: ArrayRecordParams) -> LabelColumn:
    pattern, source = records
    if params.label is None:
        return unlabelled(len(source))
    labels: list[str | int] = []
    for index in range(len(source)):
        try:
            labels.append(_label(source[index], params.label))
        except Exception as error:  # noqa: BLE001 - the reader does not document its exceptions
            raise unreadable(pattern, f"record {index} has no label: {reason(error)}") from None
    if len({type(label) for label in labels}) > 1:
        message = f"feature `{params.label}` is a string in some records and an integer in others"
        raise unreadable(pattern, message)
    return read(pattern, f"feature `{params.label}`", np.array(labels), params.class_names)


def _label(record: bytes, name: str) -> str | int:
    (value,) = values if len(values := feature(record, name)) == 1 else (None,)
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, int):
        return value
    raise ValueError(f"feature `{name}` must be one string or one integer")
