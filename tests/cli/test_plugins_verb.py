"""`rcmvae plugins`: its lists, its examples, and what its doctor finds in broken distributions."""

from __future__ import annotations

import json

import pytest

from rcmvae_core.cli.main import main
from rcmvae_core.plugin.discovery import discover
from tests.support.commands import QUICKSTART

GATES = """
from rcmvae_core import Plugin, hookimpl

@hookimpl
def rcmvae_plugins():
    yield Plugin("conditioner", "gate", summary="A gate.", impl="my_gates:gate", **{more})
"""


def test_plugins(rcmvae):
    everything = rcmvae("plugins", "list").stdout.splitlines()
    priors = rcmvae("plugins", "list", "--kind", "prior").stdout.splitlines()
    assert 0 < len(priors) < len(everything)
    assert [line.split()[0] for line in priors] == ["prior"] * len(priors)
    output = rcmvae("plugins", "show", "prior", "mixture").stdout
    assert "provides latent.channels: a discrete latent, the channel" in output
    assert "[prior.mixture]\n" in output
    assert "\narguments\n  params: " in output  # as the docstring has it


def test_examples_can_be_pasted(spec, capfd, monkeypatch):
    text, registry = spec.read_text(), discover()
    for module in ("commands.plugins", "arguments"):
        monkeypatch.setattr(f"rcmvae_core.cli.{module}.discover", lambda: registry)
    for registered in registry:
        kind, name = registered.plugin.kind, registered.plugin.name
        assert main(["plugins", "show", kind, name]) == 0
        example = capfd.readouterr().out.partition("\nexample\n")[2]
        before, parameter = {
            "schedule": ("[loss.kl_z]\n", "weight."),
        }.get(kind, ("", "parameter."))
        spec.write_text(text + before + example.replace("parameter.", parameter))
        main(["validate", str(spec)])
        refused = capfd.readouterr().err.split("error[")[1:]
        assert {words[:4] for words in refused} <= {"E201", "E202"}, example


def test_a_healthy_and_a_broken_doctor(process, guest):
    done = process("plugins", "doctor")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("healthy\n")
    folder = guest(GATES.format(more={"params": "my_gates:Gone"}))
    done = process("plugins", "doctor", path=folder)
    assert done.returncode == 1
    assert (
        "broken: my-gates 1.2: conditioner `gate`: its parameters `my_gates:Gone` cannot be used"
        in done.stdout
    )
    assert "Traceback" not in done.stdout
    assert "Traceback" in process("plugins", "doctor", "--verbose", path=folder).stdout
    assert json.loads(process("plugins", "doctor", "--json", path=folder).stdout)["healthy"] is False
    assert process("plugins", "show", "conditioner", "gate", path=folder).returncode == 2
    assert process("plugins", "doctor", path=folder, plugins="only:rcmvae").returncode == 0


def test_the_doctor_imports_implementations_with_import(process, guest):
    folder = guest(GATES.format(more={}))
    assert process("plugins", "doctor", path=folder).returncode == 0
    done = process("plugins", "doctor", "--import", path=folder, plugins="only:my-gates")
    assert done.returncode == 1
    assert "its implementation `my_gates:gate` cannot be used: AttributeError" in done.stdout


@pytest.mark.parametrize("body", ["raise SystemExit(0)", "1 / 0", "import nothing_like_this", "def f(:"])
def test_a_broken_distribution_stops_nothing(process, guest, body):
    folder = guest(body)
    assert process("validate", QUICKSTART, path=folder).returncode == 0
    done = process("plugins", "doctor", path=folder)
    assert done.returncode == 1
    assert "broken: my-gates 1.2" in done.stdout


def test_a_setting_that_cannot_be_read(rcmvae):
    done = rcmvae("plugins", "list", plugins="garbage")
    assert (done.returncode, done.stdout) == (2, "")
    assert "error[E301]" in done.stderr
    assert rcmvae("plugins", "list", plugins="none").stdout == "none\n"


BROKEN = """
from rcmvae_core import Plugin, hookimpl

@hookimpl
def rcmvae_plugins():
    yield Plugin("conditioner", "gate", summary="A gate.", impl="my_gates:gate")

@hookimpl
def rcmvae_check(resolved):
    raise KeyError("width")

@hookimpl
def rcmvae_pages():
    raise KeyError("page")
"""


def test_hooks_that_raise_stop_only_their_own_package(process, guest, spec):
    folder = guest(BROKEN)
    done = process("explain", "--list", path=folder)
    assert done.returncode == 0
    assert "E201  " in done.stdout
    assert "warning[W481]" in done.stderr
    assert "`rcmvae_pages` of my-gates 1.2 raised KeyError: 'page'" in done.stderr
    done = process("plugins", "doctor", "--verbose", path=folder)
    assert done.returncode == 1
    assert "broken: my-gates 1.2: `rcmvae_pages` of my-gates 1.2 raised KeyError: 'page'" in done.stdout
    assert "in rcmvae_pages" in done.stdout  # the traceback
    done = process("validate", spec, path=folder)
    assert done.returncode == 0
    assert "warning[W480]: the check of my-gates failed: KeyError: 'width'" in done.stderr
    spec.write_text(spec.read_text() + "[conditioner.gate]\n")
    done = process("validate", spec, "--verbose", path=folder)
    assert done.returncode == 2
    assert "error[E211]: the check of my-gates failed: KeyError: 'width'" in done.stderr
    assert "[conditioner.gate]\n" in done.stderr
    assert "in rcmvae_check" in done.stderr  # the traceback


def test_a_spec_for_a_callback_of_a_package_has_losses_that_it_may_change(process, guest, tmp_path):
    declared = GATES.replace('"conditioner"', '"callback"').format(more={"requires": ("weights.changeable",)})
    folder = guest(declared)
    done = process("new", "spec", "new.toml", "--callback", "gate", path=folder)
    assert done.returncode == 0, done.stderr
    assert "changeable = true" in (tmp_path / "new.toml").read_text()
    assert process("validate", "new.toml", path=folder).returncode == 0
