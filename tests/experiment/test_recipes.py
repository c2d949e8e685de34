"""Recipes fit any data: sizes follow from the facts, and every spec is valid."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rcmvae_core.experiment import recipes
from rcmvae_core.experiment.recipes import DataFacts
from rcmvae_core.experiment.spec_input import resolve_spec
from rcmvae_core.plugin.discovery import discover

REGISTRY = discover("only:rcmvae")
counts = st.lists(st.integers(1, 10_000), min_size=2, max_size=30).map(tuple)
SHAPES = {"image": (8, 8, 1), "pictures": (48, 40, 3), "features": (13,)}
facts = st.builds(
    DataFacts, st.sampled_from(list(SHAPES.values())), st.integers(1, 1_000_000), counts | st.just(())
)


def steps(spec: dict[str, Any], training: int) -> int:
    return spec["train"]["epochs"] * (training // spec["train"]["batch_size"])


@settings(max_examples=200, deadline=None)
@given(facts)
def test_sizes_follow_from_the_facts(data: DataFacts) -> None:
    spec = recipes.spec(data)
    assert 1 <= spec["train"]["batch_size"] <= data.training
    assert spec["train"]["epochs"] >= 20
    assert spec["train"]["evaluate_every"] <= spec["train"]["epochs"]
    assert steps(spec, data.training) >= 1500
    assert spec["latent"]["channels"] >= max(2, len(data.counts))
    assert ("classifier" in spec) == ("labels" in spec["loss"]) == bool(data.counts)
    assert ("gaussian" in spec["head"]) == (data.form == "features")


@pytest.mark.parametrize("form", SHAPES)
@pytest.mark.parametrize("labels", [(), (20, 20, 20), (90, 10), (980, 20), (5, 3)])
def test_every_recipe_is_a_valid_spec(form: Any, labels: tuple[int, ...]) -> None:
    data = DataFacts(SHAPES[form], 200, labels)
    spec = recipes.spec(data)
    spec["data"] = {**spec["data"], "arrays": {"form": data.form, "labelled": bool(labels)}}
    resolved = resolve(spec)
    assert resolved.warnings == ()
    assert resolved.train.epochs == spec["train"]["epochs"]


def test_equal_usage_is_asked_for_only_if_classes_are_as_frequent() -> None:
    equal, unequal, rare, unknown = (
        recipes.spec(DataFacts((13,), 1000, labels))["loss"] for labels in ((50, 50), (60, 30), (980, 20), ())
    )
    assert equal["spread"]["weight"]["linear"]["end"] < 0
    assert unknown["spread"]["weight"] < 0
    assert not {"spread"} & {*unequal, *rare}


def test_counts_and_many_features_have_a_recipe_of_their_own() -> None:
    spec = recipes.spec(DataFacts((2000,), 1000, (5, 5, 5), are_counts=True))
    assert spec["data"] == {"scale": "counts"}
    assert spec["latent"]["channels"] == 3
    assert spec["loss"]["reconstruction"]["weight"]["linear"]["end"] == pytest.approx(0.03)


def resolve(spec: dict[str, Any]) -> Any:
    return resolve_spec({"rcmvae": ">=0.1", "name": "recipe", **spec}, REGISTRY, ())
