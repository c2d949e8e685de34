"""The headline, the tables and the warnings of a report, and how numbers are written."""

from __future__ import annotations

import attrs
import pytest

from rcmvae_core.report import numbers
from rcmvae_core.report.headline import numbers as numbers_of
from rcmvae_core.report.page import render
from rcmvae_core.report.records import MetricView
from tests.report.page_cases import (
    NAN,
    RUN,
    SUMMARY,
    Page,
    seed,
)


def test_the_headline_answers_whether_it_worked():
    page = Page(render(RUN, []))
    (verdict,) = page.text("p", **{"class": "verdict"})
    assert verdict.replace("\u00a0", " ") == (
        "93.00 ± 1.00 % of the test inputs are predicted right, against 10.00 % by a constant guess (the most frequent "
        "class) and 85.00 % by logistic regression on the same labels."
    )
    assert page.text("dt")[:3] == ["This model", "Logistic regression", "Constant guess"]
    assert [a["style"] for _, a in page.all("i")] == ["left:92.00%", "left:93.00%", "left:94.00%"]
    shown = dict(zip(page.text("dt")[3:], page.text("span", **{"class": "value"}), strict=False))
    assert shown == {
        "Test accuracy": "93.00 ± 1.00 %",
        "Test ELBO": "−31.20 ± 0.25",
        "NMI": "0.820 ± 0.010",
        "Training time": "3 min 0 s",
        "Parameters": "123\u202f456",
        "Labels used": "100",
        "Test inputs": "360",
    }
    assert page.text("title") == ["run · rcmvae"]
    assert page.text("h1") == ["run done"]


CALIBRATORS = {
    "scaled": {"summary": "T = 2", "before": {"ece": 0.25}, "after": {"ece": 0.05}},
    "sets": {"summary": "lac", "promised_coverage": 0.9, "coverage": 0.913, "mean_set_size": 1.4},
    "none": {"not_applicable": "no labels"},
}


@pytest.mark.parametrize(
    ("source", "doubt", "labels"),
    [
        ("kept", "", "of 1\u202f293 inputs, and 30 to calibrate"),
        ("training", ", fitted to labels that trained", "of 1\u202f293 inputs"),
    ],
)
def test_the_headline_says_what_calibrators_make_of_the_test_inputs(source, doubt, labels):
    entry = {"labels": 30, "source": source, "calibrators": CALIBRATORS}
    run = attrs.evolve(RUN, summary=SUMMARY | {"calibration": entry, "training": 1293})
    rows = {title: (value, note) for title, value, note in numbers_of(run)}
    assert rows["ECE by scaled"] == ("0.050", f"0.250 before{doubt}")
    assert rows["Coverage by sets"] == ("91.30 %", f"90.00 % promised, 1.40 classes in a set{doubt}")
    assert rows["Labels used"] == ("100", labels)
    assert not any("none" in title for title in rows)
    assert "Coverage by sets" in Page(render(run, [])).text("dt")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"baselines": {"constant": 0.95}}, "no more than by a constant guess"),
        ({"mean": {"test": {"accuracy": 0.9, "elbo": NAN}, "validation": {}}}, "not finite numbers"),
    ],
)
def test_a_bad_result_is_called_bad(changes, sentence):
    (verdict,) = Page(render(attrs.evolve(RUN, summary=SUMMARY | changes), [])).text(
        "p", **{"class": "verdict bad"}
    )
    assert sentence in verdict


def test_one_seed_has_no_deviation_and_no_switch():
    one = SUMMARY | {"seeds": SUMMARY["seeds"][:1]}
    page = Page(render(attrs.evolve(RUN, summary=one), []))
    assert "93.00 %" in page.text("span", **{"class": "value"})
    assert "Mean ± sd" not in page.text("th")
    assert page.all("input", name="seed") == []


def test_no_classifier_no_accuracy():
    seeds = [{"seed": 0, "test": {"elbo": -1.0}, "validation": {"elbo": -2.0}, "seconds": 1.0}]
    mean = {"test": {"elbo": -1.0}, "validation": {"elbo": -2.0}}
    text = render(attrs.evolve(RUN, summary=SUMMARY | {"seeds": seeds, "mean": mean, "std": mean}), [])
    assert "Test accuracy" not in text
    assert "The ELBO of test inputs is −1.00\u00a0nats; there is no test accuracy." in text


