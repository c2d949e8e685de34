from __future__ import annotations

from typing import Any

import pytest

from rcmvae_core.cli.output import result_line


def _summary(**seed: Any) -> dict[str, Any]:
    mean = {"test": {"accuracy": 0.9}, "validation": {"accuracy": 0.8}}
    return {"mean": mean, "std": mean, "seeds": [{"seed": 3, **seed}], "labels": 10, "select": "best"}


@pytest.mark.parametrize(
    ("select", "sentence"),
    [
        ("best", "the best state is kept, with validation balanced_accuracy 1.0000; the last had 0.6020"),
        ("last", "the last state is kept, with validation balanced_accuracy 0.6020; the best had 1.0000"),
    ],
)
def test_the_headline_says_which_state_is_kept_where_the_last_is_worse(select: str, sentence: str):
    summary = _summary(monitor="balanced_accuracy", best=1.0, last=0.602) | {"select": select}
    assert result_line(summary).splitlines()[1:] == [f"seed 3: {sentence}"]


@pytest.mark.parametrize(
    "seed",
    [{"monitor": "elbo", "best": 0.9, "last": 0.9}, {"monitor": "elbo", "best": None, "last": None}, {}],
    ids=["equal", "not-judged", "earlier-version"],
)
def test_the_headline_is_silent_where_no_state_is_known_to_be_better(seed: dict[str, Any]):
    assert result_line(_summary(**seed)).endswith("10 labels")
