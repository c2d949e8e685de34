"""`tf.train.Example`, the record that TensorFlow Datasets writes: named lists of bytes, floats or integers.

Source: tensorflow/core/example/example.proto and feature.proto, whose messages are built here.
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
    """The values of one feature.

    Args:
        record: a serialised example.
        name: the feature.

    Raises:
        ValueError: if it is no example, or has no such feature.
    """
    message = _message()()
    try:
        message.ParseFromString(record)
    except DecodeError:
        raise ValueError("it is no tf.train.Example") from None
    features: Any = message.features.feature
    if name not in features:
        known = ", ".join(f"`{known}`" for known in sorted(features)) or "none"
        raise ValueError(f"it has no feature `{name}`; its features: {known}")
    kind: str | None = features[name].WhichOneof("kind")
    return getattr(features[name], kind).value if kind else ()


@cache
def _message() -> Any:
    """The class of examples, in a pool of its own."""
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
    _message_field(entry, "value", 2, "Feature")
    _message_field(features, "feature", 1, "Features.FeatureEntry", label=_Field.LABEL_REPEATED)
    _message_field(file.message_type.add(name="Example"), "features", 1, "Features")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.Example"))


def _message_field(
    owner: Any, name: str, number: int, type_: str, *, label: Any = _Field.LABEL_OPTIONAL
) -> None:
    type_name = f".{_PACKAGE}.{type_}"
    owner.field.add(name=name, number=number, type=_Field.TYPE_MESSAGE, label=label, type_name=type_name)
