"""`rcmvae plugins doctor`: its findings, their help and its exit code."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from rcmvae_core.cli.main import main

PLUGIN = """
from rcmvae_core import Plugin, hookimpl

@hookimpl
def rcmvae_plugins():
    yield Plugin("conditioner", "{name}", summary="A gate.", impl="nowhere:gate", renamed_from={older})
"""


@pytest.fixture
def install(tmp_path, monkeypatch) -> Callable[..., Path]:
    """Installs distributions, the last one first on the path, and blocks all others."""
    names: list[str] = []

    def make(name: str, source: str = "", version: str = "1.0", requires: tuple[str, ...] = ()) -> Path:
        module, folder = name.replace("-", "_"), tmp_path / f"{name}-{version}"
        information = folder / f"{module}-{version}.dist-info"
        information.mkdir(parents=True)
        fields = [f"Name: {name}", f"Version: {version}", *(f"Requires-Dist: {text}" for text in requires)]
        (information / "METADATA").write_text("\n".join(("Metadata-Version: 2.1", *fields)) + "\n")
        (information / "entry_points.txt").write_text(f"[rcmvae.plugins.v1]\nmain = {module}\n")
        (folder / f"{module}.py").write_text(source)
        monkeypatch.syspath_prepend(folder)
        monkeypatch.delitem(sys.modules, module, raising=False)
        names.append(name)
        monkeypatch.setenv("RCMVAE_PLUGINS", f"only:{','.join(names)}")
        return folder

    return make


@pytest.fixture
def doctor(capfd) -> Callable[[], tuple[int, list[dict[str, object]]]]:
    """Calls the verb and returns its exit code and findings, without those that depend on the machine."""

    def call() -> tuple[int, list[dict[str, object]]]:
        code = main(["plugins", "doctor", "--json"])
        diagnosis = json.loads(capfd.readouterr().out)
        assert diagnosis["healthy"] == (code == 0)
        return code, [f for f in diagnosis["findings"] if f["state"] not in ("blocked", "slow")]

    return call


def plugin(name: str, *older: str) -> str:
    return PLUGIN.format(name=name, older=older)


@pytest.mark.parametrize(
    ("requires", "reason", "help_"),
    [
        ("rcmvae>=99", "it needs rcmvae>=99, and rcmvae 0.1.0 is installed", "pip install 'rcmvae>=99', or a version of"),
        ("rcmvae (<0.1)", "it needs rcmvae<0.1, and rcmvae 0.1.0 is installed", "pip install 'rcmvae<0.1'"),
        ("no-such-package>=2", "it needs no-such-package>=2, and no-such-package is not installed", "pip install"),
        ('rcmvae>=99; python_version >= "3"', "it needs rcmvae>=99, and", "pip install"),
    ],
)  # fmt: skip
def test_a_conflict(install, doctor, requires, reason, help_) -> None:
    install("my-gates", requires=(requires,))
    code, (finding,) = doctor()
    assert (code, finding["state"]) == (1, "conflict")
    assert finding["distributions"] == [{"name": "my-gates", "version": "1.0"}]
    assert str(finding["reason"]).startswith(reason)
    assert str(finding["help"]).startswith(help_)


@pytest.mark.parametrize(
    "requires",
    [
        "rcmvae>=0.1",
        "rcmvae",
        'no-such-package; extra == "more"',
        'no-such-package; python_version < "3"',
        "not a requirement !",
    ],
)
def test_met_and_optional_requirements_are_no_conflict(install, doctor, requires) -> None:
    install("my-gates", requires=(requires,))
    assert doctor() == (0, [])


LYING = """
import attrs
from rcmvae_core import Duration, Plugin, hookimpl, param, schedule

@attrs.frozen
class Params:
    value: {type} = {declaration}

@hookimpl
def rcmvae_plugins():
    yield Plugin("conditioner", "gate", summary="A gate.", impl="nowhere:gate", params=__name__ + ":Params")
