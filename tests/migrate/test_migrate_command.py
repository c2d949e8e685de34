"""`rcmvae migrate` on the command line, and the examples of the documentation."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import tomli

from rcmvae_core.cli.manual import page
from rcmvae_core.errors import SpecError
from rcmvae_core.migrate.legacy.flags import FLAGS
from tests.cli.test_imports import HEAVY, PROBE
from tests.support.legacy_flag_table import table

from .migrations import moved

DOCS = Path(__file__).parents[2] / "docs" / "migrating.md"
OLD = "prior_type: mixture  # K\nreconstruction_loss: bce\nnum_components: 10\nlatent_dim: 2\n"


@pytest.fixture
def old(tmp_path) -> Path:
    path = tmp_path / "old.yaml"
    path.write_text(OLD, encoding="utf-8")
    return path


def test_print(rcmvae, old) -> None:
    done = rcmvae("migrate", old)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == moved(OLD).toml


def test_write(rcmvae, old, tmp_path) -> None:
    done = rcmvae("migrate", old, "-o", "spec.toml")
    assert (done.returncode, done.stdout, done.stderr) == (0, "spec.toml\n", "")
    assert (tmp_path / "spec.toml").read_text(encoding="utf-8") == moved(OLD).toml
    assert rcmvae("validate", "spec.toml").stdout == "spec.toml: valid\n"
    assert {p.name for p in tmp_path.iterdir()} == {"old.yaml", "spec.toml"}


def test_existing_files_are_kept(rcmvae, old, tmp_path) -> None:
    (tmp_path / "spec.toml").write_text("mine")
    done = rcmvae("migrate", old, "-o", "spec.toml")
    assert (done.returncode, done.stdout) == (2, "")
    assert "error[E304]: `spec.toml` exists already" in done.stderr
    assert "--force" in done.stderr
    assert (tmp_path / "spec.toml").read_text() == "mine"
    assert rcmvae("migrate", old, "-o", "spec.toml", "--force").returncode == 0
    assert (tmp_path / "spec.toml").read_text(encoding="utf-8") == moved(OLD).toml


def test_the_old_file_is_never_overwritten(rcmvae, old) -> None:
    done = rcmvae("migrate", old, "-o", old, "--force")
    assert done.returncode == 2
    assert f"error[E450]: `{old}` would be written and is read" in done.stderr
    assert old.read_text(encoding="utf-8") == OLD


def test_a_target_that_cannot_be_written(rcmvae, old) -> None:
    done = rcmvae("migrate", old, "-o", "no/such/folder/spec.toml")
    assert done.returncode == 1
    assert "error[E304]: cannot write" in done.stderr
    assert "Traceback" not in done.stderr


def test_errors_of_the_spec_are_shown_in_the_yaml_file(rcmvae, old, tmp_path) -> None:
    old.write_text("prior_type: mixture\nlatent_dim: 0\nmax_epochs: 0\n")
    done = rcmvae("migrate", old, "-o", "spec.toml")
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{old}:2:13: error[E207]" in done.stderr
    assert f"{old}:3:13: error[E207]" in done.stderr
    assert not (tmp_path / "spec.toml").exists()


@pytest.mark.parametrize(
    "content", [b"", b"\xff", b"a: [", b"nothing_known: 1\n", b"- 1\n", b"latent_dim: x\n"]
)
def test_wrong_input(rcmvae, old, content) -> None:
    old.write_bytes(content)
    done = rcmvae("migrate", old)
    assert (done.returncode, done.stdout) == (2, "")
    assert re.match(rf"{re.escape(str(old))}:\d+:\d+: error\[E\d\d\d\]: ", done.stderr)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["no.yaml", ".", "a\0b"])
def test_unreadable(name, tmp_path, monkeypatch, capfd) -> None:
    from rcmvae_core.cli.main import main

    monkeypatch.chdir(tmp_path)
    assert main(["migrate", name]) == 2
    assert "error[E101]" in capfd.readouterr().err


def test_a_file_too_large(rcmvae, old) -> None:
    old.write_text("# " + "x" * 2**16)
    assert "is larger than 64 KiB" in rcmvae("migrate", old).stderr


def test_json(rcmvae, old) -> None:
    old.write_text(OLD + "patience: 3\n")
    done = rcmvae("migrate", old, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert found["spec"] == tomli.loads(found["toml"])
    assert [d["code"] for d in found["diagnostics"]] == ["W503"]
    assert found["spec"]["train"]["patience"] == 3
    old.write_text("patience: soon\nmystery: 1\n")
    done = rcmvae("migrate", old, "--json")
    assert (done.returncode, done.stderr) == (2, "")
    assert {d["code"] for d in json.loads(done.stdout)["diagnostics"]} == {"E502", "E503"}


def test_keep_going(rcmvae, old) -> None:
    old.write_text(OLD + "mystery: 1\n")
    assert "--keep-going" in rcmvae("migrate", old).stderr
    done = rcmvae("migrate", old, "--keep-going")
    assert done.returncode == 0
    assert "warning[W502]: unknown flag `mystery`" in done.stderr
    assert "# mystery: 1 - unknown flag" in done.stdout


def test_nothing_heavy_is_loaded(old) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROBE, "migrate", str(old)],
        capture_output=True,
        check=False,
        text=True,
        env={k: v for k, v in os.environ.items() if not k.startswith("RCMVAE_")},
    )
    assert done.returncode == 0
    assert not HEAVY & set(done.stderr.partition("loaded ")[2].split())


CODES = ["E501", "E502", "E503", "E504", "W501", "W502", "W503"]


@pytest.mark.parametrize("code", CODES)
def test_examples_of_the_pages(code) -> None:
    wrong, right = re.findall(r"```yaml\n(.*?)```", page(code), re.DOTALL)

    def codes(text: str) -> set[str]:
        try:
            return {w.code for w in moved(text).warnings}
        except SpecError as error:
            return {d.code for d in error.diagnostics}

    assert code in codes(wrong)
    assert code not in codes(right)
    assert not {c for c in codes(right) if c.startswith("E")}


def test_the_page_of_unknown_flags_lists_the_known_ones() -> None:
    assert set(FLAGS) <= set(re.findall(r"`(\w+)`", page("E502")))


def test_the_table_of_the_documentation_is_current() -> None:
    """Update it with RCMVAE_UPDATE_GOLDEN=1 python -m pytest tests/migrate/test_migrate_command.py."""
    text = DOCS.read_text(encoding="utf-8")
    before = text[: text.index("| flag | becomes |")]
    if "RCMVAE_UPDATE_GOLDEN" in os.environ:
        DOCS.write_text(before + table() + "\n", encoding="utf-8")
    assert DOCS.read_text(encoding="utf-8") == before + table() + "\n"


def test_the_example_of_the_documentation_is_the_output_of_migrate() -> None:
    text = DOCS.read_text(encoding="utf-8")
    (yaml,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    (toml,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    migration = moved(yaml)
    assert toml in migration.toml
    assert migration.toml.startswith("# FiLM and sigma together\n")
    assert "patience = 10\n" in migration.toml
    assert {w.code for w in migration.warnings} == {"W501", "W503"}
