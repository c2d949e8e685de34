"""Diagnostics and the exceptions that carry them; imports nothing of ours."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

import attrs


class Span(NamedTuple):
    """A stretch of text: 1-based lines and columns (code points), the end exclusive.

    Example:
        >>> Span(line=1, column=1, end_line=1, end_column=5).column
        1
    """

    line: int
    column: int
    end_line: int
    end_column: int


class Source(NamedTuple):
    """Text that a value came from: a file, or an argument of the command line.

    Args:
        name: how a person finds it, a path or an option such as `--set`.
        text: the whole text, so that a diagnostic can show the line.
        kind: whether `name` is a file's path or an option.
    """

    name: str
    text: str
    kind: Literal["file", "argument"] = "file"


class Place(NamedTuple):
    """A span inside a source."""

    source: Source
    span: Span

    def __str__(self) -> str:
        if self.source.kind == "argument":
            return f"{self.source.name} {self.source.text}"
        return f"{self.source.name}:{self.span.line}:{self.span.column}"


@attrs.frozen
class Diagnostic:
    """One fault: which rule, what broke it, where, and what to do.

    Args:
        code: a stable code; `E...` is an error, `W...` a warning. `rcmvae explain CODE` has its page.
        message: one line that names the rule and the value that broke it.
        place: where; None only when no text is at fault (a missing file, say).
        help: what to do, a line each.
        fix: the name to write at the place instead, where that is all there is to do.
    """

    code: str
    message: str
    place: Place | None = None
    help: tuple[str, ...] = attrs.field(default=(), converter=tuple)
    fix: str = ""

    @property
    def severity(self) -> Literal["error", "warning"]:
        """`warning` for a `W...` code, else `error`."""
        return "warning" if self.code.startswith("W") else "error"


class RcmvaeError(Exception):
    """What a person can mend; carries every diagnostic found, not only the first."""

    exit_code = 2

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__("\n".join(f"{d.code}: {d.message}" for d in self.diagnostics))


class SpecError(RcmvaeError):
    """The spec, or an argument that changes it, cannot be used."""


class PluginError(RcmvaeError):
    """A plugin breaks the contract: its author's fault, not the spec's."""


class RunError(RcmvaeError):
    """A run could not go on: the disk, the data, or a loss that is not finite."""

    exit_code = 1
