"""Translate the predecessor's YAML to a spec."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

from rcmvae_core.errors import Diagnostic, Place, Span, SpecError
from rcmvae_core.migrate.legacy.contradictions import find_contradictions
from rcmvae_core.migrate.legacy.draft import Origin, SpecDraft
from rcmvae_core.migrate.legacy.flag import (
    Flag,
    FlagValues,
    Outcome,
    PartOf,
    SetValue,
    Unsupported,
    Unused,
    Warn,
)
from rcmvae_core.migrate.legacy.flags import DEFAULTS, FLAGS
from rcmvae_core.migrate.legacy.values import is_null
from rcmvae_core.migrate.legacy.yaml_file import FlagEntry, LegacyFile, read_flags
from rcmvae_core.spec.messages import suggest
from rcmvae_core.spec.tree import Node

_MAX_VALUE_LENGTH = 60
_START = Span(1, 1, 1, 1)


@attrs.frozen
class Migration:
    """A translated file.

    Args:
        toml: the spec as TOML.
        tree: the spec as nested tables.
        node: the spec as a tree whose places are in the old file, to be resolved.
        warnings: W501, W502 and W503, in the order of the old file.
    """

    toml: str
    tree: dict[str, Any]
    node: Node
    warnings: tuple[Diagnostic, ...]


def migrate(content: bytes, name: str, *, keep_going: bool = False) -> Migration:
    """Translate a legacy file.

    Args:
        content: its bytes.
        name: its path, for diagnostics.
        keep_going: make warnings and comments of unknown flags, instead of errors.

    Returns:
        The spec, not yet resolved, and the warnings.

    Raises:
        SpecError: every error: E102 not UTF-8, E501 not plain YAML, E502 unknown flags, E503 wrong values, E504
            contradictions.
    """
    legacy = read_flags(content, name, FLAGS)
    unknown = [entry for entry in legacy.entries if entry.name not in FLAGS]
    entries = {entry.name: entry for entry in legacy.entries if entry.name in FLAGS}
    values, errors = _read_values(entries)
    flags = FlagValues(values, DEFAULTS)
    if not errors:  # with a value missing, others may seem to contradict each other
        errors += _contradiction_errors(entries, flags)
    if not keep_going:
        errors += [_unknown_flag(entry, "E502") for entry in unknown]
    if errors:
        raise SpecError(sorted(errors, key=_position))
    draft, warnings = _translate(legacy, entries, flags)
    for entry in unknown:
        warnings.append(_unknown_flag(entry, "W502"))
        draft.add_comments("train", [*entry.above, _comment(entry, "unknown flag, not translated")])
    whole = Place(legacy.source, _START)
    return Migration(draft.toml(), draft.tree(), draft.node(whole), tuple(sorted(warnings, key=_position)))


def _position(diagnostic: Diagnostic) -> tuple[int, int]:
    span = diagnostic.place.span if diagnostic.place else _START
    return span.line, span.column


def _unknown_flag(entry: FlagEntry, code: str) -> Diagnostic:
    """Return the diagnostic of an unknown flag; also suggest the name with its section, as `curriculum_enabled`."""
    joined = "_".join((*entry.section[-1:], entry.name))
    near = [f"did you mean `{joined}`?"] if joined in FLAGS else suggest(entry.name, list(FLAGS), "flags")
    help_ = near if near[0].startswith("did you mean") else ["for a list of all flags: rcmvae explain E502"]
    if code == "E502":
        help_.append("to make comments of unknown flags: rcmvae migrate --keep-going")
    return Diagnostic(code, f"unknown flag `{entry.name}`", entry.key, help=help_)


def _read_values(entries: dict[str, FlagEntry]) -> tuple[dict[str, Any], list[Diagnostic]]:
    """Return the values of the flags, and an E503 for each that is wrong."""
    values: dict[str, Any] = {}
    errors: list[Diagnostic] = []
    for name, entry in entries.items():
        try:
            values[name] = None if is_null(entry.node) else FLAGS[name].read(entry.node)
        except ValueError as error:
            message = f"`{name}` {error}, got {_source(entry)}"
            help_ = [f"the flag becomes {FLAGS[name].becomes}"]
            errors.append(Diagnostic("E503", message, entry.place, help=help_))
    return values, errors


def _contradiction_errors(entries: dict[str, FlagEntry], flags: FlagValues) -> Iterator[Diagnostic]:
    for each in find_contradictions(flags):
        help_ = list(each.help)
        if each.other in entries:
            help_.append(f"`{each.other}` is in line {entries[each.other].key.span.line}")
        yield Diagnostic("E504", each.message, entries[each.flag].key, help=help_)


def _source(entry: FlagEntry) -> str:
    """Return a value as the file has it, on one line."""
    lines = entry.place.source.text.split("\n")
    span = entry.place.span
    if span.end_line > span.line:
        text = lines[span.line - 1][span.column - 1 :].strip() + " ..."
    else:
        text = lines[span.line - 1][span.column - 1 : span.end_column - 1] or "nothing"
    return text if len(text) <= _MAX_VALUE_LENGTH else text[: _MAX_VALUE_LENGTH - 3] + "..."


def _comment(entry: FlagEntry, why: str) -> str:
    """Return the comment that stands for a flag without a value in the spec."""
    comment = f"{entry.name}: {_source(entry)} - {why}"
    return f"{comment} ({entry.behind})" if entry.behind else comment


def _translate(
    legacy: LegacyFile, entries: dict[str, FlagEntry], flags: FlagValues
) -> tuple[SpecDraft, list[Diagnostic]]:
    """Apply the outcomes of every flag, absent ones included.

    Args:
        legacy: the old file.
        entries: its known flags, by name.
        flags: their values.

    Returns:
        The spec, and the warnings.
    """
    whole = Place(legacy.source, _START)
    absent = Origin(whole, whole)
    draft, warnings = SpecDraft(head=legacy.head, tail=legacy.tail), list[Diagnostic]()
    draft.set("rcmvae", ">=0.1", absent)
    draft.set("data.mnist", {}, absent, "the data set of the old system")
    outcomes = {name: list(flag.translate(flags)) for name, flag in FLAGS.items()}
    for name, each in outcomes.items():
        entry = entries.get(name)
        origin = Origin(entry.key, entry.place) if entry else absent
        for outcome in each:
            if isinstance(outcome, SetValue):
                draft.set(outcome.path, outcome.value, origin, outcome.why)
            elif isinstance(outcome, Warn | Unsupported):
                warnings.append(_warning(name, outcome, origin))
    for name, entry in entries.items():
        _place_comments(draft, FLAGS[name], entry, outcomes[name])
    return draft, warnings


def _warning(name: str, outcome: Warn | Unsupported, origin: Origin) -> Diagnostic:
    if isinstance(outcome, Unsupported):
        return Diagnostic("W502", f"`{name}` is not supported: {outcome.why}", origin.key, help=outcome.help)
    return Diagnostic(outcome.code, outcome.message, origin.key, help=outcome.help)


def _place_comments(draft: SpecDraft, flag: Flag, entry: FlagEntry, outcomes: list[Outcome]) -> None:
    """Move a flag's comments to the first value that it becomes, or else below the flag's table.

    Args:
        draft: the spec, changed in place.
        flag: the flag.
        entry: the flag in the old file.
        outcomes: what the flag becomes.
    """
    paths = [tuple(o.path.split(".")) for o in outcomes if isinstance(o, SetValue | PartOf)]
    reasons = [o.why for o in outcomes if isinstance(o, Unsupported | Unused)]
    if paths:
        draft.above[paths[0]] += entry.above
        if entry.behind:
            draft.behind[paths[0]].insert(0, entry.behind)
    else:
        draft.add_comments(flag.table, [*entry.above, _comment(entry, "; ".join(reasons) or "no value")])
