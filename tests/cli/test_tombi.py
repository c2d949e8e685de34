"""Specs checked against the JSON Schema by tombi, as an editor checks them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from rcmvae_core.cli.main import main

TOMBI = Path(sys.executable).with_name("tombi")
QUICKSTART = Path(__file__).parents[2] / "experiments" / "quickstart.toml"
LAYER = """
extends = ["quickstart.toml"]
conditioner = "concat"
[loss.kl_z]
weight = 3
[train.optimizer.adamw]
learning_rate.linear = { start = 1e-3, end = 1e-4, over = "10 epochs" }
"""
# A line, its wrong replacement, the code that tombi reports, and the text at the reported place.
MISTAKES = [
    ("top_m = 2", "top_n = 2", "key-not-allowed", "top_n"),
    ("dim = 2", 'dim = "two"', "type-mismatch", '"two"'),
    ("[prior.mixture]", '[prior.mixture]\npi = "odd"', "enum", '"odd"'),
    ("channels = 10", "channels = 0", "integer-minimum", "0"),
    ("hidden = [128, 128]", "hidden = [128, 1.5]", "type-mismatch", "1.5"),
    ("learning_rate = 1e-3", "learning_rate = 1e-3\nbeta_1 = 0.9", "key-not-allowed", "beta_1"),
    ("alpha = 0.001", "alpha = 0.001\nsteps.linear = 3", "key-not-allowed", "steps"),
    ("weight = -50.0", "wieght = -50.0", "key-not-allowed", "wieght"),
    ("[conditioner.film]", "[conditioner.film]\nwidth = 3", "key-not-allowed", "width"),
    ("[encoder.dense]", "[encoder.dense]\n[encodr.dense]", "key-not-allowed", "[encodr"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A folder with the schema that `rcmvae schema --write` writes."""
    folder = tmp_path_factory.mktemp("editor")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert main(["schema", "--write"]) == 0
    return folder


def lint(folder: Path, name: str, text: str, *words: str) -> list[dict[str, object]]:
    """Return the diagnostics of tombi for a spec."""
    (folder / name).write_text(text, encoding="utf-8")
    report = folder / "report.json"
    report.unlink(missing_ok=True)
    command = [
        TOMBI,
        "lint",
        "--offline",
        "--quiet",
        "--diagnostics-format",
        "json",
        "--diagnostics-file",
        report,
    ]
    done = subprocess.run([*command, *words, name], cwd=folder, check=False, capture_output=True, text=True)
    reported = json.loads(report.read_text()) if report.exists() else []
    assert done.returncode == (1 if any(d["level"] == "error" for d in reported) else 0), done.stderr
    return reported


def with_schema(text: str) -> str:
    return f"#:schema ./.rcmvae/schema.json\n{text}"


@pytest.mark.parametrize("text", [QUICKSTART.read_text(), LAYER], ids=["whole", "layer"])
def test_good_specs(folder, text) -> None:
    assert lint(folder, "good.toml", with_schema(text)) == []


def test_a_filled_in_spec(folder, capfd) -> None:
    """The output of `fill` names the schema in its first line."""
    assert main(["fill", str(QUICKSTART), "--docs"]) == 0
    text = capfd.readouterr().out
    assert text.startswith("#:schema ./.rcmvae/schema.json\n")
    assert lint(folder, "filled.toml", text) == []


def test_mistakes_are_found_at_their_place(folder) -> None:
    text = with_schema(QUICKSTART.read_text())
    for right, wrong, *_ in MISTAKES:
        assert f"\n{right}" in text, right
        text = text.replace(f"\n{right}", f"\n{wrong}", 1)
    lines = text.split("\n")
    reported = [(d["code"], at(lines, d["range"]["start"])) for d in lint(folder, "bad.toml", text)]
    for *_, code, where in MISTAKES:
        assert any(
            reported_code == code and pointed.startswith(where) for reported_code, pointed in reported
        ), (code, where, reported)
    assert len(reported) == len(MISTAKES)


def at(lines: list[str], start: dict[str, int]) -> str:
    """Return the text from a place of tombi, which counts from 1."""
    return lines[start["line"] - 1][start["column"] - 1 :]


def test_a_project_can_name_the_schema_for_all_its_specs(folder, tmp_path, monkeypatch, capfd) -> None:
    """In `tombi.toml`, as `rcmvae schema --write` advises."""
    monkeypatch.chdir(tmp_path)
    assert main(["schema", "--write"]) == 0
    advice = capfd.readouterr().err
    (tmp_path / "tombi.toml").write_text(
        advice.partition("by tombi.toml\n")[2].partition("or by .taplo.toml")[0]
    )
    (tmp_path / "experiments").mkdir()
    wrong = QUICKSTART.read_text().replace("top_m", "top_n")
    (reported,) = lint(tmp_path, "experiments/spec.toml", wrong)
    assert (reported["code"], reported["message"]) == ("key-not-allowed", '"top_n" is not allowed')


def test_a_missing_part_is_found_in_a_whole_spec_alone(folder) -> None:
    without = QUICKSTART.read_text().replace("[head.bernoulli]\n", "")
    (reported,) = lint(folder, "whole.toml", with_schema(without))
    assert "head" in str(reported["message"])
    assert lint(folder, "part.toml", with_schema('extends = ["quickstart.toml"]\n' + without)) == []
