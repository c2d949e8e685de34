"""Records are checked before they are used: file, size, encoding, depth, keys, types and bounds."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal

import attrs
import pytest

from rcmvae_core.runtime.records import (
    MAX_BYTES,
    Count,
    Number,
    RecordError,
    Size,
    parse,
    read_values,
    require_format,
    structure,
)


@attrs.frozen
class Inner:
    """A part of a record."""

    sizes: tuple[Size, ...]
    rate: Number = Number(1.0)  # noqa: RUF009 - a float


@attrs.frozen
class Outer:
    """A record."""

    name: str
    inner: Inner
    kind: Literal["a", "b"] = "a"
    counts: dict[str, Count] = attrs.field(factory=dict[str, Count])
    other: float | None = None


VALID: dict[str, Any] = {"name": "n", "inner": {"sizes": [1, 2]}, "counts": {"x": 0}, "other": 2}


def test_valid_values_become_a_record():
    assert structure(VALID, Outer) == Outer("n", Inner((Size(1), Size(2))), "a", {"x": Count(0)}, 2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": 3}, "`name` must be a string, got 3"),
        ({"name": None}, "`name` must be a string, got null"),
        ({"inner": []}, "`inner` must be a table, got a list of 0"),
        ({"inner": {}}, "`inner.sizes` is missing"),
        ({"inner": {"sizes": "12"}}, '`inner.sizes` must be a list, got "12"'),
        ({"inner": {"sizes": [0]}}, r"`inner.sizes\[0\]` must be an integer of 1 to 10000000, got 0"),
        ({"inner": {"sizes": [10**9]}}, r"`inner.sizes\[0\]` must be an integer of 1 to 10000000, got 1000000000"),
        ({"inner": {"sizes": [2.5]}}, "got 2.5"),
        ({"inner": {"sizes": [True]}}, "got true"),
        ({"inner": {"sizes": [1], "rate": float("nan")}}, "`inner.rate` must be a finite number, got nan"),
        ({"inner": {"sizes": [1], "rate": 10**400}}, "`inner.rate` must be a finite number"),
        ({"counts": {"x": -1}}, r"`counts\['x'\]` must be an integer of at least 0, got -1"),
        ({"counts": [1]}, "`counts` must be a table"),
        ({"kind": "c"}, "`kind` .*c"),
        ({"other": -(10**400)}, "`other` must be a number, got -1000"),
        ({"other": "ten"}, '`other` must be a number, got "ten"'),
        ({"unknown": 1}, 'it has unknown keys: "unknown"'),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named_with_its_key(change: dict[str, Any], message: str):
    with pytest.raises(RecordError, match=message):
        structure(VALID | change, Outer)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "it is empty"),
        (b" \n", "it is empty"),
        (b"[1", "it is not JSON"),
        (b"\xff\xfe{", "it is not UTF-8 at byte 0"),
        (b"[" * 100_000, "it is nested too deeply"),
        (b'{"a":' * 100_000, "it is nested too deeply"),
        (b"1" * 5000, "it is not JSON"),
        (b'["\\ud800"]', "half of a surrogate pair"),
    ],
)
def test_what_is_not_json_is_an_error(content: bytes, message: str):
    with pytest.raises(RecordError, match=message):
        parse(content)


def test_what_is_not_a_small_file_is_not_opened(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    with (tmp_path / "large").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    for name, message in (
        ("pipe", "not a file"),
        (".", "Is a directory"),
        ("loop", "symbolic links"),
        ("large", "at most"),
    ):
        with pytest.raises(RecordError, match=message):
            read_values(tmp_path / name)


@pytest.mark.parametrize("value", [0, 3, True, "1", None, 2.5, [1]])
def test_another_format_is_an_error(value: object):
    with pytest.raises(RecordError, match="and this version supports formats 1 and 2"):
        require_format(value, 1, 2)
