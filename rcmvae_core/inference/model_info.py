"""Reads and writes `model.json`: what is needed to build a model without its data."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, Literal, NamedTuple

import attrs
import numpy as np

from rcmvae_core.data import scaling
from rcmvae_core.data.columns import Columns
from rcmvae_core.data.covariates import CovariateMoments
from rcmvae_core.data.fingerprint import fingerprint_text
from rcmvae_core.data.load import Fitted
from rcmvae_core.data.scaling import Method, Scaling
from rcmvae_core.errors import fail
from rcmvae_core.plugin.protocols import BuildContext, Units
from rcmvae_core.plugin.resolved import ResolvedSpec
from rcmvae_core.runtime.records import (
    MAX_SIZE,
    Count,
    Number,
    RecordError,
    Size,
    fail_record,
    read_values,
    require_format,
    shown,
    structure,
)
from rcmvae_core.training.setup import Prepared

FORMAT = 2
FORMATS = (1, 2)
"""The formats that can be read; format 1 has no scaling and no columns."""
_LEAST_LEVELS = 2
_MAX_VALUES = 2**30
"""Values of an input at most."""
_ZERO = Number(0.0)
_DERIVED = ("parts", "units", "columns")
"""Fields of `BuildContext` that are not fields of the record."""


class ModelInfo(NamedTuple):
    """The sizes of a trained model, and how its inputs are stored.

    Args:
        context: the sizes that the model was built with.
        class_names: a name for each class.
        maximum: the value of stored inputs that is scaled to 1.
        dtype: the type that inputs are stored in, such as `uint8`.
        scaling: of the inputs; None if they are divided by `maximum`.
        columns: how the columns of a table are encoded as inputs; None if the data are not a table.
        is_fitted: whether scaling and columns are known; files of format 1 do not say.
    """

    context: BuildContext
    class_names: tuple[str, ...]
    maximum: float
    dtype: str
    scaling: Scaling | None = None
    columns: Columns | None = None
    is_fitted: bool = True

    @property
    def fitted(self) -> Fitted | None:
        """What other data of this model must keep; None if the file does not say."""
        moments = CovariateMoments(self.context.covariate_means, self.context.covariate_spreads)
        return Fitted(self.columns, self.scaling, moments) if self.is_fitted else None


def build_info(prepared: Prepared) -> ModelInfo:
    """Return the information of a model that is about to be trained."""
    data = prepared.dataset
    sizes = (prepared.context, data.class_names, float(data.maximum), str(data.inputs.dtype))
    return ModelInfo(*sizes, prepared.scaling, prepared.columns)


def as_json(info: ModelInfo) -> dict[str, Any]:
    """Return plain values for `model.json`."""
    # Without units and missing values, which few models have, the record is that of models that know none.
    # What the features of a table are follows from its columns.
    optional = ("units", "missing", "covariate_means", "covariate_spreads")
    absent = [name for name in optional if not getattr(info.context, name)]
    left_out = attrs.filters.exclude("parts", "columns", *absent)
    context = attrs.asdict(info.context, filter=left_out, value_serializer=_as_list)
    data = {"class_names": list(info.class_names), "maximum": info.maximum, "dtype": info.dtype}
    fitted = {
        "scaling": None if info.scaling is None else scaling.as_json(info.scaling),
        "columns": None if info.columns is None else _columns_as_json(info.columns),
    }
    return {"format": FORMAT, **context, **data, **fitted}


def _columns_as_json(columns: Columns) -> dict[str, Any]:
    absent = [name for name in ("masked", "covariates") if not getattr(columns, name)]
    left_out = attrs.filters.exclude(*absent)
    return attrs.asdict(columns, filter=left_out, value_serializer=_as_list)


def _as_list(_: Any, __: Any, value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


@attrs.frozen
class _ScalingRecord:
    """The plain values of a `Scaling`, whose arrays are nested lists."""

    method: Method
    center: Any
    spread: Any
    low: Any
    high: Any
    total: Number = _ZERO


@attrs.frozen
class _UnitsRecord:
    """The plain values of `Units`."""

    center: tuple[Number, ...]
    spread: tuple[Number, ...]
    is_log: bool
    total: Number
    deviations: Number = _ZERO


@attrs.frozen
class _Record:
    """The content of `model.json`: the fields of `BuildContext` and of `ModelInfo`."""

    format: Count
    input_shape: tuple[Size, ...]
    examples: Count
    labelled: Count
    classes: Count
    channels: Size
    dim: Size
    embedding_dim: Size
    layout: Literal["shared", "decentralized"]
    steps_per_epoch: Count
    epochs: Count
    class_names: tuple[str, ...]
    maximum: Number
    dtype: str
    label_counts: tuple[Number, ...] = ()
    class_prior: tuple[Number, ...] = ()
    covariate_means: tuple[Number, ...] = ()
    covariate_spreads: tuple[Number, ...] = ()
    units: _UnitsRecord | None = None
    missing: bool = False
    scaling: _ScalingRecord | None = None
    columns: Columns | None = None


def from_json(values: Any) -> ModelInfo:
    """Build the record from the values that `as_json` returned.

    Returns:
        The record.

    Raises:
        RecordError: if values are missing, of another type, out of bounds, of another format, or contradict each other.
    """
    if isinstance(values, dict) and "format" in values:
        require_format(values["format"], *FORMATS)
    record = structure(values, _Record)
    _check_sizes(record)
    is_fitted = record.format > 1
    for key in ("scaling", "columns") if is_fitted else ():
        if key not in values:  # without them inputs would be scaled otherwise
            raise RecordError(f"`{key}` is missing")
    if record.columns is not None:
        _check_columns(record.columns, record.input_shape)
    _check_covariates(record)
    names = [field.name for field in attrs.fields(BuildContext) if field.name not in _DERIVED]
    covariates = len(record.covariate_means)
    shape = (record.input_shape[0] - covariates,) if covariates else record.input_shape
    units = None if record.units is None else _units(record.units, shape)
    blocks = () if record.columns is None else record.columns.blocks
    return ModelInfo(
        BuildContext(**{name: getattr(record, name) for name in names}, units=units, columns=blocks),
        record.class_names,
        float(record.maximum),
        record.dtype,
        None if record.scaling is None else _scaling(record.scaling, record.input_shape),
        record.columns,
        is_fitted="scaling" in values,
    )


def _check_sizes(record: _Record) -> None:
    if not record.input_shape or math.prod(record.input_shape) > _MAX_VALUES:
        raise RecordError(
            f"`input_shape` must have 1 to {_MAX_VALUES} values, got {list(record.input_shape)}"
        )
    if record.classes > MAX_SIZE or record.classes != len(record.class_names):
        raise RecordError(f"`classes` is {record.classes}, and `class_names` has {len(record.class_names)}")
    for key, values in (("label_counts", record.label_counts), ("class_prior", record.class_prior)):
        if values and len(values) != record.classes:
            raise RecordError(f"`{key}` has {len(values)} values for {record.classes} classes")
        if any(value < 0 for value in values):
            raise RecordError(f"`{key}` has the value {min(values):g}, which is negative")
    if record.maximum <= 0:
        raise RecordError(f"`maximum` must be above 0, got {record.maximum:g}")
    if record.dtype not in _DTYPES:
        raise RecordError(f"`dtype` must be a type of numbers, got {shown(record.dtype)}")
    if record.examples < 1:
        raise RecordError("`examples` must be at least 1, got 0")


_DTYPES = frozenset(
    np.dtype(code).name for code in (*np.typecodes["AllInteger"], *np.typecodes["Float"], "?")
)


def _scaling(record: _ScalingRecord, shape: tuple[int, ...]) -> Scaling:
    """Build a scaling.

    Args:
        record: its plain values.
        shape: of an input.

    Raises:
        RecordError: if its arrays are not finite numbers for each feature, or one for all.
    """
    try:
        scaled = scaling.from_json(attrs.asdict(record))
    except (TypeError, ValueError, OverflowError):
        raise RecordError("`scaling` must have numbers") from None
    arrays = {"center": scaled.center, "spread": scaled.spread, "low": scaled.low, "high": scaled.high}
    for name, array in arrays.items():
        if array.shape not in ((), shape) or array.shape != scaled.center.shape:
            raise RecordError(f"`scaling.{name}` has the shape {array.shape}, and an input {shape}")
        if not np.isfinite(array).all():
            raise RecordError(f"`scaling.{name}` must have finite numbers")
    if not (scaled.spread > 0).all() or not (scaled.low <= scaled.high).all() or scaled.total < 0:
        raise RecordError(
            "`scaling` must have a `spread` above 0, `low` up to `high`, and a `total` of at least 0"
        )
    return scaled


def _units(record: _UnitsRecord, shape: tuple[int, ...]) -> Units:
    """Build the units of inputs.

    Args:
        record: their plain values.
        shape: of an input.

    Raises:
        RecordError: if they are not those of each feature, or of all values, or are not positive.
    """
    for name in ("center", "spread"):
        count = len(getattr(record, name))
        if count != 1 and (count,) != shape:
            raise RecordError(f"`units.{name}` has {count} values, and an input the shape {shape}")
    if min(record.spread) <= 0 or record.total <= 0 or record.deviations < 0:
        raise RecordError(
            "`units` must have a `spread` and a `total` above 0, and `deviations` of at least 0"
        )
    return Units(record.center, record.spread, record.is_log, record.total, record.deviations)


def _check_columns(columns: Columns, shape: tuple[int, ...]) -> None:
    if shape != (len(columns.features),):
        message = f"`columns` has {len(columns.features)} features, and an input the shape {shape}"
        raise RecordError(message)
    for column in columns.columns:
        is_empty = column.type == "category" and not column.values
        is_uneven = column.type == "ordinal" and (
            len(column.levels) < _LEAST_LEVELS or not np.all(np.diff(column.levels) > 0)
        )
        numbers = [column.fill, column.center, column.spread, *column.levels]
        has_wrong = not np.isfinite(numbers).all() or column.spread <= 0
        if is_empty or is_uneven or has_wrong or len(set(column.values)) < len(column.values):
            raise RecordError(f"`columns` has an unusable column {shown(column.name)}")


def _check_covariates(record: _Record) -> None:
    if record.columns is not None and not 0 <= record.columns.covariates < len(record.columns.columns):
        raise RecordError("`columns.covariates` must leave at least one column of features")
    columns = () if record.columns is None else record.columns.covariate_columns
    expected = sum(len(column.features) for column in columns)
    for name in ("covariate_means", "covariate_spreads"):
        if len(values := getattr(record, name)) != expected:
            raise RecordError(f"`{name}` has {len(values)} values, and `columns` {expected} covariates")
    if not all(spread > 0 for spread in record.covariate_spreads):
        raise RecordError("`covariate_spreads` must be above 0")


def check_latent(resolved: ResolvedSpec, info: ModelInfo, path: Path) -> None:
    """Check that sizes which both the spec and this record have are the same.

    Args:
        resolved: the spec.
        info: the record.
        path: of the record, for the message.

    Raises:
        RcmvaeError: E425 if one differs.
    """
    for name in ("channels", "dim", "embedding_dim", "layout"):
        expected, actual = getattr(resolved.latent, name), getattr(info.context, name)
        if expected != actual:
            message = f"`{path}` cannot be used: `{name}` is {actual}, and {expected} in the spec beside it"
            fail("E425", message, help=["restore both files as they were when the model was trained"])


def fingerprint(info: ModelInfo) -> str:
    """Hash the record by its values: one that is only formatted otherwise has the same hash."""
    return fingerprint_text(json.dumps(as_json(info), sort_keys=True))


def read(path: Path) -> ModelInfo:
    """Read `model.json`.

    Returns:
        The sizes of the model and its data.

    Raises:
        RcmvaeError: E425 if it cannot be read.
    """
    try:
        return from_json(read_values(path))
    except RecordError as error:
        help_ = "restore the file, or delete it to build the model from the run's data"
        fail_record(path, error, code="E425", help_=help_)
