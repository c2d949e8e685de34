"""The form of results: what a decoder that does not read the channel returns is right, too."""

from __future__ import annotations

import numpy as np
import pytest

from rcmvae_core.model.result_forms import FORMS
from rcmvae_core.testing.plugin_case import TINY

B, K, D, E, F = 5, TINY.channels, TINY.dim, 4, 8


def zeros(*shape: int) -> np.ndarray:
    return np.zeros(shape, np.float32)


@pytest.mark.parametrize(
    ("function", "arguments", "result", "is_right"),
    [
        (("conditioner", "apply"), ({}, zeros(B, 1, F), zeros(1, K, E)), zeros(B, K, F), True),
        (("conditioner", "apply"), ({}, zeros(B, 1, F), zeros(1, K, E)), zeros(B, 1, F), True),
        (("conditioner", "apply"), ({}, zeros(B, 1, F), zeros(1, K, E)), zeros(B, F), False),
        (("backbone", "apply"), ({}, zeros(B, 1, D), zeros(1, K, E)), zeros(B, K, F), True),
        (("backbone", "apply"), ({}, zeros(B, 1, D), zeros(1, K, E)), zeros(B, 1, F), True),
        (("backbone", "apply"), ({}, zeros(B, 1, D), zeros(1, K, E)), zeros(K, B, F), False),
        (("head", "negative_log_likelihood"), (None, zeros(B, 3), zeros(B, K)), zeros(B, 1), True),
        (("head", "negative_log_likelihood"), (None, zeros(B, 3), zeros(B, K)), zeros(B, K), True),
        (("head", "negative_log_likelihood"), (None, zeros(B, 3), zeros(B, K)), zeros(B), False),
        (("prior", "log_pi"), ({},), np.zeros(K, np.int32), False),
        (("schedule", ""), (0,), 0.5, True),
        (("schedule", ""), (0,), zeros(1), False),
    ],
)  # fmt: skip
def test_forms(function, arguments, result, is_right) -> None:
    assert (FORMS[function](TINY, arguments, result) is None) == is_right
