"""`new plugin`: a package of every kind at once, installed beside us, does what a package by hand would do."""

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
[tracker.our_tracker]
[score.our_score]
[acquisition.our_acquisition]
[figure.our_figure]
[train]
epochs = 1
batch_size = 64
[train.optimizer.our_optimizer]
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """A venv with the package `our_things`, which sees us and the environment's libraries through a path file."""
    home = tmp_path_factory.mktemp("new") / "venv"
    venv.create(home, symlinks=True, with_pip=False)
    site = Path(sysconfig.get_path("purelib", vars={"base": str(home)}))
    seen = [sysconfig.get_path("purelib"), str(ROOT), str(ROOT / "plugins")]
    (site / "libraries.pth").write_text("\n".join(seen))
    pairs = [word for name, kind in KINDS_OF.items() for word in (kind, name)]
    assert main(["new", "plugin", *pairs, "--package", "our_things", "--out", str(home / "made")]) == 0
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(home / "wheels")]
    subprocess.run(command, cwd=home / "made", check=True, capture_output=True)
    (wheel,) = (home / "wheels").glob("our_things-0.1.0-*.whl")
    install = [sys.executable, "-m", "pip", "--python", str(home / "bin" / "python"), "install", "--quiet"]
    words = ["--no-deps", "--no-index", "--no-compile", "--disable-pip-version-check", str(wheel)]
    subprocess.run([*install, *words], check=True, capture_output=True)
    return home


def call(home: Path, *words: str, cwd: Path | None = None) -> str:
    """What a module prints, run by the venv's Python."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "RCMVAE"))}
    command = [str(home / "bin" / "python"), "-m", *words]
    done = subprocess.run(
        command, check=False, text=True, capture_output=True, cwd=cwd or home, env=clean, encoding="utf-8"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_plugin_is_found(home) -> None:
    rows = json.loads(call(home, "rcmvae_core", "plugins", "list", "--json"))["plugins"]
    ours = {row["name"]: row["kind"] for row in rows if row["distribution"] == "our-things"}
    assert ours == KINDS_OF


@pytest.mark.long  # those of one plugin pass in `test_writing_a_plugin`
def test_its_own_tests_pass(home) -> None:
    told = call(home, "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", cwd=home / "made")
    assert "passed" in told
    assert "skipped" not in told


def test_it_trains(home) -> None:
    (home / "spec.toml").write_text(SPEC, encoding="utf-8")
    call(home, "rcmvae_core", "run", "spec.toml", "--out", "run")
    summary = json.loads((home / "run" / "summary.json").read_text())
    assert summary["mean"]["test"]["elbo"]
    assert (home / "run.log").read_text().splitlines()[-1] == "done"
    lock = (home / "run" / "run.lock.toml").read_text()
    assert lock.count('distribution = "our-things"') >= len(KINDS_OF) - 2  # two kinds stand inside of others
    assert "our_figure" in (home / "run" / "report.html").read_text()


TRY = """
import shlex, sys
from rcmvae_core.cli.main import main
for line in sys.stdin:
    words = shlex.split(line.replace("rcmvae run", "rcmvae validate"))[1:]
    if main(words):
        sys.exit(f"failed: {line}")
"""


def test_every_command_to_try_is_good(home) -> None:
    """What is printed after writing, with `validate` for `run`."""
    plugins = tuple(NewPlugin(kind, name) for name, kind in KINDS_OF.items())
    lines = try_commands(Package("our_things", plugins))
    assert len(lines) == 2 * len(KINDS_OF)
    (home / "tried").mkdir()
    command = [str(home / "bin" / "python"), "-W", "error", "-c", TRY]
    done = subprocess.run(
        command, input="\n".join(lines), cwd=home / "tried", capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(": valid\n") == len(KINDS_OF)
    for name, kind in KINDS_OF.items():
        told = (home / "tried" / f"{name}.toml").read_text(encoding="utf-8")
        assert f".{name}]" in told or kind in ("schedule", "augmentation")


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_what_is_written_and_what_to_do_next(here, capfd) -> None:
    assert main(["new", "plugin", "conditioner", "my_gate"]) == 0
    told = capfd.readouterr()
    assert told.err == ""
    files, _, following = told.out.partition("\nnext:\n")
    assert sorted(files.split()) == sorted(str(p.relative_to(here)) for p in here.rglob("*") if p.is_file())
    assert "my-gate/my_gate/my_gate.py" in files
    steps = [line.strip() for line in following.splitlines()]
    assert steps[0] == "pip install -e ./my-gate"
    assert "rcmvae plugins check conditioner my_gate" in steps
    assert "rcmvae new spec my_gate.toml --conditioner my_gate" in steps
    assert [folder.name for folder in here.iterdir()] == ["my-gate"]


def test_as_json(here, capfd) -> None:
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
    found = json.loads(capfd.readouterr().out)
    assert (found["package"], found["distribution"], found["folder"]) == ("mine", "mine", "a/b")
    assert all((here / name).is_file() for name in found["files"])
    assert "pip install -e ./a/b" in found["next"]


@pytest.mark.parametrize("kind", sorted(KINDS_OF.values()))
def test_a_package_of_one_plugin_imports(kind, here, monkeypatch) -> None:
    assert main(["new", "plugin", kind, "only_one"]) == 0
    for path in (here / "only-one").rglob("*.py"):
        compile(path.read_text(encoding="utf-8"), path, "exec")
    assert kind in (here / "only-one" / "README.md").read_text(encoding="utf-8")


def test_everything_wrong_is_told_at_once_and_nothing_written(here, capfd) -> None:
    (here / "my-things").mkdir()
    wrong = ["conditoner", "gate", "conditioner", "film", "head", "MyHead", "prior", "class"]
    assert main(["new", "plugin", *wrong, "--package", "my_things"]) == 2
    told = capfd.readouterr()
    assert told.out == ""
    for words in (
        "error[E304]: `my-things` exists already",
        "error[E108]: unknown kind `conditoner`",
        "did you mean `conditioner`?",
        "error[E109]: conditioner `film` already exists in rcmvae",
        "error[E109]: `MyHead` is not snake_case",
        "such as `my_head`",
        "error[E109]: `class` is a keyword or a built-in of Python",
        "5 errors",
    ):
        assert words in told.err
    assert list((here / "my-things").iterdir()) == []


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["conditioner"], "`conditioner` is not a pair of KIND and NAME"),
        (["conditioner", "film"], "already exists"),
        (["conditioner", "numpy"], "package `numpy` would shadow a module"),
        (["conditioner", "my_gate", "--out", "file.txt"], "`file.txt` exists already"),
        (["conditioner", "my_gate", "--out", "file.txt/inside"], "cannot write `file.txt/inside`"),
    ],
)
def test_refused(words, why, here, capfd) -> None:
    (here / "file.txt").write_text("mine")
    assert main(["new", "plugin", *words]) in (1, 2)
    told = capfd.readouterr()
    assert (told.out, why in told.err) == ("", True), told.err
    assert [path.name for path in here.iterdir()] == ["file.txt"]
    assert (here / "file.txt").read_text() == "mine"


def test_faults_as_json(here, capfd) -> None:
    assert main(["new", "plugin", "conditioner", "film", "--json"]) == 2
    (fault,) = json.loads(capfd.readouterr().out)["diagnostics"]
    assert fault["code"] == "E109"
