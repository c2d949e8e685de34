"""Prints the result of a verb, as text or as JSON."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

_Value = TypeVar("_Value")


def show(value: _Value, options: argparse.Namespace, as_text: Callable[[_Value], str]) -> None:
    """Print a result on stdout.

    Args:
        value: plain values, which `--format json` prints.
        options: of the verb.
        as_text: returns the text that is printed otherwise, without its last line end.
    """
    print(json.dumps(value, indent=2) if options.format == "json" else as_text(value))


def show_files(paths: Iterable[Path], options: argparse.Namespace) -> None:
    """Print the files that were written: as JSON on stdout, else a line each on stderr."""
    names = [str(path) for path in paths]
    if options.format == "json":
        print(json.dumps({"files": names}, indent=2))
    else:
        sys.stderr.write("".join(f"{name}\n" for name in names))
