"""`rcmvae new plugin`: a package with a plugin of every kind can be installed, tested and used."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from rcmvae_core.cli.main import main
from rcmvae_core.plugin.kinds import KINDS
from rcmvae_core.scaffold.names import NewPlugin
from rcmvae_core.scaffold.package import Package, try_commands

ROOT = Path(__file__).parents[2]
KINDS_OF = {f"our_{kind.name}": kind.name for kind in KINDS}
SPEC = """
[data.our_data]
[latent]
channels = 3
dim = 2
[encoder.our_encoder]
[prior.our_prior]
[routing.our_routing]
[conditioner.our_conditioner]
sharpness = 2.0
[backbone.our_backbone]
[head.our_head]
[loss.reconstruction.reconstruction]
[loss.kl_z]
weight = "our_schedule"
[loss.kl_z.kl_latent]
[loss.ours.our_loss]
[loss.same.channel_consistency]
augmentation = "our_augmentation"
[loss.labels.supervised]
[classifier.our_classifier]
[curriculum.our_curriculum]
[callback.our_callback]
[tracker.our_tracker]
[score.our_score]
[calibrator.our_calibrator]
[acquisition.our_acquisition]
[projection.our_projection]
[metric.our_metric]
[figure.our_figure]
[exporter.our_exporter]
[train]
epochs = 1
batch_size = 64
[train.optimizer.our_optimizer]
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """A venv with the package `our_things`; a path file adds this project and the libraries of the environment."""
    home = tmp_path_factory.mktemp("new") / "venv"
    venv.create(home, symlinks=True, with_pip=False)
    site = Path(sysconfig.get_path("purelib", vars={"base": str(home)}))
    paths = [sysconfig.get_path("purelib"), str(ROOT), str(ROOT / "plugins")]
    (site / "libraries.pth").write_text("\n".join(paths))
    pairs = [word for name, kind in KINDS_OF.items() for word in (kind, name)]
    assert main(["new", "plugin", *pairs, "--package", "our_things", "--out", str(home / "made")]) == 0
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(home / "wheels")]
    subprocess.run(command, cwd=home / "made", check=True, capture_output=True)
    (wheel,) = (home / "wheels").glob("rcmvae_our_things-0.1.0-*.whl")
    install = [sys.executable, "-m", "pip", "--python", str(home / "bin" / "python"), "install", "--quiet"]
    words = ["--no-deps", "--no-index", "--no-compile", "--disable-pip-version-check", str(wheel)]
    subprocess.run([*install, *words], check=True, capture_output=True)
    return home


def call(home: Path, *words: str, cwd: Path | None = None) -> str:
    """Run a module with the Python of the venv, and return its output."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "RCMVAE"))}
    command = [str(home / "bin" / "python"), "-m", *words]
    done = subprocess.run(
        command, check=False, text=True, capture_output=True, cwd=cwd or home, env=clean, encoding="utf-8"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_plugin_is_found(home) -> None:
    rows = json.loads(call(home, "rcmvae_core", "plugins", "list", "--json"))["plugins"]
    ours = {row["name"]: row["kind"] for row in rows if row["distribution"] == "rcmvae-our-things"}
    assert ours == KINDS_OF


@pytest.mark.long  # `test_writing_a_plugin.py` runs the tests of one plugin
def test_its_tests_pass(home) -> None:
    output = call(home, "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", cwd=home / "made")
    assert "passed" in output
    assert "skipped" not in output


def test_it_trains(home) -> None:
    (home / "spec.toml").write_text(SPEC, encoding="utf-8")
    call(home, "rcmvae_core", "run", "spec.toml", "--out", "run")
    summary = json.loads((home / "run" / "summary.json").read_text())
    assert summary["mean"]["test"]["elbo"]
    assert (home / "run.log").read_text().splitlines()[-1] == "done"
    lock = (home / "run" / "run.lock.toml").read_text()
    assert (
        lock.count('distribution = "rcmvae-our-things"') >= len(KINDS_OF) - 2
    )  # plugins of two kinds are parameters of others
    assert "our_figure" in (home / "run" / "report.html").read_text()


TRY = """
import shlex, sys
from rcmvae_core.cli.main import main
for line in sys.stdin:
    words = shlex.split(line.replace("rcmvae run", "rcmvae validate").replace(" --out run", ""))[1:]
    if words[0] != "export" and main(words):
        sys.exit(f"failed: {line}")
