"""A program that fails under a benchmark says why."""

from __future__ import annotations

import sys

import pytest

from tests.benchmarks.programs import lines, output

FAILS = [sys.executable, "-c", "import sys; print('one'); sys.exit('MNIST is missing: set RCMVAE_DATA')"]


@pytest.mark.parametrize("run", [output, lambda command: list(lines(command))])
def test_the_reason_is_shown(run) -> None:
    with pytest.raises(SystemExit, match="MNIST is missing: set RCMVAE_DATA"):
        run(FAILS)


def test_lines_come_as_they_are_printed() -> None:
    assert list(lines([sys.executable, "-c", "print('one'); print('two')"])) == ["one\n", "two\n"]
