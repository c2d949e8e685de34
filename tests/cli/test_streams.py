"""No state of stdout and stderr ends the work of a command, changes its results, or shows a traceback."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import pytest

from rcmvae_core.cli import streams
from rcmvae_core.cli.streams import SafeStream
from tests.support.commands import QUICKSTART, read_terminal

COMMAND = f'"{sys.executable}" -m rcmvae_core'
SMALL = [
    "latent.channels=4", "encoder.dense.hidden=[16]", "backbone.dense.hidden=[16]", "train.epochs=3", "figure={}",
]  # fmt: skip
WORDS = " ".join(f"--set '{setting}'" for setting in SMALL)


class State(NamedTuple):
    """A state of the streams: how a shell makes it, and the exit code of a command that is done.

    Args:
        shell: a command line with `{}` for the command; the exit code of the shell is that of the command.
        done: the exit code after results were printed.
        variables: of the environment.
    """

    shell: str
    done: int
    variables: Mapping[str, str] = MappingProxyType({})


STATES = {
    "stdout closed": State("{} >&-", 1),
    "stderr closed": State("{} 2>&-", 0),
    "both closed": State("{} >&- 2>&-", 1),
    "all closed": State("{} <&- >&- 2>&-", 1),
    "stdout full": State("{} > /dev/full", 1),
    "stderr full": State("{} 2> /dev/full", 0),
    "both full": State("{} > /dev/full 2>&1", 1),
    "no reader": State("{} | :; exit ${{PIPESTATUS[0]}}", 0),
    "one line": State("{} | head -n 1 > /dev/null; exit ${{PIPESTATUS[0]}}", 0),
    "one line of both": State("{} 2>&1 | head -n 1 > /dev/null; exit ${{PIPESTATUS[0]}}", 0),
    "ascii": State("{}", 0, {"PYTHONIOENCODING": "ascii"}),
    "cp1252": State("{}", 0, {"PYTHONIOENCODING": "cp1252"}),
    "POSIX": State("{}", 0, {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}),
}
VERBS = {
    "--help": 0,
    "--version": 0,
    "unknown": 2,
    "run --help": 0,
    "run": 2,
    f"validate '{QUICKSTART}'": 0,
    "validate no.toml": 2,
    "validate no.toml --json": 2,
    f"fill '{QUICKSTART}'": 0,
    f"diff '{QUICKSTART}' '{QUICKSTART}'": 0,
    "explain E201": 0,
    "schema": 0,
    "plugins list": 0,
    "plugins show film": 0,
    "plugins doctor": 0,
    f"new spec --from '{QUICKSTART}'": 2,
}
"""The exit code of each command line, whatever becomes of what it prints to stderr."""
FEW = {"--help", "validate no.toml --json", "plugins show film"}


def call(words: str, state: State, cwd: Path, command: str = COMMAND) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "RCMVAE_PLUGINS"))}
    script = state.shell.format(f"{command} {words}")
    return subprocess.run(
        ["bash", "-c", script], cwd=cwd, env=environment | {**state.variables}, check=False, capture_output=True,
        encoding="utf-8", errors="surrogateescape",
    )  # fmt: skip


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("words", [w if w in FEW else pytest.param(w, marks=pytest.mark.long) for w in VERBS])
def test_every_state_of_the_streams(words, state, tmp_path) -> None:
    done = call(words, STATES[state], tmp_path)
    prints_results = VERBS[words] == 0 or "--json" in words
    expected = VERBS[words] or STATES[state].done
    assert done.returncode == expected, done.stderr
    assert not re.search(r"Traceback|Exception ignored|Error:", done.stdout + done.stderr)
    if STATES[state].shell in ("{} >&-", "{} > /dev/full"):
        assert ("error[E460]" in done.stderr) is prints_results


@pytest.mark.parametrize("state", [name for name, state in STATES.items() if state.variables])
def test_what_an_encoding_lacks_is_escaped(state, tmp_path) -> None:
    done = call("plugins show film", STATES[state], tmp_path)
    plain = call(
        "plugins show film", STATES["ascii"]._replace(variables={"PYTHONIOENCODING": "utf-8"}), tmp_path
    )
    assert not plain.stdout.isascii()
    encoding = "cp1252" if state == "cp1252" else "ascii"
    assert done.stdout.encode("utf-8", "surrogateescape").decode(encoding) == plain.stdout.encode(
        encoding, "backslashreplace"
    ).decode(encoding)


@pytest.mark.parametrize(
    ("redirection", "code", "reported"),
    [
        pytest.param("2>&1 | head -n 2", 0, None, marks=pytest.mark.long),
        ("--json | head -n 1", 0, None),
        ("> /dev/full", 1, "E460"),
        pytest.param(">&- 2>&-", 1, None, marks=pytest.mark.long),
        pytest.param("2> /dev/full", 0, None, marks=pytest.mark.long),
        pytest.param(">&- --json", 1, "E460", marks=pytest.mark.long),
        pytest.param("2>&1 | :", 0, None, marks=pytest.mark.long),
    ],
)
def test_training_survives_the_loss_of_its_listener(redirection, code, reported, tmp_path) -> None:
    done = call(
        f"run '{QUICKSTART}' --out run {WORDS} {redirection}; exit ${{PIPESTATUS[0]}}",
        State("{}", 0),
        tmp_path,
    )
    assert done.returncode == code, done.stderr
    assert json.loads((tmp_path / "run" / "status.json").read_text())["state"] == "done"
    assert len((tmp_path / "run" / "metrics.jsonl").read_text().splitlines()) == 3
    assert (tmp_path / "run" / "report.html").exists()
    assert ("E460" in done.stderr) is (reported is not None)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("words", [[], pytest.param(["--json"], marks=pytest.mark.long)])
def test_training_survives_its_terminal(words, tmp_path) -> None:
    """With SIGHUP ignored, as `nohup` does, writing to the closed terminal fails."""
    controller, terminal = pty.openpty()
    command = [sys.executable, "-m", "rcmvae_core", "run", str(QUICKSTART), "--out", "run", *words]
    command += [word for setting in SMALL for word in ("--set", setting)]
    with subprocess.Popen(
        ["bash", "-c", """trap '' HUP && exec "$@\"""", "bash", *command],
        cwd=tmp_path, stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True,
    ) as process:  # fmt: skip
        os.close(terminal)
        assert os.read(controller, 1)  # it has begun
        os.close(controller)
        assert process.wait(timeout=120) == 0
    assert json.loads((tmp_path / "run" / "status.json").read_text())["state"] == "done"


