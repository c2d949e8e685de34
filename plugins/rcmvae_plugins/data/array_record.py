"""Records in ArrayRecord files, read one by one when they are used."""

from __future__ import annotations

import io
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Num

from rcmvae_core.protocols import Dataset
from rcmvae_plugins.data.assembly import divide
from rcmvae_plugins.data.disk_params import ArrayRecordParams
from rcmvae_plugins.data.examples import feature
from rcmvae_plugins.data.faults import absent, reason, unreadable
from rcmvae_plugins.data.files import matching
from rcmvae_plugins.data.images import channels, pixels
from rcmvae_plugins.data.labels import Words, number, read, unknown
from rcmvae_plugins.data.sources import Decoded, join


def array_record(params: ArrayRecordParams) -> Dataset:
    """Read records of `tf.train.Example`, as TensorFlow Datasets writes them, through grain.

    An input is an image in any format that Pillow reads, or a list of numbers, each time decoded anew. Labels
    are integers or texts, -1 and the empty text unknown; every record is read once at the start for its own.

    Args:
        params: the files, and which features of a record are meant.

    Returns:
        Images of shape (H, W, 1) or (H, W, 3), uint8, or rows of float32, in the order of the files; test inputs
        come last.

    Raises:
        RcmvaeError: E305 if there is no such file, or grain is not installed; E306 if a file cannot be read or
            holds something else.
    """
    halves = [_open(params.path), *([] if params.test_path is None else [_open(params.test_path)])]
    shape = _shape(halves[0], params)
    source = join([_decoded(records, shape, params) for records in halves])
    labels, names = number([_words(records, params) for records in halves], params.class_names)
    test = len(halves[1].source) if len(halves) > 1 else 0
    train, tests = divide(labels, test, params.test_fraction, params.test_seed)
    maximum = params.maximum if params.size is None else 255.0
    return Dataset(source, labels, train, tests, names, maximum)


class _Records(NamedTuple):
    """The files of one pattern as one sequence of bytes."""

    pattern: str
    source: Any


def _open(pattern: str) -> _Records:
    paths = [str(path) for path in matching("array_record", pattern)]
    try:
        from grain.sources import ArrayRecordDataSource  # noqa: PLC0415 - an extra
    except ImportError as error:
        message = f"data `array_record` needs the package `grain`, which cannot be imported: {reason(error)}"
        raise absent(message, "install it: pip install 'rcmvae[grain]'") from None
    try:
        source: Any = ArrayRecordDataSource(paths)
    except Exception as error:  # noqa: BLE001 - the reader does not say what it raises
        raise unreadable(pattern, f"cannot be read: {reason(error)}") from None
    if not len(source):
        raise unreadable(pattern, "has no records")
    return _Records(pattern, source)


def _shape(records: _Records, params: ArrayRecordParams) -> tuple[int, ...]:
    """[*x], which for numbers the first record tells."""
    if params.size is not None:
        return (*params.size, channels(params.mode))
    try:
        return _input(records.source[0], params).shape
    except Exception as error:  # noqa: BLE001 - as above
        raise unreadable(records.pattern, f"record 0 cannot be read: {reason(error)}") from None


def _decoded(records: _Records, shape: tuple[int, ...], params: ArrayRecordParams) -> Decoded:
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
            raise ValueError(f"feature `{params.input}` has no numbers; images need `size`")
        return np.array(values, np.float32)
    if len(values) != 1 or not isinstance(values[0], bytes):
        raise ValueError(f"feature `{params.input}` is no image; numbers need no `size`")
    return pixels(io.BytesIO(values[0]), params.size, params.mode)


def _words(records: _Records, params: ArrayRecordParams) -> Words:
    pattern, source = records
    if params.label is None:
        return unknown(len(source))
    labels: list[str | int] = []
    for index in range(len(source)):
        try:
            labels.append(_label(source[index], params.label))
        except Exception as error:  # noqa: BLE001 - as above
            raise unreadable(pattern, f"record {index} has no label: {reason(error)}") from None
    if len({type(label) for label in labels}) > 1:
        raise unreadable(pattern, f"feature `{params.label}` is a text in some records, a number in others")
    return read(pattern, f"feature `{params.label}`", np.array(labels), params.class_names)


def _label(record: bytes, name: str) -> str | int:
    (value,) = values if len(values := feature(record, name)) == 1 else (None,)
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, int):
        return value
    raise ValueError(f"feature `{name}` is not one text or integer")
