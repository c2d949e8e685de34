"""What a data set must be: checks, and the places of errors."""

from __future__ import annotations

import attrs
import numpy as np
import pytest
from rcmvae_plugins.data.arrays import arrays
from rcmvae_plugins.data.params import ArraysParams

from rcmvae_core.data.dataset import dataset_violations, load_dataset
from rcmvae_core.errors import Diagnostic, RcmvaeError, RunError, Span
from tests.plugins.given_data import FILES, PLACE, RNG, given_data, good, part

__all__ = ["given_data"]


def test_a_data_set_in_order_has_no_faults():
    for tokens in [("data.image",), ("data.image", "data.features"), ()]:
        assert dataset_violations(good(), tokens) == []
    plain = good(inputs=RNG.random((80, 5)))
    assert dataset_violations(plain, ("data.features", "data.labels")) == []
    assert dataset_violations(good(labels=np.full(80, -1), class_names=()), ("data.image",)) == []
    assert dataset_violations(good(test=np.array([70])), ("data.image",)) == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"inputs": [[1.0]]}, "inputs are a list, not an array"),
        ({"inputs": np.ones((80, 4, 3, 1), int)}, "inputs are an array of int64"),
        ({"inputs": np.ones((0, 4, 3, 1))}, "inputs are empty"),
        ({"inputs": np.ones((80, 0, 3, 1))}, "inputs are empty"),
        ({"inputs": np.ones((80, 12))}, "inputs have shape (80, 12)"),
        (
            {"inputs": np.full((80, 4, 3, 1), -0.5)},
            "input 0 lies in [-0.5, -0.5], not in [0, 255], and so 79 more",
        ),
        (
            {"inputs": np.full((80, 4, 3, 1), 255.5)},
            "input 0 lies in [255.5, 255.5], not in [0, 255], and so 79 more",
        ),
        (
            {"inputs": np.where(np.arange(80) == 7, np.nan, 0.5)[:, None, None, None]},
            "input 7 has the value nan at position 0",
        ),
        (
            {"inputs": np.where(np.arange(80) == 7, np.inf, 0.5)[:, None, None, None]},
            "input 7 has the value inf at position 0",
        ),
        ({"maximum": 0.0}, "`maximum` is 0.0"),
        ({"maximum": float("nan")}, "`maximum` is nan"),
        ({"maximum": float("inf")}, "`maximum` is inf"),
        ({"maximum": "255"}, "`maximum` is '255'"),
        ({"maximum": 100.0}, "not in [0, 100]"),
        ({"class_names": ["a", "b", "c", "d"]}, "class_names is not a tuple of strings"),
        ({"class_names": (0, 1, 2, 3)}, "class_names is not a tuple of strings"),
        ({"class_names": ("a", "b", "a", "d")}, "class_names has `a` twice"),
        ({"labels": np.zeros(79, int)}, "labels are an array of int64, of shape (79,)"),
        ({"labels": np.zeros((80, 4), int)}, "labels are an array of int64, of shape (80, 4)"),
        ({"labels": np.zeros(80)}, "labels are an array of float64"),
        ({"labels": np.zeros(80, np.uint8)}, "labels are an array of uint8"),
        ({"labels": [0] * 80}, "labels are a list"),
        ({"labels": np.full(80, 4)}, "labels lie in [4, 4]"),
        ({"labels": np.full(80, -2)}, "labels lie in [-2, -2]"),
        ({"train": np.arange(0)}, "`train` is an array of int64, of shape (0,)"),
        ({"test": np.arange(0)}, "`test` is an array of int64, of shape (0,)"),
        ({"train": np.arange(60.0)}, "`train` is an array of float64"),
        ({"train": np.ones(80, bool)}, "`train` is an array of bool"),
        ({"train": np.arange(30, 90)}, "`train` has indices in [30, 89]"),
        ({"test": np.array([-1])}, "`test` has indices in [-1, -1]"),
        ({"train": np.arange(61)}, "input 60 is used 2 times"),
        ({"train": np.array([3, 3, 3])}, "input 3 is used 3 times"),
        ({"train": np.array([3, 3, 3]), "names": FILES}, "input 3 (`a/3.png`) is used 3 times"),
        (
            {"inputs": np.full((80, 4, 3, 1), -0.5), "names": FILES},
            "input 0 (`a/0.png`) lies in [-0.5, -0.5], not in [0, 255], and so 79 more",
        ),
        (
            {"sample_weights": np.where(np.arange(80) == 7, -1.0, 1), "names": FILES},
            "the sample weight of input 7 (`a/7.png`) is -1",
        ),
    ],
)
def test_every_breach_is_told(changes, message):
    with pytest.raises(RcmvaeError) as caught:
        load_dataset(part(good(**changes)))
    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.code, diagnostic.place) == ("E307", PLACE)
    assert message in diagnostic.message
    assert diagnostic.help


def test_independent_breaches_are_told_together():
    violations = dataset_violations(
        good(labels=np.full(80, 9), train=np.arange(99), test=np.arange(-3, 4)), ()
    )
    assert len(violations) == 3


def test_something_else_than_a_data_set_is_refused():
    assert "is a tuple, not a Dataset" in dataset_violations(tuple(good()), ())[0][0]


@pytest.mark.parametrize("kind", [RcmvaeError, RunError])
def test_what_a_part_raises_gets_its_place(kind):
    other = PLACE._replace(span=Span(2, 1, 2, 2))
    with pytest.raises(kind) as caught:
        load_dataset(
            part(kind([Diagnostic("E305", "gone", help=["look"]), Diagnostic("E306", "bad", other)]))
        )
    assert caught.value.diagnostics == (
        Diagnostic("E305", "gone", PLACE, help=["look"]),
        Diagnostic("E306", "bad", other),
    )


def test_only_a_part_without_data_of_its_own_takes_the_callers():
    mine = good()
    with pytest.raises(RcmvaeError, match="was passed, but the spec names data `given`") as caught:
        load_dataset(part(good()), mine)
    assert caught.value.diagnostics[0].code == "E307"
    handed = attrs.evolve(part(None, provides=()), params=ArraysParams())
    assert load_dataset(handed, mine) is mine
    features = attrs.evolve(handed, params=ArraysParams(form="features"))
    with pytest.raises(RcmvaeError, match=r"inputs have shape \(80, 4, 3, 1\)"):
        load_dataset(features, mine)


def test_arrays_without_a_caller_say_so():
    with pytest.raises(RcmvaeError, match="needs a data set that is passed by a program") as caught:
        arrays(ArraysParams())
    assert caught.value.diagnostics[0].code == "E305"
