"""Parses the text of a spec, or of a `--set` argument, as a tree that knows the place of each value."""

from __future__ import annotations

import re

import tomli

from rcmvae_core.errors import Diagnostic, Place, Source, Span, SpecError, fail
from rcmvae_core.spec.locate import locate
from rcmvae_core.spec.tree import Node, build

_MAX_DEPTH = 64
_BARE_WORD = re.compile(r"[A-Za-z_][\w.\-/]*")
_START = Span(1, 1, 1, 1)
_TOML_WORDS = ("true", "false", "inf", "nan")


def parse(content: bytes, name: str) -> Node:
    """Parse the bytes of a spec.

    Args:
        content: TOML in UTF-8.
        name: the name of the file or text, for places.

    Returns:
        The tree, with the place of every value.

    Raises:
        SpecError: E102 not UTF-8, E103 not TOML, E104 empty, E106 declared twice.
    """
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8", "replace")
        place = _end_of(before, Source(name, content.decode("utf-8", "replace")))
        message = f"byte 0x{content[error.start]:02x} is not UTF-8: {error.reason}"
        help_ = ["save the file as UTF-8, without a byte-order mark"]
        fail("E102", message, place=place, help=help_, error=SpecError)
    source = Source(name, text)
    root = _parse_text(text, source)
    if not root.table:
        help_ = ["start from a shipped one, or see `rcmvae explain E104`"]
        fail("E104", "the spec is empty", place=Place(source, _START), help=help_, error=SpecError)
    return root


def _end_of(before: str, source: Source) -> Place:
    """Return the place of the character after a string that the source begins with."""
    line = before.count("\n") + 1
    column = len(before) - (before.rfind("\n") + 1) + 1
    return Place(source, Span(line, column, line, column + 1))


def _parse_text(text: str, source: Source) -> Node:
    start = Place(source, _START)
    try:
        data = tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        raise SpecError([_syntax_error(error, text, source)]) from None
    except (RecursionError, ValueError) as error:
        # Arrays nested too deep, or an integer of thousands of digits: tomli gives no position for these.
        message = f"cannot be read as TOML: {error}".splitlines()[0]
        help_ = ["look for very deep nesting or very long numbers"]
        fail("E103", message, place=start, help=help_, error=SpecError)
    try:
        locations = locate(text)
    except ValueError as error:
        message = f"nested too deep to be a spec: {error}"
        fail("E103", message, place=start, help=["flatten it"], error=SpecError)
    deepest = max(locations, key=len, default=())
    if len(deepest) > _MAX_DEPTH:
        message = f"nested too deep to be a spec: more than {_MAX_DEPTH} tables and lists in each other"
        place = Place(source, locations[deepest].key)
        fail("E103", message, place=place, help=["flatten it"], error=SpecError)
    return build(data, locations, start)


def _syntax_error(error: tomli.TOMLDecodeError, text: str, source: Source) -> Diagnostic:
    """Return the diagnostic for an error that tomli reports.

    Args:
        error: tomli's error.
        text: the text.
        source: the source of the text.
    """
    lines = text.split("\n")
    line = min(error.lineno, len(lines))
    column = min(error.colno, len(lines[line - 1].rstrip("\r")) + 1)
    place = Place(source, Span(line, column, line, column + 1))
    message = error.msg[:1].lower() + error.msg[1:]
    if error.msg.startswith("Cannot"):
        help_ = ["every table, label and key occurs once in a file; rename or remove one"]
        return Diagnostic("E106", f"declared twice: {message}", place, help=help_)
    if text.startswith("\ufeff"):
        help_ = ["save the file as UTF-8 without a byte-order mark"]
        return Diagnostic("E103", "not TOML: the file begins with a byte-order mark", place, help=help_)
    return Diagnostic("E103", f"not TOML: {message}", place, help=["see https://toml.io for the syntax"])


def parse_override(argument: str) -> Node:
    """Parse one `--set path=value` argument.

    The value is TOML; a bare word is a string, such as the name of a plugin.

    Returns:
        The tree of this one value.

    Raises:
        SpecError: E107.

    Example:
        >>> parse_override("train.epochs=5").plain, parse_override("conditioner=film").plain
        ({'train': {'epochs': 5}}, {'conditioner': 'film'})
    """
    path, equals, value = argument.partition("=")
    if equals and _BARE_WORD.fullmatch(value.strip()) and value.strip() not in _TOML_WORDS:
        argument = f'{path}="{value.strip()}"'
    source = Source("--set", argument, kind="argument")
    help_ = ["write --set PATH=VALUE, such as --set train.epochs=5 or --set conditioner=film"]
    if not equals or "\n" in argument or "\r" in argument or path.lstrip().startswith("["):
        place = Place(source, Span(1, 1, 1, len(argument) + 1))
        fail("E107", f"`{argument}` is not PATH=VALUE", place=place, help=help_, error=SpecError)
    try:
        return _parse_text(argument, source)
    except SpecError as error:
        place = error.diagnostics[0].place
        fail("E107", error.diagnostics[0].message, place=place, help=help_, error=SpecError)
