"""Memory of long compilations is returned to the system."""

import ctypes

import jax
import jax.numpy as jnp
import pytest

from rcmvae_core.runtime import jax_cache


class _Library:
    def __init__(self) -> None:
        self.trimmed: list[int] = []
        self.malloc_trim = self.trimmed.append


@pytest.fixture
def listeners(monkeypatch):
    """Listeners that the test registers; JAX keeps them, so after the test they hear nothing."""
    registered, live, register = [], [True], jax.monitoring.register_event_duration_secs_listener

    def gated(listener) -> None:
        registered.append(listener)
        register(lambda *values, **names: listener(*values, **names) if live else None)

    monkeypatch.setattr(jax.monitoring, "register_event_duration_secs_listener", gated)
    yield registered
    live.clear()


def test_memory_is_returned_after_a_compilation(monkeypatch, listeners) -> None:
    library = _Library()
    monkeypatch.setattr(ctypes, "CDLL", lambda _: library)
    monkeypatch.setattr(jax_cache, "_SECONDS", 0.0)
    jax_cache.return_compiler_memory()
    assert library.trimmed == []
    jax.jit(lambda x: jnp.sin(x) * 3 + x)(jnp.ones(5))
    assert library.trimmed
    assert set(library.trimmed) == {0}


def test_a_quick_compilation_is_left_alone(monkeypatch, listeners) -> None:
    library = _Library()
    monkeypatch.setattr(ctypes, "CDLL", lambda _: library)
    monkeypatch.setattr(jax_cache, "_SECONDS", 3600.0)
    jax_cache.return_compiler_memory()
    jax.jit(lambda x: jnp.cos(x) * 3 + x)(jnp.ones(5))
    assert library.trimmed == []


def test_a_library_without_malloc_trim_is_left_alone(monkeypatch, listeners) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda _: object())
    jax_cache.return_compiler_memory()
    assert listeners == []
