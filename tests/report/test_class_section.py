"""The report's table of classes: a number for each metric, a dash where there is none, and what is never predicted."""

from __future__ import annotations

import re

import pytest

from rcmvae_core.report.class_section import class_section
from rcmvae_core.report.numbers import format_metric
from rcmvae_core.report.page import render
from rcmvae_core.report.records import ClassView, RunView

NAN = float("nan")
OK = ClassView("ok", 1960, 2000, 0.98, 1.0, 0.9899, 0.99)
FRAUD = ClassView("<fraud>", 40, 0, NAN, 0.0, 0.0, 0.0213)


def test_a_row_has_every_number_and_a_dash_for_an_undefined_one():
    rows = re.findall(r"<tr>(.*?)</tr>", class_section([OK, FRAUD]))
    cells = [re.findall(r">([^<]*)</t[hd]>", row) for row in rows]
    assert cells == [
        ["Class", "Test inputs", "Predicted", "Precision", "Recall", "F1", "Average precision"],
        ["ok", "1\u202f960", "2\u202f000", "0.980", "1.000", "0.990", "0.990"],
        ["&lt;fraud&gt;", "40", "0", "–", "0.000", "0.000", "0.021"],
    ]


def test_a_class_that_is_never_predicted_is_named_and_one_without_inputs_is_not():
    absent = ClassView("absent", 0, 0, NAN, NAN, NAN, NAN)
    assert "Never predicted: &lt;fraud&gt;. Accuracy" in class_section([OK, FRAUD, absent])
    assert "Never predicted" not in class_section([OK, absent])


def test_the_page_has_the_section_only_with_classes():
    run = RunView("run", "done", {}, "")
    assert "Classes" not in render(run, [])
    assert 'id="classes"' in render(RunView("run", "done", {}, "", classes=[OK]), [])


@pytest.mark.parametrize("name", ["accuracy", "balanced_accuracy"])
def test_accuracies_are_percentages(name):
    assert format_metric(name, {name: 0.5}) == "50.00 %"
