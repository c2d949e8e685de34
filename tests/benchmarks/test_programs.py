"""A program that fails under a benchmark says why."""

from __future__ import annotations

import sys

import pytest

from tests.benchmarks.programs import lines, output

FAILS = "import sys; print('one'); sys.exit('MNIST is missing: set RCMVAE_DATA')"
PRINTS = "import sys; print('one'); print('MNIST is missing: set RCMVAE_DATA'); sys.exit(2)"


@pytest.mark.parametrize("program", [FAILS, PRINTS])
@pytest.mark.parametrize("run", [output, lambda command: list(lines(command))])
def test_the_reason_is_shown_wherever_it_is_printed(run, program) -> None:
    with pytest.raises(SystemExit, match="MNIST is missing: set RCMVAE_DATA"):
        run([sys.executable, "-c", program])


def test_lines_come_as_they_are_printed() -> None:
    assert list(lines([sys.executable, "-c", "print('one'); print('two')"])) == ["one\n", "two\n"]
