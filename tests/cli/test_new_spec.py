"""`new spec`: whatever is chosen or answered, what is written is valid, and says what it means."""

from __future__ import annotations

import json
import os
import pty
import random
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import tomli

from rcmvae_core.cli.main import main
from rcmvae_core.plugin.core_tables import LatentTable
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.plugin.parameters import fields
from rcmvae_core.spec.resolve import resolve_text

REGISTRY = discover("only:rcmvae")
NAMED = [
    (kind.name, name) for kind in REGISTRY.kinds.values() if kind.table for name in REGISTRY.names(kind.name)
]
ELBO = ["reconstruction", "kl_latent", "kl_channel"]
Session = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def sessions() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-W", "error", str(Path(__file__).with_name("spec_sessions.py"))]
    environment = {**os.environ, "RCMVAE_PLUGINS": "only:rcmvae"}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, encoding="utf-8"
    ) as process:
        yield process


@pytest.fixture
def session(sessions) -> Session:
    """One command; with answers, at a terminal."""

    def hold(*words: object, answers: list[str] | None = None) -> dict[str, Any]:
        print(json.dumps([list(map(str, words)), answers]), file=sessions.stdin, flush=True)
        return json.loads(sessions.stdout.readline())

    return hold


def written(found: dict[str, Any]) -> str:
    """The text of a spec that was printed, and that validates."""
    assert (found["code"], "parts" in found) == (0, True), found["err"]
    return found["out"]


@pytest.mark.parametrize("style", [(), ("--minimal",)], ids=["full", "minimal"])
def test_without_a_word_it_is_a_spec_that_learns_labels(style, capfd, monkeypatch) -> None:
    monkeypatch.setenv("RCMVAE_PLUGINS", "only:rcmvae")
    assert main(["new", "spec", *style]) == 0
    spec = resolve_text(capfd.readouterr().out, "spec.toml", REGISTRY)
    assert not spec.warnings
    assert spec.one("data").name == "digits"
    assert [part.name for part in spec.parts["loss"]] == [*ELBO, "supervised"]
    assert spec.one("classifier").name == "tau"


@pytest.mark.parametrize("terminal", [True, False])
def test_where_nothing_is_installed_nothing_is_asked(terminal, capfd, monkeypatch) -> None:
    monkeypatch.setenv("RCMVAE_PLUGINS", "none")
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: terminal))
    assert main(["new", "spec"]) == 2
    told = capfd.readouterr()
    assert told.out == ""
    assert "error[E210]: the spec names no data" in told.err


@pytest.mark.parametrize(("kind", "name"), NAMED, ids=[".".join(each) for each in NAMED])
def test_every_plugin_can_be_had(kind, name, session) -> None:
    """The rest follows: without channels, say, there is one, and a conditioner that needs none."""
    full, minimal = session(f"--{kind}", name), session(f"--{kind}", name, "--minimal")
    assert written(full) != written(minimal)
    assert name in full["parts"][kind]
    assert full["everything"] == minimal["everything"]


def test_every_table_and_parameter_has_its_comment(session) -> None:
    lines = written(session("--routing", "gumbel", "--loss", "l2")).splitlines()
    above = dict(zip(lines[1:], lines, strict=False))
    (routing,) = REGISTRY.claims("routing", "gumbel")
    assert above["[routing.gumbel]"] == f"# {routing.plugin.summary}"
    doc = fields(REGISTRY.parameters(routing.plugin))["floor"].rule.doc
    assert above["floor = 0.5"] == f"# {doc} In [0.01, 1000]. Default: 0.5."
    assert above["# top_m = (absent: integer)"].endswith("In [1, 10000]. Default: absent.")
    doc = fields(LatentTable)["channels"].rule.doc
    assert above["channels = 10"] == f"# {doc} In [1, 10000]."
    bare = [line for line in lines if re.match(r"[\[\w]", line) and not above[line].startswith("# ")]
    assert [line.split()[0] for line in bare] == ["rcmvae", "name", "seeds"]


