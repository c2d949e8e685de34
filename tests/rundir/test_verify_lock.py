"""Messages of `run --locked`: a lock file against what is installed, exactly as it is printed.

After an intended change: RCMVAE_UPDATE_GOLDEN=1 python -m pytest tests/rundir, and check the difference.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rcmvae_core.cli.diagnostics import print_diagnostics
from rcmvae_core.errors import RcmvaeError
from rcmvae_core.plugin.entry_points import version
from rcmvae_core.plugin.file_hashes import file_hashes
from rcmvae_core.rundir.lockfile import Lock, read
from rcmvae_core.rundir.verify_lock import differences

FOLDER = Path(__file__).parent / "locked"


@pytest.fixture
def lock(monkeypatch) -> Lock:
    monkeypatch.chdir(FOLDER)
    return read(Path("run.lock.toml"))


def changed(lock: Lock, **changes) -> Lock:
    """Return what was locked with other entries; None removes one."""
    installed = lock._replace(places={})
    for field, entries in changes.items():
        new = getattr(lock, field) | entries
        kept = {k: v for k, v in new.items() if v is not None or field == "versions"}
        installed = installed._replace(**{field: kept})
    return installed


def without(lock: Lock, name: str) -> Lock:
    """Return what was locked without the plugins of a distribution."""
    return lock._replace(
        versions={k: v for k, v in lock.versions.items() if k != name},
        hashes={k: v for k, v in lock.hashes.items() if k != name},
        plugins={k: v for k, v in lock.plugins.items() if v != name},
        places={},
    )


CASES = {
    "python": lambda lock: changed(lock, versions={"python": "3.12.1"}),
    "version": lambda lock: changed(lock, versions={"jax": "0.11.0", "jaxlib": None}),
    "distribution": lambda lock: changed(
        lock, versions={"my-gates": "2.0"}, hashes={"my-gates": "sha256:" + "0" * 32}
    ),
    "files": lambda lock: changed(lock, hashes={"my-gates": "sha256:" + "0" * 32}),
    "no_modules": lambda lock: changed(lock, hashes={"my-gates": None}),
    "not_used": lambda lock: without(lock, "my-gates"),
    "not_locked": lambda lock: changed(lock, plugins={("head", "gaussian"): "rcmvae"}),
    "other_owner": lambda lock: changed(lock, plugins={("conditioner", "gate"): "other-gates"}),
}


@pytest.mark.parametrize("case", CASES)
def test_differences(case, lock, capfd) -> None:
    print_diagnostics(differences(lock, CASES[case](lock)))
    compare(case, capfd.readouterr().err, "E311")


def test_equal_locks_have_no_difference(lock) -> None:
    assert list(differences(lock, lock)) == []
    unknown = lock._replace(hashes=dict.fromkeys(lock.hashes, ""))
    assert list(differences(unknown, lock)) == []


ILL_FORMED = {
    "no_toml": "python = ",
    "empty": "# nothing\n",
    "no_version": 'python = "3.11.9"\n',
    "number": "python = 3.11\n",
    "no_plugins": 'python = "3.11.9"\n[versions]\n',
    "list": 'python = "3.11.9"\nplugins = ["film"]\n[versions]\n',
    "half_a_plugin": 'python = "3.11.9"\n[versions]\n[[plugins]]\nkind = "head"\n',
}


@pytest.mark.parametrize("case", ILL_FORMED)
def test_ill_formed(case, tmp_path, monkeypatch, capfd) -> None:
    monkeypatch.chdir(tmp_path)
    Path("run.lock.toml").write_text(ILL_FORMED[case], encoding="utf-8")
    refused("run.lock.toml", capfd, case)


@pytest.mark.parametrize(("case", "name"), [("missing", "no.lock.toml"), ("folder", ".")])
def test_unreadable(case, name, tmp_path, monkeypatch, capfd) -> None:
    monkeypatch.chdir(tmp_path)
    refused(name, capfd, case)


def refused(name: str, capfd, case: str) -> None:
    with pytest.raises(RcmvaeError) as caught:
        read(Path(name))
    print_diagnostics(caught.value.diagnostics)
    compare(case, capfd.readouterr().err, "E310")


def compare(case: str, output: str, code: str) -> None:
    golden = FOLDER / f"{case}.txt"
    if "RCMVAE_UPDATE_GOLDEN" in os.environ:
        golden.write_text(output, encoding="utf-8")
    assert output == golden.read_text(encoding="utf-8")
    assert f"error[{code}]" in output


def test_every_text_has_a_case() -> None:
    assert {path.stem for path in FOLDER.glob("*.txt")} == {*CASES, *ILL_FORMED, "missing", "folder"}


def test_a_distribution_without_a_name_is_none(tmp_path) -> None:
    assert version("") is None
    assert file_hashes([""]) == {"": ""}
