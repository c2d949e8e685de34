"""The reference of every kind and part as Markdown, from what is declared: `docs/reference` is made by this."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from rcmvae_core import HOMES
from rcmvae_core.plugin.core_tables import LatentTable, TrainTable
from rcmvae_core.plugin.declaration import Kind, load_object
from rcmvae_core.plugin.docstrings import docstring
from rcmvae_core.plugin.kinds import CORE_TOKENS
from rcmvae_core.plugin.parameters import fields
from rcmvae_core.plugin.registry import Registry
from rcmvae_core.spec.describe_plugin import Facts, as_table, as_words, of_field, of_plugin

_MADE = "<!-- Made from the declarations: see tests/structure/test_reference.py. -->\n"
_HOW_MANY = {
    "one": "A spec names one",
    "optional": "A spec may name one",
    "many": "A spec may name several, each once",
    "labelled": "A spec names any number, each under a label of its own",
}
_INTRODUCTION = """# Reference

Every kind of part, every part that is built in, and the tables that the core reads itself. `rcmvae plugins show KIND
NAME` describes one plugin, also of other packages.
"""
_PUBLIC = """# Public names

What a plugin may import: names of `rcmvae_core` itself, such as `from rcmvae_core import param`, and the modules at the
end. [Stability of the plugin API](api-policy.md) says for how long. Shapes and arguments are documented in the docstrings:
`python -c 'import rcmvae_core; help(rcmvae_core.Plugin)'`.
"""
SUBMODULES = ("rcmvae_core.testing",)
"""Modules that a plugin, or its tests, may import from besides."""


def pages(registry: Registry) -> dict[str, str]:
    """The reference, by file name: a page for each kind, and `README.md`, which lists them."""
    found = {f"{kind.name}.md": _page(kind, registry) for kind in registry.kinds.values()}
    return {"README.md": _index(registry), **found}


def api() -> str:
    """The public names, a line each, by the module that they live in: `docs/api.md`."""

    def lines(module: str, names: Iterable[str]) -> str:
        told = (f"- `{name}`: {_first(f'{module}:{name}')}\n" for name in names)
        return f"## `{module}`\n\n{_first(module)}\n\n" + "".join(told)

    homes = (lines(f"rcmvae_core.{home}", names) for home, names in HOMES.items())
    modules = "".join(f"- `{module}`: {_first(module)}\n" for module in SUBMODULES)
    return _joined(_MADE + _PUBLIC, *homes, "## Modules\n", modules)


def _first(path: str) -> str:
    """The first line of a docstring."""
    return _prose(docstring(path).strip().partition("\n")[0])


def _index(registry: Registry) -> str:
    def rows() -> Iterator[tuple[str, ...]]:
        for kind in registry.kinds.values():
            names = (f"[`{name}`]({kind.name}.md#{name})" for name in registry.names(kind.name))
            yield f"[{kind.name}]({kind.name}.md)", kind.summary, ", ".join(names)

    core = {"latent": LatentTable, "train": TrainTable}
    return _joined(
        _MADE + _INTRODUCTION,
        _table(("kind", "what it is", "parts"), rows()),
        *(f"## `[{name}]`\n\n{_parameters(_facts_of(cls))}" for name, cls in core.items()),
        "## Capabilities that the core's tables provide\n",
        _tokens(CORE_TOKENS),
    )


def _page(kind: Kind, registry: Registry) -> str:
    table = f"{kind.table}.LABEL" if kind.slot == "labelled" else kind.table
    placed = (
        f"{_HOW_MANY[kind.slot]}, in `[{table}.NAME]`." if table else "Named in parameters that take one."
    )
    every = " Without the table a spec gets every one that fits." if kind.default == "every" else ""
    named = [f"In code a part is a `{kind.protocol.replace(':', '.')}`.\n"] if kind.protocol else []
    keys = _facts_of(load_object(kind.keys)) if kind.keys else {}
    beside = [f"## Beside the part, in `[{table}]`\n\n{_parameters(keys)}"] if keys else []
    vocabulary = ["It may provide:\n", _tokens(kind.tokens)] if kind.tokens else []
    claims = [claim for name in registry.names(kind.name) for claim in registry.claims(kind.name, name)]
    parts = [_part(of_plugin(claim, registry), kind) for claim in claims]
    return _joined(
        f"{_MADE}# {kind.name}\n\n{_prose(kind.summary)} {placed}{every}\n",
        *named,
        *vocabulary,
        *beside,
        *parts,
    )


def _part(facts: Facts, kind: Kind) -> str:
    words = {"provides": "provides", "requires": "requires", "conflicts": "conflicts with"}
    notes = [
        f"{verb} `{token}`: {text}" for claim, verb in words.items() for token, text in facts[claim].items()
    ]
    notes += [f"formerly `{name}`" for name in facts["renamed_from"]]
    notes += [f"deprecated: {facts['deprecated']}"] if facts["deprecated"] else []
    source = f"Source: {_prose(facts['source'])}\n" if facts["source"] else ""
    return _joined(
        f"## {facts['name']}\n\n{_prose(facts['summary'])}\n",
        *([_fenced("text", facts["maths"])] if facts["maths"] else []),
        *([source] if source else []),
        *(["\n".join(f"- {_prose(note)}" for note in notes) + "\n"] if notes else []),
        *([_parameters(facts["parameters"])] if facts["parameters"] else []),
        _fenced("toml", "\n".join(as_table(facts, kind))),
    )


def _facts_of(cls: type) -> Facts:
    return {name: of_field(field) for name, field in fields(cls).items()}


def _parameters(parameters: Mapping[str, Facts]) -> str:
    def rows() -> Iterator[tuple[str, ...]]:
        for name, about in parameters.items():
            words = as_words(about)
            kind, default, bounds, doc = (words.pop(key, "") for key in ("type", "default", "bounds", "doc"))
            more = "; ".join(f"{fact.replace('_', ' ')} {text}" for fact, text in words.items())
            yield f"`{name}`", kind, _default(about, default), bounds, f"{doc} ({more})" if more else doc

    return _table(("parameter", "type", "default", "bounds", "what it is"), rows())


def _default(about: Facts, words: str) -> str:
    if "required" in about:
        return "required"
    return words if words == "absent" else f"`{words}`"


def _tokens(tokens: Mapping[str, str]) -> str:
    return _table(("capability", "what it means"), ((f"`{token}`", text) for token, text in tokens.items()))


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    cells = (tuple(_prose(cell).replace("|", "\\|") for cell in row) for row in rows)
    return "".join(f"| {' | '.join(line)} |\n" for line in (head, ("---",) * len(head), *cells))


def _prose(text: str) -> str:
    """A text on one line, without what Markdown would take for emphasis or HTML; code stays as it is."""
    pieces = " ".join(text.split()).split("`")
    pieces[::2] = [piece.replace("*", "\\*").replace("<", "\\<") for piece in pieces[::2]]
    return "`".join(pieces)


def _fenced(language: str, text: str) -> str:
    return f"```{language}\n{text}\n```\n"


def _joined(*blocks: str) -> str:
    return "\n".join(blocks)
