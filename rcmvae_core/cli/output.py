"""Diagnostics for people, for editors and for continuous integration."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator
from typing import TextIO

from rcmvae_core.errors import Diagnostic, Place

_COLOURS = {"error": "\033[1;31m", "warning": "\033[1;33m", "frame": "\033[34m", "bold": "\033[1m"}
_RESET = "\033[0m"
_WIDEST = 160


def complain(diagnostics: Iterable[Diagnostic], form: str = "text", stream: TextIO | None = None) -> None:
    """Print diagnostics: text and GitHub annotations to stderr, JSON to stdout.

    Args:
        diagnostics: what to print, in order.
        form: `text`, `json` or `github`.
        stream: instead of the usual one.
    """
    found = list(diagnostics)
    if form == "json":
        print(json.dumps({"diagnostics": [as_json(d) for d in found]}, indent=2), file=stream or sys.stdout)
        return
    out = stream or sys.stderr
    for diagnostic in found:
        print(github(diagnostic) if form == "github" else text(diagnostic, colour=has_colour(out)), file=out)
    codes = sorted(d.code for d in found if d.severity == "error")
    if form == "text" and codes:
        plural = "s" if len(codes) > 1 else ""
        print(f"{len(codes)} error{plural}; more about a code: rcmvae explain {codes[0]}", file=out)


def has_colour(stream: TextIO) -> bool:
    """Whether a stream is a terminal that wants colours."""
    return stream.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


def text(diagnostic: Diagnostic, *, colour: bool = False) -> str:
    """A diagnostic with its source line and a caret."""

    def paint(words: str, style: str) -> str:
        return f"{_COLOURS[style]}{words}{_RESET}" if colour else words

    place = diagnostic.place
    where = f"{printable(str(place))}: " if place else ""
    severity = paint(f"{diagnostic.severity}[{diagnostic.code}]", diagnostic.severity)
    lines = [f"{where}{severity}: {paint(printable(diagnostic.message), 'bold')}"]
    margin = 5
    if place is not None and place.source.text:
        lines += [paint(line, "frame") for line in _excerpt(place, margin)]
    lines += [f"{'':{margin}}= help: {printable(line)}" for line in diagnostic.help]
    return "\n".join(lines)


def _excerpt(place: Place, margin: int) -> Iterator[str]:
    """The source line and the caret under its fault; a long line is cut to the part around it."""
    span = place.span
    lines = place.source.text.split("\n")
    line = lines[span.line - 1].rstrip("\r") if span.line <= len(lines) else ""
    start = span.column - 1
    end = span.end_column - 1 if span.end_line == span.line else len(line)
    first = max(0, start - _WIDEST // 2) if len(line) > _WIDEST else 0
    shown = "".join(c if c.isprintable() else " " for c in line[first : first + _WIDEST])
    carets = max(1, min(end, first + _WIDEST) - start)
    under = shown[start - first : start - first + carets]
    number = str(span.line) if place.source.kind == "file" else ""
    yield f"{number:>{margin - 1}} | {shown}"
    yield f"{'':>{margin - 1}} | {_pad(shown[: start - first])}{'^' * max(carets, len(_pad(under)))}"


def _pad(before: str) -> str:
    from unicodedata import combining, east_asian_width  # noqa: PLC0415

    widths = (0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in before)
    return " " * sum(widths)


def printable(words: str) -> str:
    """The words without control characters, which could rewrite a terminal."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in words)


def as_json(diagnostic: Diagnostic) -> dict[str, object]:
    """A diagnostic as plain values."""
    place = diagnostic.place
    found: dict[str, object] = {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "help": list(diagnostic.help),
    }
    if place is not None:
        span = place.span
        found["source"] = {"kind": place.source.kind, "name": place.source.name}
        found["span"] = {"line": span.line, "column": span.column,
                         "end_line": span.end_line, "end_column": span.end_column}  # fmt: skip
    return found


def github(diagnostic: Diagnostic) -> str:
    """A diagnostic as a workflow command of GitHub Actions."""

    def escaped(words: str, also: str = "") -> str:
        for mark in "%\r\n" + also:
            words = words.replace(mark, f"%{ord(mark):02X}")
        return words

    properties = [f"title={diagnostic.code}"]
    place = diagnostic.place
    if place is not None and place.source.kind == "file":
        span = place.span
        properties += [f"file={escaped(place.source.name, ':,')}", f"line={span.line}", f"col={span.column}"]
    message = "\n".join((diagnostic.message, *diagnostic.help))
    return f"::{diagnostic.severity} {','.join(properties)}::{escaped(message)}"


def quiet_pipe() -> None:
    """The reader of our output has gone: say nothing more, not even at exit."""
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