def test_minimal_has_nothing_that_has_a_default(session) -> None:
    short = tomli.loads(written(session("--data", "npz", "--minimal")))
    full = tomli.loads(written(session("--data", "npz")))
    assert short["data"] == {"npz": {"path": "text"}}
    assert short["latent"] == {"channels": 10, "dim": 2}
    assert short["train"] == {"epochs": 20, "optimizer": {"adam": {}}}
    assert full["train"]["batch_size"] == 128
    assert "figure" not in {**short, **full}


def test_what_only_the_author_knows_is_marked(session) -> None:
    found = session("--data", "npz")
    assert 'path = "text"  # an example: replace it' in written(found)
    assert found["err"] == "replace the example values: data.npz.path\n"


def test_what_a_part_requires_besides_is_what_fits(session) -> None:
    table = written(session("--data", "table", "--loss", "reconstruction", "--loss", "channel_consistency"))
    assert list(tomli.loads(table)["loss"]["channel_consistency"]["channel_consistency"]["augmentation"]) == [
        "noise"
    ]
    assert 'pi = "learned"' in written(session("--loss", "reconstruction", "--loss", "dirichlet"))
    assert session("--loss", "sigma_penalty")["parts"]["head"] == ["heteroscedastic"]
    assert session("--loss", "reconstruction", "--no-classifier")["parts"]["classifier"] == []
    assert session("--prior", "standard")["sizes"][0] == 1


def test_what_does_not_go_together_is_told_with_its_option(session) -> None:
    found = session("--prior", "standard", "--channels", "10")
    assert (found["code"], found["out"]) == (2, "")
    assert "--prior standard: error[E202]: prior `standard` does not go with `channels.many`" in found["err"]
    found = session("--prior", "mixtur", "--dim", "0", "--name", "a b")
    assert found["code"] == 2
    for words in ("did you mean `mixture`?", "--dim 0: error[E207]", "--name a b: error[E207]"):
        assert words in found["err"]
    assert "E216" in session("--prior", "geometric_mog", "--dim", "1")["err"]


def offered(err: str, kind: str) -> list[str]:
    """What a question listed."""
    after = err.partition(f"\n{kind}: ")[2].splitlines()[1:]
    rows = [re.match(r" +[1-9]\d*  (\S+)", line) for line in after]
    return [row[1] for row in rows[: rows.index(None)] if row]


def test_offers_follow_the_answers(session) -> None:
    found = session(answers=["", "1", "1", "", "", "standard", *[""] * 30])
    written(found)
    assert offered(found["err"], "prior") == ["mixture", "standard", "vamp"]
    assert offered(found["err"], "conditioner") == ["none"]
    assert offered(found["err"], "classifier") == []
    assert not {"kl_channel", "supervised"} & set(offered(found["err"], "loss"))
    assert "tau_heatmap" not in offered(found["err"], "figure")
    assert found["err"].count("incompatible with these answers: geometric_mog") == 1
    many = session(answers=[""] * 40)["err"]
    assert offered(many, "prior") == ["geometric_mog", "mixture", "vamp"]
    assert offered(many, "conditioner") == REGISTRY.names("conditioner")


def test_empty_answers_take_the_defaults(session) -> None:
    asked, silent = session(answers=[""] * 40), session()
    assert written(asked) == written(silent)
    assert silent["err"] == ""


def test_answers_are_numbers_or_names(session) -> None:
    said = ["table", "4", "3", "2", "dense", "mixture", "gumbel", "none", "dense", "gaussian", "sgd", "0"]
    figures = ["1 9 99", "nothing", "channel_usage, 1"]
    found = session(answers=[*said, "reconstruction, kl_latent", "", "", "", "", *figures])
    written(found)
    assert found["unheard"] == 0
    assert found["sizes"] == [4, 3, "shared"]
    assert found["parts"]["data"] == ["table"]
    assert found["parts"]["optimizer"] == ["sgd"]
    assert found["parts"]["classifier"] == []
    assert found["parts"]["loss"] == ["reconstruction", "kl_latent"]
    assert found["parts"]["figure"] == ["channel_usage", "channel_samples"]
    assert "incompatible with these answers: conv" in found["err"]
    assert found["err"].count("answer with a number of the list or with a name") == 2