"""


@pytest.mark.parametrize(
    ("type_", "declaration", "reason"),
    [
        ("Duration", 'param("10 epochs", doc="x")', "the default of `value` must be a duration"),
        ("int", 'param("7", doc="x")', 'the default of `value` must be an integer, got a string: "7"'),
        ("int", 'param(0, doc="x", ge=1)', "the default of `value` must be at least 1, and is 0"),
        ("float", 'param(2.0, doc="x", le=1)', "the default of `value` must be at most 1, and is 2.0"),
        ("Duration", 'param(Duration(0), doc="x", gt=0)', "the default of `value` must be greater than 0"),
        ("str", 'param("a", doc="x", gt=0)', "the bounds of `value` restrict nothing: it is a string"),
        ("object", 'schedule(2.0, doc="x", le=1)', "its defaults are refused: "),
        ("object", 'param({"no_such": {}}, doc="x", kind="schedule")', "its defaults are refused: unknown schedule `no_such`"),
    ],
)  # fmt: skip
def test_a_declaration_that_is_wrong(install, doctor, type_, declaration, reason) -> None:
    install("my-gates", LYING.format(type=type_, declaration=declaration))
    code, (finding,) = doctor()
    assert (code, finding["state"], finding["declaration"]) == (1, "broken", ["conditioner", "gate"])
    assert str(finding["reason"]).startswith(f"conditioner `gate`: {reason}")
    assert finding["help"] == "correct `my_gates:Params`"


@pytest.mark.parametrize(
    ("type_", "declaration"),
    [
        ("Duration", 'param(Duration(10, "epochs"), doc="x", gt=0)'),
        ("float", 'param(1, doc="x", ge=0, le=1)'),
        ("int | None", 'param(None, doc="x", ge=1)'),
        ("tuple[int, ...]", 'param((1, 2), doc="x", ge=1)'),
        ("int", 'param(doc="x", ge=1)'),
    ],
)
def test_a_declaration_that_is_right(install, doctor, type_, declaration) -> None:
    install("my-gates", LYING.format(type=type_, declaration=declaration))
    assert doctor() == (0, [])


def test_a_name_that_is_claimed_twice(install, doctor) -> None:
    install("my-gates", plugin("gate"))
    install("other-gates", plugin("gate"))
    code, (finding,) = doctor()
    assert (code, finding["state"], finding["declaration"]) == (1, "claimed twice", ["conditioner", "gate"])
    assert [owner["name"] for owner in finding["distributions"]] == ["my-gates", "other-gates"]
    assert finding["help"] == 'choose in a spec: [plugins.prefer.conditioner] gate = "my-gates"'


@pytest.mark.parametrize(("other", "means"), [(("gating",), "gating"), (("valve", "gating"), "valve")])
def test_an_old_name_of_another_plugin(install, doctor, other, means) -> None:
    install("my-gates", plugin("gate", "gating"))
    install("other-gates", plugin(*other))
    code, (finding,) = doctor()
    assert (code, finding["state"]) == (0, "shadowed")
    assert f"means `{means}` of other-gates" in str(finding["reason"])
    assert str(finding["help"]).startswith("write `gate`")


def test_a_copy_that_is_not_read(install, doctor) -> None:
    hidden, read = install("my-gates", plugin("gate")), install("my-gates", plugin("gate"), version="1.1")
    code, (finding,) = doctor()
    assert (code, finding["state"]) == (0, "shadowed")
    assert finding["distributions"] == [{"name": "my-gates", "version": "1.1"}]
    assert finding["reason"] == f"its copy in {read} is used, and 1.0 in {hidden} is not"


def test_a_slow_import_is_reported_with_its_time_and_is_no_error(install, capfd) -> None:
    install("my-gates", "import time\ntime.sleep(0.08)\n" + plugin("gate"))
    assert main(["plugins", "doctor"]) == 0
    (line,) = [line for line in capfd.readouterr().out.splitlines() if line.startswith("slow: my-gates 1.0")]
    assert int(line.partition("took ")[2].split()[0]) >= 80


def test_a_kind_that_exists_is_reported_with_its_owner(install, doctor) -> None:
    declare = 'from rcmvae_core import Kind, hookimpl\n@hookimpl\ndef rcmvae_kinds():\n    yield Kind("{}", "Again.")\n'
    install("my-gates", declare.format("prior"))
    install("my-kinds", declare.format("filter"))
    install("other-kinds", declare.format("filter"))
    code, findings = doctor()
    assert (code, [f["state"] for f in findings]) == (1, ["broken", "broken"])
    assert {f["reason"] for f in findings} == {
        "kind `prior` is already declared by the core",
        "kind `filter` is already declared by my-kinds",
    }


def test_a_blocked_distribution_is_no_error(install, capfd, monkeypatch) -> None:
    install("my-gates", "raise RuntimeError", requires=("rcmvae>=99",))
    monkeypatch.setenv("RCMVAE_PLUGINS", "none")
    assert main(["plugins", "doctor"]) == 0
    assert (
        "blocked: my-gates 1.0: RCMVAE_PLUGINS excludes it\n  = help: add `my-gates` to"
        in capfd.readouterr().out
    )


def test_every_finding_has_help(install, doctor) -> None:
    install("my-gates", plugin("gate"), requires=("rcmvae>=99",))
    install("other-gates", plugin("gate") + "import no_such_module\n")
    install("third-gates", plugin("gate"))
    _, findings = doctor()
    assert {str(f["state"]) for f in findings} == {"broken", "conflict", "claimed twice"}
    assert all(f["help"] for f in findings)


def test_the_help_has_the_states_and_the_exit_code(capfd) -> None:
    assert main(["plugins", "doctor", "--help"]) == 0
    output = " ".join(capfd.readouterr().out.split())
    assert (
        "The exit code is 1 if something is broken, too new, in conflict or claimed twice, else 0." in output
    )
    assert all(f"{state}:" in output.lower() for state in ("shadowed", "slow", "blocked", "claimed twice"))
