"""Reads and writes `model.json`: what is needed to build a model without its data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import attrs

from rcmvae_core.errors import fail
from rcmvae_core.plugin.protocols import BuildContext
from rcmvae_core.training.setup import Prepared

FORMAT = 1


class ModelInfo(NamedTuple):
    """The sizes of a trained model, and how its inputs are stored.

    Args:
        context: the sizes that the model was built with.
        class_names: a name for each class.
        maximum: the value of stored inputs that is scaled to 1.
        dtype: the type that inputs are stored in, such as `uint8`.
    """

    context: BuildContext
    class_names: tuple[str, ...]
    maximum: float
    dtype: str


def build_info(prepared: Prepared) -> ModelInfo:
    """Return the information of a model that is about to be trained."""
    data = prepared.dataset
    return ModelInfo(prepared.context, data.class_names, float(data.maximum), str(data.inputs.dtype))


def as_json(info: ModelInfo) -> dict[str, Any]:
    """Return plain values for `model.json`."""
    context = {
        field.name: getattr(info.context, field.name)
        for field in attrs.fields(BuildContext)
        if field.name != "parts"
    }
    data = {"class_names": list(info.class_names), "maximum": info.maximum, "dtype": info.dtype}
    return {"format": FORMAT, **context, "input_shape": list(info.context.input_shape), **data}


def from_json(values: dict[str, Any]) -> ModelInfo:
    """Build the record from the values that `as_json` returned.

    Returns:
        The record.

    Raises:
        KeyError, TypeError, ValueError: if values are missing, of another type, or of another format.
    """
    require_format(values["format"], FORMAT)
    names = [field.name for field in attrs.fields(BuildContext) if field.name not in ("parts", "input_shape")]
    shape = tuple(int(size) for size in values["input_shape"])
    context = BuildContext(input_shape=shape, **{name: values[name] for name in names})
    class_names = tuple(str(name) for name in values["class_names"])
    return ModelInfo(context, class_names, float(values["maximum"]), str(values["dtype"]))


def require_format(actual: object, supported: int) -> None:
    """Check the format number of a file.

    Raises:
        ValueError: if it is not the supported one.
    """
    if actual != supported:
        raise ValueError(f"it has format {actual}, and this version supports format {supported}")


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
