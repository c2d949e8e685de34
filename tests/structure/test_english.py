"""Texts are plain technical English: phrases that have a standard term do not come back."""

from __future__ import annotations

import argparse
import ast
import io
import re
import tokenize
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from rcmvae_core.cli.main import VERBS
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.plugin.parameters import fields
from tests.support.imports import ROOT, modules

REPLACEMENTS = {
    r"mend(s|ed|ing)?": "fix",
    r"faults?": "error",
    r"told|tells": "report, say, distinguish; given",
    r"go(es|ing)? on (with|from)|goes on|going on|went on|gone on": "resume, continue",
    r"with(out)? a word|in words( of ours)?": "with an error message, silently",
    r"no sound": "not a valid, corrupt",
    r"giv(e|es|en|ing) up": "retire, drop, stop",
    r"c[ao]mes? to rest|coming to rest": "finish",
    # SQL has foreign keys.
    r"foreign(?! key)": "out-of-distribution, unknown",
    # "A text file" is the standard term.
    r"a text(?! (file|editor|format))": "a string",
    r"texts(?= (or|and|to)\b)": "strings",
    r"for ever": "forever",
    r"unsaid": "silently",
    r"a seed each|once a seed": "per seed",
    r"what (is|was) (asked|said|told)": "the request, the message",
    r"who (trains|judges|selects|labels|wants)": "training, test, validation data; the annotator; to ...",
    r"as one likes|as it (likes|wants)": "any",
    r"what there is": "the existing ...",
    r"wherever it stands": "by content",
    r"as (it|they) stands?": "unchanged",
    r"stands? for itself": "is complete",
    r"asked (for|about)|worth asking": "requested; labelled; informative",
    r"looked at": "considered, checked",
    r"handed (in|over)|hands? (in|over)": "pass",
    r"giv(es|en) back": "return",
    r"judg(e|es|ed|ing)": "evaluate, select",
    r"damaged": "corrupt",
    r"likeliest": "most probable",
    r"of today|today's": "current",
    r"whoever": "the process that, the user who",
    r"beg[iau]ns? anew|comes? in slowly": "restart; increase",
    r"learnt|misspelt": "learned, misspelled",
}
"""What is not written, as a regular expression, and what is written instead."""
BANNED = re.compile(
    r"\b(?:" + "|".join(f"(?P<p{i}>{pattern})" for i, pattern in enumerate(REPLACEMENTS)) + r")\b",
    re.IGNORECASE,
)
PAGES = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "rcmvae_core" / "cli" / "pages").glob("*.md")),
    *sorted((ROOT / "experiments").glob("*.toml")),
    *sorted((ROOT / "rcmvae_core" / "scaffold" / "templates").rglob("*.txt")),
]
FRONT_END = sorted(
    path
    for pattern in ("*.js", "*.html")
    for path in (ROOT / "rcmvae_core" / "explore" / "page").rglob(pattern)
)
SOURCES = sorted([*modules().values(), *(ROOT / "docs" / "examples").rglob("*.py")])


def banned(text: str) -> list[str]:
    """Return each banned phrase of a text, with what to write instead; lines are joined first."""
    instead = list(REPLACEMENTS.values())
    matches = BANNED.finditer(" ".join(text.split()))
    # The named group closes after the groups in it, so it is the last one.
    return sorted({f"`{match[0]}`: write {instead[int(str(match.lastgroup)[1:])]}" for match in matches})


def phrases(source: str) -> Iterator[str]:
    """Yield the strings and comments of a source, but no names.

    Pieces of one string are joined, and so are the lines of one comment, so that a phrase is found across them.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.JoinedStr):
            yield "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
    comment: list[str] = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            comment.append(token.string.lstrip("#"))
        elif token.type not in (tokenize.NL, tokenize.NEWLINE):
            yield " ".join(comment)
            comment.clear()
    yield " ".join(comment)


def path_id(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_a_banned_phrase_is_found() -> None:
    assert banned("All faults are\ntold at once.") == [
        "`faults`: write error",
        "`told`: write report, say, distinguish; given",
    ]
    assert banned("By default a text file in UTF-8 is amended.") == []


def test_a_phrase_is_found_across_lines() -> None:
    source = 'x = 1  # it is given\n# up here\ny = "no " "sound " f"store {told} " "goes" " on"\n'
    found = {phrase for text in phrases(source) for phrase in banned(text)}
    assert {phrase.split("`")[1] for phrase in found} == {"given up", "no sound", "goes on"}


@pytest.mark.parametrize("path", [*PAGES, *FRONT_END], ids=path_id)
def test_pages(path: Path) -> None:
    assert banned(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", SOURCES, ids=path_id)
def test_sources(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert sorted({phrase for text in phrases(source) for phrase in banned(text)}) == []


@pytest.mark.parametrize("verb", VERBS)
def test_help(verb: str) -> None:
    command = import_module(f"rcmvae_core.cli.commands.{verb}")
    parser = argparse.ArgumentParser(f"rcmvae {verb}", description=command.__doc__)
    command.configure(parser)
    assert banned(VERBS[verb]) == []
    assert [phrase for each in parsers(parser) for phrase in banned(each.format_help())] == []


def parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """Yield a parser and, recursively, those of its subcommands."""
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for child in action.choices.values():
                yield from parsers(child)


def test_summaries_and_parameters() -> None:
    """What `plugins list`, `plugins show`, editors and the reference print of the built-ins."""
    registry = discover("only:rcmvae")
    found: dict[str, list[str]] = {}
    for registered in registry:
        plugin = registered.plugin
        docs = [field.rule.doc for field in fields(registry.parameters(plugin)).values()]
        found[f"{plugin.kind} {plugin.name}"] = [
            phrase for text in (plugin.summary, *docs) for phrase in banned(text)
        ]
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
