"""`rcmvae predict`, `sample` and `export`, called within this process."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import shlex
import shutil
import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rcmvae_core.cli.main import main
from rcmvae_core.data import dataset
from rcmvae_core.data.fingerprint import item_ids
from rcmvae_core.inference import export, image_grid, optional_packages, prediction_table
from rcmvae_core.inference.data_files import open_dataset
from rcmvae_core.inference.load import load
from rcmvae_core.inference.restore import Warn
from rcmvae_core.inference.trained_model import TrainedModel
from rcmvae_core.runtime import atomic_files


@pytest.fixture
def call(run, trained, tmp_path, monkeypatch, capfd):
    """A function that calls the command in a folder with a run named `run`, which is loaded once for all tests."""
    monkeypatch.chdir(tmp_path)
    Path("run").symlink_to(run)

    def loaded(
        path: Path | str,
        *,
        seed: int | None = None,
        warn: Warn | None = None,
        settings: Sequence[str] = (),
        allow_edited: bool = False,
    ) -> TrainedModel:
        del settings, allow_edited
        return (
            trained
            if (Path(path).name, seed) in {("run", None), ("first", None)}
            else load(path, seed=seed, warn=warn)
        )

    monkeypatch.setattr("rcmvae_core.inference.load.load", loaded)

    def call(command: str, code: int = 0) -> tuple[str, str]:
        assert main(shlex.split(command)) == code, capfd.readouterr().err
        return capfd.readouterr()

    return call


def table(name: str) -> list[dict[str, str]]:
    with Path(name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_split_of_the_run_s_own_data(call, run, trained, digits):
    _, errors = call("predict run --split test -o test.csv")
    rows, data = table("test.csv"), dataset.load_dataset(trained.resolved.one("data"))
    assert [int(row["index"]) for row in rows] == data.test.tolist()
    predictions = trained.predict(digits[data.test])
    assert [row["label"] for row in rows] == predictions.names
    assert [int(row["channel"]) for row in rows] == predictions.channels.tolist()
    for name, values in (("p_3", predictions.probabilities[:, 3]), ("q_5", predictions.responsibilities[:, 5]),
                         ("z_1", predictions.latents[:, 1]), ("entropy", predictions.entropy), ("sigma", predictions.sigma)):  # fmt: skip
        np.testing.assert_allclose([float(row[name]) for row in rows], values, rtol=1e-5)
    assert [row["truth"] for row in rows] == [data.class_names[label] for label in data.labels[data.test]]
    assert [row["item"] for row in rows] == [item_ids(data)[index] for index in data.test]
    summary = json.loads((run / "summary.json").read_text())
    accuracy = np.mean([row["label"] == row["truth"] for row in rows])
    assert f"accuracy {accuracy:.4f} on {len(rows)} with a known class" in errors
    assert (
        abs(accuracy - summary["mean"]["test"]["accuracy"]) < 0.1
    )  # one is of the ensemble, the other the mean of its seeds


def idx(path: Path, array: np.ndarray) -> None:
    header = struct.pack(f">4B{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    with (gzip.open if path.suffix == ".gz" else open)(path, "wb") as file:
        file.write(header + array.astype(np.uint8).tobytes())


def test_files_of_every_format_give_the_same_predictions(call, trained, digits):
    inputs = digits[:300]
    np.save("plain.npy", inputs[..., 0])
    np.savez("named.npz", images=inputs, y=np.arange(300) % 10)
    idx(Path("x-idx3-ubyte"), inputs[..., 0])
    idx(Path("x-idx3-ubyte.gz"), inputs[..., 0])
    idx(Path("y-idx1-ubyte"), np.arange(300) % 10)
    for number, image in enumerate(inputs[:12, ..., 0]):
        folder = Path("folder", "01"[number % 2])
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(folder / f"{number:03}.png")
    for data, labelled in (
        ("plain.npy", False),
        ("named.npz --array images --labels y", True),
        ("x-idx3-ubyte --labels y-idx1-ubyte", True),
        ("x-idx3-ubyte.gz", False),
    ):
        call(f"predict run {data} -o predictions.npz --force")
        with np.load("predictions.npz", allow_pickle=False) as arrays:
            np.testing.assert_allclose(
                arrays["probabilities"], trained.predict(inputs).probabilities, rtol=1e-5
            )
            assert ("truth" in arrays.files) == labelled
            if labelled:
                assert arrays["truth"].tolist() == [str(n % 10) for n in range(300)]
    with open_dataset(Path("folder"), trained.info) as dataset_:
        assert dataset_.class_names == ("0", "1")
        assert dataset_.inputs[np.arange(12)].shape == (12, 8, 8, 1)
    (Path("folder") / "other").mkdir()
    call("predict run plain.npy -o one.csv --seed 3 --samples 2")
    assert all(float(row["epistemic"]) > 0 for row in table("one.csv"))


def test_a_large_file_is_read_and_written_a_batch_at_a_time(call, trained, monkeypatch):
    shape = (1000, 8, 8, 1)
    np.lib.format.open_memmap("large.npy", "w+", np.uint8, shape).flush()
    sizes: list[int] = []
    add = prediction_table._Csv.add
    monkeypatch.setattr(
        prediction_table._Csv,
        "add",
        lambda self, batch: (sizes.append(len(batch.item_ids)), add(self, batch)),
    )
    with open_dataset(Path("large.npy"), trained.info) as data:
        assert isinstance(data.inputs, np.memmap)
    call("predict run large.npy -o large.csv")
    assert sizes == [256, 256, 256, 232]
    assert len(table("large.csv")) == 1000


def test_parquet(call, digits):
    parquet = pytest.importorskip("pyarrow.parquet")
    np.save("x.npy", digits[:300])
    call("predict run x.npy -o x.csv")
    call("predict run x.npy -o x.parquet")
    columns, rows = parquet.read_table("x.parquet").to_pydict(), table("x.csv")
    assert list(columns) == list(rows[0])
    assert columns["item"] == [row["item"] for row in rows]
    np.testing.assert_allclose(columns["p_1"], [float(row["p_1"]) for row in rows], rtol=1e-5)


@pytest.mark.parametrize(
    ("command", "code", "error"),
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
def test_wrong_arguments_are_an_error(call, digits, command, code, error):
    np.save("x.npy", digits[:3])
    np.save("wide.npy", np.zeros((3, 9, 9), np.uint8))
    Path("broken.npy").write_bytes(b"\x93NUMPY cut")
    Path("broken.gz").write_bytes(b"\x1f\x8b cut")
    before = sorted(Path().iterdir())
    _, errors = call(command, code)
    assert errors.startswith(f"error[{error}]")
    assert "help: " in errors
    assert sorted(Path().iterdir()) == before


def test_parquet_without_pyarrow_is_an_error(call, monkeypatch):
    monkeypatch.setattr(optional_packages, "has_pyarrow", lambda: False)
    _, errors = call("predict run --split test -o x.parquet", 2)
    assert "error[E423]" in errors
    assert "rcmvae[parquet]" in errors


def test_a_full_disk_leaves_nothing_behind(tmp_path):
    def fill(partial: Path) -> None:
        partial.write_text("half")
        raise OSError(28, "No space left on device")

    (tmp_path / "x.csv").write_text("old")
    with (
        pytest.raises(Exception, match=r"E304: cannot write .*: No space left on device"),
        atomic_files.replacing(tmp_path / "x.csv") as partial,
    ):
        fill(partial)
    assert [path.name for path in tmp_path.iterdir()] == ["x.csv"]
    assert (tmp_path / "x.csv").read_text() == "old"


def test_samples_and_traversals_as_images_and_arrays(call, trained):
    out, _ = call("sample run --label 3 --n 5 -o three --json")
    assert json.loads(out)["files"] == ["three.npz", "three.png"]
    with np.load("three.npz", allow_pickle=False) as arrays:
        np.testing.assert_allclose(arrays["samples"], trained.sample(5, label=3), rtol=1e-5)
    call("sample run --traverse --channel 4 -o along")
    with np.load("along.npz", allow_pickle=False) as arrays, Image.open("along.png") as image:
        assert arrays["samples"].shape == (2, 9, 8, 8, 1)
        assert image.mode == "L"
        np.testing.assert_array_equal(np.asarray(image)[..., None], image_grid.tile(arrays["samples"]))


def test_a_grid_of_colour_images_with_an_empty_cell(tmp_path):
    images = np.random.default_rng(0).random((3, 60, 50, 3))
    grid = image_grid.tile(image_grid.arrange_in_square(images))
    assert grid.shape == (122, 102, 3)
    assert (grid[62:, 52:] == 255).all()
    np.testing.assert_array_equal(grid[62:, :50], np.rint(images[2] * 255))
    image_grid.write_png(tmp_path / "x.png", grid)
    with Image.open(tmp_path / "x.png") as image:
        np.testing.assert_array_equal(np.asarray(image), grid)


@pytest.mark.parametrize(("channels", "mode"), [(1, "L"), (3, "RGB")])
def test_a_png_has_the_pixels_of_the_grid(tmp_path, channels, mode):
    grid = image_grid.tile(np.random.default_rng(1).random((2, 3, 9, 7, channels)))
    image_grid.write_png(tmp_path / "x.partial", grid)
    with Image.open(tmp_path / "x.partial") as image:
        assert (image.format, image.mode) == ("PNG", mode)
        np.testing.assert_array_equal(np.asarray(image).reshape(grid.shape), grid)


def test_the_commands_of_the_page_run(call, trained, digits, published, monkeypatch):
    page = (Path(__file__).parents[2] / "docs" / "predicting.md").read_text(encoding="utf-8")
    # Missing values need a model of a table: see the tests of imputation.
    start, end = page.index("## Missing values"), page.index("## Output")
    blocks = re.findall(r"```(\w+)\n(.*?)```", page[:start] + page[end:], re.DOTALL)
    Path("runs").mkdir()
    Path("runs/first").symlink_to(Path("run").resolve())
    Path("images/3").mkdir(parents=True)
    Path("more").mkdir()
    for name in ("images/3/three.png", "one.png", "more/a.jpg", "more/b.jpg"):
        Image.fromarray(digits[3, ..., 0]).resize((20, 20)).save(name)
    monkeypatch.setattr(export, "write", lambda _, folder: shutil.copytree(published, folder))
    np.save("x.npy", digits[:3])
    names = {"images": digits[:3]}
    for language, text in blocks:
        if language == "python":
            exec(compile(text, "predicting.md", "exec"), names)
            continue
        for line in text.splitlines():
            if " | " in line:
                monkeypatch.setattr("sys.stdin", io.StringIO("one.png\nmore/b.jpg\n"))
            call(line.rpartition("rcmvae ")[2])
    assert [row["truth"] for row in table("images.csv")] == ["3"]
    assert [row["file"] for row in table("some.csv")] == ["one.png", "more/a.jpg", "more/b.jpg"]
    assert [row["file"] for row in table("all.csv")] == ["one.png", "more/b.jpg"]
    assert names["threes"].shape == (64, 8, 8, 1)
    served = np.asarray(names["outputs"]["probabilities"])
    np.testing.assert_allclose(served, trained.predict(digits[:3]).probabilities, atol=1e-5)


def test_a_file_that_cannot_be_read_does_not_stop_the_others(call, digits) -> None:
    Path("wrong.png").write_bytes(b"no image")
    Image.fromarray(digits[0, ..., 0]).save("right.png")
    np.save("x.npy", digits[:2])
    _, errors = call("predict run right.png wrong.png x.npy none.npy -o out.csv", 2)
    assert [row["file"] for row in table("out.csv")] == ["right.png", "x.npy", "x.npy"]
    assert "wrong.png" in errors
    assert "none.npy" in errors
