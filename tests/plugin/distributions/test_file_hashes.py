"""The hash of a distribution is one of the code that runs: equal for a wheel and an editable install, another after an edit."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from rcmvae_core.plugin.file_hashes import file_hashes, is_editable
from tests.plugin.distributions import lifecycle
from tests.support.wheels import environment

NAME = "rcmvae-own-conditioner"
HASH = f"""
import json
from rcmvae_core.plugin.file_hashes import file_hashes, is_editable
print(json.dumps([file_hashes(["{NAME}"])["{NAME}"], is_editable("{NAME}")]))
"""
SETTINGS = ["train.epochs=1", "latent.channels=4", "encoder.dense.hidden=[8]", "backbone.dense.hidden=[8]"]
QUICKSTART = Path(__file__).parents[2] / "support" / "quickstart.toml"


def home_of(folder: Path, *install: str) -> Path:
    """Return a venv in which pip has installed something; libraries of this environment come through a path file."""
    venv.create(folder, symlinks=True, with_pip=False)
    site = Path(sysconfig.get_path("purelib", vars={"base": str(folder)}))
    (site / "libraries.pth").write_text("\n".join([sysconfig.get_path("purelib"), *filter(None, sys.path)]))
    pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python"), "install", "--quiet"]
    flags = ["--no-deps", "--no-index", "--no-build-isolation", "--disable-pip-version-check"]
    subprocess.run([*pip, *flags, *install], check=True, capture_output=True)
    return folder


def python(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [str(home / "bin" / "python"), *words]
    return subprocess.run(
        command, cwd=home, env=environment(home), text=True, capture_output=True, check=False
    )


def hash_in(home: Path) -> tuple[str, bool]:
    done = python(home, "-c", HASH)
    assert done.returncode == 0, done.stderr
    return tuple(json.loads(done.stdout))


@pytest.fixture(scope="module")
def source(tmp_path_factory) -> Path:
    return lifecycle.package("conditioner", tmp_path_factory.mktemp("hashes") / "source")


@pytest.fixture(scope="module")
def editable(source) -> Path:
    return home_of(source.parent / "editable", "-e", str(source))


@pytest.fixture(scope="module")
def wheel(source) -> Path:
    return home_of(source.parent / "wheel", str(source))


def test_a_wheel_and_an_editable_install_have_the_same_hash(wheel, editable) -> None:
    (of_wheel, wheel_is_editable), (of_editable, is_editable_) = hash_in(wheel), hash_in(editable)
    assert of_wheel.startswith("sha256:")
    assert of_wheel == of_editable
    assert (wheel_is_editable, is_editable_) == (False, True)


def test_a_lock_file_holds_for_both_and_an_edit_breaks_it(source, wheel, editable) -> None:
    spec = editable / "spec.toml"
    spec.write_text(QUICKSTART.read_text().replace("[conditioner.film]", "[conditioner.own_conditioner]"))
    settings = [word for value in SETTINGS for word in ("--set", value)]
    done = python(editable, "-m", "rcmvae_core", "run", "spec.toml", "--out", "run", *settings)
    assert done.returncode == 0, done.stderr
    assert "editable = true" in (editable / "run" / "run.lock.toml").read_text()
    again = ["-m", "rcmvae_core", "run", str(editable / "run" / "spec.toml"), "--locked", "--dry-run"]
    assert python(wheel, *again).returncode == 0
    (module,) = source.glob("*/own_conditioner.py")
    text = module.read_text()
    try:
        module.write_text(text.replace("2 * nn.sigmoid", "3 * nn.sigmoid"))
        refused = python(editable, *again)
        warned = python(editable, "-m", "rcmvae_core", "sample", "run", "-n", "1", "-o", "one.npz")
    finally:
        module.write_text(text)
    assert refused.returncode == 2
    assert f"error[E311]: {NAME} 0.1.0 was locked with other files" in refused.stderr
    assert warned.returncode == 0
    assert f"warning[W310]: it was trained with other files of {NAME} 0.1.0" in warned.stderr


def test_what_is_not_installed_has_no_hash() -> None:
    assert file_hashes(["no-such-distribution"]) == {"no-such-distribution": ""}
    assert not is_editable("no-such-distribution")


def test_our_own_hash_is_of_the_core_and_the_built_ins() -> None:
    (of_ours,) = file_hashes(["rcmvae"]).values()
    assert of_ours.startswith("sha256:")
