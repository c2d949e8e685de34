"""The report's table of classes: a number for each metric, a dash where there is none, and what is never predicted."""

from __future__ import annotations

import re

from rcmvae_core.report.class_section import class_section
from rcmvae_core.report.page import render
from rcmvae_core.report.records import ClassView, RunView

NAN = float("nan")
OK = ClassView("ok", 1960, 2000, 0.98, 1.0, 0.9899, 0.99)
FRAUD = ClassView("<fraud>", 40, 0, NAN, 0.0, 0.0, 0.0213)


def test_a_row_has_every_number_and_a_dash_for_an_undefined_one() -> None:
    rows = re.findall(r"<tr>(.*?)</tr>", class_section({0: [OK, FRAUD]}))
    cells = [re.findall(r">([^<]+)</", row) for row in rows]
    assert cells == [
        ["Class", "Test inputs", "Predicted", "Precision", "Recall", "F1", "Average precision"],
        ["ok", "1\u202f960", "2\u202f000", "0.980", "1.000", "0.990", "0.990"],
        ["&lt;fraud&gt;", "40", "0", "–", "0.000", "0.000", "0.021"],
    ]


def test_a_class_that_is_never_predicted_is_named_and_one_without_inputs_is_not() -> None:
    absent = ClassView("absent", 0, 0, NAN, NAN, NAN, NAN)
    assert "Never predicted: &lt;fraud&gt;. Accuracy" in class_section({0: [OK, FRAUD, absent]})
    assert "Never predicted" not in class_section({0: [OK, absent]})


def test_many_classes_are_folded_behind_those_that_are_predicted_worst() -> None:
    classes = [ClassView(f"c{n}", 10, n % 2, 0.5, 0.5, n / 200, 0.5) for n in range(200)]
    text = class_section({0: classes})
    shown, _, folded = text.partition("<details>")
    assert re.findall(r">(c\d+)<", shown) == [f"c{n}" for n in range(10)]
    assert len(re.findall(r">(c\d+)<", folded)) == 200
    assert "All 200 classes" in folded
    assert "c18 and 90 more." in shown


def test_the_page_has_the_section_only_with_classes_and_switches_between_seeds() -> None:
    run = RunView("run", "done", {}, "", seeds=(0, 1))
    assert 'id="classes"' not in render(run, [])
    text = render(RunView("run", "done", {}, "", seeds=(0, 1), classes={0: [OK], 1: [FRAUD]}), [])
    assert 'id="classes"' in text
    assert 'id="seed-1"' in text
    assert text.count('class="of-seed') == 2
