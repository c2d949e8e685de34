"""That more labels, as `rcmvae active` adds them, make a model that is trained anew no worse."""

from __future__ import annotations

import json
from pathlib import Path

from rcmvae_core.cli.main import main

QUICKSTART = Path(__file__).parents[2] / "experiments" / "quickstart.toml"
ROUNDS = {"start": 10, "batch-size": 30, "rounds": 1, "first-epochs": 30, "epochs": 30}


def test_the_accuracy_of_the_last_round_is_at_least_that_of_the_first(tmp_path) -> None:
    options = [word for name, number in ROUNDS.items() for word in (f"--{name}", str(number))]
    words = [str(QUICKSTART), "--by", "entropy", *options, "--set", "seeds=[0, 1]", "--out", str(tmp_path)]
    assert main(["active", *words]) == 0
    curve = json.loads((tmp_path / "active.json").read_text())["acquisitions"]["entropy"]
    for seed in curve["seeds"].values():
        assert seed["labels"] == [10, 40]
        assert seed["accuracy"][-1] >= seed["accuracy"][0]