def test_a_size_that_breaks_a_rule_is_asked_for_again(session) -> None:
    found = session(answers=["", "0", "many", "5", *[""] * 40])
    written(found)
    assert found["sizes"][0] == 5
    assert "`channels` must be at least 1, got 0" in found["err"]


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.long) for seed in (2, 3, 4))])
def test_any_answers_end_in_a_valid_spec(seed, session) -> None:
    """A walk at random through what is offered; what cannot be taken is asked for again."""
    pick = random.Random(seed)
    numbers = ["", *map(str, range(1, 13)), "0", "1 2", "2, 3 4", "x"]
    found = session(answers=[pick.choice(numbers) for _ in range(500)])
    written(found)
    assert not [
        code for code in found["warnings"] if code != "W301"
    ]  # an arrangement is induced, not learned


@pytest.mark.parametrize(("last", "code", "told"), [("3", 2, "error[E110]"), ("^C", 130, "encoder")])
def test_answers_that_end_write_nothing(last, code, told, tmp_path, session) -> None:
    found = session(tmp_path / "spec.toml", answers=["", "", "", "", last])
    assert (found["code"], found["out"], told in found["err"]) == (code, "", True)
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_written_once(tmp_path, session) -> None:
    path = tmp_path / "deep" / "my run.toml"
    lines = session(path, "--data", "digits")["out"].splitlines()
    assert lines[0] == str(path)
    assert f"  rcmvae validate '{path}'" in lines
    text = path.read_bytes()
    assert resolve_text(text, "spec.toml", REGISTRY).name == "my-run"
    found = session(path, answers=[])  # nothing is asked where nothing can be written
    assert (found["code"], "exists already" in found["err"]) == (2, True)
    assert path.read_bytes() == text
    assert list(path.parent.iterdir()) == [path]


def test_as_json(tmp_path, session) -> None:
    words = [tmp_path / "a.toml", "--prior", "geometric_mog", "--data", "npy", "--json"]
    found = json.loads(session(*words)["out"])
    assert found["toml"] == (tmp_path / "a.toml").read_text(encoding="utf-8")
    assert found["examples"] == ["data.npy.inputs"]
    assert [d["code"] for d in found["diagnostics"]] == ["W301"]
    assert found["next"][1] == f"rcmvae run {tmp_path / 'a.toml'}"
    again = session(*words)
    assert again["code"] == 2
    assert json.loads(again["out"])["diagnostics"][0]["code"] == "E304"


PROBE = """
import contextlib, sys
from rcmvae_core.cli.main import main
code = main(["new", "spec"])
with contextlib.redirect_stdout(sys.stderr):
    code = code or main(["new", "plugin", "conditioner", "my_gate", "--out", sys.argv[1]])
print("loaded " + " ".join({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
sys.exit(code)
"""


def test_at_a_terminal_questions_go_to_stderr_and_the_spec_to_stdout(tmp_path) -> None:
    """And nothing heavy is imported, though the spec is checked; nor for a plugin."""
    ours, theirs = pty.openpty()
    os.write(ours, b"\n" * 40)
    done = subprocess.run(
        [sys.executable, "-c", PROBE, str(tmp_path / "new")],
        stdin=theirs,
        capture_output=True,
        check=False,
        text=True,
    )
    os.close(ours)
    os.close(theirs)
    assert done.returncode == 0, done.stderr
    assert tomli.loads(done.stdout)["rcmvae"].startswith(">=")
    assert f"\nencoder: {REGISTRY.kinds['encoder'].summary}\n" in done.stderr
    loaded = set(done.stderr.partition("loaded ")[2].split())
    assert "rcmvae_core" in loaded
    assert not loaded & {"jax", "numpy", "flax", "optax", "sklearn", "matplotlib"}
