"""Files and arguments to trees: reading, decoding, parsing, overlays and `--set`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import tomli

from rcmvae_core.errors import Diagnostic, Place, Source, Span, SpecError
from rcmvae_core.spec.locate import locate
from rcmvae_core.spec.tree import Node, build

_LARGEST = 2**20
_DEEPEST = 16
_MOST_NESTED = 64
_BARE_WORD = re.compile(r"[A-Za-z_][\w.\-/]*")
_START = Span(1, 1, 1, 1)


def load(path: Path) -> list[Node]:
    """Read a spec and everything it extends, lowest layer first.

    Raises:
        SpecError: E101 unreadable, E102 not UTF-8, E103 not TOML, E104 empty, E105 an overlay loop, E106
            declared twice, E206 an `extends` that is no list of texts.
    """
    return _layers(path, None, ())


def _layers(path: Path, asked: Place | None, above: tuple[Path, ...]) -> list[Node]:
    try:
        real = path.resolve()
    except (OSError, RuntimeError, ValueError) as error:  # a loop of symbolic links, a NUL in the name
        raise SpecError([_unreadable(path, error, asked)]) from None
    if real in above:
        chain = " -> ".join(p.name for p in (*above[above.index(real) :], real))
        raise SpecError([Diagnostic("E105", f"overlays extend each other in a loop: {chain}", asked,
                                    help=["remove one of the `extends` entries"])])  # fmt: skip
    if len(above) >= _DEEPEST:
        raise SpecError([Diagnostic("E105", f"overlays are nested deeper than {_DEEPEST} files", asked,
                                    help=["join some of them into one file"])])  # fmt: skip
    root = parse(_read(path, asked), str(path))
    layers: list[Node] = []
    faults: list[Diagnostic] = []
    for entry in _extends(root):
        try:
            layers += _layers(path.parent / entry.value, entry.place, (*above, real))
        except SpecError as error:
            faults += error.diagnostics
    if faults:
        raise SpecError(faults)
    return [*layers, root]


def _extends(root: Node) -> Iterable[Node]:
    node = (root.table or {}).get("extends")
    if node is None:
        return ()
    if not isinstance(node.value, tuple) or not all(isinstance(n.value, str) for n in node.value):
        raise SpecError([Diagnostic("E206", "`extends` must be a list of file names", node.place,
                                    help=['write extends = ["base.toml"]'])])  # fmt: skip
    return node.value


def _unreadable(path: Path, error: Exception, asked: Place | None) -> Diagnostic:
    reason = getattr(error, "strerror", None) or str(error)
    return Diagnostic(
        "E101", f"cannot read `{path}`: {reason}", asked, help=["check the path and its permissions"]
    )


def _read(path: Path, asked: Place | None) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except (OSError, ValueError) as error:
        raise SpecError([_unreadable(path, error, asked)]) from None
    if len(content) > _LARGEST:
        raise SpecError([Diagnostic("E101", f"`{path}` is larger than {_LARGEST // 2**20} MiB", asked,
                                    help=["a spec is a small TOML file; is this one?"])])  # fmt: skip
    return content


def parse(content: bytes, name: str) -> Node:
    """Read a spec's bytes into a tree.

    Raises:
        SpecError: as `load`.
    """
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8", "replace")
        place = _point(Source(name, content.decode("utf-8", "replace")), before)
        raise SpecError([Diagnostic("E102", f"byte 0x{content[error.start]:02x} is not UTF-8: {error.reason}", place,
                                    help=["save the file as UTF-8, without a byte-order mark"])]) from None  # fmt: skip
    source = Source(name, text)
    root = _parse_text(text, source)
    if not root.table:
        raise SpecError([Diagnostic("E104", "the spec is empty", Place(source, _START),
                                    help=["start from a shipped one, or see `rcmvae explain E104`"])])  # fmt: skip
    return root


def _point(source: Source, before: str) -> Place:
    line = before.count("\n") + 1
    column = len(before) - (before.rfind("\n") + 1) + 1
    return Place(source, Span(line, column, line, column + 1))


def _parse_text(text: str, source: Source) -> Node:
    try:
        data = tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        raise SpecError([_invalid(error, text, source)]) from None
    except (RecursionError, ValueError) as error:
        # Arrays nested too deep, or an integer of thousands of digits: tomli gives no position for these.
        message = f"not TOML that can be read: {error}".splitlines()[0]
        raise SpecError([Diagnostic("E103", message, Place(source, _START),
                                    help=["look for very deep nesting or very long numbers"])]) from None  # fmt: skip
    try:
        locations = locate(text)
    except ValueError as error:
        raise SpecError([Diagnostic("E103", f"nested too deep to be a spec: {error}", Place(source, _START),
                                    help=["flatten it"])]) from None  # fmt: skip
    deepest = max(locations, key=len, default=())
    if len(deepest) > _MOST_NESTED:
        message = f"nested too deep to be a spec: more than {_MOST_NESTED} tables and lists in each other"
        raise SpecError(
            [Diagnostic("E103", message, Place(source, locations[deepest].key), help=["flatten it"])]
        )
    return build(data, source, locations, Place(source, _START))


def _invalid(error: tomli.TOMLDecodeError, text: str, source: Source) -> Diagnostic:
    lines = text.split("\n")
    line = min(error.lineno, len(lines))
    column = min(error.colno, len(lines[line - 1].rstrip("\r")) + 1)
    place = Place(source, Span(line, column, line, column + 1))
    message = error.msg[:1].lower() + error.msg[1:]
    if error.msg.startswith("Cannot"):
        return Diagnostic("E106", f"declared twice: {message}", place,
                          help=["every table, label and key stands once in a file; rename or remove one"])  # fmt: skip
    if text.startswith("\ufeff"):
        return Diagnostic("E103", "not TOML: the file begins with a byte-order mark", place,
                          help=["save the file as UTF-8 without a byte-order mark"])  # fmt: skip
    return Diagnostic("E103", f"not TOML: {message}", place, help=["see https://toml.io for the syntax"])


def parse_setting(argument: str) -> Node:
    """Read one `--set path=value`; the value is TOML, or a bare word for a text or a part's name.

    Raises:
        SpecError: E107.
    """
    path, equals, value = argument.partition("=")
    if (
        equals
        and _BARE_WORD.fullmatch(value.strip())
        and value.strip() not in ("true", "false", "inf", "nan")
    ):
        argument = f'{path}="{value.strip()}"'
    source = Source("--set", argument, kind="argument")
    help_ = ["write --set PATH=VALUE, such as --set train.epochs=5 or --set conditioner=film"]
    if not equals or "\n" in argument or "\r" in argument or path.lstrip().startswith("["):
        place = Place(source, Span(1, 1, 1, len(argument) + 1))
        raise SpecError([Diagnostic("E107", f"`{argument}` is not PATH=VALUE", place, help=help_)])
    try:
        return _parse_text(argument, source)
    except SpecError as error:
        place = error.diagnostics[0].place
        raise SpecError([Diagnostic("E107", error.diagnostics[0].message, place, help=help_)]) from None
