"""What all verbs share: help, exit codes, data on stdout, diagnostics on stderr, and colours."""

from __future__ import annotations

import argparse
import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module

import pytest

from rcmvae_core.cli.main import VERBS
from tests.support.commands import QUICKSTART, read_terminal


def test_the_list_of_verbs_is_complete(process):
    done = process("--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert all(f"\n  {verb} " in done.stdout for verb in VERBS)
    assert process().returncode == 2


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(rcmvae, verb):
    done = rcmvae(verb, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"usage: rcmvae {verb}")


@pytest.mark.parametrize("action", ["list", "show", "doctor"])
def test_every_action_on_plugins_has_help(rcmvae, action):
    assert rcmvae("plugins", action, "--help").stdout.startswith(f"usage: rcmvae plugins {action}")


def every_parser() -> Iterator[argparse.ArgumentParser]:
    """Yield the parser of every subcommand, and of every verb without subcommands."""
    for verb in VERBS:
        command = import_module(f"rcmvae_core.cli.commands.{verb}")
        parser = argparse.ArgumentParser(f"rcmvae {verb}", description=command.__doc__)
        command.configure(parser)
        choices = [a.choices for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
        yield from choices[0].values() if choices else [parser]


@pytest.mark.parametrize("parser", list(every_parser()), ids=lambda parser: parser.prog)
def test_every_argument_has_help(parser):
    assert parser.description
    assert [action.dest for action in parser._actions if not action.help] == []


@pytest.mark.parametrize(
    "words",
    [
        ["validate", QUICKSTART, "--form", "json"],
        ["plugins", "list", "--kin", "prior"],
        ["label", "run", "add", "a", "--request", "b"],
        ["new", "spec", "--mini"],
    ],
    ids=lambda words: " ".join(map(str, words))[-20:],
)
def test_options_are_not_abbreviated(rcmvae, words):
    """A script with an abbreviated option would break as soon as another option had the same beginning."""
    done = rcmvae(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert "unrecognized arguments: --" in done.stderr


def test_help_keeps_paragraphs_and_lists(rcmvae):
    assert "\n\nIn a spec, old names" in rcmvae("migrate", "--help").stdout
    assert (
        "\n  blocked:        RCMVAE_PLUGINS excludes it\n\n" in rcmvae("plugins", "doctor", "--help").stdout
    )


WRONG = [
    ["valdate"],
    ["validate"],
    ["validate", "no.toml"],
    ["validate", "--no"],
    ["fill", "no.toml"],
    ["diff", "no.toml"],
    ["diff", "no.toml", "none.toml"],
    ["explain"],
    ["explain", "E999"],
    ["explain", "no.toml", "a"],
    ["explain", QUICKSTART, "latent.depth"],
    ["plugins"],
    ["plugins", "lst"],
    ["plugins", "list", "--kind", "priors"],
    ["plugins", "show", "prior", "mixtur"],
    ["plugins", "show", "priors", "mixture"],
    ["schema", "extra"],
]


@pytest.mark.parametrize("words", WRONG, ids=lambda words: " ".join(map(str, words))[-40:])
def test_wrong_input(rcmvae, words):
    done = rcmvae(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "help_"),
    [
        (["valdate"], "did you mean `validate`?"),
        (["explain", "E20"], "did you mean `E2"),
        (["explain", QUICKSTART, "latent.dims"], "did you mean `latent.dim`?"),
        (["plugins", "list", "--kind", "priors"], "did you mean `prior`?"),
        (["plugins", "show", "prior", "mixtur"], "did you mean `mixture`?"),
        (["plugins", "show", "prior", "zzz"], "known prior plugins: `geometric_mog`"),
    ],
)
def test_wrong_names_get_a_suggestion(rcmvae, words, help_):
    assert f"= help: {help_}" in rcmvae(*words).stderr


JSON = [
    ["validate", QUICKSTART, "--format", "json"],
    ["fill", QUICKSTART, "--json"],
    ["diff", QUICKSTART, QUICKSTART, "--json"],
    ["explain", "E201", "--json"],
    ["explain", "--list", "--json"],
    ["explain", QUICKSTART, "--json"],
    ["explain", QUICKSTART, "latent.dim", "--json"],
    ["schema"],
    ["plugins", "list", "--json"],
    ["plugins", "show", "head", "gaussian", "--json"],
    ["plugins", "doctor", "--json"],
]


@pytest.mark.parametrize("words", JSON, ids=lambda words: " ".join(map(str, words))[-40:])
def test_json(rcmvae, words):
    done = rcmvae(*words)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)


@pytest.mark.parametrize(
    "words",
    [["fill", "no.toml"], ["diff", "no.toml", "x.toml"], ["explain", "E999"], ["plugins", "show", "x", "y"]],
)
def test_errors_as_json(rcmvae, words):
    done = rcmvae(*words, "--json")
    assert (done.returncode, done.stderr) == (2, "")
    assert all(d["code"].startswith("E1") for d in json.loads(done.stdout)["diagnostics"])


PIPED = [
    ["--help"],
    ["plugins", "list"],
    ["schema"],
    ["explain", "E201"],
    ["fill", str(QUICKSTART), "--docs"],
    ["fill", "no", "--json"],
]


@pytest.mark.parametrize("words", PIPED, ids=lambda words: words[0])
def test_a_closed_pipe(words, tmp_path):
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "rcmvae_core", *words]
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, check=False, cwd=tmp_path)
    os.close(writing)
    assert (done.returncode in (0, 2), done.stderr) == (True, b"")


def test_a_pipe_that_is_closed_early(tmp_path):
    command = f'"{sys.executable}" -m rcmvae_core schema | head -1; exit ${{PIPESTATUS[0]}}'
    done = subprocess.run(["bash", "-c", command], capture_output=True, check=False, cwd=tmp_path, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "{\n", "")


@pytest.mark.parametrize(
    ("setting", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
)
def test_colours_only_for_a_terminal_that_wants_them(setting, coloured, tmp_path):
    controller, terminal = pty.openpty()
    environment = {k: v for k, v in os.environ.items() if k != "NO_COLOR"} | {"TERM": "xterm"} | setting
    command = [sys.executable, "-m", "rcmvae_core", "validate", "no.toml"]
    subprocess.run(command, stderr=terminal, check=False, cwd=tmp_path, env=environment)
    os.close(terminal)
    output = read_terminal(controller)
    assert ("\033[" in output) is coloured
    assert "E101" in output


def test_no_colour_in_a_pipe(process):
    assert "\033" not in process("validate", "no.toml").stderr
