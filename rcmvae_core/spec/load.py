"""Reads a spec file with all that it extends, and the `--set` arguments that are laid over it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NoReturn

from rcmvae_core.errors import Diagnostic, Place, SpecError, fail
from rcmvae_core.runtime.user_files import FileTooLargeError, read_file, shortened
from rcmvae_core.spec.parse import parse, parse_override
from rcmvae_core.spec.tree import Node

_MAX_BYTES = 2**20
_MAX_DEPTH = 16
_MAX_FILES = 256
"""Files that are read for one spec, each as often as it is named: nested lists that repeat a file grow exponentially."""


def load(path: Path) -> list[Node]:
    """Read a spec and everything it extends.

    Returns:
        The layers, lowest first; the last one is the file itself.

    Raises:
        SpecError: E101 unreadable, E102 not UTF-8, E103 not TOML, E104 empty, E105 an overlay loop or too many overlays,
            E106 declared twice, E206 an `extends` that is not a list of strings.
    """
    return _layers(path, None, (), [])


def load_layers(path: Path, overrides: Iterable[str]) -> list[Node]:
    """Read a spec, everything it extends, and the `--set` arguments that are laid over it.

    Args:
        path: the spec.
        overrides: `--set` arguments.

    Returns:
        The layers, lowest first.

    Raises:
        SpecError: with the errors of all files and arguments.
    """
    return _collect(lambda: load(path), *(lambda a=argument: [parse_override(a)] for argument in overrides))


def _collect(*readers: Callable[[], list[Node]]) -> list[Node]:
    """Join the layers of all readers, or raise the errors of all together.

    Returns:
        The layers, lowest first.
    """
    layers: list[Node] = []
    errors: list[Diagnostic] = []
    for read in readers:
        try:
            layers += read()
        except SpecError as error:
            errors += error.diagnostics
    if errors:
        raise SpecError(errors)
    return layers


def _layers(path: Path, entry: Place | None, above: tuple[Path, ...], read: list[Path]) -> list[Node]:
    """Read a file and what it extends.

    Args:
        path: the file.
        entry: the place of the `extends` entry that names it; None for the spec itself.
        above: the files that lead to it.
        read: gets every file that is read.

    Returns:
        The layers, lowest first.
    """
    try:
        real = path.resolve()
    except (OSError, RuntimeError, ValueError) as error:  # a loop of symbolic links, a NUL in the name
        _fail_unreadable(path, error, entry)
    if real in above:
        chain = " -> ".join(p.name for p in (*above[above.index(real) :], real))
        help_ = ["remove one of the `extends` entries"]
        fail(
            "E105", f"overlays extend each other in a loop: {chain}", place=entry, help=help_, error=SpecError
        )
    if len(above) >= _MAX_DEPTH:
        message = f"overlays are nested deeper than {_MAX_DEPTH} files"
        fail("E105", message, place=entry, help=["join some of them into one file"], error=SpecError)
    if len(read) > _MAX_FILES:
        return []  # the error is there already
    read.append(real)
    if len(read) > _MAX_FILES:
        message = f"the spec extends more than {_MAX_FILES} files, each counted as often as it is named"
        fail("E105", message, place=entry, help=["name each file once"], error=SpecError)
    root = parse(_read(path, entry), str(path))
    readers = [
        lambda e=e: _layers(path.parent / e.value, e.place, (*above, real), read) for e in _extends(root)
    ]
    return [*_collect(*readers), root]


def _extends(root: Node) -> tuple[Node, ...]:
    node = (root.table or {}).get("extends")
    if node is None:
        return ()
    if not isinstance(node.value, tuple) or not all(isinstance(n.value, str) for n in node.value):
        message, help_ = "`extends` must be a list of file names", ['write extends = ["base.toml"]']
        fail("E206", message, place=node.place, help=help_, error=SpecError)
    return node.value


def _fail_unreadable(path: Path, error: Exception, entry: Place | None) -> NoReturn:
    """Raise E101.

    Args:
        path: the file.
        error: why it cannot be read.
        entry: as of `_layers`.
    """
    message = f"cannot read `{shortened(path)}`: {getattr(error, 'strerror', None) or error}"
    fail("E101", message, place=entry, help=["check the path and its permissions"], error=SpecError)


def _read(path: Path, entry: Place | None) -> bytes:
    try:
        return read_file(path, _MAX_BYTES)
    except FileTooLargeError:
        message, help_ = (
            f"`{path}` is larger than {_MAX_BYTES // 2**20} MiB",
            ["a spec is a small TOML file; is this one?"],
        )
        fail("E101", message, place=entry, help=help_, error=SpecError)
    except (OSError, ValueError) as error:
        _fail_unreadable(path, error, entry)
