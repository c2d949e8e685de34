"""Runs are grouped by everything but the seed, paired by seed and draw of labels, and refused on other test data."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from rcmvae_core.cli.main import main
from rcmvae_core.errors import RcmvaeError
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.plugin.metric_declarations import Meaning, result_meaning
from rcmvae_core.report.comparison import page
from rcmvae_core.report.comparison.runs import Pair, group_runs, read_run
from rcmvae_core.report.comparison.tables import as_csv, as_json, as_markdown, as_text, tables
from tests.support.compared_runs import BETTER, FILM, add_metrics, comparison, write_run


@pytest.fixture
def runs(tmp_path) -> list[Path]:
    return [write_run(tmp_path / "film", FILM), write_run(tmp_path / "concat", BETTER, conditioner="concat")]


def test_differences_are_paired_by_seed(runs) -> None:
    found = comparison(runs, ["test/accuracy"])
    assert [group.name for group in found.groups] == ["film", "concat"]
    (row,) = found.differences
    assert row.pairs == {Pair(seed, 0): pytest.approx(0.05 + seed / 1000) for seed in FILM}
    assert row.mean == pytest.approx(0.0525)
    assert row.interval is not None
    assert row.interval[0] < 0.0525 < row.interval[1]
    assert row.test == (2 / 2**6, 2 / 2**6)
    assert (row.adjusted, row.verdict) == (2 / 2**6, "higher")
    assert found.spec == {"conditioner.film": [{}, None], "conditioner.concat": [None, {}]}


METRICS = {seed: {"nll": 90 + value, "auroc/elbo": value, "odd": 1.0} for seed, value in FILM.items()}
IMPROVED = {seed: {"nll": 80 + value, "auroc/elbo": value - 0.1 - seed / 999} for seed, value in FILM.items()}


def test_the_metrics_of_specs_are_compared_by_their_direction(runs, capfd) -> None:
    add_metrics(runs[0], METRICS), add_metrics(runs[1], IMPROVED)
    names = ["nll", "metric/auroc/elbo"]
    words = ["compare", *map(str, runs), "--metric", names[0], "--metric", names[1], "--json"]
    assert main(words) == 0
    found = json.loads(capfd.readouterr().out)
    assert found["metrics"] == ["metric/nll", "metric/auroc/elbo"]
    assert [row["verdict"] for row in found["differences"]] == ["within noise"] * 2  # two rows of 0.0312 each
    assert [row["quality"] for row in found["differences"]] == [None] * 2
    assert found["units"] == {"metric/nll": "nats"}
    assert main(words[:-1]) == 0
    assert "seeds  metric/nll (nats)  metric/auroc/elbo\n" in re.sub(" {3,}", "  ", capfd.readouterr().out)
    for name, quality in zip(names, ("better", "worse"), strict=True):
        assert main(["compare", *map(str, runs), "--metric", name]) == 0
        assert f"lower, {quality}" in capfd.readouterr().out
    assert main(["compare", *map(str, runs), "--metric", "odd"]) == 2
    assert "not all runs have the metric `odd`" in capfd.readouterr().err


def test_runs_without_metrics_of_their_specs_are_compared_by_what_both_have(runs) -> None:
    add_metrics(runs[0], METRICS)
    assert comparison(runs).metrics == ("test/accuracy", "test/elbo")
    with pytest.raises(RcmvaeError, match="not all runs have the metric `nll`"):
        comparison(runs, ["nll"])


@pytest.mark.parametrize(("direction", "quality"), [("higher", "better"), ("lower", "worse"), ("", "")])
def test_a_verdict_says_which_direction_is_better(runs, direction, quality) -> None:
    found = comparison(runs, ["test/accuracy"], meaning=lambda _: Meaning(better=direction))
    assert (found.differences[0].verdict, found.differences[0].quality) == ("higher", quality)
    assert f"| higher{', ' * bool(quality)}{quality} |" in as_markdown(found)


def test_p_is_corrected_over_all_rows(runs, tmp_path) -> None:
    runs.append(write_run(tmp_path / "none", BETTER, conditioner="none"))
    found = comparison(runs)
    assert found.metrics == ("test/accuracy", "test/elbo")
    assert len(found.differences) == 4
    assert {row.adjusted for row in found.differences} == {4 * 2 / 2**6}
    assert {row.verdict for row in found.differences} == {"within noise"}


def test_fewer_than_five_pairs_get_no_verdict(tmp_path) -> None:
    paths = [
        write_run(tmp_path / "a", {0: 0.5, 1: 0.6, 9: 0.1}),
        write_run(tmp_path / "b", {0: 0.7, 1: 0.8, 8: 0.1}, conditioner="none"),
    ]
    found = comparison(paths)
    assert {row.verdict for row in found.differences} == {""}
    assert set(found.differences[0].pairs) == {Pair(0, 0), Pair(1, 0)}
    assert found.notes == (
        "b and a share 2 pairs of seed and draw of labels",
        "no verdict on b: fewer than 5 pairs",
    )
    assert "too few pairs" in as_text(found)


def test_runs_that_differ_in_seeds_and_label_draws_are_one_group(tmp_path) -> None:
    paths = [
        write_run(tmp_path / str(draw), {0: 0.5, 1: 0.6}, label_seed=draw, name=f"draw {draw}")
        for draw in range(3)
    ]
    (group,) = group_runs([read_run(path) for path in paths])
    assert set(group.results) == {Pair(seed, draw) for seed in (0, 1) for draw in range(3)}
    assert group.name == "draw 0"
    text = as_text(comparison(paths))
    assert "Differences" not in text
    assert "Specs" not in text


def test_single_runs_are_compared_input_by_input(tmp_path) -> None:
    """Of 20 inputs of class 0 the first is right on 5 and the second on 16, so that 11 differ, all in one direction."""
    paths = [
        write_run(tmp_path / name, {0: 0.5}, conditioner=name, right=right)
        for name, right in (("a", 5), ("b", 16))
    ]
    found = comparison(paths)
    assert found.single == (11, 0, pytest.approx(2 / 2**11))
    assert "McNemar: 0 test inputs only a predicts right, 11 only b; p = 0.0010" in as_text(found)


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"test_data": "y", "conditioner": "none"}, "have other test data"),
        ({"results": {0: 0.1}}, "repeats seed 0 with draw 0 of the labels"),
    ],
)
def test_what_cannot_be_compared_is_refused(other, message, tmp_path) -> None:
    results = other.pop("results", FILM)
    paths = [write_run(tmp_path / "a", FILM), write_run(tmp_path / "b", results, **other)]
    with pytest.raises(RcmvaeError, match=f"E434.*{message}"):
        comparison(paths)


def test_an_unknown_metric_and_an_unfinished_run_are_named(runs, capfd) -> None:
    with pytest.raises(RcmvaeError, match=r"E108.*`test/acuracy`"):
        comparison(runs, ["test/acuracy"])
    (runs[0] / "summary.json").unlink()
    assert main(["compare", *map(str, runs)]) == 2
    assert "error[E434]" in capfd.readouterr().err
    assert main(["compare", str(runs[0].parent)]) == 2
    assert "error[E410]" in capfd.readouterr().err


def test_runs_of_older_versions_are_compared_with_a_note(tmp_path) -> None:
    paths = [
        write_run(tmp_path / "a", FILM, test_data=""),
        write_run(tmp_path / "b", FILM, conditioner="none"),
    ]
    assert (
        comparison(paths).notes[0].startswith("runs of an older version do not say which test data they have")
    )


def test_every_format_has_the_same_numbers(runs) -> None:
    found = comparison(runs, ["test/accuracy"])
    mean = found.spreads["film", "test/accuracy"].mean
    for text in (as_text(found), as_markdown(found), page.render(found)):
        assert f"{mean:.4f}" in text
    rows = list(csv.DictReader(io.StringIO(as_csv(found))))
    assert len(rows) == 12
    assert np.mean([float(row["value"]) for row in rows if row["group"] == "film"]) == pytest.approx(mean)
    values = as_json(found)
    assert json.loads(json.dumps(values, allow_nan=False)) == values
    assert values["differences"][0]["least_p"] == 2 / 2**6
    assert values["mcnemar"] is None


def test_names_cannot_break_a_table_or_a_page(tmp_path) -> None:
    name = "<script>alert(1)</script> | $x$"
    paths = [
        write_run(tmp_path / "a", FILM, name=name),
        write_run(tmp_path / "b", BETTER, conditioner="none"),
    ]
    found = comparison(paths)
    assert "<script>" not in page.render(found)
    lines = [line for line in as_markdown(found).splitlines() if line.startswith("|")]
    widths = [len(re.findall(r"(?<!\\)\|", line)) - 1 for line in lines]
    assert sorted(set(widths)) == sorted({len(table.head) for table in tables(found)})
    assert all(len(row) == len(table.head) for table in tables(found) for row in table.rows)


def test_the_page_needs_nothing_else_and_is_reproducible(runs, tmp_path, capfd) -> None:
    out = tmp_path / "page.html"
    assert main(["compare", *map(str, runs), "-o", str(out)]) == 0
    text = out.read_text(encoding="utf-8")
    assert text == page.render(comparison(runs, meaning=partial(result_meaning, discover())))
    assert text.count('role="img"') == 3  # differences in accuracy and ELBO, and one learning curve
    assert not re.search(r'(?:src|href)="(?!#)', text)
    captured = capfd.readouterr()
    assert "Differences from film" in captured.out
    assert main(["compare", *map(str, runs), "-o", str(out)]) == 2  # it exists
    assert main(["compare", *map(str, runs), "-o", str(runs[0] / "summary.json"), "--force"]) == 2


def test_a_group_of_copies_differs_in_nothing(runs, tmp_path) -> None:
    shutil.copytree(runs[0], tmp_path / "copy")
    with pytest.raises(RcmvaeError, match="repeats seed 0"):
        comparison([runs[0], tmp_path / "copy"])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("spec.toml", b"name = "),
        ("spec.toml", b"\xff"),
        ("spec.toml", b'[data]\nlabel_seed = "one"\n'),
        ("summary.json", b"[]"),
        ("summary.json", b'{"name": 1}'),
        ("diagnostics/seed-0.npz", b"PK"),
    ],
)
def test_files_that_cannot_be_read_are_named(name, content, tmp_path, capfd) -> None:
    paths = [write_run(tmp_path / each, {0: 0.5}, conditioner=each) for each in ("a", "b")]
    (paths[0] / name).write_bytes(content)
    assert main(["compare", *map(str, paths)]) == 2
    error = capfd.readouterr().err
    assert "error[E4" in error
    assert name in error
