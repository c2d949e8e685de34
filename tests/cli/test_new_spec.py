"""`rcmvae new spec`: all choices and answers lead to a valid, commented spec."""

from __future__ import annotations

import json
import os
import pty
import random
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import tomli
from PIL import Image

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
    """Runs a session of `spec_sessions.py`; with answers, on a terminal."""

    def run_session(
        *words: object, answers: list[str] | None = None, own: Sequence[str] = ("",)
    ) -> dict[str, Any]:
        # The first question is for own data, which most sessions do not have.
        lines = None if answers is None else [*own, *answers]
        print(json.dumps([list(map(str, words)), lines]), file=sessions.stdin, flush=True)
        return json.loads(sessions.stdout.readline())

    return run_session


def written(result: dict[str, Any]) -> str:
    """Return the printed spec, which must be valid."""
    assert (result["code"], "parts" in result) == (0, True), result["err"]
    return result["out"]


@pytest.mark.parametrize("style", [(), ("--minimal",)], ids=["full", "minimal"])
def test_the_default_spec_learns_labels(style, capfd, monkeypatch) -> None:
    monkeypatch.setenv("RCMVAE_PLUGINS", "only:rcmvae")
    assert main(["new", "spec", *style]) == 0
    spec = resolve_text(capfd.readouterr().out, "spec.toml", REGISTRY)
    assert not spec.warnings
    assert spec.one("data").name == "digits"
    assert [part.name for part in spec.parts["loss"]] == [*ELBO, "supervised"]
    assert spec.one("classifier").name == "tau"


@pytest.mark.parametrize("terminal", [True, False])
def test_without_plugins_there_is_an_error_and_no_question(terminal, capfd, monkeypatch) -> None:
    monkeypatch.setenv("RCMVAE_PLUGINS", "none")
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: terminal))
    assert main(["new", "spec"]) == 2
    captured = capfd.readouterr()
    assert captured.out == ""
    assert "error[E210]: the spec names no data" in captured.err


@pytest.mark.parametrize(("kind", "name"), NAMED, ids=[".".join(each) for each in NAMED])
def test_every_plugin_can_be_selected(kind, name, session) -> None:
    """The other choices follow: a plugin without channels, for example, gets a conditioner that needs none."""
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


def test_minimal_leaves_out_defaults(session) -> None:
    short = tomli.loads(written(session("--data", "npz", "--minimal")))
    full = tomli.loads(written(session("--data", "npz")))
    assert short["data"] == {"npz": {"path": "text"}}
    assert short["latent"] == {"channels": 10, "dim": 2}
    assert short["train"] == {"epochs": 20, "optimizer": {"adam": {}}}
    assert full["train"]["batch_size"] == 128
    assert "figure" not in {**short, **full}


def test_example_values_are_marked(session) -> None:
    result = session("--data", "npz")
    assert 'path = "text"  # an example: replace it' in written(result)
    assert result["err"] == "replace the example values: data.npz.path\n"


def test_required_plugins_are_compatible(session) -> None:
    table = written(session("--data", "table", "--loss", "reconstruction", "--loss", "channel_consistency"))
    assert list(tomli.loads(table)["loss"]["channel_consistency"]["channel_consistency"]["augmentation"]) == [
        "corrupt"
    ]
    assert 'pi = "learned"' in written(session("--loss", "reconstruction", "--loss", "dirichlet"))
    assert session("--loss", "mixture_map")["parts"]["prior"] == ["vamp_mixture"]
    assert session("--loss", "sigma_penalty")["parts"]["head"] == ["heteroscedastic"]
    assert session("--loss", "reconstruction", "--no-classifier")["parts"]["classifier"] == []
    assert session("--prior", "standard")["sizes"][0] == 1


