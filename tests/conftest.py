"""Tests that need the real data say so by name when they are skipped."""

from __future__ import annotations

import os

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if os.environ.get("RCMVAE_DATA"):
        return
    skip = pytest.mark.skip(reason="needs real data: set RCMVAE_DATA to the folder that holds mnist/")
    for item in items:
        if item.get_closest_marker("data"):
            item.add_marker(skip)
