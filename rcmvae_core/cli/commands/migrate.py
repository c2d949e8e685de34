"""Update old names in a TOML spec, or convert the YAML flags of the predecessor to a spec.

In a spec, old names of plugins and parameters are replaced by the current ones; comments and layout are kept, and
deprecated plugins and parameters are reported.

Flags are converted to a spec, and their comments are kept. A warning reports each value that the predecessor silently
ignored or changed. A flag without a counterpart becomes a comment in the spec, with a warning; an unknown flag is an
error, unless --keep-going is given. The result is checked as by `rcmvae validate`; errors show their place in the YAML
file.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from rcmvae_core.cli.arguments import add_force, add_format
from rcmvae_core.cli.diagnostics import as_json, print_diagnostics, printable
from rcmvae_core.cli.output import show
from rcmvae_core.cli.streams import print_document, print_lines, print_result
from rcmvae_core.errors import Diagnostic, SpecError, fail
from rcmvae_core.migrate.legacy.migration import Migration, migrate
from rcmvae_core.migrate.rename_in_spec import RenamedSpec, update_names
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.runtime.atomic_files import replace_file
from rcmvae_core.runtime.outputs import check_outputs
from rcmvae_core.runtime.user_files import FileTooLargeError, read_file, shortened
from rcmvae_core.spec.resolve import resolve_layers

_MAX_BYTES = 2**16


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("old", type=Path, metavar="FILE", help="a spec (.toml), or a YAML file of flags")
    target = parser.add_mutually_exclusive_group()
    target.add_argument(
        "-o", "--out", type=Path, metavar="SPEC", help="write the spec to this file (default: print it)"
    )
    target.add_argument("--in-place", action="store_true", help="update a TOML spec in its file")
    add_force(parser)
    parser.add_argument(
        "--keep-going",
        action="store_true",
        help="convert unknown flags to comments, with a warning for each, instead of stopping",
    )
    add_format(parser)


def main(options: argparse.Namespace) -> int:
    """Migrate a spec or a file of flags.

    Raises:
        RcmvaeError: E304 or E450 if the result cannot be written; the errors of the file.
    """
    if options.out is not None:
        check_outputs([options.out], [options.old], force=options.force)
    if options.old.suffix == ".toml":
        return _update_spec(options)
    if options.in_place:
        message = f"`{options.old}` is not a TOML spec, and only these are updated in place"
        fail("E304", message, help=["give another file: --out SPEC"])
    return _convert_flags(options)


def _convert_flags(options: argparse.Namespace) -> int:
    migration = migrate(_read(options.old), str(options.old), keep_going=options.keep_going)
    warnings = (*migration.warnings, *_check(migration, options.old))
    if options.out is not None:
        replace_file(options.out, migration.toml)
    if options.format == "json":
        diagnostics = [as_json(warning) for warning in warnings]
        show({"spec": migration.tree, "toml": migration.toml, "diagnostics": diagnostics}, options, str)
        return 0
    print_diagnostics(warnings)
    if options.out is None:
        print_document(migration.toml)
    else:
        print_result(printable(str(options.out)))
    return 0


def _update_spec(options: argparse.Namespace) -> int:
    updated = update_names(options.old, discover())
    target = options.old if options.in_place and updated.changed else options.out
    if target is not None:
        replace_file(target, updated.text)
    if options.format == "json":
        diagnostics = [as_json(each) for each in (*updated.changed, *updated.deprecated)]
        values = {"changed": bool(updated.changed), "toml": updated.text, "diagnostics": diagnostics}
        show(values, options, str)
        return 0
    _print_changes(updated, options.old)
    if target is not None:
        print_result(printable(str(target)))
    elif not options.in_place:
        print_document(updated.text)
    return 0


def _print_changes(updated: RenamedSpec, old: Path) -> None:
    print_lines(f"{change.place}: {change.message}" for change in updated.changed)
    if not updated.changed:
        print_lines([f"{old}: no old names, nothing to change"])
    print_diagnostics(updated.deprecated)


def _check(migration: Migration, old: Path) -> tuple[Diagnostic, ...]:
    """Return the warnings of the converted spec; raise its errors together with the warnings of the conversion."""
    try:
        return resolve_layers([migration.node], discover(), old.stem).warnings
    except SpecError as error:
        raise SpecError([*migration.warnings, *error.diagnostics]) from None


def _read(path: Path) -> bytes:
    """Read a file of flags.

    Raises:
        SpecError: E101 if it cannot be read or is too large.
    """
    try:
        return read_file(path, _MAX_BYTES)
    except FileTooLargeError:
        message = f"`{path}` is larger than {_MAX_BYTES // 2**10} KiB"
        fail("E101", message, help=["check that it is a file of flags"], error=SpecError)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        fail("E101", f"cannot read `{shortened(path)}`: {reason}", help=["check the path"], error=SpecError)
