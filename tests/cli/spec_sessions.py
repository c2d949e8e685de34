"""`rcmvae new spec` again and again in one process, without the type checks of a test run, which cost twentyfold.

Each line of stdin is a session: the words of the command line, and the answers of a terminal or null where there is
none. Each line of stdout is how it ended, and what a spec resolves to that was printed.
"""

from __future__ import annotations

import builtins
import contextlib
import io
import json
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from rcmvae_core.cli.main import main
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.plugin.resolved import ResolvedSpec
from rcmvae_core.spec.resolve import resolve_text
from rcmvae_core.spec.write import document

INTERRUPT = "^C"


def hold(words: list[str], answers: list[str] | None) -> dict[str, Any]:
    """One session."""
    given = iter(answers or ())
    builtins.input = lambda: hear(given)
    sys.stdin = SimpleNamespace(isatty=lambda: answers is not None)
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
        code = main(["new", "spec", *words])
    found = {"code": code, "out": out.getvalue(), "err": err.getvalue(), "unheard": len(list(given))}
    if out.getvalue().startswith("#:schema"):
        registry = discover()
        spec = resolve_text(out.getvalue(), "spec.toml", registry)
        found |= facts(spec) | {"everything": document(spec, registry.kinds)}
    return found


def hear(given: Iterator[str]) -> str:
    answer = next(given, None)
    if answer is None:
        raise EOFError
    if answer == INTERRUPT:
        raise KeyboardInterrupt
    return answer


def facts(spec: ResolvedSpec) -> dict[str, Any]:
    return {
        "parts": {kind: [part.name for part in parts] for kind, parts in spec.parts.items()},
        "sizes": [spec.latent.channels, spec.latent.dim, spec.latent.layout],
        "name": spec.name,
        "warnings": [warning.code for warning in spec.warnings],
    }


if __name__ == "__main__":
    lines, answer = sys.stdin, sys.stdout
    for line in lines:
        print(json.dumps(hold(*json.loads(line))), file=answer, flush=True)
