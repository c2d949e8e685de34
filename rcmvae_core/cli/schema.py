"""Print a JSON Schema of specs, made from what is installed, so that an editor completes and checks them."""

from __future__ import annotations

import argparse
import json
import os
from contextlib import suppress
from pathlib import Path

from rcmvae_core.discovery import discover
from rcmvae_core.errors import Diagnostic, RunError
from rcmvae_core.json_schema import schema

_WHERE = Path(".rcmvae") / "schema.json"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument(
        "--write",
        action="store_true",
        help=f"write it to {_WHERE} of this folder, where a spec's `#:schema` looks",
    )


def main(options: argparse.Namespace) -> int:
    """Print or write."""
    text = json.dumps(schema(discover()), indent=2) + "\n"
    if not options.write:
        print(text, end="")
        return 0
    target = Path.cwd() / _WHERE
    partial = target.with_name(f"{target.name}.{os.getpid()}.partial")
    try:
        target.parent.mkdir(exist_ok=True)
        partial.write_text(text, encoding="utf-8")
        partial.replace(target)
    except OSError as error:
        with suppress(OSError):
            partial.unlink()
        message = f"cannot write `{target}`: {error.strerror or error}"
        raise RunError([Diagnostic("E304", message, help=["choose a folder that you may write"])]) from None
    print(target)
    return 0
