"""Real second distributions: built as wheels and installed beside ours, also from its wheel, in a venv.

The venv sees the test environment's libraries through a path file, so that nothing is downloaded; our package and
the guests come from wheels alone.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from rcmvae_core.version import __version__

ROOT = Path(__file__).parents[3]
PACKAGES = Path(__file__).parent / "packages"
GOLDEN = Path(__file__).parent / "golden"
QUICKSTART = ROOT / "experiments" / "quickstart.toml"
SETTINGS = ["train.epochs=1", "latent.channels=4", "encoder.dense.hidden=[8]", "backbone.dense.hidden=[8]"]
# One process for all wheels: most of the time of a build is that of starting.
BUILD = """
import sys
from hatchling.builders.wheel import WheelBuilder
for source in sys.argv[2:]:
    print(*WheelBuilder(source).build(directory=sys.argv[1], versions=["standard"]))
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """A venv with our wheel and the guests' wheels."""
    folder = tmp_path_factory.mktemp("distributions")
    shutil.copytree(PACKAGES, folder / "sources")
    sources = [ROOT, *sorted((folder / "sources").iterdir())]
    command = [sys.executable, "-c", BUILD, str(folder / "wheels"), *map(str, sources)]
    wheels = subprocess.run(command, check=True, text=True, capture_output=True).stdout.split("\n")[:-1]
    assert len(wheels) == len(sources)
    home = folder / "venv"
    venv.create(home, symlinks=True, with_pip=False)
    install = [sys.executable, "-m", "pip", "--python", str(home / "bin" / "python"), "install", "--quiet"]
    subprocess.run([*install, "--no-deps", "--no-index", *wheels], check=True, capture_output=True)
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


def compare(case: str, found: str) -> None:
    """Hold a text to the golden one; to write them anew, RCMVAE_UPDATE_GOLDEN=1."""
    golden, found = GOLDEN / f"{case}.txt", found.replace(__version__, "VERSION")
    if "RCMVAE_UPDATE_GOLDEN" in os.environ:
        golden.write_text(found, encoding="utf-8")
    assert found == golden.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def doctor(home) -> subprocess.CompletedProcess[str]:
    return call(home, "plugins", "doctor")


@pytest.fixture(scope="module")
def spec(home) -> Path:
    path = home / "spec.toml"
    text = QUICKSTART.read_text()
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


def test_codes_of_a_package_have_a_page(home) -> None:
    done = call(home, "explain", "e-guest-gate-1")
    assert (done.returncode, done.stdout) == (0, "# E-GUEST-GATE-1: the gate is stuck\n\nOpen it.\n")
    assert "E-GUEST-GATE-1  the gate is stuck\n" in call(home, "explain", "--list").stdout
    unknown = call(home, "explain", "E-GUEST-GATE-2")
    assert (unknown.returncode, "did you mean `E-GUEST-GATE-1`?" in unknown.stderr) == (2, True)


def test_the_documentation_is_in_the_wheel(home) -> None:
    for name, path in {
        "prior": "kinds/prior",
        "predicting": "predicting",
        "reference/loss": "reference/loss",
    }.items():
        page = (ROOT / "docs" / f"{path}.md").read_text(encoding="utf-8")
        assert call(home, "explain", name).stdout == page


@pytest.mark.long  # the frozen package does
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


def test_broken_guests_are_named_and_stop_nothing(home, doctor) -> None:
    assert doctor.returncode == 1
    for fact in ("guest-import-error", "a_module_that_is_not_there", "guest-bad-token", "decoder.magic",
                 "guest-future", "rcmvae.plugins.v9"):  # fmt: skip
        assert fact in doctor.stdout + doctor.stderr, fact
    assert "Traceback" not in doctor.stderr
    good = call(home, "validate", str(QUICKSTART), "--set", "conditioner=plain")
    assert good.returncode == 0, good.stderr


FINDINGS = ("import-error", "bad-token", "future", "newer-core", "second-kind", "twin")


@pytest.mark.parametrize("guest", FINDINGS)
def test_what_the_doctor_says(doctor, guest) -> None:
    """Everything about one guest, but for how long its import took on this machine."""
    found = re.findall(rf"^[a-z ]+: guest-{guest}.*\n  = help: .*\n", doctor.stdout, re.MULTILINE)
    compare(f"doctor-{guest}", "".join(text for text in found if not text.startswith("slow: ")))
    assert found


@pytest.mark.parametrize("guest", ["newer", "second"])
def test_good_parts_beside_a_fault_can_be_used(home, guest) -> None:
    done = call(home, "validate", str(QUICKSTART), "--set", f"conditioner={guest}")
    assert done.returncode == 0, done.stderr


def test_a_name_that_two_claim_is_refused_until_one_is_preferred(home) -> None:
    words = ["validate", str(QUICKSTART), "--set", "conditioner=twin"]
    refused = call(home, *words)
    assert refused.returncode == 2
    compare("validate-twin", refused.stderr)
    choice = "plugins.prefer.conditioner.twin"
    for owner in ("guest-twin-a", "guest-twin-b"):
        settled = [*words[2:], "--set", f"{choice}={owner}"]
        told = call(home, "explain", str(QUICKSTART), "conditioner.twin", *settled)
        assert told.returncode == 0, told.stderr
        assert owner in told.stdout
    unknown = call(home, *words, "--set", f"{choice}=guest-gate")
    assert unknown.returncode == 2
    compare("validate-twin-of-another", unknown.stderr)


