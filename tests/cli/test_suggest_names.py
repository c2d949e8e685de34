"""`rcmvae suggest` names inputs by their files."""

from __future__ import annotations

import numpy as np
import pytest

from rcmvae_core.cli.actions.suggest import _as_text, _rows
from rcmvae_core.inference.query import SuggestedInputs


@pytest.fixture
def suggested(monkeypatch):
    class Predictions:
        probabilities = np.array([[0.25, 0.75], [0.5, 0.5]])
        names = ("dog", "cat")

    return SuggestedInputs._make((np.array([2, 0]), np.array([0.9, 0.125]), Predictions()))


def test_rows_have_the_file_if_inputs_have_names(suggested):
    rows = _rows(suggested, ["i0", "i1", "i2"], ["a/0.png", "a/1.png", "b/2.png"])
    assert rows[0] == {
        "item": "i2", "index": 2, "file": "b/2.png", "score": 0.9, "prediction": "dog", "probability": 0.75,
    }  # fmt: skip
    assert _as_text({"suggestions": rows}).splitlines() == [
        "i2         2  0.9       dog 0.750  b/2.png",
        "i0         0  0.125     cat 0.500  a/0.png",
    ]


def test_rows_have_no_file_else(suggested):
    rows = _rows(suggested, ["i0", "i1", "i2"], ())
    assert "file" not in rows[0]
    assert _as_text({"suggestions": rows[:1]}) == "i2         2  0.9       dog 0.750"