"""


def test_every_suggested_command_succeeds(home) -> None:
    """The commands that are printed after writing, with `validate` instead of `run`."""
    plugins = tuple(NewPlugin(kind, name) for name, kind in KINDS_OF.items())
    lines = try_commands(Package("our_things", plugins))
    assert len(lines) == 2 * len(KINDS_OF) + 1  # an exporter needs a run
    (home / "tried").mkdir()
    command = [str(home / "bin" / "python"), "-W", "error", "-c", TRY]
    done = subprocess.run(
        command, input="\n".join(lines), cwd=home / "tried", capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(": valid\n") == len(KINDS_OF)
    for name, kind in KINDS_OF.items():
        spec = (home / "tried" / f"{name}.toml").read_text(encoding="utf-8")
        assert f".{name}]" in spec or kind in ("schedule", "augmentation", "exporter")


@pytest.fixture
def empty_folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_written_files_and_the_next_steps(empty_folder, capfd) -> None:
    assert main(["new", "plugin", "conditioner", "my_gate"]) == 0
    captured = capfd.readouterr()
    assert captured.err == ""
    files, _, following = captured.out.partition("\nnext:\n")
    assert sorted(files.split()) == sorted(
        str(p.relative_to(empty_folder)) for p in empty_folder.rglob("*") if p.is_file()
    )
    assert "rcmvae-my-gate/my_gate/my_gate.py" in files
    steps = [line.strip() for line in following.splitlines()]
    assert steps[0] == "pip install -e './rcmvae-my-gate[test]'"
    assert "rcmvae plugins check conditioner my_gate" in steps
    assert "rcmvae new spec my_gate.toml --conditioner my_gate" in steps
    assert [folder.name for folder in empty_folder.iterdir()] == ["rcmvae-my-gate"]


def test_as_json(empty_folder, capfd) -> None:
    words = [
        "new",
        "plugin",
        "head",
        "my_head",
        "loss",
        "my_loss",
        "--package",
        "mine",
        "--out",
        "a/b",
        "--json",
    ]
    assert main(words) == 0
    result = json.loads(capfd.readouterr().out)
    assert (result["package"], result["distribution"], result["folder"]) == ("mine", "rcmvae-mine", "a/b")
    assert all((empty_folder / name).is_file() for name in result["files"])
    assert "pip install -e './a/b[test]'" in result["next"]


@pytest.mark.parametrize("kind", sorted(KINDS_OF.values()))
def test_a_package_of_one_plugin_imports(kind, empty_folder, monkeypatch) -> None:
    assert main(["new", "plugin", kind, "only_one"]) == 0
    for path in (empty_folder / "rcmvae-only-one").rglob("*.py"):
        compile(path.read_text(encoding="utf-8"), path, "exec")
    assert kind in (empty_folder / "rcmvae-only-one" / "README.md").read_text(encoding="utf-8")


def test_all_errors_are_reported_at_once_and_nothing_is_written(empty_folder, capfd) -> None:
    (empty_folder / "rcmvae-my-things").mkdir()
    wrong = ["conditoner", "gate", "conditioner", "film", "head", "MyHead", "prior", "class"]
    assert main(["new", "plugin", *wrong, "--package", "my_things"]) == 2
    captured = capfd.readouterr()
    assert captured.out == ""
    for words in (
        "error[E304]: `rcmvae-my-things` exists already",
        "error[E108]: unknown kind `conditoner`",
        "did you mean `conditioner`?",
        "error[E109]: conditioner `film` already exists in rcmvae",
        "error[E109]: `MyHead` is not snake_case",
        "such as `my_head`",
        "error[E109]: `class` is a keyword or a built-in of Python",
        "5 errors",
    ):
        assert words in captured.err
    assert list((empty_folder / "rcmvae-my-things").iterdir()) == []


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["conditioner"], "`conditioner` is not a pair of KIND and NAME"),
        (["conditioner", "film"], "already exists"),
        (["conditioner", "numpy"], "package `numpy` would shadow a module"),
        (["conditioner", "my_gate", "--out", "file.txt"], "`file.txt` exists already"),
        (["conditioner", "my_gate", "--out", "file.txt/inside"], "cannot write `file.txt/inside`"),
    ],
)
def test_refused(words, reason, empty_folder, capfd) -> None:
    (empty_folder / "file.txt").write_text("mine")
    assert main(["new", "plugin", *words]) in (1, 2)
    captured = capfd.readouterr()
    assert (captured.out, reason in captured.err) == ("", True), captured.err
    assert [path.name for path in empty_folder.iterdir()] == ["file.txt"]
    assert (empty_folder / "file.txt").read_text() == "mine"


def test_errors_as_json(empty_folder, capfd) -> None:
    assert main(["new", "plugin", "conditioner", "film", "--json"]) == 2
    (error,) = json.loads(capfd.readouterr().out)["diagnostics"]
    assert error["code"] == "E109"
