"""Words about values, and records from tables without a spec around them."""

from __future__ import annotations

import attrs
import pytest

from rcmvae_core.params import param
from rcmvae_core.spec import parse_setting
from rcmvae_core.structure import show, structure, suggest, type_of
from rcmvae_core.tables import LatentTable

from .isolated import Moody


@pytest.mark.parametrize(
    ("value", "words"),
    [("1", "an integer"), ("1.0", "a number"), ("true", "a boolean"), ("'a'", "a text"), ("[1]", "a list"),
     ("{}", "a table"), ("1979-05-27", "a date or time"), ("07:32:00", "a date or time")],
)  # fmt: skip
def test_types_in_words(value, words):
    assert type_of(parse_setting(f"a={value}").table["a"]) == words


@pytest.mark.parametrize(
    ("value", "shown"), [(True, "true"), ("a", '"a"'), (1.5, "1.5"), ("x" * 99, '"' + "x" * 56 + "...")]
)
def test_values_in_words(value, shown):
    assert show(value) == shown


@pytest.mark.parametrize(
    ("name", "known", "help_"),
    [
        ("flim", ["film", "none"], "did you mean `film`?"),
        ("q", ["a", "b"], "known parts: `a`, `b`"),
        ("q", [], "there are no parts"),
    ],
)
def test_suggestions(name, known, help_):
    assert suggest(name, known, "parts") == [help_]


def build(cls, table):
    root = parse_setting(f"a={table}").table["a"]
    found = []
    return structure(
        cls, root.table, owner="`[a]`", here=root.place, report=found.append, nested=lambda *_: None
    ), found


def test_a_record_is_made_or_every_fault_is_told():
    made, found = build(LatentTable, "{ channels = 3, dim = 2 }")
    assert (made.channels, made.dim, made.layout, found) == (3, 2, "decentralized", [])
    made, found = build(LatentTable, "{ channels = 0, layout = 'x', depth = 1 }")
    assert made is None
    assert [d.code for d in found] == ["E207", "E207", "E205", "E208"]


def test_a_rule_of_the_records_own_stands_at_the_table():
    made, (fault,) = build(Moody, "{ mode = 'refuse' }")
    assert made is None
    assert (fault.code, fault.message) == ("E207", "`[a]`: mode must not refuse")


def test_other_types_are_read_by_cattrs_as_strictly():
    @attrs.frozen
    class Table:
        shares: dict[str, float] = param(doc="Shares.")

    made, faults = build(Table, "{ shares = { a = 1, b = 0.5 } }")
    assert (made.shares, faults) == ({"a": 1.0, "b": 0.5}, [])
    made, (fault,) = build(Table, "{ shares = { a = true } }")
    assert made is None
    assert fault.code == "E206"
