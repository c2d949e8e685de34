"""Real second distributions: built as wheels and installed beside ours, also from its wheel, in a venv.

The venv sees the test environment's libraries through a path file, so that nothing is downloaded; our package and
the guests come from wheels alone.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = Path(__file__).parent / "packages"
GUESTS = ("guest-gate", "guest-import-error", "guest-bad-token", "guest-future")
SETTINGS = ["train.epochs=1", "latent.channels=4", "encoder.dense.hidden=[8]", "backbone.dense.hidden=[8]"]


def build(source: Path, out: Path) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    (wheel,) = out.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """A venv with our wheel and the guests' wheels."""
    folder = tmp_path_factory.mktemp("distributions")
    wheels = [build(ROOT, folder / "rcmvae")]
    for name in GUESTS:
        copy = folder / "sources" / name
        subprocess.run(
            ["cp", "-r", str(PACKAGES / name), str(copy.parent.mkdir(exist_ok=True) or copy)], check=True
        )
        wheels.append(build(copy, folder / name))
    home = folder / "venv"
    venv.create(home, symlinks=True, with_pip=False)
    install = [sys.executable, "-m", "pip", "--python", str(home / "bin" / "python"), "install", "--quiet"]
    subprocess.run([*install, "--no-deps", "--no-index", *map(str, wheels)], check=True, capture_output=True)
    site = Path(sysconfig.get_path("purelib", vars={"base": str(home)}))
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return home


def call(home: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "RCMVAE"))}
    return subprocess.run(
        [str(home / "bin" / "rcmvae"), *words],
        check=False,
        text=True,
        capture_output=True,
        cwd=home,
        env=clean | environment,
    )


@pytest.fixture(scope="module")
def spec(home) -> Path:
    path = home / "spec.toml"
    text = (ROOT / "experiments" / "quickstart.toml").read_text()
    path.write_text(text.replace("[conditioner.film]", "[conditioner.gate]\nsharpness = 2.0"))
    return path


def test_the_code_under_test_is_the_wheel(home) -> None:
    command = [str(home / "bin" / "python"), "-c", "import rcmvae_core; print(rcmvae_core.__file__)"]
    found = subprocess.run(command, check=True, text=True, capture_output=True, cwd=home).stdout
    assert Path(found.strip()).is_relative_to(home)


def test_the_guest_is_listed_with_its_version(home) -> None:
    listed = json.loads(call(home, "plugins", "list", "--kind", "conditioner", "--json").stdout)
    text = json.dumps(listed)
    assert "guest-gate" in text
    assert "1.4.2" in text
    shown = call(home, "plugins", "show", "conditioner", "gate")
    assert shown.returncode == 0
    assert "sharpness" in shown.stdout
    assert "guest-gate 1.4.2" in shown.stdout


def test_the_guest_trains(home, spec) -> None:
    settings = [word for value in SETTINGS for word in ("--set", value)]
    done = call(home, "run", str(spec), "--out", "run", *settings)
    assert done.returncode == 0, done.stderr
    lock = (home / "run" / "run.lock.toml").read_text()
    assert 'distribution = "guest-gate"\nversion = "1.4.2"' in lock
    assert "sharpness = 2.0" in (home / "run" / "spec.toml").read_text()
    assert done.stdout.splitlines()[-1] == "report: run/report.html"
    assert "guest-gate" in (home / "run" / "report.html").read_text()


def test_the_guests_parameters_are_checked(home, spec) -> None:
    done = call(home, "validate", str(spec), "--set", "conditioner.gate.sharpness=0")
    assert done.returncode == 2
    assert "error[E207]: conditioner `gate`: `sharpness` must be greater than 0, got 0" in done.stderr


def test_broken_guests_are_named_and_stop_nothing(home) -> None:
    done = call(home, "plugins", "doctor")
    assert done.returncode == 1
    for fact in ("guest-import-error", "a_module_that_is_not_there", "guest-bad-token", "decoder.magic",
                 "guest-future", "rcmvae.plugins.v9"):  # fmt: skip
        assert fact in done.stdout + done.stderr, fact
    assert "Traceback" not in done.stderr
    good = call(home, "validate", str(ROOT / "experiments" / "quickstart.toml"), "--set", "conditioner=plain")
    assert good.returncode == 0, good.stderr


def test_a_spec_that_names_a_broken_plugin_says_why(home) -> None:
    done = call(home, "validate", str(ROOT / "experiments" / "quickstart.toml"), "--set", "conditioner=odd")
    assert done.returncode == 2
    assert "error[E211]: conditioner `odd` of guest-bad-token is broken" in done.stderr
    missing = call(
        home, "validate", str(ROOT / "experiments" / "quickstart.toml"), "--set", "conditioner=gaet"
    )
    assert "did you mean `gate`?" in missing.stderr
    assert "guest-import-error" in missing.stderr


@pytest.mark.parametrize(
    ("setting", "code"), [("only:rcmvae", 2), ("only:rcmvae,guest_gate", 0), ("none", 2)]
)
def test_blocked_guests_are_not_imported(home, spec, setting, code) -> None:
    done = call(home, "validate", str(spec), RCMVAE_PLUGINS=setting)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
