"""A plugin on a page: what it is, its mathematics, its parameters, and a table to paste."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from rcmvae_core.cli.output import printable
from rcmvae_core.declarations import Kind
from rcmvae_core.facts import Facts, as_table, as_words

_WIDTH = 100


def sheet(facts: Facts, kind: Kind) -> str:
    """Everything about one plugin, as text.

    Args:
        facts: as `facts.of_plugin` gives them.
        kind: its kind.
    """
    return "\n".join(_lines(facts, kind))


def _lines(facts: Facts, kind: Kind) -> Iterator[str]:
    yield f"{facts['kind']} {facts['name']}"
    yield from _wrapped(facts["summary"])
    yield f"  from {facts['distribution']} {facts['version']}, {facts['impl']}"
    if facts["deprecated"]:
        yield from _wrapped(f"deprecated: {facts['deprecated']}")
    if facts["renamed_from"]:
        yield f"  formerly {', '.join(facts['renamed_from'])}"
    for relation in ("provides", "requires", "conflicts"):
        yield from (f"  {relation} {token}: {printable(text)}" for token, text in facts[relation].items())
    for heading in ("maths", "returns", "source"):
        if facts[heading]:
            yield from ("", heading, *_kept(facts[heading]))
    yield ""
    yield "parameters" if facts["parameters"] else "no parameters"
    for name, about in facts["parameters"].items():
        yield from _parameter(name, about)
    yield ""
    yield "example"
    yield from (f"  {line}" for line in as_table(facts, kind))


def _kept(text: str) -> Iterator[str]:
    """The lines as their author broke them, since formulas stand in them."""
    return (f"  {printable(line)}".rstrip() for line in text.splitlines())


def _wrapped(text: str, indent: str = "  ") -> list[str]:
    return textwrap.wrap(printable(text), _WIDTH, initial_indent=indent, subsequent_indent=indent)


def _parameter(name: str, about: Mapping[str, Any]) -> Iterator[str]:
    words = as_words(about)
    yield f"  {name}: {printable(words.pop('type'))}"
    doc = words.pop("doc")
    yield from _wrapped("; ".join(f"{fact} {value}" for fact, value in words.items()), "      ")
    yield from _wrapped(doc, "      ")
