"""Every example in a docstring runs and gives what it says."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = [*(ROOT / "rcmvae_core").rglob("*.py"), *(ROOT / "plugins" / "rcmvae_plugins").rglob("*.py")]
WITH_EXAMPLES = sorted(path for path in SOURCES if ">>>" in path.read_text(encoding="utf-8"))


def module_name(path: Path) -> str:
    base = ROOT / "plugins" if "plugins" in path.relative_to(ROOT).parts else ROOT
    return ".".join(path.relative_to(base).with_suffix("").parts).removesuffix(".__init__")


@pytest.mark.parametrize("path", WITH_EXAMPLES, ids=module_name)
def test_examples_run(path) -> None:
    failures, count = doctest.testmod(importlib.import_module(module_name(path)))
    assert count > 0
    assert failures == 0
