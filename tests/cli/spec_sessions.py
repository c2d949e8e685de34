"""Runs `rcmvae new spec` repeatedly in one process, without the type checks of a test run, which make it 20 times slower.

Each line of stdin is a session: the arguments, and the answers of a terminal, or null without a terminal. Each line of
stdout is its result: exit code, output, and the resolved spec if one was printed.
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


def run_session(words: list[str], answers: list[str] | None) -> dict[str, Any]:
    """Run one session and return its result."""
    remaining = iter(answers or ())
    builtins.input = lambda: next_answer(remaining)
    sys.stdin = SimpleNamespace(isatty=lambda: answers is not None)
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
        code = main(["new", "spec", *words])
    result = {"code": code, "out": out.getvalue(), "err": err.getvalue(), "unused": len(list(remaining))}
    if out.getvalue().startswith("#:schema"):
        registry = discover()
        spec = resolve_text(out.getvalue(), "spec.toml", registry)
        result |= facts(spec) | {"everything": document(spec, registry.kinds)}
    return result


def next_answer(remaining: Iterator[str]) -> str:
    answer = next(remaining, None)
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
        print(json.dumps(run_session(*json.loads(line))), file=answer, flush=True)