def test_a_kind_of_the_core_stays_the_cores(home) -> None:
    (kind,) = [row for row in json.loads(call(home, "plugins", "list", "--json").stdout)["plugins"]
               if (row["kind"], row["name"]) == ("prior", "mixture")]  # fmt: skip
    assert kind["distribution"] == "rcmvae"


def test_a_spec_that_names_a_broken_plugin_says_why(home) -> None:
    done = call(home, "validate", str(QUICKSTART), "--set", "conditioner=odd")
    assert done.returncode == 2
    assert "error[E211]: conditioner `odd` of guest-bad-token is broken" in done.stderr
    missing = call(home, "validate", str(QUICKSTART), "--set", "conditioner=gaet")
    assert "did you mean `gate`?" in missing.stderr
    assert "guest-import-error" in missing.stderr


@pytest.mark.parametrize(
    ("setting", "code"), [("only:rcmvae", 2), ("only:rcmvae,guest_gate", 0), ("none", 2)]
)
def test_blocked_guests_are_not_imported(home, spec, setting, code) -> None:
    done = call(home, "validate", str(spec), RCMVAE_PLUGINS=setting)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr


FROZEN = """
extends = ["quickstart.toml"]
[conditioner.offset]
use_bias = true
[anchor.ring]
radius = 3
[loss.anchored]
weight.sawtooth = { low = 0.0, high = 0.1 }
[loss.anchored.anchored]
spread.sawtooth = { low = 0.5, high = 1, period = "2 steps" }
[figure]
"""


@pytest.fixture(scope="module")
def frozen(home) -> str:
    (home / "quickstart.toml").write_bytes(QUICKSTART.read_bytes())
    (home / "frozen.toml").write_text(FROZEN)
    return "frozen.toml"


def test_nobody_edits_the_frozen_package() -> None:
    """It stands for the packages that others have published: what breaks it breaks them."""
    recorded = (PACKAGES.parent / "frozen-v1.sha256").read_text()
    folder = PACKAGES / "frozen-v1"
    files = sorted(p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    found = [
        f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.relative_to(folder).as_posix()}\n" for p in files
    ]
    assert "".join(found) == recorded


def test_the_frozen_package_is_listed_and_healthy(home, doctor) -> None:
    rows = json.loads(call(home, "plugins", "list", "--json").stdout)["plugins"]
    ours = {(row["kind"], row["name"]) for row in rows if row["distribution"] == "frozen-v1"}
    assert ours == {
        ("anchor", "ring"),
        ("conditioner", "shift"),
        ("loss", "anchored"),
        ("schedule", "sawtooth"),
    }
    assert "frozen-v1" not in re.sub("^slow: .*$", "", doctor.stdout, flags=re.MULTILINE)


def test_the_frozen_package_validates(home, frozen) -> None:
    done = call(home, "validate", frozen)
    assert done.returncode == 0, done.stderr
    assert set(re.findall(r"(?:error|warning)\[(\w+)\]", done.stderr)) == {"W202"}
    refused = call(
        home, "validate", frozen, "--set", "latent.dim=3", "--set", "loss.anchored.anchored.norm=odd"
    )
    assert set(re.findall(r"error\[(\w+)\]", refused.stderr)) == {"E207"}
    refused = call(home, "validate", frozen, "--set", "latent.dim=3")
    assert "error[E216]: anchor `ring` is a circle in a plane, and `latent.dim` is 3" in refused.stderr


def test_the_frozen_package_trains_and_is_held_to_what_was_locked(home, frozen, tmp_path) -> None:
    settings = [word for value in SETTINGS for word in ("--set", value)]
    done = call(home, "run", frozen, "--out", str(tmp_path / "run"), *settings)
    assert done.returncode == 0, done.stderr
    lines = (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line)["train/anchored"] > 0 for line in lines] == [True]
    lock = (tmp_path / "run" / "run.lock.toml").read_text()
    assert lock.count('distribution = "frozen-v1"') == 4
    # Other code of the same version.
    (module,) = home.glob("lib/python*/site-packages/frozen_v1/loss.py")
    text = module.read_text()
    try:
        module.write_text(text + "\n# edited\n")
        again = call(
            home, "run", str(tmp_path / "run" / "spec.toml"), "--locked", "--out", str(tmp_path / "again")
        )
    finally:
        module.write_text(text)
    assert again.returncode == 2
    told = re.findall(r"error\[(\w+)\]: (\S+ \S+) was locked with other files", again.stderr)
    assert told == [("E311", "frozen-v1 1.0")]
    assert again.stderr.count("error[") == 1
    assert "pip install --force-reinstall --no-deps frozen-v1==1.0" in again.stderr
    assert not (tmp_path / "again").exists()
