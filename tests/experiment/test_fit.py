"""`fit`, and the page that shows it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rcmvae_core.errors import RcmvaeError, SpecError
from rcmvae_core.experiment.array_dataset import as_dataset
from rcmvae_core.experiment.fit import fit
from rcmvae_core.plugin.protocols import Dataset
from rcmvae_core.training.events import EpochEnd
from tests.support.tiny import TINY

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def data() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    y = np.arange(120) % 2
    return np.clip(y[:, None] + rng.normal(0, 0.05, (120, 3)), 0, 1), y


def spec(**train: Any) -> dict[str, Any]:
    return {**TINY, "seeds": [3, 4], "train": {**TINY["train"], "evaluate_every": 1, **train}}


def test_nothing_is_written_and_every_seed_is_trained(data, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    events = list[Any]()
    model = fit(spec(epochs=20), *data, listen=events.append)
    assert model.seeds == (3, 4)
    assert model.class_names == ("0", "1")
    assert (model.predict(data[0]).labels == data[1]).mean() > 0.95
    assert [(row.seed, row.epoch) for row in events if isinstance(row, EpochEnd)][-1] == (4, 20)
    assert not list(tmp_path.iterdir())


def test_the_best_state_is_kept_without_a_disk(data, tmp_path) -> None:
    """With a learning rate that ruins the model later, the result is the run directory's."""
    how = spec(epochs=4, select="best", optimizer={"adam": {"learning_rate": 0.5}}) | {
        "seeds": [0],
        "figure": {},
    }
    kept, written = fit(how, *data), fit(how, *data, out=tmp_path / "run")
    assert int(kept.states[0].step) == int(written.states[0].step)
    np.testing.assert_array_equal(kept.predict(data[0]).probabilities, written.predict(data[0]).probabilities)


def test_arrays_become_a_data_set() -> None:
    dataset = as_dataset(np.full((20, 4, 4), 200), ["a", None] * 10)
    assert (dataset.maximum, dataset.inputs.dtype, dataset.class_names) == (255.0, np.uint8, ("a",))
    assert dataset.labels[:2].tolist() == [0, -1]
    assert sorted([*dataset.train, *dataset.test]) == list(range(20))
    assert len(dataset.test) == 2
    assert as_dataset(np.zeros((20, 4), np.float32)).class_names == ()
    assert isinstance(dataset, Dataset)
    assert as_dataset(dataset) is dataset


@pytest.mark.parametrize(
    ("inputs", "dtype", "maximum"),
    [
        (np.full((20, 4, 4), 300), np.uint16, 65535.0),
        (np.full((20, 4, 4, 3), 1.0, np.float32), np.float32, 1.0),
        (np.full((20, 4), 300), np.float64, 1.0),
        (np.full((20, 4), 3, np.uint8), np.uint8, 255.0),
    ],
)
def test_numbers_have_the_maximum_of_their_type(inputs, dtype, maximum) -> None:
    dataset = as_dataset(inputs)
    assert (dataset.inputs.dtype, dataset.maximum) == (dtype, maximum)


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (np.full((20, 4, 4), 70_000), r"integers in \[70000, 70000\]"),
        (np.full((20, 4, 4), -1), r"integers in \[-1, -1\]"),
        (np.zeros((20, 3, 32, 32)), "channels seem to be the second axis"),
        (np.zeros(20), r"shape \(20,\)"),
        (np.array([["a"]] * 20), "of type"),
    ],
)
def test_what_is_neither_features_nor_images_is_refused(inputs, message) -> None:
    with pytest.raises(RcmvaeError, match=message):
        as_dataset(inputs)


@pytest.mark.parametrize("labels", [[0, 1, -1, None] * 5, np.array([[0], [1], [-1], [np.nan]] * 5)])
def test_unknown_labels_are_unknown(labels) -> None:
    dataset = as_dataset(np.zeros((20, 4)), labels)
    assert dataset.labels[:4].tolist() == [0, 1, -1, -1]


def test_labels_of_another_number_are_refused() -> None:
    with pytest.raises(RcmvaeError, match=r"labels have shape \(19,\), and there are 20 inputs"):
        as_dataset(np.zeros((20, 4)), [0] * 19)


def test_errors_have_their_diagnostics() -> None:
    with pytest.raises(SpecError, match="E2"):
        fit("[latent]\nchannels = 2\n")
    with pytest.raises(SpecError, match="cannot read"):
        fit("nowhere.toml")


def test_the_page_runs(tmp_path, monkeypatch) -> None:
    blocks = re.findall(
        r"^```python\n(.*?)^```", (ROOT / "docs" / "python.md").read_text(), re.MULTILINE | re.DOTALL
    )
    shutil.copytree(ROOT / "experiments", tmp_path / "experiments")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for shown in blocks:
        # Without figures, which take most of the time and are drawn by other tests.
        block = shown.replace('settings=["train.epochs=2"]', 'settings=["train.epochs=2", "figure={}"]')
        exec(compile(block, "docs/python.md", "exec"), names)
    assert names["predictions"].probabilities.shape == (300, 10)
    assert names["threes"].shape == (16, 8, 8, 1)
    assert names["classifier"].classes_.tolist() == list(range(10))
    assert (tmp_path / "runs" / "first" / "report.html").is_file()
