"""What every verb does when the package of a plugin is uninstalled, upgraded, or no longer the only one of that name.

One run uses a plugin of every kind, each from a wheel of its own. Every cell is an exit code and the codes of diagnostics,
as in `golden/lifecycle.json`; to write them anew: RCMVAE_UPDATE_GOLDEN=1, with `-m ""`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import pytest
import tomli

from rcmvae_core.cli.main import main
from tests.plugin.distributions import lifecycle
from tests.plugin.distributions.conftest import NAMES, run
from tests.plugin.distributions.lifecycle import ARRAYS, NEXT, VERBS, VERSION

GOLDEN = Path(__file__).parent / "golden" / "lifecycle.json"
STATES = ("uninstalled", "same arrays", "other arrays", "other parameter", "second claimant")
QUICK = {"uninstalled": ["encoder", "callback"], "same arrays": ["loss"], "other arrays": ["prior"],
         "other parameter": ["head"], "second claimant": ["conditioner"]}  # fmt: skip
CELLS = [
    pytest.param(state, kind, marks=() if kind in QUICK[state] else pytest.mark.long)
    for state in STATES
    for kind in NAMES
    if state != "other arrays" or kind in ARRAYS
]


def state_of(home: Path, state: str, kind: str, tmp_path: Path) -> list[Path]:
    """Return the folders of packages, in which the one of a kind is in a state."""
    sites = [home / f"site-{name}" for name in NAMES if name != kind]
    if state == "uninstalled":
        return sites
    source = tmp_path / "source"
    if state == "second claimant":
        lifecycle.package(kind, source, f"rcmvae_another_{kind}")
        sites.append(home / f"site-{kind}")
    else:
        shutil.copytree(home / "sources" / kind, source)
        lifecycle.upgrade(source, kind, state)
    lifecycle.install([source], tmp_path / "site")
    return [*sites, tmp_path / "site"]


def outcome(code: int, stderr: str) -> str:
    """Return the exit code and the codes of diagnostics that say something about plugins, as a cell of the table."""
    codes = dict.fromkeys(re.findall(r"(?:error|warning)\[(\w+)\]", stderr))
    return " ".join([str(code), *(each for each in codes if each not in IGNORED)])


IGNORED = {"W402", "W405", "W406", "W407"}
"""Warnings about a model that is hardly trained."""


@pytest.mark.parametrize(("state", "kind"), CELLS)
def test_every_verb(kinds_home, tmp_path, state, kind) -> None:
    sites = state_of(kinds_home, state, kind, tmp_path)
    work = tmp_path / "work"
    shutil.copytree(kinds_home / "work", work)
    results = json.loads(run(["-m", "tests.plugin.distributions.lifecycle", *VERBS], work, *sites))
    distribution = f"rcmvae-own-{kind}".replace("_", "-")
    for verb, (code, stderr) in results.items():
        assert "Traceback" not in stderr, f"{verb}: {stderr}"
        is_saved = verb != "validate"
        if code and is_saved and state != "other arrays":
            assert f"pip install {distribution}=={VERSION}" in stderr, f"{verb}: {stderr}"
        if "W310" in stderr:
            assert f"{distribution} {VERSION}" in stderr
            assert NEXT in stderr
    cells = {verb: outcome(code, stderr) for verb, (code, stderr) in results.items()}
    golden = json.loads(GOLDEN.read_text()) if GOLDEN.is_file() else {}
    if "RCMVAE_UPDATE_GOLDEN" in os.environ:
        golden.setdefault(state, {})[kind] = cells
        GOLDEN.write_text(json.dumps(golden, indent=1, sort_keys=True) + "\n")
    assert cells == golden[state][kind]


def test_a_resumed_run_records_what_trains_it_from_there_on(kinds_home, tmp_path) -> None:
    work, sites = tmp_path / "work", state_of(kinds_home, "same arrays", "loss", tmp_path)
    shutil.copytree(kinds_home / "work", work)
    lock = work / "half" / "run.lock.toml"
    before = tomli.loads(lock.read_text())
    run(["-m", "rcmvae_core", "resume", "half"], work, *sites)
    after = tomli.loads(lock.read_text())
    (resumed,) = after.pop("resumed")
    assert after == before
    assert 0 < resumed["steps"]["0"] < 12
    (loss,) = [entry for entry in resumed["plugins"] if entry["name"] == "own_loss"]
    assert (loss["distribution"], loss["version"]) == ("rcmvae-own-loss", NEXT)
    text = lock.read_text()
    (work / "half" / "status.json").write_text('{"state": "interrupted"}')
    run(["-m", "rcmvae_core", "resume", "half"], work, *sites)
    assert lock.read_text() == text


UPGRADE = """

