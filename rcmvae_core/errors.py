"""Defines diagnostics and the exceptions that carry them; imports nothing of ours."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal, NamedTuple, NoReturn

import attrs


class Span(NamedTuple):
    """A range of text: 1-based lines and columns (code points), the end exclusive.

    Example:
        >>> Span(line=1, column=1, end_line=1, end_column=5).column
        1
    """

    line: int
    column: int
    end_line: int
    end_column: int


class Source(NamedTuple):
    """The text that a value comes from: a file, or an argument of the command line.

    Args:
        name: the path of the file, or the option such as `--set`.
        text: the whole text, so that a diagnostic can show the line.
        kind: whether `name` is a path or an option.
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
    """One problem: the rule, the value that broke it, its place, and how to fix it.

    Args:
        code: a stable code; `E...` is an error, `W...` a warning. `rcmvae explain CODE` prints its page.
        message: one line that names the rule and the value that broke it.
        place: the place of the value; None if no text is the cause, as for a missing file.
        help: how to fix it, one line each.
        fix: the name to write at the place instead, where that alone fixes it.
    """

    code: str
    message: str
    place: Place | None = None
    help: tuple[str, ...] = attrs.field(default=(), converter=tuple)
    fix: str = ""

    @property
    def severity(self) -> Literal["error", "warning"]:
        """Either `warning`, for a `W...` code, or `error`."""
        return "warning" if self.code.startswith("W") else "error"


class RcmvaeError(Exception):
    """An error that a user can fix; carries every diagnostic, not only the first."""

    exit_code = 2

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__("\n".join(f"{d.code}: {d.message}" for d in self.diagnostics))


class SpecError(RcmvaeError):
    """The spec, or an argument that changes it, cannot be used."""


class PluginError(RcmvaeError):
    """A plugin breaks the contract; its author has to fix it, not the spec."""


class RunError(RcmvaeError):
    """A run cannot continue: the disk, the data, or a loss that is not finite."""

    exit_code = 1


def fail(
    code: str,
    message: str,
    *,
    place: Place | None = None,
    help: Iterable[str] = (),  # noqa: A002 - the field of `Diagnostic` that it fills
    error: type[RcmvaeError] = RcmvaeError,
) -> NoReturn:
    """Raise an error with one diagnostic; what Python was handling meanwhile is not shown to the user.

    Args:
        code: as of a `Diagnostic`.
        message: as of a `Diagnostic`.
        place: as of a `Diagnostic`.
        help: as of a `Diagnostic`.
        error: the exception to raise.

    Raises:
        RcmvaeError: always, or the subclass `error`.

    Example:
        >>> fail("E107", "`x` is not PATH=VALUE", help=["write --set PATH=VALUE"])
        Traceback (most recent call last):
        rcmvae_core.errors.RcmvaeError: E107: `x` is not PATH=VALUE
    """
    raise error([Diagnostic(code, message, place, help=tuple(help))]) from None


class FirstErrors:
    """Collects the first errors of many, and counts the others, which are neither built nor shown.

    Args:
        most: how many are kept.

    Example:
        >>> errors = FirstErrors(most=2)
        >>> for row in range(5):
        ...     errors.add(lambda row=row: Diagnostic("E608", f"row {row}"))
        >>> [each.message for each in errors.diagnostics], errors.diagnostics[-1].help
        (['row 0', 'row 1'], ('and 3 more errors like these',))
    """

    def __init__(self, most: int = 20) -> None:
        self.count, self._most, self._first = 0, most, list[Diagnostic]()

    def add(self, build: Callable[[], Diagnostic]) -> None:
        """Count an error, and build its diagnostic if it is one of the first."""
        self.count += 1
        if len(self._first) < self._most:
            self._first.append(build())

    def extend(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Add errors that were built elsewhere."""
        for each in diagnostics:
            self.add(lambda each=each: each)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """The first errors; the last of them says how many more there are."""
        more = self.count - len(self._first)
        if not more:
            return tuple(self._first)
        last = self._first[-1]
        help_ = (*last.help, f"and {more} more error{'s' * (more > 1)} like these")
        return (*self._first[:-1], attrs.evolve(last, help=help_))

    def raise_any(self) -> None:
        """Raise the errors, if there are any.

        Raises:
            RcmvaeError: with the first errors.
        """
        if self.count:
            raise RcmvaeError(self.diagnostics)


def quoted(names: Iterable[object]) -> str:
    """Return names for a message.

    Example:
        >>> quoted(["film", "concat"])
        '`film`, `concat`'
    """
    return ", ".join(f"`{name}`" for name in names)
