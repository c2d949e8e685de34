"""`rcmvae plugins check`: the conformance kit from the command line."""

from __future__ import annotations

import argparse
import json

import pytest

from rcmvae_core.cli.commands import plugins
from rcmvae_core.cli.main import main
from rcmvae_core.errors import RcmvaeError
from rcmvae_core.plugin.declaration import Distribution
from rcmvae_core.plugin.registry_builder import build
from tests.testing.test_kit import _Violating
from tests.testing.violations import VIOLATIONS


def test_a_plugin_by_its_name(capsys) -> None:
    assert main(["plugins", "check", "film"]) == 0
    output = capsys.readouterr().out
    assert output.startswith("conditioner `film` of rcmvae ")
    assert " passed" in output.splitlines()[0]
    assert "failed" not in output


def test_a_plugin_by_kind_and_name_as_json(capsys) -> None:
    assert main(["plugins", "check", "schedule", "constant", "--set", "value=0.5", "--json"]) == 0
    (report,) = json.loads(capsys.readouterr().out)["reports"]
    assert report["passed"]
    assert report["counts"]["failed"] == 0
    assert {"import_fence", "compiled"} <= {outcome["check"] for outcome in report["outcomes"]}


def test_a_failed_check_is_exit_code_1(capsys, monkeypatch) -> None:
    monkeypatch.setattr(
        "rcmvae_core.cli.commands.plugins.discover",
        lambda: build([(Distribution("violating", "1"), _Violating)]),
    )
    assert main(["plugins", "check", "is_a_scalar"]) == 1
    output = capsys.readouterr().out
    assert "failed   eval_shape" in output
    assert "one value per example" in output


def test_a_distribution_means_all_of_its_plugins(capsys, monkeypatch) -> None:
    class Two:
        rcmvae_plugins = staticmethod(_Violating.rcmvae_plugins)

    registry = build([(Distribution("some-pack", "1"), Two)])
    monkeypatch.setattr("rcmvae_core.cli.commands.plugins.discover", lambda: registry)
    monkeypatch.setattr(
        "rcmvae_core.cli.actions.plugins_check.check_plugin",
        lambda kind, name, **_: _FakeReport(f"{kind} {name}"),
    )
    assert main(["plugins", "check", "Some_Pack"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(VIOLATIONS)


class _FakeReport:
    passed = True

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return self.text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["filn"], "unknown plugin or distribution `filn`"),
        (["dense"], "`dense` is a plugin of several kinds: `backbone`, `encoder`"),
        (["conditionr", "film"], "unknown kind `conditionr`"),
        (["conditioner", "filn"], "unknown conditioner `filn`"),
    ],
)
def test_an_unknown_name_gets_help(words, message) -> None:
    parser = argparse.ArgumentParser()
    plugins.configure(parser)
    with pytest.raises(RcmvaeError) as raised:
        plugins.check(parser.parse_args(["check", *words]))
    (diagnostic,) = raised.value.diagnostics
    assert diagnostic.message == message
    assert diagnostic.help