NOISY = """
import os, sys
print("on import")
os.system("echo from a child")
import rcmvae_core

@rcmvae_core.hookimpl
def rcmvae_plugins():
    print("on declaration")
    return [rcmvae_core.Plugin("conditioner", "noisy", "A gate.", params="my_gates:Params", impl="my_gates:gate")]

import attrs

@attrs.frozen
class Params:
    pass
"""


@pytest.mark.parametrize(
    "words", [["plugins", "list", "--json"], ["validate", QUICKSTART, "--json"], ["schema"]]
)
def test_what_a_plugin_prints_is_no_result(words, process, guest) -> None:
    done = process(*words, path=guest(NOISY))
    assert json.loads(done.stdout)
    assert done.stderr.startswith("on import\n") or "from a child" in done.stderr
    assert "on import" in done.stderr


def test_a_stream_that_fails_discards_the_rest() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as pipe:
        stream = SafeStream(pipe, owns_descriptor=True)
        for _ in range(3):
            stream.write("a line\n")
            stream.flush()
        assert isinstance(stream.error, BrokenPipeError)
        assert not stream.is_lost


def test_a_terminal_gets_no_control_character(tmp_path) -> None:
    name = "a\x1b]0;title\x07\n\x9bb\u202e"
    controller, terminal = pty.openpty()
    command = [sys.executable, "-m", "rcmvae_core", "validate", f"{name}.toml"]
    for words in (command, [*command, "--bad\x1b[31m"], [*command[:3], name]):
        subprocess.run(
            words,
            stdout=terminal,
            stderr=terminal,
            check=False,
            cwd=tmp_path,
            env=os.environ | {"NO_COLOR": "1"},
        )
    os.close(terminal)
    output = read_terminal(controller)
    assert output.replace("\r\n", "").isprintable()
    assert output.count(r"\x1b]0;title\x07") >= 2


def test_printing_outside_a_command(capfd) -> None:
    streams.print_result("one\x1b")
    streams.print_message("two\x1b")
    streams.print_document("three\u00a0\n")
    streams.print_lines(["a\nb"])
    assert capfd.readouterr() == ("one\\x1b\nthree\u00a0\n", "two\\x1b\na\\nb\n")
