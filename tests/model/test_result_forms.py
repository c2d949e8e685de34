"""The form of results: what a decoder that does not read the channel returns is right, too."""

from __future__ import annotations

import numpy as np
import pytest

from rcmvae_core.errors import RunError
from rcmvae_core.model.guard import guard
from rcmvae_core.model.result_forms import FORMS, named_arrays
from rcmvae_core.plugin.declaration import Registered
from rcmvae_core.plugin.protocols import Net
from rcmvae_core.plugin.resolved import ResolvedPart
from rcmvae_core.testing.plugin_case import TINY
from tests.support.isolated import GUEST, plugin

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


PARAMETERS = {"dense": {"kernel": zeros(D, K), "bias": zeros(K)}, "scale": zeros()}


@pytest.mark.parametrize(
    ("axes", "rates", "problem"),
    [
        ({"dense/kernel": 1, "dense/bias": 0}, {"scale": 0.1}, None),
        ({"dense/kernel": -1}, {}, None),
        ({"dense/kernels": 1}, {}, "returned no array `dense/kernels`, which its `channel_axes` name"),
        ({}, {"rate": 0.1}, "returned no array `rate`, which its `learning_rates` name"),
        ({"dense/kernel": 0}, {}, f"returned `dense/kernel` [{D}, {K}], expected {K} channels along axis 0"),
        ({"scale": 0}, {}, f"returned `scale` [], expected {K} channels along axis 0"),
    ],
)
def test_arrays_that_a_record_names_are_among_its_parameters(axes, rates, problem) -> None:
    found = named_arrays(axes, rates, TINY, (), PARAMETERS)
    assert found is None if problem is None else str(found).startswith(problem)


def test_the_result_of_init_is_checked_for_the_paths_that_its_record_names() -> None:
    part = registry_part()
    net = guard(part, Net(lambda _: PARAMETERS, lambda *_: None, {"bias": 0}), TINY)
    with pytest.raises(
        RunError, match=r"E218.*encoder `guest` of my-gates 1.2: `init` returned no array `bias`"
    ):
        net.init(None)


def test_a_state_keeps_its_structure() -> None:
    state = {"counts": zeros(K, 2)}
    assert FORMS["classifier", "update"](TINY, (state, zeros(B, K), np.zeros(B, np.int32)), state) is None
    other = {"counts": zeros(K, 3)}
    assert FORMS["classifier", "update"](TINY, (state, zeros(B, K), np.zeros(B, np.int32)), other) is not None
    assert FORMS["curriculum", "advance"](TINY, (state, None), (state,)) is not None


def registry_part() -> ResolvedPart:
    return ResolvedPart(Registered(plugin("encoder", "guest"), GUEST), None)
