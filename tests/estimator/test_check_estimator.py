"""scikit-learn's own checks: all of them, but for the one whose classes are -1 and 1."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from sklearn.utils.estimator_checks import check_classifiers_classes, check_estimator

from rcmvae_core import RCMVAEClassifier
from tests.estimator.tiny import TINY

NAME = RCMVAEClassifier.__name__
EXPECTED = {"check_classifiers_classes": "its classes are -1 and 1, and by convention -1 is no label"}
# What the checks themselves skip here: no pandas, and no array API.
SKIPPED = {"check_array_api_input", "check_classifier_data_not_an_array"}


def outcomes(unlabeled: int | None, expected: dict[str, str]) -> dict[str, set[str]]:
    """The names of the checks, by how they ended."""
    estimator: Any = RCMVAEClassifier(TINY, unlabeled=unlabeled)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the checks provoke them
        results = check_estimator(estimator, expected_failed_checks=expected, on_fail=None, on_skip=None)
    found: dict[str, set[str]] = {}
    for result in results:
        found.setdefault(result["status"], set()).add(result["check_name"])
        if result["status"] == "failed":
            print(result["check_name"], result["exception"])
    return found


def test_by_convention_one_check_alone_fails() -> None:
    found = outcomes(-1, EXPECTED)
    assert set(found) == {"passed", "skipped", "xfail"}
    assert found["skipped"] <= SKIPPED
    assert found["xfail"] == set(EXPECTED)
    assert len(found["passed"]) > 50


def test_it_passes_where_every_value_is_a_label() -> None:
    check_classifiers_classes(NAME, RCMVAEClassifier(TINY, unlabeled=None))


@pytest.mark.long
def test_all_pass_where_every_value_is_a_label() -> None:
    found = outcomes(None, {})
    assert set(found) == {"passed", "skipped"}
    assert found["skipped"] <= SKIPPED
    assert set(EXPECTED) < found["passed"]
    assert len(found["passed"]) > 50
