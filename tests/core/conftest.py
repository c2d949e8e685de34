"""Fixtures of the core's tests."""

from __future__ import annotations

import pytest

from .isolated import Desk


@pytest.fixture
def desk(tmp_path) -> Desk:
    return Desk(tmp_path)
