"""`rcmvae migrate SPEC.toml` on the command line."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from rcmvae_core.cli.main import main
from tests.support.commands import QUICKSTART

GATES = """
import attrs
from rcmvae_core import Plugin, hookimpl, param

@attrs.frozen
class Params:
    width: int = param(8, doc="Units.", renamed_from=("units",))

@hookimpl
def rcmvae_plugins():
    yield Plugin("conditioner", "gate", summary="A gate.", impl="my_gates:gate", params="my_gates:Params",
                 renamed_from=("gating",))
    yield Plugin("conditioner", "rusty", summary="A gate.", impl="my_gates:gate", deprecated="use `gate`")
"""
OLD = f'extends = ["{QUICKSTART}"]  # gating\r\n[conditioner.gating]\r\nunits = 3\r\n'
NEW = OLD.replace("[conditioner.gating]", "[conditioner.gate]").replace("units =", "width =")


@pytest.fixture
def old(tmp_path, guest, monkeypatch) -> Path:
    monkeypatch.syspath_prepend(guest(GATES))
    monkeypatch.delitem(sys.modules, "my_gates", raising=False)
    monkeypatch.chdir(tmp_path)
    path = Path("old.toml")
    path.write_bytes(OLD.encode())
    return path


def test_print(old, capfdbinary) -> None:
    assert main(["migrate", "old.toml"]) == 0
    out, err = capfdbinary.readouterr()
    assert out.decode() == NEW
    assert err.decode().splitlines() == [
        "old.toml:2:14: conditioner `gating` is now called `gate`",
        "old.toml:3:1: conditioner `gate`: `units` is now called `width`",
    ]
    assert old.read_bytes().decode() == OLD


def test_write_in_place(old, capfd) -> None:
    old.chmod(0o640)
    assert main(["migrate", "old.toml", "--in-place"]) == 0
    assert capfd.readouterr().out == "old.toml\n"
    assert old.read_bytes().decode() == NEW
    assert old.stat().st_mode & 0o777 == 0o640
    assert main(["migrate", "old.toml", "--in-place"]) == 0
    assert capfd.readouterr() == ("", "old.toml: no old names, nothing to change\n")
    assert main(["validate", "old.toml"]) == 0
    assert capfd.readouterr() == ("old.toml: valid\n", "")


def test_write_elsewhere(old, capfd) -> None:
    assert main(["migrate", "old.toml", "--out", "new.toml"]) == 0
    assert capfd.readouterr().out == "new.toml\n"
    assert (Path("new.toml").read_bytes().decode(), old.read_bytes().decode()) == (NEW, OLD)
    assert main(["migrate", "new.toml"]) == 0
    assert capfd.readouterr().err == "new.toml: no old names, nothing to change\n"


def test_a_link_stays_a_link(old) -> None:
    Path("link.toml").symlink_to(old)
    assert main(["migrate", "link.toml", "--in-place"]) == 0
    assert Path("link.toml").is_symlink()
    assert old.read_bytes().decode() == NEW


def test_what_is_deprecated_is_only_reported(old, capfd) -> None:
    old.write_text(f'extends = ["{QUICKSTART}"]\nconditioner = "rusty"\n')
    assert main(["migrate", "old.toml"]) == 0
    out, err = capfd.readouterr()
    assert out == old.read_text()
    assert "old.toml:2:15: warning[W203]: conditioner `rusty` is deprecated" in err
    assert "= help: use `gate`" in err


def test_json(old, capfd) -> None:
    assert main(["migrate", "old.toml", "--json"]) == 0
    output = json.loads(capfd.readouterr().out)
    assert (output["changed"], output["toml"]) == (True, NEW)
    assert [d["code"] for d in output["diagnostics"]] == ["W202", "W202"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[conditioner.gating]\n[conditioner.gate]\n", "E209"),
        ("[conditioner.gatng]\n", "E204"),
        ("a = ", "E103"),
    ],
)
def test_a_spec_with_errors_stays_as_it_is(old, capfd, text, code) -> None:
    old.write_text(text)
    assert main(["migrate", "old.toml", "--in-place"]) == 2
    out, err = capfd.readouterr()
    assert (out, f"error[{code}]" in err) == ("", True)
    assert old.read_text() == text


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["old.yaml", "--in-place"], "error[E304]: `old.yaml` is not a TOML spec"),
        (["old.toml", "-o", "old.toml", "--force"], "error[E450]: `old.toml` would be written and is read"),
        (["old.toml", "-o", "new.toml", "--in-place"], "not allowed with argument"),
        (["no.toml"], "error[E101]: cannot read `no.toml`"),
    ],
)
def test_wrong_input(old, capfd, words, told) -> None:
    Path("old.yaml").write_text("latent_dim: 2\n")
    assert main(["migrate", *words]) == 2
    out, err = capfd.readouterr()
    assert (out, told in err) == ("", True)
