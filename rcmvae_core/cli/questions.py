"""The questions of `new spec`: what is installed and goes with the answers so far, numbered, with a default."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from rcmvae_core.cli.output import printable
from rcmvae_core.declarations import Kind
from rcmvae_core.errors import Diagnostic, RcmvaeError, SpecError
from rcmvae_core.params import fields
from rcmvae_core.registry import Registry
from rcmvae_core.scaffold.complete import SIZES, Completed, choose, complete, current, kinds_in_order, offers
from rcmvae_core.scaffold.draft import Draft
from rcmvae_core.tables import LatentTable

_MOST_DIGITS = 18
Answer = Callable[[str], Draft | None]
"""An answer's words to a draft, or None where they are no answer."""


def interview(registry: Registry) -> Draft:
    """Ask for the parts and sizes of a spec; an empty answer takes the default.

    Raises:
        RcmvaeError: E110 if the answers end too early; whatever is wrong if too little is installed for any spec.
    """
    data, *others = kinds_in_order(registry)
    draft, whole = Draft(), None
    for question in (data, *SIZES, *others):
        completed = complete(draft, registry, whole)
        if completed.resolved is None:  # too little is installed, for every answer was checked
            raise SpecError(completed.faults)
        whole = completed.draft
        if isinstance(question, str):
            draft = _ask_size(draft, whole, question, registry)
        else:
            draft = _ask_kind(draft, whole, question, registry)
    return draft


def _ask_size(draft: Draft, whole: Draft, size: str, registry: Registry) -> Draft:
    default = whole.sizes[size]
    _say(f"\n{size}: {fields(LatentTable)[size].rule.doc}")
    choices = [value for value in SIZES[size] if isinstance(value, str)]
    _list([(value, "") for value in choices])

    def read(answer: str) -> Draft | None:
        picked = _pick(answer, choices) if choices else _number(answer)
        return None if picked is None else draft.sized(size, picked)

    return _ask(draft.sized(size, default), str(default), read, lambda d: complete(d, registry, whole))


def _ask_kind(draft: Draft, whole: Draft, kind: Kind, registry: Registry) -> Draft:
    found, names = offers(draft, kind, registry, whole), list(whole.parts[kind.name])
    none = "all that fit" if kind.default == "every" else "none"
    may_be_none, may_be_many = kind.slot in ("optional", "many"), kind.slot in ("labelled", "many")
    _say(f"\n{kind.name}: {kind.summary}")
    _list([(name, registry.claims(kind.name, name)[0].plugin.summary) for name in found])
    if may_be_none:
        _list([(none, "")], first=0)
    if unfit := [name for name in current(kind, registry) if name not in found]:
        _say(f"     not with these answers: {', '.join(unfit)}")

    def read(answer: str) -> Draft | None:
        words = answer.replace(",", " ").split()
        if may_be_none and words == ["0"]:
            return draft.naming(kind.name, {})
        picked = [name for name in (_pick(word, found) for word in words) if name is not None]
        if len(picked) < len(words) or not 1 <= len(picked) <= (len(found) if may_be_many else 1):
            return None
        return choose(draft, kind.name, picked, registry)

    default = draft.naming(kind.name, whole.parts[kind.name])
    return _ask(default, ", ".join(names) or none, read, lambda d: complete(d, registry, whole))


def _ask(default: Draft, shown: str, read: Answer, completed: Callable[[Draft], Completed]) -> Draft:
    """Ask until an answer can become a spec."""
    while True:
        answer = _hear(f"[{shown}] ").strip()
        draft = read(answer) if answer else default
        if draft is None:
            _say("     answer with a number of the list, or with a name")
            continue
        faults = completed(draft).faults
        if not faults:
            return draft
        for fault in faults:
            _say(f"     {fault.message}")


def _pick(word: str, names: Sequence[str]) -> str | None:
    """A name, or the one that stands at this number."""
    if word in names:
        return word
    number = _number(word)
    return names[number - 1] if number is not None and 1 <= number <= len(names) else None


def _number(word: str) -> int | None:
    return int(word) if word.isdecimal() and len(word) <= _MOST_DIGITS else None


def _list(rows: Sequence[tuple[str, str]], first: int = 1) -> None:
    wide = max((len(name) for name, _ in rows), default=0)
    for number, (name, summary) in enumerate(rows, first):
        _say(f"{number:>3}  {name:<{wide}}  {summary}".rstrip())


def _hear(prompt: str) -> str:
    # Not as the prompt of `input`: that goes to stdout where one of the two is no terminal, and there the spec goes.
    print(prompt, end="", file=sys.stderr, flush=True)
    try:
        return input()
    except EOFError:
        print(file=sys.stderr)
        help_ = ["answer every question, or give options: see `rcmvae new spec --help`"]
        raise RcmvaeError(
            [Diagnostic("E110", "the answers ended before the spec was whole", help=help_)]
        ) from None


def _say(line: str) -> None:
    print("\n".join(printable(part) for part in line.split("\n")), file=sys.stderr)
