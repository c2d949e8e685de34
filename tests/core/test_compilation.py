"""What a compilation leaves behind: memory goes back to the system, once it was worth it."""

import ctypes

import jax
import jax.numpy as jnp
import pytest

from rcmvae_core import compilation


class _Library:
    def __init__(self) -> None:
        self.trimmed: list[int] = []
        self.malloc_trim = self.trimmed.append


@pytest.fixture
def listeners(monkeypatch):
    """Listeners that the test registers, unregistered after it."""
    found, register = [], jax.monitoring.register_event_duration_secs_listener

    def seen(listener) -> None:
        found.append(listener)
        register(listener)

    monkeypatch.setattr(jax.monitoring, "register_event_duration_secs_listener", seen)
    yield found
    for listener in found:
        jax.monitoring.unregister_event_duration_listener(listener)


def test_memory_is_returned_after_a_compilation(monkeypatch, listeners) -> None:
    library = _Library()
    monkeypatch.setattr(ctypes, "CDLL", lambda _: library)
    monkeypatch.setattr(compilation, "_SECONDS", 0.0)
    compilation.return_memory()
    assert library.trimmed == []
    jax.jit(lambda x: jnp.sin(x) * 3 + x)(jnp.ones(5))
    assert library.trimmed
    assert set(library.trimmed) == {0}


def test_a_quick_compilation_is_left_alone(monkeypatch, listeners) -> None:
    library = _Library()
    monkeypatch.setattr(ctypes, "CDLL", lambda _: library)
    monkeypatch.setattr(compilation, "_SECONDS", 3600.0)
    compilation.return_memory()
    jax.jit(lambda x: jnp.cos(x) * 3 + x)(jnp.ones(5))
    assert library.trimmed == []


def test_a_library_that_cannot_is_left_alone(monkeypatch, listeners) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda _: object())
    compilation.return_memory()
    assert listeners == []
