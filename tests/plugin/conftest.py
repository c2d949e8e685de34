"""Fixtures of the tests of the plugin contract."""

from __future__ import annotations

import pytest

from tests.support.isolated import Desk


@pytest.fixture
def desk(tmp_path) -> Desk:
    return Desk(tmp_path)
