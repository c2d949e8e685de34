"""A plugin on a page: what it is, its parameters, and a table to paste."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from rcmvae_core.cli.output import printable
from rcmvae_core.declarations import Kind
from rcmvae_core.facts import Facts, as_words
from rcmvae_core.resolved_toml import dotted, inline

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
    yield ""
    yield "parameters" if facts["parameters"] else "no parameters"
    for name, about in facts["parameters"].items():
        yield from _parameter(name, about)
    yield ""
    yield "example"
    yield from (f"  {line}" for line in _example(facts, kind))


def _wrapped(text: str, indent: str = "  ") -> list[str]:
    return textwrap.wrap(printable(text), _WIDTH, initial_indent=indent, subsequent_indent=indent)


def _parameter(name: str, about: Mapping[str, Any]) -> Iterator[str]:
    words = as_words(about)
    yield f"  {name}: {printable(words.pop('type'))}"
    doc = words.pop("doc")
    yield from _wrapped("; ".join(f"{fact} {value}" for fact, value in words.items()), "      ")
    yield from _wrapped(doc, "      ")


def _example(facts: Facts, kind: Kind) -> Iterator[str]:
    """The part in a spec, its defaults written out and what is required filled with a value that fits."""
    values = {name: about.get("default", about.get("example")) for name, about in facts["parameters"].items()}
    values = {name: value for name, value in values.items() if value is not None}
    if not kind.table:
        yield f"parameter.{facts['name']} = {inline(values)}  # for a parameter that takes a {kind.name}"
        return
    label = ("my_label",) if kind.slot == "labelled" else ()
    yield f"[{dotted((*kind.path, *label, facts['name']))}]"
    yield from (f"{name} = {inline(value)}" for name, value in values.items())
