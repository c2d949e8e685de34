"""`rcmvae new spec --from` says what it saw, and its spec fits the data: it validates against them and runs."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tomli
from PIL import Image

from rcmvae_core.cli.main import main
from rcmvae_core.cli.source_path import source_path

COUNT, CLASSES = 90, ("ant", "bee", "cow")


def images() -> np.ndarray:
    noise = np.random.default_rng(0).integers(0, 60, (COUNT, 6, 5))
    return (noise + 60 * (np.arange(COUNT) % 3)[:, None, None]).astype(np.uint8)


def write_table(folder: Path) -> list[str]:
    with (folder / "data.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["size", "color", "kind"])
        for row, image in enumerate(images()):
            label = CLASSES[row % 3] if row % 2 else ""
            writer.writerow([image.mean(), ("red", "blue", "")[row % 3], label])
    return ["data.csv", "--label", "kind"]


def write_folder(folder: Path) -> list[str]:
    for number, image in enumerate(images()):
        path = folder / "data" / CLASSES[number % 3] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path)
    return ["data"]


def write_npy(folder: Path) -> list[str]:
    np.save(folder / "data.npy", images())
    np.save(folder / "labels.npy", np.arange(COUNT) % 3)
    return ["data.npy", "--label", "labels.npy"]


def write_npz(folder: Path) -> list[str]:
    np.savez(folder / "data.npz", values=images().reshape(COUNT, -1) / 7.0, kind=np.arange(COUNT) % 3)
    return ["data.npz", "--label", "kind"]


WRITERS = {
    "table": (write_table, "90 rows of 4 features"),
    "image_folder": (write_folder, "90 images of 6x5x1"),
    "npy": (write_npy, "90 images of 6x5x1"),
    "npz": (write_npz, "90 rows of 30 features"),
}
Writer = Callable[[Path], list[str]]


@pytest.mark.parametrize(("plugin", "write", "seen"), [(n, *each) for n, each in WRITERS.items()])
def test_the_spec_fits_the_data(plugin: str, write: Writer, seen: str, rcmvae, tmp_path) -> None:
    done = rcmvae("new", "spec", "--from", *write(tmp_path), "mine.toml")
    assert (done.returncode, seen in done.stderr, "3 classes" in done.stderr) == (0, True, True)
    text = (tmp_path / "mine.toml").read_text()
    spec = tomli.loads(text)
    assert plugin in spec["data"]
    assert spec["latent"]["channels"] == 2 * len(CLASSES)
    assert spec["train"]["batch_size"] <= 0.8 * 0.9 * COUNT
    assert spec["train"]["epochs"] >= 10
    assert ("gaussian" in spec["head"]) == ("features" in seen)
    assert text.count("\n# ") >= 5
    checked = rcmvae("validate", "mine.toml", "--data")
    assert (checked.returncode, "warning" in checked.stderr) == (0, False)
    ran = rcmvae("run", "mine.toml", "--out", "run", "--set", "train.epochs=1", "--set", "figure={}")
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "run" / "report.html").exists()


def test_without_a_file_the_spec_alone_is_printed(rcmvae, tmp_path) -> None:
    done = rcmvae("new", "spec", "--from", *write_table(tmp_path))
    assert tomli.loads(done.stdout)["data"]["table"] == {"path": "data.csv", "label": "kind"}
    assert "45 of 90 inputs have no label" in done.stderr


def test_data_without_labels_have_a_spec_of_clusters(rcmvae, tmp_path) -> None:
    write_npy(tmp_path)
    spec = tomli.loads(rcmvae("new", "spec", "--from", "data.npy").stdout)
    assert "classifier" not in spec
    assert not {"labels", "classes"} & spec["loss"].keys()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["absent.csv"], "error[E305]: file or folder `absent.csv` does not exist"),
        (["data.csv", "--label", "sort"], "has no column `sort`"),
        (["notes.docx"], "error[E305]: the form of `notes.docx` is unknown"),
        (["broken.npy"], "error[E306]: `broken.npy` cannot be read"),
    ],
)
def test_a_mistake_is_an_error_and_no_file(words: list[str], message: str, rcmvae, tmp_path) -> None:
    write_table(tmp_path)
    for name in ("notes.docx", "broken.npy"):
        (tmp_path / name).write_bytes(b"no array")
    done = rcmvae("new", "spec", "--from", *words, "mine.toml")
    assert done.returncode != 0
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "mine.toml").exists()


def test_a_file_that_is_there_stays(rcmvae, tmp_path) -> None:
    (tmp_path / "mine.toml").write_text("mine")
    done = rcmvae("new", "spec", "--from", *write_table(tmp_path), "mine.toml")
    assert done.returncode != 0
    assert (tmp_path / "mine.toml").read_text() == "mine"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--label", "kind"], "`--label` has no effect without `--from`"),
        (["--from", "data.csv", "--channels", "4"], "`--from` excludes `--channels`"),
        (
            ["--from", "data.csv", "--encoder", "conv", "--minimal"],
            "`--from` excludes `--encoder`, `--minimal`",
        ),
    ],
)
def test_an_option_without_effect_is_an_error(words: list[str], message: str, rcmvae, tmp_path) -> None:
    write_table(tmp_path)
    done = rcmvae("new", "spec", *words)
    assert f"error[E424]: {message}" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("source", ["~no-such-user/x.csv", "x" * 5000, "nowhere.csv"])
def test_a_path_that_cannot_be_one_does_not_exist(source, capfd):
    assert main(["new", "spec", "--from", source]) == 2
    assert "error[E305]: file or folder `" in capfd.readouterr().err
    assert source_path(source) is None
