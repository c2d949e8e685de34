"""A small label store."""

from __future__ import annotations

import pytest

from rcmvae_core.labels.records import Identity, Provenance
from rcmvae_core.labels.store import LabelStore

DATA = Identity("0123456789abcdef0123456789abcdef", ("cat", "dog"))
ANN = Provenance("ann", "click")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "labels.sqlite"


@pytest.fixture
def store(path):
    with LabelStore(path, DATA) as opened:
        yield opened
