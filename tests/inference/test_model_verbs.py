"""`predict`, `sample` and `export` as a person calls them, within this process."""

from __future__ import annotations

import csv
import gzip
import json
import re
import shutil
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rcmvae_core.cli import main
from rcmvae_core.inference import exported, pictures, rows, targets
from rcmvae_core.inference.files import opened
from rcmvae_core.inference.load import load
from rcmvae_core.inference.states import Warn
from rcmvae_core.inference.trained import TrainedModel
from rcmvae_core.labels.items import item_ids
from rcmvae_core.training import dataset


@pytest.fixture
def call(run, trained, tmp_path, monkeypatch, capfd):
    """Calls the command in an empty folder, beside a run named `run`, which is loaded only once for all."""
    monkeypatch.chdir(tmp_path)
    Path("run").symlink_to(run)

    def loaded(path: Path | str, *, seed: int | None = None, warn: Warn | None = None) -> TrainedModel:
        return (
            trained
            if (Path(path).name, seed) in {("run", None), ("first", None)}
            else load(path, seed=seed, warn=warn)
        )

    monkeypatch.setattr("rcmvae_core.inference.load.load", loaded)

    def call(words: str, code: int = 0) -> tuple[str, str]:
        assert main(words.split()) == code, capfd.readouterr().err
        return capfd.readouterr()

    return call


