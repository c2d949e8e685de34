"""A memory that is too small is explained in every command: what was under way, how much was needed, what to change."""

from __future__ import annotations

import errno
import os
import subprocess
import sys

import jax
import numpy as np
import pytest

from rcmvae_core.cli.main import main
from rcmvae_core.runtime.memory import out_of_memory
from tests.support.commands import QUICKSTART


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (MemoryError("Unable to allocate 3.00 GiB"), "Unable to allocate 3.00 GiB"),
        (MemoryError(), "an object could not be allocated"),
        (
            ValueError("RESOURCE_EXHAUSTED: Out of memory allocating 12 bytes.\nmore"),
            "Out of memory allocating 12 bytes.",
        ),
        (jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: Out of memory"), "Out of memory"),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), "Cannot allocate memory"),
        (ImportError("libx.so: failed to map segment from shared object"), "failed to map segment"),
        (RuntimeError("can't start new thread"), "can't start new thread"),
    ],
)
def test_what_the_library_says(error, reason) -> None:
    diagnostic = out_of_memory(error)
    assert diagnostic is not None
    assert diagnostic.code == "E402"
    assert reason in diagnostic.message
    assert "GiB" in diagnostic.message.partition(reason)[2]


@pytest.mark.parametrize(
    "error",
    [
        ValueError("K must be 3"),
        OSError(errno.ENOSPC, "full"),
        RuntimeError("no"),
        jax.errors.JaxRuntimeError("INTERNAL: RESOURCE"),
    ],
)
def test_other_errors_are_none(error) -> None:
    assert out_of_memory(error) is None


def test_a_command_says_what_was_under_way(monkeypatch, capfd) -> None:
    monkeypatch.setattr("rcmvae_plugins.data.digits.digits", lambda _: np.empty((2**40, 2**10)))
    assert main(["validate", str(QUICKSTART), "--data"]) == 1
    message = capfd.readouterr().err
    assert (
        "error[E402]: the memory is too small while the data are read: Unable to allocate 8.00 PiB" in message
    )
    assert "= help: give fewer or smaller inputs" in message


def test_a_limit_of_the_address_space_ends_without_a_traceback(tmp_path) -> None:
    command = [sys.executable, "-m", "rcmvae_core", "validate", str(QUICKSTART), "--data"]
    done = subprocess.run(
        ["bash", "-c", 'ulimit -v 300000 && exec "$@"', "bash", *command],
        cwd=tmp_path, check=False, capture_output=True, text=True, env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert "error[E402]: the memory is too small while libraries are loaded" in done.stderr
    assert "`ulimit -v` is 0.3 GiB" in done.stderr
    assert "Traceback" not in done.stderr
