"""`model.json`: what a model must know of its data to be built again without them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import attrs

from rcmvae_core.errors import Diagnostic, RcmvaeError
from rcmvae_core.protocols import Context
from rcmvae_core.training.prepare import Prepared

FORMAT = 1


class Sizes(NamedTuple):
    """What is known of the data of a trained model.

    Args:
        context: the sizes that the model was built with.
        class_names: a name for each class.
        maximum: the value of inputs that stands for 1.
        dtype: the type that inputs are stored in, such as `uint8`.
    """

    context: Context
    class_names: tuple[str, ...]
    maximum: float
    dtype: str


def sizes_of(prepared: Prepared) -> Sizes:
    """The sizes of what is to be trained."""
    data = prepared.dataset
    return Sizes(prepared.context, data.class_names, float(data.maximum), str(data.inputs.dtype))


def as_json(sizes: Sizes) -> dict[str, Any]:
    """Sizes as plain values."""
    context = {
        field.name: getattr(sizes.context, field.name)
        for field in attrs.fields(Context)
        if field.name != "parts"
    }
    rest = {"class_names": list(sizes.class_names), "maximum": sizes.maximum, "dtype": sizes.dtype}
    return {"format": FORMAT, **context, "input_shape": list(sizes.context.input_shape), **rest}


def from_json(values: dict[str, Any]) -> Sizes:
    """Sizes from the values that `as_json` gave.

    Raises:
        KeyError, TypeError, ValueError: if they are others.
    """
    require_format(values["format"], FORMAT)
    names = [field.name for field in attrs.fields(Context) if field.name not in ("parts", "input_shape")]
    shape = tuple(int(size) for size in values["input_shape"])
    context = Context(input_shape=shape, **{name: values[name] for name in names})
    class_names = tuple(str(name) for name in values["class_names"])
    return Sizes(context, class_names, float(values["maximum"]), str(values["dtype"]))


def require_format(found: object, known: int) -> None:
    """That a file is of the format that this version knows.

    Raises:
        ValueError: if it is not.
    """
    if found != known:
        raise ValueError(f"it is of format {found}, and this version knows format {known}")


def read(path: Path) -> Sizes:
    """The sizes in a file.

    Raises:
        RcmvaeError: E425 if it cannot be read.
    """
    try:
        return from_json(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = f"`{error.args[0]}` is missing" if isinstance(error, KeyError) else error
        help_ = ["put it back as it was; without it the model is built from the run's data"]
        raise RcmvaeError([Diagnostic("E425", f"`{path}` cannot be read: {reason}", help=help_)]) from None
