"""Every verb: exit codes, data on stdout, diagnostics on stderr."""

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
import tomli

from rcmvae_core.cli.main import VERBS, main
from rcmvae_core.plugin.discovery import discover
from tests.support.commands import QUICKSTART, read_terminal

GATES = """
from rcmvae_core import Plugin, hookimpl

@hookimpl
def rcmvae_plugins():
    yield Plugin("conditioner", "gate", summary="A gate.", impl="my_gates:gate", **{more})
"""


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


def test_validate(rcmvae, spec):
    done = rcmvae("validate", spec)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{spec}: valid\n", "")
    done = rcmvae("validate", spec, "--set", "latent.dim=0")
    assert (done.returncode, done.stdout) == (2, "")
    assert "error[E207]" in done.stderr
    done = rcmvae("validate", spec, "--set", "latent.dim=0", "--format", "github")
    assert done.stderr.startswith("::error title=E207::")


def test_fill_can_be_run_again(rcmvae, spec, tmp_path):
    done = rcmvae("fill", spec, "--set", "train.epochs=5")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"dim = 3  # {spec}:3" in done.stdout
    assert f"channels = 20  # {QUICKSTART}:" in done.stdout
    assert "epochs = 5  # --set train.epochs=5" in done.stdout
    assert 'layout = "decentralized"  # default' in done.stdout
    assert "# top_m = (absent: integer)" in done.stdout
    again = tmp_path / "again.toml"
    again.write_text(done.stdout, encoding="utf-8")
    assert json.loads(rcmvae("diff", again, spec, "--json").stdout)["differences"] == [
        {
            "path": "train.epochs",
            "a": {"value": 5, "origin": f"{again}:{_line(done.stdout, 'epochs = 5')}", "part": None},
            "b": {
                "value": 60,
                "origin": f"{QUICKSTART}:{_line(QUICKSTART.read_text(), 'epochs = 60')}",
                "part": None,
            },
        }
    ]


def _line(text, start):
    return next(i for i, line in enumerate(text.split("\n"), 1) if line.startswith(start))


def test_fill_with_docs_changes_only_comments(rcmvae, spec):
    bare, docs = rcmvae("fill", spec).stdout, rcmvae("fill", spec, "--docs").stdout
    assert tomli.loads(bare) == tomli.loads(docs) == json.loads(rcmvae("fill", spec, "--json").stdout)["spec"]
    assert "# Size D of each continuous latent. In [1, 65536].\ndim = 3" in docs
    assert "Size D" not in bare


def test_diff(rcmvae, spec, tmp_path):
    assert rcmvae("diff", spec, spec).stdout == f"{spec} and {spec} are the same\n"
    other = tmp_path / "other.toml"
    other.write_text(
        f'extends = ["{spec}"]\nhead = "gaussian"\n[loss.more.kl_latent]\n[routing.soft]\ntop_m = 2\n'
    )
    done = rcmvae("diff", spec, other)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"routing.soft.top_m: absent (default) -> 2 ({other}:5)" in done.stdout
    assert f"only in {spec}\n  [head.bernoulli] ({QUICKSTART}:" in done.stdout
    assert f"\n  [head.gaussian] ({other}:2)" in done.stdout
    assert "loss.more.weight = 1.0 (default)" in done.stdout


def test_diff_reads_run_directories_and_reports_the_errors_of_both(rcmvae, spec, tmp_path):
    assert rcmvae("diff", tmp_path, spec).stdout == f"{tmp_path} and {spec} are the same\n"
    bad = tmp_path / "bad.toml"
    bad.write_text("a = 1")
    done = rcmvae("diff", bad, "no.toml")
    assert (done.returncode, done.stdout) == (2, "")
    assert "E203" in done.stderr
    assert "E101" in done.stderr


def test_explain_a_code(rcmvae):
    assert rcmvae("explain", "e201").stdout == rcmvae("explain", "E201").stdout
    assert rcmvae("explain", "E201").stdout.startswith("# E201: ")
    listed = rcmvae("explain", "--list").stdout.splitlines()
    assert listed == sorted(listed)


def test_explain_a_value(rcmvae, spec):
    output = rcmvae("explain", spec, "latent.dim").stdout
    assert output.startswith(
        f"latent.dim = 3\n  from     {spec}:3:7\n             dim = 3\n  type     integer\n"
    )
    assert "bounds   [1, 65536]" in output
    changed = rcmvae("explain", spec, "latent.dim", "--set", "latent.dim=9").stdout
    assert changed.startswith("latent.dim = 9\n  from     --set latent.dim=9\n")
    assert "  from     default\n" in rcmvae("explain", spec, "latent.layout").stdout
    assert rcmvae("explain", spec, "routing.soft.top_m").stdout.startswith("routing.soft.top_m = absent\n")
    assert rcmvae("explain", spec, "prior.mixture").stdout.startswith("[prior.mixture]\n")
    assert rcmvae("explain", spec, "latent").stdout.count("\n") == 4
    inner = rcmvae(
        "explain",
        spec,
        "loss.kl_z.weight.linear.over",
        "--set",
        "loss.kl_z.weight.linear={ start=0, end=1, over=3 }",
    )
    assert inner.stdout.startswith("loss.kl_z.weight.linear.over = 3\n")


def test_schema_is_written_at_once_and_again(rcmvae, tmp_path):
    for _ in range(2):
        done = rcmvae("schema", "--write")
        assert (done.returncode, done.stdout) == (0, f"{tmp_path}/.rcmvae/schema.json\n")
        assert "\n  #:schema ./.rcmvae/schema.json\n" in done.stderr
    assert [path.name for path in (tmp_path / ".rcmvae").iterdir()] == ["schema.json"]
    assert (tmp_path / ".rcmvae" / "schema.json").read_text() == rcmvae("schema").stdout


@pytest.mark.parametrize("name", ["editor/specs.json", "/elsewhere/specs.json"])
def test_schema_is_written_to_the_given_file(name, tmp_path, monkeypatch, capfd):
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    argument = str(tmp_path) + name if name.startswith("/") else name
    assert main(["schema", "--write", argument]) == 0
    target = folder / argument
    out, err = capfd.readouterr()
    assert out == f"{target}\n"
    assert json.loads(target.read_text())["title"] == "rcmvae spec"
    tables = tomli.loads(err.partition("by tombi.toml\n")[2].partition("or by .taplo.toml")[0])
    assert tables["schemas"] == [{"path": argument, "include": ["experiments/*.toml"]}]
    rules = tomli.loads(err.partition("by .taplo.toml\n")[2].partition("Write it again")[0])
    assert rules["rule"][0]["schema"] == {"path": argument}
    assert f"\n  #:schema {'' if name.startswith('/') else './'}{argument}\n" in err


def test_schema_that_cannot_be_written(rcmvae, tmp_path):
    (tmp_path / ".rcmvae").write_text("a file")
    done = rcmvae("schema", "--write")
    assert (done.returncode, done.stdout) == (1, "")
    assert "error[E304]" in done.stderr


def test_plugins(rcmvae):
    everything = rcmvae("plugins", "list").stdout.splitlines()
    priors = rcmvae("plugins", "list", "--kind", "prior").stdout.splitlines()
    assert 0 < len(priors) < len(everything)
    assert [line.split()[0] for line in priors] == ["prior"] * len(priors)
    output = rcmvae("plugins", "show", "prior", "mixture").stdout
    assert "provides latent.channels: a discrete latent, the channel" in output
    assert "[prior.mixture]\n" in output


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
            "augmentation": ("[loss.same.channel_consistency]\n", "augmentation."),
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