def test_an_incompatible_choice_is_reported_with_its_option(session) -> None:
    result = session("--prior", "standard", "--channels", "10")
    assert (result["code"], result["out"]) == (2, "")
    assert "--prior standard: error[E202]: prior `standard` does not go with `channels.many`" in result["err"]
    result = session("--prior", "mixtur", "--dim", "0", "--name", "a b")
    assert result["code"] == 2
    for words in ("did you mean `mixture`?", "--dim 0: error[E207]", "--name a b: error[E207]"):
        assert words in result["err"]
    assert "E216" in session("--prior", "geometric_mog", "--dim", "1")["err"]


def offered(err: str, kind: str) -> list[str]:
    """Return the plugins that a question lists."""
    after = err.partition(f"\n{kind}: ")[2].splitlines()[1:]
    rows = [re.match(r" +[1-9]\d*  (\S+)", line) for line in after]
    return [row[1] for row in rows[: rows.index(None)] if row]


def test_offers_follow_the_answers(session) -> None:
    result = session(answers=["", "1", "1", "", "", "standard", *[""] * 30])
    written(result)
    assert offered(result["err"], "prior") == ["mixture", "standard", "vamp", "vamp_mixture"]
    assert offered(result["err"], "conditioner") == ["none"]
    assert offered(result["err"], "classifier") == []
    assert not {"kl_channel", "supervised"} & set(offered(result["err"], "loss"))
    assert "tau_heatmap" not in offered(result["err"], "figure")
    assert result["err"].count("incompatible with these answers: geometric_mog") == 1
    many = session(answers=[""] * 40)["err"]
    assert offered(many, "prior") == ["geometric_mog", "mixture", "vamp", "vamp_mixture"]
    assert offered(many, "conditioner") == REGISTRY.names("conditioner")


def test_empty_answers_take_the_defaults(session) -> None:
    answered, default = session(answers=[""] * 40), session()
    assert written(answered) == written(default)
    assert default["err"] == ""


def test_own_data_are_asked_for_first_and_get_a_recipe(tmp_path, session) -> None:
    table = tmp_path / "flowers.csv"
    table.write_text("a,b,kind\n" + "".join(f"{n},{n % 7},{'xy'[n % 2]}\n" for n in range(60)))
    asked = session(answers=["kind"], own=["nowhere.csv", str(table)])
    assert (asked["code"], asked["unused"]) == (0, 0)
    assert "`nowhere.csv` does not exist" in asked["err"]
    given = session("--from", table, "--label", "kind")
    assert asked["out"] == given["out"]
    beside = os.path.relpath(table, Path.home())
    assert session(answers=["kind"], own=[f"~/{beside}"])["code"] == 0, "a shell would have expanded `~`"
    assert tomli.loads(asked["out"])["data"]["table"] == {"path": str(table), "label": "kind"}


def test_the_size_of_images_is_asked_for_or_given(tmp_path, session) -> None:
    for kind, shade in (("dark", 20), ("light", 200)):
        (tmp_path / "pictures" / kind).mkdir(parents=True)
        for number in range(9):
            image = Image.new("L", (12, 9), shade + number)
            image.save(tmp_path / "pictures" / kind / f"{number}.png")
    asked = session(answers=["", "large", "8x6"], own=[str(tmp_path / "pictures")])
    assert (asked["code"], asked["unused"]) == (0, 0), asked["err"]
    assert "answer with one number or two" in asked["err"]
    assert tomli.loads(asked["out"])["data"]["image_folder"]["size"] == [8, 6]
    assert asked["out"] == session("--from", tmp_path / "pictures", "--size", "8x6")["out"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--size", "8"], "`--size` has no effect without `--from`"),
        (["--from", __file__, "--size", "8"], "`--size` has no effect on a file"),
        (["--from", ".", "--size", "0"], "expected one number or two"),
    ],
)
def test_a_size_without_images_is_refused(words, message, capfd) -> None:
    assert main(["new", "spec", *words]) == 2
    assert message in capfd.readouterr().err


