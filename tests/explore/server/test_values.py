"""Values of requests: what is read, what is refused and in which words, and that the schema says the same."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator

from rcmvae_core.explore.server.bodies import parse_json
from rcmvae_core.explore.server.errors import HttpError
from rcmvae_core.explore.server.fields import Choice, Flag, Number, Text, Whole
from rcmvae_core.explore.server.objects import MalformedError, Many, Maybe, Record, Settings, read_fields

GOOD = [
    (Whole(1, 9), 9),
    (Number(-1, 1), 0.5),
    (Number(-1, 1), 1),
    (Text(3), "abc"),
    (Text(3), "<b>"),
    (Flag(), False),
    (Choice(("a", "b")), "b"),
    (Many(Whole()), [1, 2]),
    (Maybe(Whole()), None),
    (Maybe(Choice(("a",))), None),
    (Record({"a": Whole(), "b": Maybe(Flag())}), {"a": 1, "b": None}),
    (Settings(), {"a": 1, "b": "x", "d": True, "e": 0.5}),
]
BAD = [
    (Whole(1, 9), 10),
    (Whole(), 1.5),
    (Whole(), True),
    (Whole(), "1"),
    (Whole(), 10**400),
    (Whole(), None),
    (Number(), "1"),
    (Number(), 1e300),
    (Number(), 10**400),
    (Number(), False),
    (Text(3), "abcd"),
    (Text(3), ""),
    (Text(3), 1),
    (Flag(), 0),
    (Choice(("a", "b")), "c"),
    (Choice(("a", "b")), ["a"]),
    (Many(Whole()), []),
    (Many(Whole()), [1, "x"]),
    (Many(Whole(), 2), [1, 2, 3]),
    (Many(Whole()), {"0": 1}),
    (Record({"a": Whole()}), {"a": 1, "b": 2}),
    (Record({"a": Whole()}), {}),
    (Record({"a": Whole()}), []),
    (Settings(), {"a": [1]}),
    (Settings(), {"a": None}),
    (Settings(1), {"a": 1, "b": 1}),
]


@pytest.mark.parametrize(("field", "value"), GOOD, ids=repr)
def test_what_the_schema_allows_is_read(field, value):
    assert Draft202012Validator(field.schema()).is_valid(value)
    if not isinstance(value, dict):
        assert field.read(value) == value


@pytest.mark.parametrize(("field", "value"), BAD, ids=lambda value: repr(value)[:40])
def test_what_the_schema_refuses_is_refused(field, value):
    assert not Draft202012Validator(field.schema()).is_valid(value)
    with pytest.raises(ValueError, match=r"."):
        field.read(value)


@pytest.mark.parametrize("field", [Text(3), Settings(), Many(Text())])
def test_half_of_a_surrogate_pair_is_no_text(field):
    value = (
        {"field": "\ud800"}
        if isinstance(field, Settings)
        else ["\ud800"]
        if isinstance(field, Many)
        else "\ud800"
    )
    with pytest.raises(ValueError, match="surrogate"):
        field.read(value)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_numbers_are_finite(number):
    with pytest.raises(ValueError, match="number"):
        Number().read(number)
    with pytest.raises(ValueError, match="finite"):
        Settings().read({"a": number})


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        (Whole(-5), "-3", -3),
        (Number(), "-1.5e3", -1500.0),
        (Number(), ".5", 0.5),
        (Flag(), "true", True),
        (Many(Whole()), "1,2,3", [1, 2, 3]),
        (Maybe(Whole()), "7", 7),
    ],
)
def test_texts_of_a_query(field, text, value):
    assert field.parse(text) == value


@pytest.mark.parametrize(
    ("field", "text"),
    [(Whole(), text) for text in ("", "x", "1.0", "٣", "1_0", " 1", "9" * 30, "+1", "0x1", "1e3")]
    + [(Number(), text) for text in ("nan", "inf", "1e400", "1_0", "", "١", "0x1", "1e", "--1")]
    + [
        (Flag(), "True"),
        (Many(Whole()), "1,,2"),
        (Many(Whole(), 2), "1,2,3"),
        (Settings(), "{}"),
        (Record({}), "{}"),
    ],
)
def test_texts_that_are_refused(field, text):
    with pytest.raises(ValueError, match=r"."):
        field.parse(text)


def test_every_problem_is_named():
    fields = {
        "class": Whole(),
        "core": Maybe(Record({"share": Number(0, 1)})),
        "how": Maybe(Choice(("click",)), "click"),
    }
    assert read_fields(fields, {"class": 3}) == {"class_": 3, "core": None, "how": "click"}
    with pytest.raises(MalformedError) as refused:
        read_fields(fields, {"core": {"share": 2}, "how": "x", "more": 1})
    assert refused.value.messages == (
        "`more` is unknown: known are `class`, `core`, `how`",
        "`class` is missing",
        "`core`: `share` must be a number from 0 to 1, got 2",
        "`how` must be one of `click`, got `x`",
    )


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"1",
        b"{",
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": 1, "a": 2}',
        b"\xff",
        b'{"a": ' + b"9" * 5000 + b"}",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"a": 1} x',
    ],
    ids=lambda body: repr(body[:12]),
)
def test_bodies_that_are_no_object(body):
    with pytest.raises(HttpError) as refused:
        parse_json(body)
    assert refused.value.status == 422


def test_a_body_is_read():
    value = {"a": [1, 2.5, None, True, "é"]}
    assert parse_json(json.dumps(value).encode()) == value
