"""The first sentences of a comparison say what is certain, and what so few seeds could not have shown."""

from __future__ import annotations

import pytest

from rcmvae_core.plugin.metric_declarations import Meaning
from rcmvae_core.report.comparison import page
from rcmvae_core.report.comparison.conclusions import conclusions
from tests.support.compared_runs import BETTER, FILM, comparison, write_run


def groups(folder, *results, **values):
    names = "abc"
    return [
        write_run(folder / name, each, conditioner=name, name=name, **values)
        for name, each in zip(names, results, strict=False)
    ]


def test_a_difference_that_is_certain_comes_with_its_size(tmp_path) -> None:
    found = comparison(groups(tmp_path, FILM, BETTER), ["test/accuracy"])
    assert conclusions(found) == [
        "b differs from a: test/accuracy is higher by 0.0525 (corrected p = 0.0312)."
    ]


def test_a_difference_has_the_unit_of_its_metric_and_says_whether_it_is_better(tmp_path) -> None:
    runs = groups(tmp_path, FILM, BETTER)
    (sentence,) = conclusions(comparison(runs, ["test/elbo"], meaning=lambda _: Meaning("nats", "higher")))
    assert sentence == (
        "b differs from a: test/elbo is lower by 0.1050 nats, which is worse (corrected p = 0.0312)."
    )


def test_a_difference_within_noise_is_no_difference(tmp_path) -> None:
    found = comparison(groups(tmp_path, FILM, dict(enumerate(FILM.values()))), ["test/accuracy"])
    assert conclusions(found) == ["No difference between b and a is larger than the noise between seeds."]


def test_seeds_that_could_not_have_shown_anything_are_no_evidence(tmp_path) -> None:
    """Two rows of six pairs each have a least corrected p of 2 times 2/2^6."""
    (sentence,) = conclusions(comparison(groups(tmp_path, FILM, BETTER)))
    assert "over 2 rows the least corrected p is 0.0625" in sentence
    assert "Use more seeds" in sentence


def test_few_pairs_give_no_verdict(tmp_path) -> None:
    found = comparison(groups(tmp_path, {0: 0.1, 1: 0.2}, {0: 0.3, 1: 0.4}, {7: 0.1}))
    assert conclusions(found) == [
        "Too few shared seeds for a verdict on b: 2 of at least 5.",
        "Too few shared seeds for a verdict on c: 0 of at least 5.",
    ]


def test_single_runs_are_told_apart_by_their_test_inputs(tmp_path) -> None:
    paths = [
        write_run(tmp_path / name, {0: 0.5}, conditioner=name, name=name, right=right)
        for name, right in (("a", 5), ("b", 16))
    ]
    assert conclusions(comparison(paths))[1] == (
        "On the same test inputs, 0 are predicted right by a alone and 11 by b alone (McNemar's test: p = 0.0010)."
    )


def test_one_group_is_said_to_be_one(tmp_path) -> None:
    paths = [write_run(tmp_path / str(draw), {0: 0.5, 1: 0.6}, label_seed=draw) for draw in range(2)]
    found = comparison(paths)
    assert "there is one group" in conclusions(found)[0]
    text = page.render(found)
    assert "<h1>run</h1>" in text
    assert 'id="differences"' not in text


@pytest.mark.parametrize(("number", "title"), [(2, "a against b"), (3, "a against b and c")])
def test_the_title_names_the_groups(number, title, tmp_path) -> None:
    found = comparison(groups(tmp_path, FILM, BETTER, BETTER)[:number])
    assert f"<h1>{title}</h1>" in page.render(found)
