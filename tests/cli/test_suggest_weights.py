"""`rcmvae suggest` does not ask for labels that would not train."""

from __future__ import annotations

import json

import numpy as np
import tomli_w

from tests.support.tiny import TINY


def test_inputs_of_weight_zero_are_not_suggested(rcmvae, tmp_path) -> None:
    rng = np.random.default_rng(0)
    weights, kinds = np.tile([1, 1, 0, 1], 30), np.tile(["ant", "bee", "", ""], 30)
    rows = zip(rng.normal(size=(120, 2)).round(3).tolist(), weights.tolist(), kinds.tolist(), strict=True)
    lines = ["a,b,w,kind", *(f"{a},{b},{weight},{kind}" for (a, b), weight, kind in rows)]
    (tmp_path / "data.csv").write_text("\n".join(lines) + "\n")
    table = {"path": "data.csv", "label": "kind", "sample_weight": "w"}
    train = {**TINY["train"], "epochs": 1, "batch_size": 16}  # type: ignore[dict-item]
    spec = {**TINY, "name": "weights", "data": {"table": table}, "train": train}
    (tmp_path / "spec.toml").write_text(tomli_w.dumps(spec))
    assert (
        rcmvae("run", "spec.toml", "--out", "run", "--set", "figure={}", "--set", "metric={}").returncode == 0
    )
    done = rcmvae("suggest", "run", "-n", "120", "--by", "entropy", "--format", "json")
    indices = [row["index"] for row in json.loads(done.stdout)["suggestions"]]
    assert indices
    assert {index % 4 for index in indices} == {3}
