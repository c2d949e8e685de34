"""Reads and writes `model.json`: what is needed to build a model without its data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import attrs
import cattrs

from rcmvae_core.data import scaling
from rcmvae_core.data.columns import Columns
from rcmvae_core.data.load import Fitted
from rcmvae_core.data.scaling import Scaling
from rcmvae_core.errors import fail
from rcmvae_core.plugin.protocols import BuildContext
from rcmvae_core.training.setup import Prepared

FORMAT = 2
FORMATS = (1, 2)
"""The formats that can be read; format 1 has no scaling and no columns."""


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
        return Fitted(self.columns, self.scaling) if self.is_fitted else None


def build_info(prepared: Prepared) -> ModelInfo:
    """Return the information of a model that is about to be trained."""
    data = prepared.dataset
    sizes = (prepared.context, data.class_names, float(data.maximum), str(data.inputs.dtype))
    return ModelInfo(*sizes, prepared.scaling, prepared.columns)


def as_json(info: ModelInfo) -> dict[str, Any]:
    """Return plain values for `model.json`."""
    context = {
        field.name: getattr(info.context, field.name)
        for field in attrs.fields(BuildContext)
        if field.name != "parts"
    }
    data = {"class_names": list(info.class_names), "maximum": info.maximum, "dtype": info.dtype}
    fitted = {
        "scaling": None if info.scaling is None else scaling.as_json(info.scaling),
        "columns": None if info.columns is None else attrs.asdict(info.columns),
    }
    return {"format": FORMAT, **context, "input_shape": list(info.context.input_shape), **data, **fitted}


def from_json(values: dict[str, Any]) -> ModelInfo:
    """Build the record from the values that `as_json` returned.

    Returns:
        The record.

    Raises:
        KeyError, TypeError, ValueError: if values are missing, of another type, or of another format.
    """
    require_format(values["format"], *FORMATS)
    names = [field.name for field in attrs.fields(BuildContext) if field.name not in ("parts", "input_shape")]
    shape = tuple(int(size) for size in values["input_shape"])
    # Files of earlier versions lack what has a default.
    optional = {name: tuple(values.get(name, ())) for name in ("label_counts", "class_prior")}
    sizes: dict[str, Any] = {name: values[name] for name in names if name not in optional} | optional
    context = BuildContext(input_shape=shape, **sizes)
    class_names = tuple(str(name) for name in values["class_names"])
    scaled, columns = values.get("scaling"), values.get("columns")
    return ModelInfo(
        context,
        class_names,
        float(values["maximum"]),
        str(values["dtype"]),
        None if scaled is None else scaling.from_json(scaled),
        None if columns is None else _columns(columns),
        is_fitted="scaling" in values,
    )


def _columns(values: Any) -> Columns:
    try:
        return cattrs.structure(values, Columns)
    except cattrs.BaseValidationError as error:
        raise ValueError(f"`columns`: {'; '.join(cattrs.transform_error(error))}") from None


def require_format(actual: object, *supported: int) -> None:
    """Check the format number of a file.

    Raises:
        ValueError: if it is not a supported one.
    """
    if actual not in supported:
        listed = " and ".join(map(str, supported))
        noun = "formats" if len(supported) > 1 else "format"
        raise ValueError(f"it has format {actual}, and this version supports {noun} {listed}")


def read(path: Path) -> ModelInfo:
    """Read `model.json`.

    Returns:
        The sizes of the model and its data.

    Raises:
        RcmvaeError: E425 if it cannot be read.
    """
    try:
        return from_json(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = f"`{error.args[0]}` is missing" if isinstance(error, KeyError) else error
        help_ = ["restore the file, or delete it to build the model from the run's data"]
        fail("E425", f"`{path}` cannot be read: {reason}", help=help_)
