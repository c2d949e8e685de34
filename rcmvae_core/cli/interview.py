"""Asks the questions of `rcmvae new spec`: numbered lists of the plugins that fit the answers so far, with defaults."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rcmvae_core.cli.answers import parse_number, print_question, read_answer
from rcmvae_core.errors import SpecError
from rcmvae_core.plugin.core_tables import LatentTable
from rcmvae_core.plugin.declaration import Kind
from rcmvae_core.plugin.parameters import fields
from rcmvae_core.plugin.registry import Registry
from rcmvae_core.scaffold.complete import (
    CompletedDraft,
    choose_plugins,
    compatible_plugins,
    complete_draft,
)
from rcmvae_core.scaffold.defaults import LATENT_CHOICES, current_plugins, kinds_in_order
from rcmvae_core.scaffold.draft import Draft

ReadAnswer = Callable[[str], Draft | None]
"""Returns the draft with an answer, or None if the answer is not valid."""


def interview(registry: Registry) -> Draft:
    """Ask for the plugins and sizes of a spec; an empty answer selects the default.

    Returns:
        The draft with every answer.

    Raises:
        RcmvaeError: E110 if the answers end too early; the errors of the spec if required plugins are not installed.
    """
    data, *others = kinds_in_order(registry)
    draft, complete = Draft(), None
    for question in (data, *LATENT_CHOICES, *others):
        completed = complete_draft(draft, registry, complete)
        if completed.resolved is None:  # a plugin is missing, because every answer was checked
            raise SpecError(completed.errors)
        complete = completed.draft
        if isinstance(question, str):
            draft = _ask_size(draft, complete, question, registry)
        else:
            draft = _ask_kind(draft, complete, question, registry)
    return draft


def _ask_size(draft: Draft, complete: Draft, size: str, registry: Registry) -> Draft:
    """Ask for a size of `[latent]`.

    Args:
        draft: the answers so far.
        complete: the same, with a default for every open choice.
        size: its name.
        registry: the installed plugins.

    Returns:
        The draft with the answer.
    """
    default = complete.sizes[size]
    print_question(f"\n{size}: {fields(LatentTable)[size].rule.doc}")
    choices = [value for value in LATENT_CHOICES[size] if isinstance(value, str)]
    _list([(value, "") for value in choices])

    def read(answer: str) -> Draft | None:
        value = _pick(answer, choices) if choices else parse_number(answer)
        return None if value is None else draft.with_size(size, value)

    return _ask(
        draft.with_size(size, default), str(default), read, lambda d: complete_draft(d, registry, complete)
    )


def _ask_kind(draft: Draft, complete: Draft, kind: Kind, registry: Registry) -> Draft:
    """Ask for the plugins of a kind.

    Args:
        draft: the answers so far.
        complete: the same, with a default for every open choice.
        kind: the kind.
        registry: the installed plugins.

    Returns:
        The draft with the answer.
    """
    compatible = compatible_plugins(draft, kind, registry, complete)
    none = "all compatible" if kind.default == "every" else "none"
    may_be_none, may_be_many = kind.slot in ("optional", "many"), kind.slot in ("labelled", "many")
    print_question(f"\n{kind.name}: {kind.summary}")
    _list([(name, registry.claims(kind.name, name)[0].plugin.summary) for name in compatible])
    if may_be_none:
        _list([(none, "")], first=0)
    if incompatible := [name for name in current_plugins(kind, registry) if name not in compatible]:
        print_question(f"     incompatible with these answers: {', '.join(incompatible)}")

    def read(answer: str) -> Draft | None:
        words = answer.replace(",", " ").split()
        if may_be_none and words == ["0"]:
            return draft.with_parts(kind.name, {})
        names = [name for name in (_pick(word, compatible) for word in words) if name is not None]
        if len(names) < len(words) or not 1 <= len(names) <= (len(compatible) if may_be_many else 1):
            return None
        return choose_plugins(draft, kind.name, names, registry)

    parts = complete.parts[kind.name]
    default = draft.with_parts(kind.name, parts)
    return _ask(default, ", ".join(parts) or none, read, lambda d: complete_draft(d, registry, complete))


def _ask(
    default: Draft, default_text: str, read: ReadAnswer, complete: Callable[[Draft], CompletedDraft]
) -> Draft:
    """Ask until the answer makes a valid spec.

    Args:
        default: the draft of an empty answer.
        default_text: shown in the prompt.
        read: returns the draft of any other answer.
        complete: resolves a draft.

    Returns:
        The draft of the answer.
    """
    while True:
        answer = read_answer(f"[{default_text}] ").strip()
        draft = read(answer) if answer else default
        if draft is None:
            print_question("     answer with a number of the list or with a name")
            continue
        errors = complete(draft).errors
        if not errors:
            return draft
        for error in errors:
            print_question(f"     {error.message}")


def _pick(answer: str, names: Sequence[str]) -> str | None:
    """Return the name that an answer is, or whose number it is; None if there is no such name."""
    if answer in names:
        return answer
    number = parse_number(answer)
    return names[number - 1] if number is not None and 1 <= number <= len(names) else None


def _list(rows: Sequence[tuple[str, str]], first: int = 1) -> None:
    width = max((len(name) for name, _ in rows), default=0)
    for number, (name, summary) in enumerate(rows, first):
        print_question(f"{number:>3}  {name:<{width}}  {summary}".rstrip())