def test_a_run_that_is_not_done_says_how_far_it_got_and_why():
    run = attrs.evolve(RUN, summary={}, state="failed", reason="E431: <NaN>\nhelp", progress={0: 40, 1: 12})
    page = Page(render(run, []))
    assert page.text("h1") == ["run not finished"]
    assert page.text("p", **{"class": "verdict bad"}) == ["Not finished: it failed."]
    assert page.text("pre", **{"class": "reason"}) == ["E431: <NaN>\nhelp"]
    assert [text for text in page.text("li") if text.startswith("seed")] == [
        "seed 0: 40 of 40 epochs",
        "seed 1: 12 of 40 epochs",
        "seed 2: not started",
    ]
    assert "rcmvae resume ." in page.text("code")
    assert "Numbers" not in page.text("h2")


@pytest.mark.parametrize(("state", "words"), [("running", "was killed"), ("?", "is unknown")])
def test_the_state_of_an_unfinished_run(state, words):
    assert words in render(attrs.evolve(RUN, summary={}, state=state), [])


def test_the_table_of_metrics_has_a_row_for_each_and_a_dash_for_missing_values():
    page = Page(render(RUN, []))
    assert page.text("th", scope="col")[:5] == ["Metric", "Mean ± sd", "Seed 0", "Seed 1", "Seed 2"]
    assert page.text("th", scope="rowgroup") == ["Test", "Metrics of the spec", "Validation", "Training"]
    rows = [text.strip() for text in page.text("th", scope="row")]
    assert rows[0] == "accuracy ↑ share of inputs whose class is predicted right"
    assert rows[4] == "NMI ↑ shared information"
    cells = page.text("td", **{"class": "number"})
    assert cells[:3] == ["92.00 %", "93.00 %", "94.00 %"]
    assert cells[9:15] == ["–", "–", "0.030", "0.810", "0.820", "0.830"]


def test_metrics_of_the_spec_repeat_no_standard_one_and_fold_those_of_every_channel():
    many = {f"kl_by_channel/{n}": float(n) for n in range(12)}
    seeds = [seed(0) | {"metrics": {"accuracy": 0.92, "nmi": 0.8, **many}}]
    run = attrs.evolve(
        RUN, summary=SUMMARY | {"seeds": seeds}, metrics={"kl_by_channel": MetricView("bits", "nats")}
    )
    page = Page(render(run, []))
    rows = [text.strip() for text in page.text("th", scope="row")]
    assert [text.split()[0] for text in rows[:5]] == ["accuracy", "ELBO", "reconstruction", "NMI", "accuracy"]
    assert page.text("summary") == ["KL by channel (12 values)"]
    assert [text for text in rows if "KL by" in text] == [f"KL by channel ({n})  bits" for n in range(12)]


def test_warnings_say_what_to_do_and_name_their_seeds_once():
    items = [text for text in Page(render(RUN, [])).text("li") if "empty" in text or "code" in text]
    assert items == ["a is <empty> (seeds 0, 2)What to do: rcmvae explain W411", "no code"]


def test_a_long_warning_is_folded():
    run = attrs.evolve(RUN, warnings=[f"W406, seed 0: never predicted: {'class, ' * 100}"])
    page = Page(render(run, []))
    assert page.text("summary") == ["The whole warning"]
    (item,) = [text for text in page.text("li") if "never" in text]
    assert "… (seed 0)What to do: rcmvae explain W406" in item
    assert item.endswith("class, class, ")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "0.00"),
        (-0.5, "−0.50"),
        (1234.5678, "1234.57"),
        (0.0012, "1.20e−03"),
        (2.5e7, "2.50e+07"),
        (float("nan"), "NaN"),
        (float("-inf"), "−∞"),
    ],
)
def test_format_number(value, shown):
    assert numbers.format_number(value) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.04, "0.0 s"), (59.94, "59.9 s"), (59.96, "1 min 0 s"), (3599.6, "1 h 0 min"), (90061, "25 h 1 min")],
)
def test_format_duration(seconds, shown):
    assert numbers.format_duration(seconds) == shown
