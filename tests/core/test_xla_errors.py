"""What XLA raises comes out in words, and what it did not raise as it is."""

import jax
import pytest

from rcmvae_core import distributed
from rcmvae_core.xla_errors import in_words

FULL = "RESOURCE_EXHAUSTED: Out of memory allocating 12 bytes.\nmore"
GONE = "UNKNOWN: Gloo all-reduce failed: Connection reset by peer"


@pytest.mark.parametrize("kind", [ValueError, jax.errors.JaxRuntimeError])
def test_a_memory_that_is_too_small(kind) -> None:
    found = in_words(kind(FULL))
    assert found is not None
    assert [d.code for d in found.diagnostics] == ["E402"]
    assert "Out of memory allocating 12 bytes." in found.diagnostics[0].message


@pytest.mark.parametrize("kind", [ValueError, jax.errors.JaxRuntimeError])
def test_a_process_that_is_gone(kind, monkeypatch) -> None:
    assert in_words(kind(GONE)) is None
    monkeypatch.setattr(distributed, "is_alone", lambda: False)
    found = in_words(kind(GONE))
    assert found is not None
    assert [d.code for d in found.diagnostics] == ["E403"]


@pytest.mark.parametrize("error", [ValueError("K must be 3"), KeyError(GONE), ValueError("")])
def test_what_is_no_error_of_xla_stays(error, monkeypatch) -> None:
    monkeypatch.setattr(distributed, "is_alone", lambda: False)
    assert in_words(error) is None
