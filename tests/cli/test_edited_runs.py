"""Runs and exports that were edited, and records that were lost: what each command says, and what it makes again."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from rcmvae_core.cli.main import main
from rcmvae_core.errors import RcmvaeError
from rcmvae_core.inference.load import load
from rcmvae_core.training.checkpoints import files as checkpoint_files
from tests.support.small_training import TINY

STEP = Path("checkpoints/seed-0/step-000000040")
Call = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run, its export and inputs."""
    folder = tmp_path_factory.mktemp("pristine")
    (folder / "tiny.toml").write_bytes(TINY + b"[score.unexplained]\n")
    settings = [word for value in ("train.epochs=2", "figure={}", "metric={}") for word in ("--set", value)]
    words = [*settings, "--out", str(folder / "run")]
    assert main(["run", str(folder / "tiny.toml"), *words]) == 0
    assert main(["export", str(folder / "run"), "-o", str(folder / "export")]) == 0
    np.save(folder / "x.npy", np.random.default_rng(0).integers(0, 17, (30, 8, 8, 1)).astype(np.uint8))
    return folder


@pytest.fixture
def home(pristine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, which is the current folder."""
    shutil.copytree(pristine, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def call(home: Path, capfd: pytest.CaptureFixture[str]) -> Iterator[Call]:
    """Calls the command, and returns the exit code and everything it printed."""
    del home

    def run(*words: str) -> tuple[int, str]:
        capfd.readouterr()
        code = main(list(words))
        return code, "".join(capfd.readouterr())

    return run  # pyright: ignore[reportReturnType]


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def change(path: Path, **values: Any) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


EDITS: dict[str, Callable[[Path], None]] = {
    "spec.toml": lambda run: replace(run / "spec.toml", 'activation = "relu"', 'activation = "tanh"'),
    "model.json": lambda run: change(run / "model.json", maximum=255.0),
}
COMMANDS = (
    ("predict", "run", "x.npy", "-o", "out.csv"),
    ("evaluate", "run"),
    ("sample", "run", "-n", "3", "-o", "out"),
    ("suggest", "run", "-n", "3"),
    ("export", "run", "-o", "exported"),
)


@pytest.mark.parametrize("name", EDITS)
def test_an_edited_run_is_refused_by_every_command(home: Path, call: Call, name: str):
    EDITS[name](home / "run")
    for words in (*COMMANDS, ("learn", "run", "--warm-start", "-o", "learned")):
        code, output = call(*words)
        assert code == 2, output
        assert f"error[E441]: in `run` these files are not as they were written: `{name}`" in output
        assert "--allow-edited" in output
    assert not (home / "out.csv").exists()
    code, output = call("predict", "run", "x.npy", "-o", "out.csv", "--allow-edited")
    assert (code, output.count("warning[W440]"), output.count(f"`{name}`")) == (0, 1, 1)


def test_reversed_class_names_are_an_edit_and_other_spaces_are_none(home: Path):
    path = home / "run" / "model.json"
    names = json.loads(path.read_text())["class_names"]
    path.write_text(json.dumps(json.loads(path.read_text())))
    assert load(home / "run").class_names == tuple(names)
    change(path, class_names=names[::-1])
    with pytest.raises(RcmvaeError, match=r"E441.*`model.json`"):
        load(home / "run")
    with pytest.warns(UserWarning, match=r"W440.*`model.json`"):
        assert load(home / "run", allow_edited=True).class_names == tuple(names[::-1])


def test_a_run_without_hashes_loads(home: Path):
    for path in (home / "run" / STEP.parent).glob("*.json"):
        record = json.loads(path.read_text())
        path.write_text(
            json.dumps(
                record | {"facts": {k: v for k, v in record["facts"].items() if k not in ("spec", "model")}}
            )
        )
    change(home / "run" / "model.json", maximum=255.0)
    assert load(home / "run").maximum == 255.0


@pytest.mark.parametrize("value", [10**9, -3, 0, 2.5, "ten", None, 5])
def test_sizes_are_bounded_before_anything_is_reserved(home: Path, call: Call, value: Any):
    change(home / "run" / "model.json", channels=value)
    code, output = call("predict", "run", "x.npy", "-o", "out.csv")
    assert (code, "error[E425]" in output, "`channels`" in output) == (2, True, True), output


def test_an_export_says_which_file_was_edited(home: Path):
    for name in ("model.toml", "model.safetensors", "model.stablehlo", "reference.npz"):
        content = (home / "export" / name).read_bytes()
        at = len(content) - 5
        (home / "export" / name).write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        with pytest.raises(RcmvaeError, match=f"E441.*`{name}`" if name != "model.toml" else "E"):
            load(home / "export")
        (home / "export" / name).write_bytes(content)
    config = json.loads((home / "export" / "config.json").read_text())
    config["model"]["class_names"].reverse()
    change(home / "export" / "config.json", model=config["model"])
    with pytest.raises(RcmvaeError, match=r"E441.*`config.json`"):
        load(home / "export")


def test_class_names_that_disagree_with_the_arrays_are_an_error(home: Path):
    config = json.loads((home / "export" / "config.json").read_text())
    model = config["model"] | {"class_names": ["a", "b"]}
    change(home / "export" / "config.json", model=model)
    with pytest.raises(RcmvaeError, match=r"E425.*`classes` is 10, and `class_names` has 2"):
        load(home / "export", allow_edited=True)
    counts = {"classes": 2, "label_counts": [1, 1], "class_prior": [0.5, 0.5]}
    change(home / "export" / "config.json", model=model | counts)
    with pytest.warns(UserWarning, match="W440"), pytest.raises(RcmvaeError, match=r"E412.*carry/classifier"):
        load(home / "export", allow_edited=True)


def forget_hashes(export: Path) -> None:
    config = json.loads((export / "config.json").read_text())
    (export / "config.json").write_text(
        json.dumps({k: v for k, v in config.items() if k not in ("files", "hash")})
    )


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_not_finite_are_refused(home: Path, call: Call, value: float):
    forget_hashes(home / "export")
    path = home / "export" / "model.safetensors"
    arrays = load_file(path)
    name = next(name for name in arrays if name.endswith("encoder/hidden_0/bias"))
    arrays[name] = np.full_like(arrays[name], value)
    save_file(arrays, path)
    code, output = call("predict", "export", "x.npy", "-o", "out.csv")
    assert (code, "error[E442]" in output, "encoder/hidden_0/bias" in output) == (2, True, True), output


def test_a_file_of_weights_larger_than_the_model_is_not_read(home: Path):
    forget_hashes(home / "export")
    path = home / "export" / "model.safetensors"
    arrays = load_file(path)
    save_file(arrays | {"seed-0/params/large": np.zeros(2**22, np.float32)}, path)
    with pytest.raises(RcmvaeError, match=r"E425.*it has 1\d{7} bytes, and the arrays of the model \d+"):
        load(home / "export")
    record = home / "run" / STEP.with_suffix(".json")
    values = json.loads(record.read_text())
    values["arrays"]["carry/usage"] = ["float32", [2**33]]
    record.write_text(json.dumps(values))
    with pytest.raises(RcmvaeError, match=r"E412.*`carry/usage`: float32 of shape \(8589934592,\)"):
        load(home / "run")


@pytest.mark.parametrize("content", [b"", b"PK", None])
def test_a_corrupt_reference_is_computed_again(home: Path, content: bytes | None):
    inputs = np.load(home / "x.npy")
    expected = load(home / "run").score(inputs)["unexplained"]
    path = home / "run" / "reference.npz"
    path.write_bytes(path.read_bytes()[:-200] if content is None else content)
    with pytest.warns(UserWarning, match=r"W441: .*reference.npz` cannot be read"):
        actual = load(home / "run").score(inputs)["unexplained"]
    np.testing.assert_allclose(actual, expected, rtol=1e-5)


def test_a_reference_with_infinity_is_computed_again(home: Path):
    path = home / "run" / "reference.npz"
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    np.savez(path, **arrays | {"0/kl_latent": np.full_like(arrays["0/kl_latent"], np.inf)})
    with pytest.warns(UserWarning, match=r"W441: .*its array `kl_latent` has numbers that are not finite"):
        assert np.isfinite(load(home / "run").score(np.load(home / "x.npy"))["unexplained"]).all()


def test_resume_makes_a_lost_summary_again(home: Path, call: Call):
    path = home / "run" / "summary.json"
    before = json.loads(path.read_text())
    path.write_text(path.read_text()[:300])
    code, output = call("resume", "run")
    assert (code, "warning[W441]" in output, "summary.json` cannot be read" in output) == (0, True, True), (
        output
    )
    after = json.loads(path.read_text())
    assert [after["seeds"][0][key] for key in ("step", "test", "best")] == [
        before["seeds"][0][key] for key in ("step", "test", "best")
    ]


def test_resume_makes_the_other_records_again(home: Path, call: Call):
    run = home / "run"
    model, rows = json.loads((run / "model.json").read_text()), (run / "metrics.jsonl").read_text()
    (run / "status.json").write_text("[]")
    (run / "model.json").write_text('{"format": 2}')
    (run / "metrics.jsonl").write_text("\0\n[]\n" + rows)
    (run / "trackers.json").write_text("3")
    code, output = call("resume", "run")
    assert code == 0, output
    assert len(re.findall(r"warning\[W441\]", output)) == 3, output
    assert "has 2 lines that are no rows" in output
    assert json.loads((run / "status.json").read_text())["state"] == "done"
    assert json.loads((run / "model.json").read_text()) == model
    assert (run / "metrics.jsonl").read_text() == rows


def test_resume_of_an_edited_spec_needs_a_word(home: Path, call: Call):
    EDITS["spec.toml"](home / "run")
    change(home / "run" / "status.json", state="interrupted")
    code, output = call("resume", "run")
    assert (code, "error[E412]" in output, "--allow-edited" in output) == (1, True, True), output
    code, output = call("resume", "run", "--allow-edited")
    assert (code, "warning[W440]" in output) == (0, True), output


def test_an_unreadable_origin_is_named(home: Path, call: Call):
    change(home / "run" / "status.json", state="interrupted")
    (home / "run" / "origin.json").write_text('{"run": "run", "steps": [40]}')
    code, output = call("resume", "run")
    assert (code, "error[E440]" in output, "`steps` must be a table" in output) == (2, True, True), output


def test_learning_from_a_corrupt_last_checkpoint_is_an_error(home: Path, call: Call):
    record = (home / "run" / STEP).with_suffix(".json")
    words = ("learn", "run", "--warm-start", "--epochs", "1", "-o", "learned")
    content = record.read_text()
    record.write_text(content[:100])
    code, output = call(*words)
    assert (code, "error[E413]: the last checkpoint is corrupt" in output) == (1, True), output
    record.write_text(content)
    arrays = home / "run" / STEP / "arrays.safetensors"
    arrays.write_bytes(arrays.read_bytes()[:-1])
    code, output = call(*words)
    assert (code, "error[E413]" in output) == (1, True), output


def test_files_that_are_named_like_records_are_reported(home: Path, call: Call):
    record = (home / "run" / STEP).with_suffix(".json")
    record.rename(record.with_name("step-000000040.sync-conflict.json"))
    code, output = call("predict", "run", "x.npy", "-o", "out.csv")
    assert (code, "warning[W442]" in output, "step-000000040.sync-conflict.json" in output) == (
        0,
        True,
        True,
    ), output
    folder = home / "run" / STEP.parent
    assert [each.step for each in checkpoint_files.records(folder)] == [20]
    checkpoint_files.remove_incomplete(folder)
    assert (home / "run" / STEP).is_dir()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("predict run x.npy -o out.csv --samples 1000000000", "E443]: 1000000000 ensemble members (--samples) take"),
        ("sample run -n 1000000000 -o out", "E443]: 1000000000 samples (-n) take 954 GiB of memory, of at most 4 GiB"),
        ("sample run -n 99999999999999999999 -o out", "expected an integer of 1 to 2147483647"),
        ("sample run --draw 9223372036854775808 -o out", "expected an integer of 0 to 4294967295"),
        ("sample run --draw -1 -o out", "expected"),
        ("suggest run --draw 4294967296", "expected an integer of 0 to 4294967295, got 4294967296"),
        ("label run log -n 123456789012345678901234567890", "expected an integer of 1 to 2147483647"),
        (f"suggest run -n {'9' * 5000}", "expected an integer of 1 to 2147483647"),
        (f"sample run --channel {'9' * 30} -o out", "E422"),
        (f"predict run x.npy -o out.csv --seed {'9' * 30}", "E425"),
    ],
)  # fmt: skip
def test_numbers_have_bounds(call: Call, words: str, message: str):
    code, output = call(*words.split())
    assert (code, message in output) == (2, True), output[-2000:]


def test_all_inputs_are_suggested_if_more_are_requested(call: Call):
    code, output = call("suggest", "run", "-n", "2147483647", "--json")
    assert code == 0
    assert len(json.loads(output[output.index("{") :])["suggestions"]) > 1000
