"""Tests compile quickly, and those that need real data or a browser say so by name when they are skipped."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.support.chromium import executable

# Thousands of small programs that each run a few times: what counts is how soon they are compiled. XLA reads this
# once, when the first program is; the flags of the person who runs the tests come last and hold.
QUICK = (
    "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true "
    "--xla_cpu_use_fusion_emitters=false"
)
os.environ["XLA_FLAGS"] = f"{QUICK} {os.environ.get('XLA_FLAGS', '')}".strip()
# A busy machine takes any time for an example: what counts is what it shows.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache of the suite's own, shared by its workers: a command compiles once, and the user's is left alone."""
    root = tmp_path_factory.getbasetemp()
    folder = (root.parent if os.environ.get("PYTEST_XDIST_WORKER") else root) / "cache"
    folder.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder))
        yield folder


@pytest.fixture(scope="session", autouse=True)
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache of this process alone, for programs that it would compile again; what is emptied is compiled anew."""
    import jax
    from jax.experimental.compilation_cache import compilation_cache

    folder = tmp_path_factory.mktemp("compiled")
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.2)
    compilation_cache.reset_cache()  # arrays that were made while tests were collected have begun another
    return folder


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    missing: dict[str, str] = {}
    if not os.environ.get("RCMVAE_DATA"):
        missing["data"] = "needs real data: set RCMVAE_DATA to the folder that holds mnist/"
    if executable() is None:
        missing["browser"] = (
            "needs Chromium: `apt install chromium`, or set RCMVAE_CHROMIUM to the path of one"
        )
    for item in items:
        for marker, reason in missing.items():
            if item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))
