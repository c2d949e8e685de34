from __future__ import annotations

from typing import Any

import pytest

from rcmvae_core.cli.output import result_line


def _summary(**seed: Any) -> dict[str, Any]:
    mean = {"test": {"accuracy": 0.9}, "validation": {"accuracy": 0.8}}
    return {"mean": mean, "std": mean, "seeds": [seed], "labels": 10}


def test_the_headline_says_that_the_last_state_is_worse_than_the_best():
    line = result_line(_summary(monitor="balanced_accuracy", best=1.0, last=0.602))
    assert line.endswith("10 labels; best validation balanced_accuracy 1.0000 before 0.6020 at the end")


@pytest.mark.parametrize(
    "seed",
    [{"monitor": "elbo", "best": 0.9, "last": 0.9}, {"monitor": "elbo", "best": None, "last": None}, {}],
    ids=["equal", "not-judged", "earlier-version"],
)
def test_the_headline_is_silent_where_no_state_is_known_to_be_better(seed: dict[str, Any]):
    assert result_line(_summary(**seed)).endswith("10 labels")