def test_answers_are_numbers_or_names(session) -> None:
    answers = ["table", "4", "3", "2", "dense", "mixture", "gumbel", "none", "dense", "gaussian", "sgd", "0"]
    figures = ["1 9 99", "nothing", "channel_usage, 1"]
    result = session(answers=[*answers, "reconstruction, kl_latent", *[""] * 9, *figures, ""])
    written(result)
    assert result["unused"] == 0
    assert result["sizes"] == [4, 3, "shared"]
    assert result["parts"]["data"] == ["table"]
    assert result["parts"]["optimizer"] == ["sgd"]
    assert result["parts"]["classifier"] == []
    assert result["parts"]["loss"] == ["reconstruction", "kl_latent"]
    assert result["parts"]["figure"] == ["channel_usage", "active_units"]
    assert "incompatible with these answers: conv" in result["err"]
    assert result["err"].count("answer with a number of the list or with a name") == 2


def test_an_invalid_size_is_requested_again(session) -> None:
    result = session(answers=["", "0", "many", "5", *[""] * 40])
    written(result)
    assert result["sizes"][0] == 5
    assert "`channels` must be at least 1, got 0" in result["err"]


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.long) for seed in (2, 3, 4))])
def test_any_answers_end_in_a_valid_spec(seed, session) -> None:
    """Random answers; a question is repeated until its answer is valid."""
    pick = random.Random(seed)
    numbers = ["", *map(str, range(1, 13)), "0", "1 2", "2, 3 4", "x"]
    result = session(answers=[pick.choice(numbers) for _ in range(500)])
    written(result)
    assert not [
        code for code in result["warnings"] if code != "W301"
    ]  # the fixed arrangement of channels of `geometric_mog`


@pytest.mark.parametrize(("last", "code", "message"), [("3", 2, "error[E110]"), ("^C", 130, "encoder")])
def test_answers_that_end_write_nothing(last, code, message, tmp_path, session) -> None:
    result = session(tmp_path / "spec.toml", answers=["", "", "", "", last])
    assert (result["code"], result["out"], message in result["err"]) == (code, "", True)
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_written_once(tmp_path, session) -> None:
    path = tmp_path / "deep" / "my run.toml"
    lines = session(path, "--data", "digits")["out"].splitlines()
    assert lines[0] == str(path)
    assert f"  rcmvae validate '{path}'" in lines
    text = path.read_bytes()
    assert resolve_text(text, "spec.toml", REGISTRY).name == "my-run"
    result = session(path, answers=[])  # the target is checked before the first question
    assert (result["code"], "exists already" in result["err"]) == (2, True)
    assert path.read_bytes() == text
    assert list(path.parent.iterdir()) == [path]


def test_as_json(tmp_path, session) -> None:
    words = [tmp_path / "a.toml", "--prior", "geometric_mog", "--data", "npy", "--json"]
    result = json.loads(session(*words)["out"])
    assert result["toml"] == (tmp_path / "a.toml").read_text(encoding="utf-8")
    assert result["examples"] == ["data.npy.inputs"]
    assert [d["code"] for d in result["diagnostics"]] == ["W301"]
    assert result["next"][1] == f"rcmvae run {tmp_path / 'a.toml'}"
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
    """Heavy packages are imported neither for a spec nor for a plugin."""
    controller, terminal = pty.openpty()
    os.write(controller, b"\n" * 40)
    done = subprocess.run(
        [sys.executable, "-c", PROBE, str(tmp_path / "new")],
        stdin=terminal,
        capture_output=True,
        check=False,
        text=True,
    )
    os.close(controller)
    os.close(terminal)
    assert done.returncode == 0, done.stderr
    assert tomli.loads(done.stdout)["rcmvae"].startswith(">=")
    assert f"\nencoder: {REGISTRY.kinds['encoder'].summary}\n" in done.stderr
    loaded = set(done.stderr.partition("loaded ")[2].split())
    assert "rcmvae_core" in loaded
    assert not loaded & {"jax", "numpy", "flax", "optax", "sklearn", "matplotlib"}
