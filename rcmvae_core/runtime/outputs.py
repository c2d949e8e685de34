"""Checks where a command writes: onto nothing that it reads, onto nothing that exists, and through no link in a folder.

One rule for every command. A path is compared with what a command reads by the file that it is, whatever its spelling,
through symbolic links and hard links. A file that exists is replaced only with `--force`, a folder never. A symbolic link
that the user names is followed; one inside a folder that the user names may have been put there by somebody else.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from rcmvae_core.errors import Diagnostic, RcmvaeError

_RENAME = "choose another name, or move it away"


def check_outputs(targets: Iterable[Path], inputs: Iterable[Path], *, force: bool | None = None) -> None:
    """Check that files or folders may be written.

    Args:
        targets: what is written.
        inputs: the files and folders that are read.
        force: whether a file that exists is replaced; None for a command that never replaces one.

    Raises:
        RcmvaeError: E450 for a target that is read, E304 for one that exists.
    """
    errors = list(output_errors(targets, inputs, force=force))
    if errors:
        raise RcmvaeError(errors)


def output_errors(
    targets: Iterable[Path], inputs: Iterable[Path] = (), *, force: bool | None = None
) -> Iterator[Diagnostic]:
    """Yield an error for each target that may not be written, as `check_outputs` raises them."""
    read = [path for path in inputs if _exists(path)]
    for target in targets:
        if not os.path.lexists(target):
            continue
        used = next((path for path in read if _is_part(target, path)), None)
        if used is not None:
            where = "" if str(used) == str(target) else f", as `{used}`"
            where = f", which is inside `{used}`" if used.is_dir() and not _same(target, used) else where
            help_ = ["choose another name"]
            yield Diagnostic("E450", f"`{target}` would be written and is read{where}", help=help_)
        elif target.is_dir() or force is None:
            yield Diagnostic("E304", f"`{target}` exists already", help=[_RENAME])
        elif target.exists() and not target.is_file():
            yield Diagnostic("E304", f"`{target}` exists already and is not a file", help=[_RENAME])
        elif not force:
            help_ = ["choose another name, or overwrite it with --force"]
            yield Diagnostic("E304", f"`{target}` exists already", help=help_)


def refuse_links(paths: Iterable[Path]) -> None:
    """Check that nothing would be written through a symbolic link inside a folder.

    Args:
        paths: what would be written, or lies in the folder.

    Raises:
        RcmvaeError: E451 that names every link.
    """
    errors = [link_error(path) for path in paths if path.is_symlink()]
    if errors:
        raise RcmvaeError(errors)


def link_error(path: Path) -> Diagnostic:
    """Return the error about a symbolic link that writing would follow."""
    message = f"`{path}` is a symbolic link to `{path.readlink()}`, and nothing is written through it"
    return Diagnostic(
        "E451", message, help=["find out who made it, then remove it", "or write another folder"]
    )


def _is_part(target: Path, path: Path) -> bool:
    """Return whether an existing target is a file or folder, or lies inside the folder."""
    if _same(target, path):
        return True
    return path.is_dir() and any(_same(parent, path) for parent in Path(os.path.realpath(target)).parents)


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:  # a link to nothing
        return False


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # too long, a NUL
        return False
