"""Bring an old file up to date: a spec in TOML, or the predecessor's YAML flags.

In a spec, names of plugins and parameters that are old become those of today; comments, layout and everything else stay
as they are, and what is deprecated is told.

Flags become a spec, and it is said what the old system would silently have done otherwise. Comments go with what their
flag becomes. Nothing is dropped unsaid: a flag without a counterpart is a warning, and a comment in the spec. The result
is checked as `validate` does, and its faults are shown in the YAML file.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from rcmvae_core.cli.common import add_json
from rcmvae_core.cli.output import as_json, complain, printable
from rcmvae_core.discovery import discover
from rcmvae_core.errors import Diagnostic, RcmvaeError, SpecError
from rcmvae_core.files import replace_file
from rcmvae_core.migrate import Migration, migrate
from rcmvae_core.migrate.respell import Respelling, respell
from rcmvae_core.resolve import resolve

_LARGEST = 2**16


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("old", type=Path, metavar="FILE", help="a spec, NAME.toml, or a YAML file of flags")
    target = parser.add_mutually_exclusive_group()
    target.add_argument(
        "-o", "--output", type=Path, metavar="SPEC", help="write the spec to this file; else it is printed"
    )
    target.add_argument("--in-place", action="store_true", help="write a spec in TOML back to its file")
    parser.add_argument("--force", action="store_true", help="overwrite the file of --output if it exists")
    parser.add_argument(
        "--keep-going",
        action="store_true",
        help="make comments of flags that migrate does not know, with a warning for each, instead of stopping",
    )
    add_json(parser)


def main(options: argparse.Namespace) -> int:
    """Migrate."""
    if options.output is not None:
        _check_target(options.output, options.old, force=options.force)
    if options.old.suffix == ".toml":
        return _respell(options)
    if options.in_place:
        message = f"`{options.old}` is not a spec in TOML, NAME.toml, which alone can be written back"
        raise RcmvaeError([Diagnostic("E304", message, help=["give another file: --output SPEC"])])
    migration = migrate(_read(options.old), str(options.old), keep_going=options.keep_going)
    warnings = (*migration.warnings, *_checked(migration, options.old))
    if options.output is not None:
        replace_file(options.output, migration.toml)
    if options.format == "json":
        found = {
            "spec": migration.tree,
            "toml": migration.toml,
            "diagnostics": [as_json(w) for w in warnings],
        }
        print(json.dumps(found, indent=2))
        return 0
    complain(warnings)
    print(migration.toml if options.output is None else f"{printable(str(options.output))}\n", end="")
    return 0


def _respell(options: argparse.Namespace) -> int:
    """A spec of today's names."""
    found = respell(options.old, discover())
    target = options.old if options.in_place and found.changed else options.output
    if target is not None:
        replace_file(target, found.text)
    if options.format == "json":
        told = [as_json(d) for d in (*found.changed, *found.deprecated)]
        print(json.dumps({"changed": bool(found.changed), "toml": found.text, "diagnostics": told}, indent=2))
        return 0
    _tell(found, options.old)
    if target is not None:
        print(printable(str(target)))
    elif not options.in_place:
        sys.stdout.write(found.text)
    return 0


def _tell(found: Respelling, old: Path) -> None:
    for change in found.changed:
        print(printable(f"{change.place}: {change.message}"), file=sys.stderr)
    if not found.changed:
        print(printable(f"{old}: there are no old names in it, nothing to change"), file=sys.stderr)
    complain(found.deprecated)


def _checked(migration: Migration, old: Path) -> tuple[Diagnostic, ...]:
    """The warnings of the spec itself; its faults are raised together with what migrate has to say."""
    try:
        return resolve(migration.node, discover(), default_name=old.stem).warnings
    except SpecError as error:
        raise SpecError([*migration.warnings, *error.diagnostics]) from None


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SpecError(
            [Diagnostic("E101", f"cannot read `{path}`: {reason}", help=["check the path"])]
        ) from None
    if len(content) > _LARGEST:
        message = f"`{path}` is larger than {_LARGEST // 2**10} KiB"
        raise SpecError([Diagnostic("E101", message, help=["a file of flags is small; is this one?"])])
    return content


def _check_target(target: Path, old: Path, *, force: bool) -> None:
    if target.exists() and target.resolve() == old.resolve():
        help_ = ["choose another name for the spec; to rewrite one in TOML: --in-place"]
        raise RcmvaeError([Diagnostic("E304", f"`{target}` is the file to migrate", help=help_)])
    if target.exists() and not force:
        help_ = ["choose another name, or overwrite it with --force"]
        raise RcmvaeError([Diagnostic("E304", f"`{target}` exists already", help=help_)])
