"""The verbs that read specs: `validate`, `fill`, `diff`, `explain` and `schema`."""

from __future__ import annotations

import json

import pytest
import tomli

from rcmvae_core.cli.main import main
from rcmvae_core.cli.manual import DOCS, codes, documents
from tests.support.commands import QUICKSTART


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
    listed = [line.split()[0] for line in rcmvae("explain", "--list").stdout.splitlines()]
    assert listed == [*sorted(codes()), *sorted(documents())]


def test_explain_prints_a_page_of_the_documentation(rcmvae):
    page = (DOCS / "kinds" / "prior.md").read_text(encoding="utf-8")
    assert rcmvae("explain", "prior").stdout == page
    assert rcmvae("explain", "kinds/prior").stdout == page
    assert rcmvae("explain", "kinds").stdout.startswith("# Kinds of plugins\n")
    assert json.loads(rcmvae("explain", "predicting", "--json").stdout)["page"].startswith("# ")
    wrong = rcmvae("explain", "priorr")
    assert wrong.returncode == 2
    assert "did you mean `prior`?" in wrong.stderr


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
    for words in ([], ["--force"]):
        done = rcmvae("schema", "--write", *words)
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
