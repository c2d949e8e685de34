"""Complete a draft: fill open choices with plugins and sizes that the resolver accepts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import attrs

from rcmvae_core.errors import Diagnostic, SpecError
from rcmvae_core.plugin.declaration import Kind
from rcmvae_core.plugin.registry import Registry
from rcmvae_core.plugin.resolved import ResolvedSpec
from rcmvae_core.scaffold.defaults import (
    DEFAULT_SIZES,
    LATENT_CHOICES,
    current_plugins,
    default_draft,
    kinds_in_order,
    preferred_plugins,
)
from rcmvae_core.scaffold.draft import Draft, example_tables
from rcmvae_core.spec.resolve import resolve_layers

_INCOMPLETE = "E210"  # a required plugin or value is missing
_CHANGEABLE = "weights.changeable"
_CAPABILITY_ERRORS = frozenset({"E201", "E202"})


class CompletedDraft(NamedTuple):
    """A draft with every open choice filled in.

    Args:
        draft: the draft, complete.
        resolved: the resolved spec; None if the choices are incompatible.
        errors: why the draft does not resolve; empty if it does.
    """

    draft: Draft
    resolved: ResolvedSpec | None
    errors: tuple[Diagnostic, ...] = ()


def choose_plugins(draft: Draft, kind: str, names: Iterable[str], registry: Registry) -> Draft:
    """Return the draft with these plugins of a kind, each with the first example parameters that fit.

    Args:
        draft: the choices so far.
        kind: the kind.
        names: the plugins; none leaves the kind out.
        registry: the installed plugins.

    Returns:
        A new draft; other plugins of the kind are replaced.
    """
    draft = draft.with_parts(kind, {})
    for name in names:
        chosen = draft.parts[kind]
        candidates = list(example_tables(registry, kind, name)) or [{}]
        options = [draft.with_parts(kind, {**chosen, name: table}) for table in candidates]
        draft = options[0] if len(options) == 1 else _fewest_errors(options, registry) or draft
        claims = registry.claims(kind, name)
        if claims and _CHANGEABLE in claims[0].plugin.requires:
            draft = attrs.evolve(draft, changeable=True)
    return draft


def compatible_plugins(
    draft: Draft, kind: Kind, registry: Registry, defaults: Draft | None = None
) -> list[str]:
    """Return the plugins of a kind, without deprecated ones, with which a draft can become a valid spec.

    Args:
        draft: the choices so far.
        kind: the kind.
        registry: the installed plugins.
        defaults: as of `complete_draft`.
    """

    def fits(name: str) -> bool:
        return (
            complete_draft(choose_plugins(draft, kind.name, [name], registry), registry, defaults).resolved
            is not None
        )

    return [name for name in current_plugins(kind, registry) if fits(name)]


def complete_draft(
    draft: Draft, registry: Registry, defaults: Draft | None = None, default_name: str = "run"
) -> CompletedDraft:
    """Fill in every open choice: with the defaults if they are compatible, else with the first choice that is.

    Args:
        draft: the choices so far.
        registry: the installed plugins.
        defaults: a complete draft to take open choices from; by default the preferred plugins of each kind.
        default_name: the run's name where the draft has none.

    Returns:
        The completed draft, with its resolved spec or the errors that prevent one.
    """
    chosen, draft = draft, draft.with_defaults(default_draft(registry) if defaults is None else defaults)
    resolved, errors = try_resolve(draft, registry, default_name)
    if resolved is not None:
        return CompletedDraft(draft, resolved)
    draft = chosen.with_defaults(Draft(DEFAULT_SIZES))
    # Rules about whole specs are checked only once nothing is missing: a second pass takes them into account.
    for _ in range(2):
        draft = _fill_open_choices(draft, chosen, registry)
        resolved, errors = try_resolve(draft, registry, default_name)
        if resolved is not None:
            return CompletedDraft(draft, resolved)
        if {error.code for error in errors} <= _CAPABILITY_ERRORS:
            break  # the first pass took capabilities into account, so a second one changes nothing
    return CompletedDraft(draft, None, errors)


def _fill_open_choices(draft: Draft, chosen: Draft, registry: Registry) -> Draft:
    """Replace each choice of a draft that the user left open by the first one with the fewest errors.

    Args:
        draft: the draft to change.
        chosen: the user's choices, which stay.
        registry: the installed plugins.

    Returns:
        The new draft.
    """
    for size, values in LATENT_CHOICES.items():
        if size not in chosen.sizes:
            draft = _fewest_errors((draft.with_size(size, value) for value in values), registry) or draft
    for kind in kinds_in_order(registry):
        if kind.name not in chosen.parts:
            draft = _fill_kind(draft, kind, registry)
    return draft


def try_resolve(
    draft: Draft, registry: Registry, default_name: str = "run"
) -> tuple[ResolvedSpec | None, tuple[Diagnostic, ...]]:
    """Resolve a draft.

    Args:
        draft: the draft.
        registry: the installed plugins.
        default_name: the run's name where the draft has none.

    Returns:
        The resolved spec, or None, and the errors, or none.
    """
    try:
        return resolve_layers([draft.to_tree(registry.kinds)], registry, default_name), ()
    except SpecError as error:
        return None, tuple(each for each in error.diagnostics if each.severity == "error")


def _fill_kind(draft: Draft, kind: Kind, registry: Registry) -> Draft:
    """Return the draft with plugins for a kind that the user left open.

    Args:
        draft: the draft.
        kind: the kind.
        registry: the installed plugins.

    Returns:
        The new draft.
    """
    without, preferred = draft.with_parts(kind.name, {}), preferred_plugins(kind, registry)
    if kind.slot == "many":
        return without
    if kind.slot == "labelled":
        extended = _add_harmless(without, kind.name, preferred, registry)
        if extended.parts[kind.name]:
            return extended
    names = sorted(current_plugins(kind, registry), key=lambda name: name not in preferred)
    options = [choose_plugins(draft, kind.name, [name], registry) for name in names]
    if kind.slot == "optional":
        options.insert(len(preferred), without)
        return _fewest_errors(options, registry) or without
    return _fewest_errors(options, registry, enough=_count_errors(without, registry)) or without


def _add_harmless(draft: Draft, kind: str, names: Sequence[str], registry: Registry) -> Draft:
    """Add every plugin that adds no error.

    Args:
        draft: the draft.
        kind: the kind of the plugins.
        names: the plugins to try.
        registry: the installed plugins.

    Returns:
        The new draft.
    """
    for name in names:
        extended = choose_plugins(draft, kind, [*draft.parts[kind], name], registry)
        if _count_errors(extended, registry) <= _count_errors(draft, registry):
            draft = extended
    return draft


def _fewest_errors(options: Iterable[Draft], registry: Registry, enough: int = 0) -> Draft | None:
    """Return the first draft with at most `enough` errors, or else the first with the fewest.

    Args:
        options: drafts, in order of preference.
        registry: the installed plugins.
        enough: number of errors at which the search stops.

    Returns:
        A draft; None if there are no options.
    """
    best: tuple[int, Draft] | None = None
    for option in options:
        count = _count_errors(option, registry)
        if count <= enough:
            return option
        if best is None or count < best[0]:
            best = count, option
    return best[1] if best else None


def _count_errors(draft: Draft, registry: Registry) -> int:
    """Return the number of errors, not counting what is merely missing."""
    return sum(error.code != _INCOMPLETE for error in try_resolve(draft, registry)[1])
