"""Every verb on every data plugin that reads files, as the table in `docs/specs.md` says."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tomli_w
from array_record.python.array_record_module import ArrayRecordWriter
from PIL import Image

from rcmvae_core.cli.main import main
from tests.plugins.test_data_sources_records import example
from tests.support.tiny import TINY

PAGE = Path(__file__).parents[2] / "docs" / "specs.md"
VERBS = ("validate", "run", "predict", "evaluate", "suggest", "label", "learn", "active", "sample", "export")
CLASSES = ("ant", "bee")
COUNT = 120


def images() -> tuple[np.ndarray, np.ndarray]:
    """Images that are dark in class 0 and bright in class 1."""
    labels = np.arange(COUNT) % 2
    noise = np.random.default_rng(0).integers(0, 60, (COUNT, 4, 4))
    return (noise + 150 * labels[:, None, None]).astype(np.uint8), labels


def write_npz(folder: Path) -> dict[str, Any]:
    x, y = images()
    np.savez(folder / "data.npz", x=x, y=y)
    return {"npz": {"path": "data.npz", "labels": "y"}}


def write_npy(folder: Path) -> dict[str, Any]:
    x, y = images()
    np.save(folder / "x.npy", x.reshape(COUNT, -1) / 7.0 - 3)
    np.save(folder / "y.npy", y)
    return {"npy": {"inputs": "x.npy", "labels": "y.npy", "form": "features"}}


def write_table(folder: Path) -> dict[str, Any]:
    x, y = images()
    with (folder / "data.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "color", "size", "weight", "kind"])
        for row, (image, label) in enumerate(zip(x, y, strict=True)):
            color = ("red", "blue")[label] if row % 5 else ""
            writer.writerow([row, color, image.mean(), image[0, 0] - 0.5, CLASSES[label]])
    return {"table": {"path": "data.csv", "label": "kind", "ignore": ["id"]}}


def write_images(folder: Path) -> dict[str, Any]:
    for number, (image, label) in enumerate(zip(*images(), strict=True)):
        path = folder / "pictures" / CLASSES[label] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path)
    return {"image_folder": {"path": "pictures", "size": [4, 4], "mode": "grey"}}


def write_records(folder: Path) -> dict[str, Any]:
    writer = ArrayRecordWriter(str(folder / "data.array_record"), "group_size:1")
    for image, label in zip(*images(), strict=True):
        writer.write(example(image=(image.ravel() / 255).tolist(), label=int(label)))
    writer.close()
    return {"array_record": {"path": "data.array_record", "label": "label"}}


def digits(folder: Path) -> dict[str, Any]:
    del folder
    return {"digits": {}}


DATA: Mapping[str, Callable[[Path], dict[str, Any]]] = {
    "digits": digits,
    "npz": write_npz,
    "npy": write_npy,
    "image_folder": write_images,
    "table": write_table,
    "array_record": write_records,
}
QUICK = ("digits", "npz", "image_folder", "table")
"""Those of every run of the suite; the readers of the others are tested by themselves."""
FILES = {
    "npz": ["data.npz", "--array", "x", "--labels", "y"],
    "npy": ["x.npy", "--labels", "y.npy"],
    "image_folder": ["pictures"],
    "table": ["data.csv"],
}


KINDS = {"table": "ant", "image_folder": "ant"}


def commands(name: str) -> dict[str, list[list[str]]]:
    """Return the command lines of each verb, for a run in `run`."""
    predict = [["predict", "run", "--split", "test", "-o", "test.csv"]]
    if name in FILES:
        predict.append(["predict", "run", *FILES[name], "-o", "files.csv"])
    return {
        "validate": [["validate", "spec.toml"]],
        "run": [["run", "spec.toml", "--out", "run"]],
        "predict": predict,
        "evaluate": [["evaluate", "run"]],
        "suggest": [["suggest", "run", "-n", "2", "--by", "entropy"]],
        "label": [["label", "run", "assign", "--index", "0", "1", "--as", KINDS.get(name, "0")]],
        "learn": [["learn", "run", "--epochs", "1", "-o", "more", "--set", "figure={}"]],
        "active": [
            ["active", "spec.toml", "--start", "4", "--batch-size", "2", "--rounds", "1", "--by", "entropy", "-o", "rounds"]
        ],
        "sample": [["sample", "run", "-n", "3", "-o", "samples"]],
        "export": [["export", "run", "-o", "published"], ["predict", "published", *FILES.get(name, []), "-o", "p.csv"]],
    }  # fmt: skip


def documented() -> dict[str, set[str]]:
    """Return the verbs of each data plugin, as the table says."""
    text = PAGE.read_text(encoding="utf-8")
    header = re.search(r"^\| data \|(?: `\w+` \|)+$", text, re.MULTILINE)
    assert header is not None, "docs/specs.md has no table of data and verbs"
    verbs = re.findall(r"`(\w+)`", header[0])
    rows = text[header.end() :].split("\n\n")[0].strip().splitlines()[1:]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    return {
        row[0].strip("`"): {v for v, mark in zip(verbs, row[1:], strict=True) if mark == "yes"}
        for row in cells
    }


def test_the_table_names_every_verb_and_plugin() -> None:
    table = documented()
    assert set(DATA) | {"mnist", "fashion_mnist", "arrays"} == set(table)
    assert all(table[name] == set(VERBS) for name in DATA)


@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.long) for name in DATA]
)
def test_every_verb_works(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd) -> None:
    monkeypatch.chdir(tmp_path)
    data = DATA[name](tmp_path)
    train = {**TINY["train"], "epochs": 1, "batch_size": 32}  # type: ignore[dict-item]
    # Drawing takes longer than training, and does not depend on where data come from.
    spec = {**TINY, "name": name, "data": {"labels_per_class": 8, **data}, "train": train, "figure": {}}
    (tmp_path / "spec.toml").write_text(tomli_w.dumps(spec))
    lines = commands(name)
    assert set(lines) == set(VERBS)
    for verb in VERBS:
        for line in lines[verb]:
            if line[0] == "predict" and len(line) == 4:
                continue
            code = main(line)
            output = capfd.readouterr()
            assert code == 0, f"rcmvae {' '.join(line)}\n{output.err}"


def test_predict_notices_inputs_that_are_scaled_already(tmp_path: Path, monkeypatch, capfd) -> None:
    monkeypatch.chdir(tmp_path)
    train = {**TINY["train"], "epochs": 1, "batch_size": 32}  # type: ignore[dict-item]
    spec = {**TINY, "name": "units", "data": write_npy(tmp_path), "train": train}
    (tmp_path / "spec.toml").write_text(tomli_w.dumps(spec))
    assert main(["run", "spec.toml", "--out", "run", "--set", "figure={}"]) == 0
    measured = np.load("x.npy")
    np.save("scaled.npy", (measured - measured.min()) / np.ptp(measured) / 10)
    capfd.readouterr()
    for file, warned in (("x.npy", False), ("scaled.npy", True)):
        assert main(["predict", "run", file, "-o", "p.csv", "--force"]) == 0
        assert ("warning[W432]" in capfd.readouterr().err) == warned
