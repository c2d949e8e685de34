"""Print a JSON Schema of specs, made from what is installed, so that an editor completes and checks them."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from rcmvae_core.cli.output import printable
from rcmvae_core.discovery import discover
from rcmvae_core.files import replace_file
from rcmvae_core.json_schema import schema

_WHERE = Path(".rcmvae") / "schema.json"
_EDITORS = """\
Editors that read TOML through tombi or taplo find it by the first line of a spec, its path from the spec's folder:
  #:schema {line}
or for all specs at once, by tombi.toml
  [[schemas]]
  path = {path}
  include = ["experiments/*.toml"]
or by .taplo.toml
  [[rule]]
  include = ["experiments/*.toml"]
  [rule.schema]
  path = {path}
Write it again when plugins come or go."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument(
        "--write",
        nargs="?",
        type=Path,
        const=_WHERE,
        metavar="FILE",
        help=f"write it to this file (default: {_WHERE} of this folder), and say what an editor has to be told",
    )


def main(options: argparse.Namespace) -> int:
    """Print or write."""
    text = json.dumps(schema(discover()), indent=2) + "\n"
    if options.write is None:
        print(text, end="")
        return 0
    target = Path.cwd() / options.write
    replace_file(target, text, parents=True)
    print(printable(str(target)))
    print(_advice(target), file=sys.stderr)
    return 0


def _advice(target: Path) -> str:
    """What to put where, for a schema below this folder or elsewhere."""
    below = target.is_relative_to(Path.cwd())
    path = target.relative_to(Path.cwd()).as_posix() if below else target.as_posix()
    return _EDITORS.format(line=f"./{path}" if below else path, path=json.dumps(path, ensure_ascii=False))
