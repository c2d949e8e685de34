"""Runs other programs for a benchmark; one that fails says why."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence

_TAIL = 2000


def output(command: Sequence[str], environment: Mapping[str, str] | None = None) -> str:
    """Return what a program prints.

    Raises:
        SystemExit: with the end of its standard error if it fails.
    """
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    if done.returncode:
        raise SystemExit(_failure(command, done.stderr))
    return done.stdout


def lines(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Iterator[str]:
    """Yield the lines of a program while it runs.

    Raises:
        SystemExit: with the end of its standard error if it fails.
    """
    with tempfile.TemporaryFile("w+", encoding="utf-8") as errors:
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment
        ) as process:
            assert process.stdout is not None
            yield from process.stdout
        if process.returncode:
            errors.seek(0)
            raise SystemExit(_failure(command, errors.read()))


def _failure(command: Sequence[str], errors: str) -> str:
    return f"`{' '.join(command)}` failed:\n{errors.strip()[-_TAIL:]}"