def table(name: str) -> list[dict[str, str]]:
    with Path(name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_split_of_the_run_s_own_data(call, run, trained, digits):
    _, told = call("predict run --split test -o test.csv")
    found, data = table("test.csv"), dataset.load(trained.resolved.one("data"))
    assert [int(row["index"]) for row in found] == data.test.tolist()
    ours = trained.predict(digits[data.test])
    assert [row["label"] for row in found] == ours.names
    assert [int(row["channel"]) for row in found] == ours.channels.tolist()
    for name, values in (("p_3", ours.probabilities[:, 3]), ("q_5", ours.responsibilities[:, 5]),
                         ("z_1", ours.latents[:, 1]), ("entropy", ours.entropy), ("sigma", ours.sigma)):  # fmt: skip
        np.testing.assert_allclose([float(row[name]) for row in found], values, rtol=1e-5)
    assert [row["truth"] for row in found] == [data.class_names[label] for label in data.labels[data.test]]
    assert [row["item"] for row in found] == [item_ids(data)[index] for index in data.test]
    summary = json.loads((run / "summary.json").read_text())
    right = np.mean([row["label"] == row["truth"] for row in found])
    assert f"accuracy {right:.4f} on {len(found)} with a known class" in told
    assert (
        abs(right - summary["mean"]["test"]["accuracy"]) < 0.1
    )  # of the ensemble, and the mean of its seeds


def idx(path: Path, array: np.ndarray) -> None:
    header = struct.pack(f">4B{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    with (gzip.open if path.suffix == ".gz" else open)(path, "wb") as file:
        file.write(header + array.astype(np.uint8).tobytes())


def test_files_of_every_kind_give_the_same(call, trained, digits):
    some = digits[:300]
    np.save("plain.npy", some[..., 0])
    np.savez("named.npz", images=some, y=np.arange(300) % 10)
    idx(Path("x-idx3-ubyte"), some[..., 0])
    idx(Path("x-idx3-ubyte.gz"), some[..., 0])
    idx(Path("y-idx1-ubyte"), np.arange(300) % 10)
    for number, image in enumerate(some[:12, ..., 0]):
        folder = Path("folder", "01"[number % 2])
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(folder / f"{number:03}.png")
    for words, labelled in (
        ("plain.npy", False),
        ("named.npz --array images --labels y", True),
        ("x-idx3-ubyte --labels y-idx1-ubyte", True),
        ("x-idx3-ubyte.gz", False),
    ):
        call(f"predict run {words} -o found.npz")
        with np.load("found.npz", allow_pickle=False) as found:
            np.testing.assert_allclose(found["probabilities"], trained.predict(some).probabilities, rtol=1e-5)
            assert ("truth" in found.files) == labelled
            if labelled:
                assert found["truth"].tolist() == [str(n % 10) for n in range(300)]
    with opened(Path("folder"), trained.sizes) as data:
        assert data.class_names == ("0", "1")
        assert data.inputs[np.arange(12)].shape == (12, 8, 8, 1)
    (Path("folder") / "other").mkdir()
    call("predict run plain.npy -o one.csv --seed 3 --samples 2")
    assert all(float(row["epistemic"]) > 0 for row in table("one.csv"))


def test_a_large_file_is_read_and_written_a_batch_at_a_time(call, trained, monkeypatch):
    shape = (1000, 8, 8, 1)
    np.lib.format.open_memmap("large.npy", "w+", np.uint8, shape).flush()
    seen: list[int] = []
    add = rows._Csv.add
    monkeypatch.setattr(
        rows._Csv, "add", lambda self, batch: (seen.append(len(batch.items)), add(self, batch))
    )
    with opened(Path("large.npy"), trained.sizes) as data:
        assert isinstance(data.inputs, np.memmap)
    call("predict run large.npy -o large.csv")
    assert seen == [256, 256, 256, 232]
    assert len(table("large.csv")) == 1000


def test_parquet(call, digits):
    parquet = pytest.importorskip("pyarrow.parquet")
    np.save("x.npy", digits[:300])
    call("predict run x.npy -o x.csv")
    call("predict run x.npy -o x.parquet")
    found, rows_ = parquet.read_table("x.parquet").to_pydict(), table("x.csv")
    assert list(found) == list(rows_[0])
    assert found["item"] == [row["item"] for row in rows_]
    np.testing.assert_allclose(found["p_1"], [float(row["p_1"]) for row in rows_], rtol=1e-5)


@pytest.mark.parametrize(
    ("words", "code", "error"),
    [
        ("predict run -o x.csv", 2, "E424"),
        ("predict run x.npy --split test -o x.csv", 2, "E424"),
        ("predict run x.npy -o x.xlsx", 2, "E423"),
        ("predict run absent.npy -o x.csv", 2, "E305"),
        ("predict run broken.npy -o x.csv", 2, "E306"),
        ("predict run broken.gz -o x.csv", 2, "E306"),
        ("predict run wide.npy -o x.csv", 2, "E421"),
        ("predict absent --split test -o x.csv", 2, "E425"),
        ("predict run --split test -o x.npy/x.csv", 1, "E304"),
        ("sample run --label 3 --channel 1 -o x", 2, "E424"),
        ("sample run --label eleven -o x", 2, "E422"),
        ("export run -o x.npy", 2, "E304"),
    ],
)
def test_faults(call, digits, words, code, error):
    np.save("x.npy", digits[:3])
    np.save("wide.npy", np.zeros((3, 9, 9), np.uint8))
    Path("broken.npy").write_bytes(b"\x93NUMPY cut")
    Path("broken.gz").write_bytes(b"\x1f\x8b cut")
    before = sorted(Path().iterdir())
    _, told = call(words, code)
    assert told.startswith(f"error[{error}]")
    assert "help: " in told
    assert sorted(Path().iterdir()) == before


def test_parquet_without_its_package_is_told(call, monkeypatch):
    monkeypatch.setattr(rows, "find_spec", lambda _: None)
    _, told = call("predict run --split test -o x.parquet", 2)
    assert "error[E423]" in told
    assert "rcmvae[parquet]" in told


def test_a_full_disk_leaves_nothing_behind(tmp_path):
    def fill(partial: Path) -> None:
        partial.write_text("half")
        raise OSError(28, "No space left on device")

    (tmp_path / "x.csv").write_text("old")
    with (
        pytest.raises(Exception, match=r"E304: cannot write .*: No space left on device"),
        targets.replacing(tmp_path / "x.csv") as partial,
    ):
        fill(partial)
    assert [path.name for path in tmp_path.iterdir()] == ["x.csv"]
    assert (tmp_path / "x.csv").read_text() == "old"


def test_samples_and_traversals_as_pictures_and_arrays(call, trained):
    out, _ = call("sample run --label 3 --n 5 -o three --json")
    assert json.loads(out)["files"] == ["three.npz", "three.png"]
    with np.load("three.npz", allow_pickle=False) as found:
        np.testing.assert_allclose(found["samples"], trained.sample(5, label=3), rtol=1e-5)
    call("sample run --traverse --channel 4 -o along")
    with np.load("along.npz", allow_pickle=False) as found, Image.open("along.png") as picture:
        assert found["samples"].shape == (2, 9, 8, 8, 1)
        assert picture.mode == "L"
        np.testing.assert_array_equal(np.asarray(picture)[..., None], pictures.grid(found["samples"]))


def test_colours_and_an_empty_place_in_a_grid(tmp_path):
    made = np.random.default_rng(0).random((3, 60, 50, 3))
    whole = pictures.grid(pictures.square(made))
    assert whole.shape == (122, 102, 3)
    assert (whole[62:, 52:] == 255).all()
    np.testing.assert_array_equal(whole[62:, :50], np.rint(made[2] * 255))
    pictures.write_png(tmp_path / "x.png", whole)
    with Image.open(tmp_path / "x.png") as picture:
        np.testing.assert_array_equal(np.asarray(picture), whole)


def test_the_page_does_what_it_says(call, trained, digits, published, monkeypatch):
    page = (Path(__file__).parents[2] / "docs" / "predicting.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```(\w+)\n(.*?)```", page, re.DOTALL)
    Path("runs").mkdir()
    Path("runs/first").symlink_to(Path("run").resolve())
    Path("images/3").mkdir(parents=True)
    Image.fromarray(digits[3, ..., 0]).resize((20, 20)).save("images/3/three.png")
    monkeypatch.setattr(exported, "write", lambda _, folder: shutil.copytree(published, folder))
    np.save("x.npy", digits[:3])
    names = {"images": digits[:3]}
    for language, text in blocks:
        if language == "python":
            exec(compile(text, "predicting.md", "exec"), names)
            continue
        for line in text.splitlines():
            call(line.removeprefix("rcmvae "))
    assert [row["truth"] for row in table("images.csv")] == ["3"]
    assert names["threes"].shape == (64, 8, 8, 1)
    served = np.asarray(names["found"]["probabilities"])
    np.testing.assert_allclose(served, trained.predict(digits[:3]).probabilities, atol=1e-5)
