"""Any spec resolves or fails with diagnostics that point into it, and never with a traceback."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from .spec_mutations import Mutator

PROGRAM = Path(__file__).with_name("fuzz.py")
QUICKSTART = Path(__file__).parents[2] / "experiments" / "quickstart.toml"
BATCHES, IN_SUITE, EACH = 7, 1, 750
REFUSED_SHARE = 0.75


@pytest.mark.parametrize(
    "batch",
    [*range(IN_SUITE), *(pytest.param(batch, marks=pytest.mark.long) for batch in range(IN_SUITE, BATCHES))],
)
def test_mutants(batch):
    command = [sys.executable, "-W", "error", str(PROGRAM), str(batch), str(EACH)]
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stderr
    met = json.loads(done.stdout)
    assert met["refused"] >= REFUSED_SHARE * EACH
    assert met.keys() >= {
        "E101",
        "E102",
        "E103",
        "E106",
        "E107",
        "E203",
        "E204",
        "E205",
        "E206",
        "E207",
        "E208",
        "E210",
    }


def test_mutants_through_the_command(tmp_path):
    """Run a sample; the arguments of a process cannot contain NUL or lone surrogates."""
    mutator = Mutator(1_000, [QUICKSTART.read_bytes()])
    refused = 0
    path = tmp_path / "spec.toml"
    while refused < 30:
        content, arguments = mutator.mutant()
        if any("\0" in a or "\ud800" in a or a.startswith("-") for a in arguments):
            continue
        path.write_bytes(content)
        words = [word for argument in arguments for word in ("--set", argument)]
        command = [sys.executable, "-m", "rcmvae_core", "validate", str(path), *words]
        done = subprocess.run(command, capture_output=True, check=False)
        assert done.returncode in (0, 2)
        assert b"Traceback" not in done.stderr
        if done.returncode:
            refused += 1
            assert re.search(rb"error\[E\d{3}\]", done.stderr)
            assert done.stdout == b""
