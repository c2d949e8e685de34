"""Prints diagnostics as text, as JSON and as annotations of GitHub Actions."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator

from rcmvae_core.cli.streams import (
    has_colour,
    print_lines,
    print_message,
    print_result,
    print_styled,
    printable,
    printable_lines,
)
from rcmvae_core.errors import Diagnostic, Place

_COLOURS = {"error": "\033[1;31m", "warning": "\033[1;33m", "frame": "\033[34m", "bold": "\033[1m"}
_RESET = "\033[0m"
_MAX_WIDTH = 160
_MOST = 100
"""Diagnostics that are shown as text at most; JSON has all of them."""


def print_diagnostics(diagnostics: Iterable[Diagnostic], format_: str = "text") -> None:
    """Print diagnostics: text and GitHub annotations to stderr, JSON to stdout.

    Args:
        diagnostics: what to print, in order.
        format_: `text`, `json` (one document), `jsonl` (an event per line) or `github`.
    """
    diagnostics = list(diagnostics)
    if format_ == "json":
        print_result(json.dumps({"diagnostics": [as_json(each) for each in diagnostics]}, indent=2))
        return
    if format_ == "jsonl":
        for each in diagnostics:
            print_result(json.dumps({"event": each.severity, **as_json(each)}))
        return
    for each in diagnostics[:_MOST]:
        print_styled(github(each) if format_ == "github" else text(each, colour=has_colour(sys.stderr)))
    if len(diagnostics) > _MOST:
        print_lines([f"and {len(diagnostics) - _MOST} more like these"])
    codes = sorted(each.code for each in diagnostics if each.severity == "error")
    if format_ == "text" and codes:
        plural = "s" if len(codes) > 1 else ""
        print_message(f"{len(codes)} error{plural}; more about a code: rcmvae explain {codes[0]}")


def print_warnings(warnings: Iterable[Diagnostic], format_: str) -> None:
    """Print warnings to stderr, because stdout gets the data: as text, or with the format `github` as annotations."""
    print_diagnostics(warnings, "github" if format_ == "github" else "text")


def text(diagnostic: Diagnostic, *, colour: bool = False) -> str:
    """Return a diagnostic as text, with its source line and a caret."""

    def paint(string: str, style: str) -> str:
        return f"{_COLOURS[style]}{string}{_RESET}" if colour else string

    place = diagnostic.place
    prefix = f"{printable(str(place))}: " if place else ""
    severity = paint(f"{diagnostic.severity}[{diagnostic.code}]", diagnostic.severity)
    lines = [f"{prefix}{severity}: {paint(printable(diagnostic.message), 'bold')}"]
    margin = 5
    if place is not None and place.source.text:
        lines += [paint(line, "frame") for line in _excerpt(place, margin)]
    lines += [f"{'':{margin}}= help: {printable(line)}" for line in diagnostic.help]
    return "\n".join(lines)


def _excerpt(place: Place, margin: int) -> Iterator[str]:
    """Yield the source line, and carets under the span; a long line is cut to its part around the span."""
    span = place.span
    lines = place.source.text.split("\n")
    line = lines[span.line - 1].rstrip("\r") if span.line <= len(lines) else ""
    start = span.column - 1
    end = span.end_column - 1 if span.end_line == span.line else len(line)
    first = max(0, start - _MAX_WIDTH // 2) if len(line) > _MAX_WIDTH else 0
    excerpt = "".join(c if c.isprintable() else " " for c in line[first : first + _MAX_WIDTH])
    carets = max(1, min(end, first + _MAX_WIDTH) - start)
    marked = excerpt[start - first : start - first + carets]
    number = str(span.line) if place.source.kind == "file" else ""
    yield f"{number:>{margin - 1}} | {excerpt}"
    yield f"{'':>{margin - 1}} | {_blank(excerpt[: start - first])}{'^' * max(carets, len(_blank(marked)))}"


def _blank(string: str) -> str:
    """Return spaces as wide as a string is in a terminal."""
    from unicodedata import combining, east_asian_width  # noqa: PLC0415 - only an excerpt needs it

    widths = (0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in string)
    return " " * sum(widths)


def as_json(diagnostic: Diagnostic) -> dict[str, object]:
    """Return a diagnostic as plain values."""
    place = diagnostic.place
    values: dict[str, object] = {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "help": list(diagnostic.help),
    }
    if place is not None:
        span = place.span
        values["source"] = {"kind": place.source.kind, "name": place.source.name}
        values["span"] = {"line": span.line, "column": span.column,
                          "end_line": span.end_line, "end_column": span.end_column}  # fmt: skip
    return values


def github(diagnostic: Diagnostic) -> str:
    """Return a diagnostic as a workflow command of GitHub Actions."""

    def escape(string: str, more: str = "") -> str:
        string = printable_lines(string)
        for mark in "%\r\n" + more:
            string = string.replace(mark, f"%{ord(mark):02X}")
        return string

    properties = [f"title={diagnostic.code}"]
    place = diagnostic.place
    if place is not None and place.source.kind == "file":
        span = place.span
        properties += [f"file={escape(place.source.name, ':,')}", f"line={span.line}", f"col={span.column}"]
    message = "\n".join((diagnostic.message, *diagnostic.help))
    return f"::{diagnostic.severity} {','.join(properties)}::{escape(message)}"
