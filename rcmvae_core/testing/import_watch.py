"""Imports modules and prints, as JSON, the statement by which each heavy package came in; run as a script."""

from __future__ import annotations

import builtins
import importlib
import inspect
import json
import linecache
import sys
from typing import Any


def main(modules: list[str], heavy: frozenset[str]) -> dict[str, str]:
    """Import modules, and return for each heavy package the place and the text of the statement that imported it.

    Args:
        modules: to import.
        heavy: names of packages.

    Returns:
        The innermost statement outside of our own modules and of the heavy packages, by package.
    """
    statements: dict[str, str] = {}
    original = builtins.__import__
    foreign = heavy | {"rcmvae_core", "importlib"}

    def watched(name: str, *arguments: Any) -> Any:
        before = set(sys.modules)
        imported = original(name, *arguments)
        here = inspect.currentframe()
        frame = None if here is None else here.f_back
        owner = "" if frame is None else str(frame.f_globals.get("__name__", "")).partition(".")[0]
        if frame is not None and owner not in foreign:
            for package in heavy & (set(sys.modules) - before):
                path, line = frame.f_code.co_filename, frame.f_lineno
                text = linecache.getline(path, line).strip()
                statements.setdefault(package, f"{path}:{line}: `{text}`")
        return imported

    builtins.__import__ = watched
    try:
        for module in modules:
            importlib.import_module(module)
    finally:
        builtins.__import__ = original
    return {name: statements.get(name, "") for name in heavy & set(sys.modules)}


if __name__ == "__main__":
    sys.path[0] = ""  # as of `python -c`, and not the folder of this script
    sys.stdout.write(f"{json.dumps(main(sys.argv[2:], frozenset(sys.argv[1].split(','))))}\n")
