"""Runs other programs for a benchmark; one that fails says why."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence

_TAIL = 2000


def output(command: Sequence[str], environment: Mapping[str, str] | None = None) -> str:
    """Return what a program prints.

    Raises:
        SystemExit: with the end of what it printed if it fails.
    """
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    if done.returncode:
        raise SystemExit(_failure(command, done.stderr, done.stdout))
    return done.stdout


def lines(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Iterator[str]:
    """Yield the lines of a program while it runs.

    Raises:
        SystemExit: with the end of what it printed if it fails.
    """
    last = ""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as errors:
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment
        ) as process:
            assert process.stdout is not None
            for last in process.stdout:
                yield last
        if process.returncode:
            errors.seek(0)
            raise SystemExit(_failure(command, errors.read(), last))


def _failure(command: Sequence[str], errors: str, printed: str) -> str:
    """Return what a program says of its failure; with `--json` that is on its standard output.

    Args:
        command: its words.
        errors: its standard error.
        printed: its standard output, or the last line of it.
    """
    return f"`{' '.join(command)}` failed:\n{(errors.strip() or printed.strip())[-_TAIL:]}"
