"""Formatted values and types, and records that are read from tables outside a spec."""

from __future__ import annotations

import attrs
import pytest

from rcmvae_core.plugin.core_tables import LatentTable
from rcmvae_core.plugin.parameters import param
from rcmvae_core.spec.error_collector import ErrorCollector
from rcmvae_core.spec.messages import show, suggest, type_of
from rcmvae_core.spec.parameter_reader import ParameterReader
from rcmvae_core.spec.parse import parse_override
from tests.support.isolated import Moody, registry_of


@pytest.mark.parametrize(
    ("value", "words"),
    [("1", "an integer"), ("1.0", "a number"), ("true", "a boolean"), ("'a'", "a string"), ("[1]", "a list"),
     ("{}", "a table"), ("1979-05-27", "a date or time"), ("07:32:00", "a date or time")],
)  # fmt: skip
def test_types_in_words(value, words):
    assert type_of(parse_override(f"a={value}").table["a"]) == words


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
    node, errors = parse_override(f"a={table}").table["a"], ErrorCollector()
    record = ParameterReader(registry_of(), {}, errors).record(cls, node.table, "`[a]`", node.place)
    return record, list(errors.ordered())


def test_a_record_is_made_or_every_fault_is_told():
    made, errors = build(LatentTable, "{ channels = 3, dim = 2 }")
    assert (made.channels, made.dim, made.layout, errors) == (3, 2, "decentralized", [])
    made, errors = build(LatentTable, "{ channels = 0, layout = 'x', depth = 1 }")
    assert made is None
    assert [d.code for d in errors] == ["E208", "E207", "E207", "E205"]


def test_a_rule_of_the_records_own_stands_at_the_table():
    made, (error,) = build(Moody, "{ mode = 'refuse' }")
    assert made is None
    assert (error.code, error.message) == ("E207", "`[a]`: mode must not refuse")


def test_other_types_are_read_by_cattrs_as_strictly():
    @attrs.frozen
    class Table:
        shares: dict[str, float] = param(doc="Shares.")

    made, errors = build(Table, "{ shares = { a = 1, b = 0.5 } }")
    assert (made.shares, errors) == ({"a": 1.0, "b": 0.5}, [])
    made, (error,) = build(Table, "{ shares = { a = true } }")
    assert made is None
    assert error.code == "E206"