def carry(arrays, version):
    assert version == "0.1.0"
    return {name.replace("condition/Dense_0/", "condition/gate/"): array for name, array in arrays.items()}
"""


@pytest.mark.long
def test_a_package_carries_its_arrays_from_one_version_to_the_next(kinds_home, tmp_path) -> None:
    work, source = tmp_path / "work", tmp_path / "source"
    shutil.copytree(kinds_home / "work", work)
    shutil.copytree(kinds_home / "sources" / "conditioner", source)
    lifecycle.upgrade(source, "conditioner", "other arrays")
    (module,) = source.glob("*/own_conditioner.py")
    module.write_text(module.read_text() + UPGRADE)
    declaration = module.with_name("__init__.py")
    old, new = (
        'provides=("decoder.channels", "decoder.covariates"),',
        'provides=("decoder.channels", "decoder.covariates"), upgrade=__name__ + ".own_conditioner:carry",',
    )
    assert old in declaration.read_text()
    declaration.write_text(declaration.read_text().replace(old, new))
    lifecycle.install([source], tmp_path / "site")
    before = [kinds_home / f"site-{name}" for name in NAMES]
    after = [*(kinds_home / f"site-{name}" for name in NAMES if name != "conditioner"), tmp_path / "site"]
    command = ["-m", "rcmvae_core"]
    tables = {}
    for folder in ("run", "export"):
        for version, sites in (("old", before), ("new", after)):
            run([*command, "predict", folder, "inputs.npy", "-o", f"{folder}-{version}.csv"], work, *sites)
            tables[folder, version] = (work / f"{folder}-{version}.csv").read_text()
    assert len(set(tables.values())) == 1
    shutil.copytree(work / "half", work / "half-old")
    run([*command, "resume", "half-old"], work, *before)
    run([*command, "resume", "half"], work, *after)
    summaries = [json.loads((work / name / "summary.json").read_text()) for name in ("half-old", "half")]
    assert summaries[0]["seeds"][0]["test"] == summaries[1]["seeds"][0]["test"]
    run([*command, "predict", "half", "inputs.npy", "-o", "half.csv"], work, *after)
    run([*command, "learn", "run", "--warm-start", "--epochs", "1", "-o", "learnt"], work, *after)


def test_what_needs_no_training_works_on_a_trained_run(kinds_home, tmp_path) -> None:
    """An acquisition, a score and a figure of a package that was installed after the run."""
    work, source = tmp_path / "work", tmp_path / "source"
    words = [
        "acquisition",
        "late_query",
        "score",
        "late_score",
        "figure",
        "late_figure",
        "--package",
        "late_things",
    ]
    assert main(["new", "plugin", *words, "--out", str(source)]) == 0
    lifecycle.install([source], tmp_path / "site")
    shutil.copytree(kinds_home / "work", work)
    sites = [*(kinds_home / f"site-{name}" for name in NAMES), tmp_path / "site"]
    command = ["-m", "rcmvae_core"]
    suggested = json.loads(
        run([*command, "suggest", "run", "--by", "late_query", "-n", "3", "--json"], work, *sites)
    )
    assert suggested["by"] == "late_query"
    assert len(suggested["suggestions"]) == 3
    words = ["--score", "late_score", "--set", "score.late_score.power=3", "--figure", "late_figure"]
    evaluated = json.loads(
        run(
            [
                *command,
                "evaluate",
                "run",
                *words,
                "--against",
                "inputs.npy",
                "-o",
                "figures",
                "--force",
                "--json",
            ],
            work,
            *sites,
        )
    )
    assert "late_score" in evaluated["ood"]["scores"]
    assert (work / "figures" / "late_figure.svg").is_file()
    assert "late_" not in (work / "run" / "spec.toml").read_text()
