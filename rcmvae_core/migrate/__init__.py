"""The predecessor's YAML to a spec: `yaml_file` finds flags, `flags` says what each becomes, `draft` writes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

from rcmvae_core.errors import Diagnostic, Place, Span, SpecError
from rcmvae_core.migrate.draft import Draft, Origin
from rcmvae_core.migrate.flag import Flag, Flags, Idle, Into, Lost, Outcome, Put
from rcmvae_core.migrate.flags import DEFAULTS, FLAGS
from rcmvae_core.migrate.rules import contradictions
from rcmvae_core.migrate.values import is_null
from rcmvae_core.migrate.yaml_file import Entry, Legacy, read
from rcmvae_core.spec.tree import Node
from rcmvae_core.structure import suggest

_LONGEST = 60


@attrs.frozen
class Migration:
    """A translated file.

    Args:
        toml: the spec's text.
        tree: the spec as nested tables.
        node: the spec as a tree whose places are in the old file, to be resolved.
        warnings: what the old system would have done otherwise, and what is lost.
    """

    toml: str
    tree: dict[str, Any]
    node: Node
    warnings: tuple[Diagnostic, ...]


def migrate(content: bytes, name: str, *, keep_going: bool = False) -> Migration:
    """Translate a legacy file.

    Args:
        content: its bytes.
        name: how a person finds it, for diagnostics.
        keep_going: unknown flags become warnings and comments.

    Raises:
        SpecError: with every fault: E102, E501 unreadable, E502 unknown, E503 a wrong value, E504 a contradiction.
    """
    legacy = read(content, name, FLAGS)
    unknown = [entry for entry in legacy.entries if entry.name not in FLAGS]
    entries = {entry.name: entry for entry in legacy.entries if entry.name in FLAGS}
    faults = [] if keep_going else [_unknown(entry, "E502") for entry in unknown]
    values, wrong = _values(entries)
    flags = Flags(values, DEFAULTS)
    if not wrong:
        faults += [
            Diagnostic(
                "E504",
                found.message,
                entries[found.at].key,
                help=[*found.help, *_where(entries, found.other)],
            )
            for found in contradictions(flags)
        ]
    if faults or wrong:
        raise SpecError(sorted([*faults, *wrong], key=_position))
    draft, warnings = _draft(legacy, entries, flags)
    for entry in unknown:
        warnings.append(_unknown(entry, "W502"))
        draft.remark("train", [*entry.above, _said(entry, "unknown to migrate, so not translated")])
    whole = Place(legacy.source, Span(1, 1, 1, 1))
    return Migration(draft.toml(), draft.tree(), draft.node(whole), tuple(sorted(warnings, key=_position)))


def _position(diagnostic: Diagnostic) -> tuple[int, int]:
    span = diagnostic.place.span if diagnostic.place else Span(1, 1, 1, 1)
    return span.line, span.column


def _unknown(entry: Entry, code: str) -> Diagnostic:
    """An unknown flag, looked for under its full name too: `curriculum: {enabled: true}` shortens one."""
    joined = "_".join((*entry.section[-1:], entry.name))
    near = [f"did you mean `{joined}`?"] if joined in FLAGS else suggest(entry.name, list(FLAGS), "flags")
    help_ = near if near[0].startswith("did you mean") else ["every flag: rcmvae explain E502"]
    if code == "E502":
        help_.append("to make comments of unknown flags: rcmvae migrate --keep-going")
    return Diagnostic(code, f"`{entry.name}` is no flag that migrate knows", entry.key, help=help_)


def _values(entries: dict[str, Entry]) -> tuple[dict[str, Any], list[Diagnostic]]:
    values: dict[str, Any] = {}
    faults: list[Diagnostic] = []
    for name, entry in entries.items():
        try:
            values[name] = None if is_null(entry.node) else FLAGS[name].read(entry.node)
        except ValueError as error:
            message = f"`{name}` {error}, got {_source(entry)}"
            faults.append(
                Diagnostic("E503", message, entry.place, help=[f"it becomes {FLAGS[name].becomes}"])
            )
    return values, faults


def _source(entry: Entry) -> str:
    """A value as the file spells it, on one line."""
    text = entry.place.source.text.split("\n")
    span = entry.place.span
    if span.end_line > span.line:
        shown = text[span.line - 1][span.column - 1 :].strip() + " ..."
    else:
        shown = text[span.line - 1][span.column - 1 : span.end_column - 1] or "nothing"
    return shown if len(shown) <= _LONGEST else shown[: _LONGEST - 3] + "..."


def _said(entry: Entry, why: str) -> str:
    shown = f"{entry.name}: {_source(entry)}"
    return f"{shown} - {why}" + (f" ({entry.behind})" if entry.behind else "")


def _where(entries: dict[str, Entry], other: str) -> Iterator[str]:
    if other in entries:
        yield f"`{other}` stands in line {entries[other].key.span.line}"


def _draft(legacy: Legacy, entries: dict[str, Entry], flags: Flags) -> tuple[Draft, list[Diagnostic]]:
    whole = Place(legacy.source, Span(1, 1, 1, 1))
    absent = Origin(whole, whole)
    draft, warnings = Draft(head=legacy.head, tail=legacy.tail), list[Diagnostic]()
    draft.put("rcmvae", ">=0.1", absent)
    draft.put("data.mnist", {}, absent, "what the old system trained on")
    outcomes = {name: list(flag.write(flags)) for name, flag in FLAGS.items()}
    for name, found in outcomes.items():
        entry = entries.get(name)
        origin = Origin(entry.key, entry.place) if entry else absent
        for outcome in found:
            if isinstance(outcome, Put):
                draft.put(outcome.path, outcome.value, origin, outcome.why)
            elif not isinstance(outcome, Idle | Into):
                warnings.append(_warning(name, outcome, origin))
    for name, entry in entries.items():
        _comments(draft, FLAGS[name], entry, outcomes[name])
    return draft, warnings


def _warning(name: str, outcome: Any, origin: Origin) -> Diagnostic:
    if isinstance(outcome, Lost):
        return Diagnostic("W502", f"`{name}` is lost: {outcome.why}", origin.key, help=outcome.help)
    return Diagnostic(outcome.code, outcome.message, origin.key, help=outcome.help)


def _comments(draft: Draft, flag: Flag, entry: Entry, outcomes: list[Outcome]) -> None:
    """A flag's comments go to the first value it becomes; without one, below the table it belongs to."""
    paths = [tuple(o.path.split(".")) for o in outcomes if isinstance(o, Put | Into)]
    reasons = [o.why for o in outcomes if isinstance(o, Lost | Idle)]
    if paths:
        draft.above[paths[0]] += entry.above
        if entry.behind:
            draft.behind[paths[0]].insert(0, entry.behind)
    else:
        draft.remark(flag.home, [*entry.above, _said(entry, "; ".join(reasons) or "no value")])
