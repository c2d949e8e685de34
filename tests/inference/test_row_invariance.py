"""A row's predictions depend on its cells alone: not on other rows, their order, columns' order, file or batch."""

from __future__ import annotations

import csv
import importlib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rcmvae_core import fit
from rcmvae_core.data.frames import as_table
from rcmvae_core.inference.data_files import open_dataset
from rcmvae_core.inference.inputs import BATCH

SPEC = {
    "data": {"scale": "standard"},
    "latent": {"channels": 3, "dim": 2},
    "encoder": {"dense": {"hidden": [8]}},
    "prior": {"mixture": {}},
    "routing": {"soft": {}},
    "conditioner": {"film": {}},
    "backbone": {"dense": {"hidden": [8]}},
    "head": {"gaussian": {}},
    "loss": {"rec": {"reconstruction": {}}, "kl": {"kl_latent": {}}, "labels": {"supervised": {}}},
    "classifier": {"tau": {}},
    "train": {"epochs": 2, "batch_size": 32, "optimizer": {"adam": {}}},
}
COLORS = ["red", "green", "", "blue"]


def sheet(rows: int, seed: int) -> dict[str, list[object]]:
    rng = np.random.default_rng(seed)
    size = rng.normal(50, 20, rows).round(3)
    return {
        "size": [None if i % 7 == 3 else float(v) for i, v in enumerate(size)],
        "color": [COLORS[i] for i in rng.integers(0, 4, rows)],
        "member": [("true", "false")[i] for i in rng.integers(0, 2, rows)],
        "since": [f"2020-{1 + i % 12:02}-{1 + i % 28:02}" for i in rng.integers(0, 300, rows)],
        "count": [float(v) for v in rng.integers(0, 9, rows)],
    }


@pytest.fixture(scope="module")
def model():
    rows = sheet(120, 0)
    return fit(SPEC, rows, [int(v or 0) // 30 for v in rows["size"]])


@pytest.fixture(scope="module")
def reference(model):
    rows = sheet(BATCH + 44, 1)
    return rows, model.predict(rows)


def same(given_, expected, positions) -> None:
    np.testing.assert_allclose(given_.probabilities, expected.probabilities[positions], atol=2e-6)
    np.testing.assert_array_equal(given_.outside, expected.outside[positions])
    for name, values in given_.scores.items():
        np.testing.assert_allclose(values, expected.scores[name][positions], atol=2e-5)


def check(model, reference, data) -> None:
    rows, expected = reference
    count = len(rows["size"])
    positions = data.draw(st.lists(st.integers(0, count - 1), min_size=1, max_size=6))
    names = data.draw(st.permutations(list(rows)))
    same(model.predict({name: [rows[name][i] for i in positions] for name in names}), expected, positions)


SHARED = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.differing_executors]


@settings(max_examples=200, suppress_health_check=SHARED)
@given(data=st.data())
def test_rows_are_predicted_alike_in_every_table(model, reference, data) -> None:
    check(model, reference, data)


@pytest.mark.long
@settings(max_examples=10_000, suppress_health_check=SHARED)
@given(data=st.data())
def test_rows_are_predicted_alike_in_ten_thousand_tables(model, reference, data) -> None:
    check(model, reference, data)


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".parquet"])
@pytest.mark.parametrize("seed", range(5))
def test_the_type_of_file_does_not_matter(model, reference, tmp_path, suffix, seed) -> None:
    rows, expected = reference
    rng = np.random.default_rng(seed)
    positions = rng.permutation(len(rows["size"]))[: rng.integers(1, 40)]
    names = rng.permutation(list(rows)).tolist()
    chosen = {name: [rows[name][i] for i in positions] for name in names} | {"other": ["x"] * len(positions)}
    path = tmp_path / f"rows{suffix}"
    if suffix == ".parquet":
        importlib.import_module("pyarrow.parquet").write_table(
            importlib.import_module("pyarrow").table(chosen), path
        )
    else:
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, delimiter="\t" if suffix == ".tsv" else ",")
            writer.writerow(chosen)
            writer.writerows(zip(*chosen.values(), strict=True))
    with open_dataset(path, model.info) as dataset:
        same(model.predict(dataset.inputs), expected, positions)


def test_a_data_frame_is_a_table() -> None:
    class Frame:
        columns = ("b", "a")

        def __getitem__(self, name: str) -> np.ndarray:
            return {"a": np.array([1, 2]), "b": np.array(["x", None], object)}[name]

    taken = as_table(Frame())
    assert taken is not None
    assert {name: column.tolist() for name, column in taken.columns.items()} == {
        "b": ["x", ""],
        "a": [1.0, 2.0],
    }
