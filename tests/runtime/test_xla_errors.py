"""Errors of XLA become diagnostics, and no other errors do."""

import jax
import pytest

from rcmvae_core.runtime import distributed
from rcmvae_core.runtime.xla_errors import as_run_error

FULL = "RESOURCE_EXHAUSTED: Out of memory allocating 12 bytes.\nmore"
GONE = "UNKNOWN: Gloo all-reduce failed: Connection reset by peer"


@pytest.mark.parametrize("kind", [ValueError, jax.errors.JaxRuntimeError])
def test_a_memory_that_is_too_small(kind) -> None:
    error = as_run_error(kind(FULL))
    assert error is not None
    assert [d.code for d in error.diagnostics] == ["E402"]
    assert "Out of memory allocating 12 bytes." in error.diagnostics[0].message


@pytest.mark.parametrize("kind", [ValueError, jax.errors.JaxRuntimeError])
def test_a_process_that_is_gone(kind, monkeypatch) -> None:
    assert as_run_error(kind(GONE)) is None
    monkeypatch.setattr(distributed, "is_single_process", lambda: False)
    error = as_run_error(kind(GONE))
    assert error is not None
    assert [d.code for d in error.diagnostics] == ["E403"]


@pytest.mark.parametrize("error", [ValueError("K must be 3"), KeyError(GONE), ValueError("")])
def test_what_is_no_error_of_xla_stays(error, monkeypatch) -> None:
    monkeypatch.setattr(distributed, "is_single_process", lambda: False)
    assert as_run_error(error) is None
