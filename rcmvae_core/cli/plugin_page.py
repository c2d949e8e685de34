"""Formats a plugin as a page of text: its description, its parameters, and a table to paste into a spec."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from rcmvae_core.cli.diagnostics import printable
from rcmvae_core.plugin.declaration import Kind
from rcmvae_core.spec.describe_plugin import Facts, as_table, as_words

_WIDTH = 100
_SECTIONS = {
    "description": "maths",
    "arguments": "args",
    "returns": "returns",
    "raises": "raises",
    "source": "source",
}
"""The key of each section in the facts, by its heading."""


def format_plugin(facts: Facts, kind: Kind) -> str:
    """Format a plugin.

    Args:
        facts: as `describe_plugin.of_plugin` returns them.
        kind: its kind.
    """
    return "\n".join(_lines(facts, kind))


def _lines(facts: Facts, kind: Kind) -> Iterator[str]:
    yield f"{facts['kind']} {facts['name']}"
    yield from _wrapped(facts["summary"])
    yield f"  from {facts['distribution']} {facts['version']}, {facts['impl']}"
    if facts["unit"]:
        yield f"  values are in {printable(facts['unit'])}"
    if facts["deprecated"]:
        yield from _wrapped(f"deprecated: {facts['deprecated']}")
    if facts["renamed_from"]:
        yield f"  formerly {', '.join(facts['renamed_from'])}"
    for relation in ("provides", "requires", "conflicts"):
        yield from (f"  {relation} {token}: {printable(text)}" for token, text in facts[relation].items())
    for heading, key in _SECTIONS.items():
        if facts[key]:
            yield from ("", heading, *_indented(facts[key]))
    yield ""
    yield "parameters" if facts["parameters"] else "no parameters"
    for name, parameter in facts["parameters"].items():
        yield from _parameter(name, parameter)
    yield ""
    yield "example"
    yield from (f"  {line}" for line in as_table(facts, kind))


def _indented(text: str) -> Iterator[str]:
    """Yield lines as they are, because formulas must not be wrapped."""
    return (f"  {printable(line)}".rstrip() for line in text.splitlines())


def _wrapped(text: str, indent: str = "  ") -> list[str]:
    return textwrap.wrap(printable(text), _WIDTH, initial_indent=indent, subsequent_indent=indent)


def _parameter(name: str, facts: Mapping[str, Any]) -> Iterator[str]:
    texts = as_words(facts)
    yield f"  {name}: {printable(texts.pop('type'))}"
    doc = texts.pop("doc")
    yield from _wrapped("; ".join(f"{fact} {value}" for fact, value in texts.items()), "      ")
    yield from _wrapped(doc, "      ")
