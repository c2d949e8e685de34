"""Reads `tf.train.Example`, the record of TensorFlow Datasets: named lists of bytes, floats or integers.

Source: tensorflow/core/example/example.proto and feature.proto, whose messages are rebuilt here.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

_PACKAGE = "rcmvae"
_Field = descriptor_pb2.FieldDescriptorProto
_LISTS = {"bytes_list": ("BytesList", _Field.TYPE_BYTES), "float_list": ("FloatList", _Field.TYPE_FLOAT),
          "int64_list": ("Int64List", _Field.TYPE_INT64)}  # fmt: skip


def feature(record: bytes, name: str) -> Sequence[bytes] | Sequence[float] | Sequence[int]:
    """Return the values of a feature.

    Args:
        record: a serialised `tf.train.Example`.
        name: the feature.

    Raises:
        ValueError: if the record is not a `tf.train.Example`, or has no such feature.
    """
    message = _example_class()()
    try:
        message.ParseFromString(record)
    except DecodeError:
        raise ValueError("it is not a tf.train.Example") from None
    features: Any = message.features.feature
    if name not in features:
        present = ", ".join(f"`{key}`" for key in sorted(features)) or "none"
        raise ValueError(f"it has no feature `{name}`; its features: {present}")
    kind: str | None = features[name].WhichOneof("kind")
    return getattr(features[name], kind).value if kind else ()


@cache
def _example_class() -> Any:
    """Return the message class, from a descriptor pool of its own, so that TensorFlow may be imported too."""
    file = descriptor_pb2.FileDescriptorProto(name="example.proto", package=_PACKAGE, syntax="proto3")
    feature = descriptor_pb2.DescriptorProto(name="Feature")
    feature.oneof_decl.add(name="kind")
    for number, (kind, (list_, type_)) in enumerate(_LISTS.items(), start=1):
        values = file.message_type.add(name=list_)
        values.field.add(name="value", number=1, type=type_, label=_Field.LABEL_REPEATED)
        feature.field.add(name=kind, number=number, type=_Field.TYPE_MESSAGE, label=_Field.LABEL_OPTIONAL,
                          type_name=f".{_PACKAGE}.{list_}", oneof_index=0)  # fmt: skip
    file.message_type.append(feature)
    features = file.message_type.add(name="Features")
    entry = features.nested_type.add(name="FeatureEntry")
    entry.options.map_entry = True
    entry.field.add(name="key", number=1, type=_Field.TYPE_STRING, label=_Field.LABEL_OPTIONAL)
    _add_message_field(entry, "value", 2, "Feature")
    _add_message_field(features, "feature", 1, "Features.FeatureEntry", label=_Field.LABEL_REPEATED)
    _add_message_field(file.message_type.add(name="Example"), "features", 1, "Features")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.Example"))


def _add_message_field(
    owner: Any, name: str, number: int, type_: str, *, label: Any = _Field.LABEL_OPTIONAL
) -> None:
    """Add a field whose type is a message.

    Args:
        owner: the message that gets it.
        name: of the field.
        number: of the field on the wire.
        type_: the name of the message.
        label: optional or repeated.
    """
    type_name = f".{_PACKAGE}.{type_}"
    owner.field.add(name=name, number=number, type=_Field.TYPE_MESSAGE, label=label, type_name=type_name)
