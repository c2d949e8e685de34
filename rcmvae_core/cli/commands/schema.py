"""Print a JSON Schema of specs for the installed plugins, which editors use to complete and check specs."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from rcmvae_core.cli.arguments import add_force
from rcmvae_core.cli.streams import print_document, print_message, print_result, printable
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.runtime.atomic_files import replace_file
from rcmvae_core.runtime.outputs import check_outputs
from rcmvae_core.spec.json_schema import schema

_PATH = Path(".rcmvae") / "schema.json"
_EDITORS = """\
Editors that use tombi or taplo find the schema by the first line of a spec, with the path from the spec's folder:
  #:schema {line}
or for all specs, by tombi.toml
  [[schemas]]
  path = {path}
  include = ["experiments/*.toml"]
or by .taplo.toml
  [[rule]]
  include = ["experiments/*.toml"]
  [rule.schema]
  path = {path}
Write it again with --force after plugins were installed or removed."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--write",
        nargs="?",
        type=Path,
        const=_PATH,
        metavar="FILE",
        help=f"write the schema to this file (default: {_PATH}), and print how to configure an editor",
    )
    add_force(parser)


def main(options: argparse.Namespace) -> int:
    """Print or write the schema."""
    target = None if options.write is None else Path.cwd() / options.write
    if target is not None:
        check_outputs([target], [], force=options.force)
    text = json.dumps(schema(discover()), indent=2) + "\n"
    if target is None:
        print_document(text)
        return 0
    replace_file(target, text, parents=True)
    print_result(printable(str(target)))
    print_message(_advice(target))
    return 0


def _advice(target: Path) -> str:
    """Return how to configure an editor, with a relative path for a schema below the working directory."""
    below = target.is_relative_to(Path.cwd())
    path = target.relative_to(Path.cwd()).as_posix() if below else target.as_posix()
    return _EDITORS.format(line=f"./{path}" if below else path, path=json.dumps(path, ensure_ascii=False))
