"""Warnings about the result of a seed: missed classes, memorised labels, and a last state that is worse."""

from __future__ import annotations

import numpy as np

from rcmvae_core.plugin.core_tables import TrainTable
from rcmvae_core.training.evaluation import EvalOutputs
from rcmvae_core.training.result_checks import Labels, check_result, check_selection


def labels(truth, given, prior=(0.5, 0.5)) -> Labels:
    return Labels(("ant", "bee"), np.array(truth), np.array(given, np.int64), prior)


def outputs(predicted, channels) -> EvalOutputs:
    zeros = np.zeros(len(predicted))
    return EvalOutputs(
        np.eye(3)[channels], np.eye(2)[predicted], np.zeros((len(predicted), 2)), zeros, zeros, zeros, zeros
    )


TAU = np.array([[0.99, 0.01], [0.9, 0.1], [0.02, 0.98]])
HALF = [0, 1] * 20


def codes(*arguments) -> list[str]:
    return [diagnostic.code for diagnostic in check_result(*arguments)]


def test_a_good_result_has_no_warning():
    good = outputs(HALF, [2 * y for y in HALF])
    assert codes(labels(HALF, HALF), TAU, good, good) == []
    assert codes(labels(HALF, []), TAU, good, None) == []


def test_a_class_that_is_never_predicted_or_little_used_is_named_with_numbers():
    alone = outputs([0] * 40, [0] * 40)
    diagnostics = list(check_result(labels(HALF, HALF), TAU, alone, alone))
    assert [d.code for d in diagnostics] == ["W406", "W405"]
    assert "`bee` (20 validation inputs)" in diagnostics[0].message
    assert "`bee` by 0.0% of 50.0%" in diagnostics[1].message


def test_a_rare_class_may_be_used_rarely():
    truth = [0] * 39 + [1]
    used = outputs(truth, [2 * y for y in truth])
    assert codes(labels(truth, truth, prior=(0.975, 0.025)), TAU, used, used) == []


def test_memorised_labels_are_told():
    known = outputs(HALF, [2 * y for y in HALF])
    unseen = outputs([0, 0, 1, 1] * 10, [0, 0, 2, 2] * 10)
    (diagnostic,) = check_result(labels(HALF, HALF), TAU, unseen, known)
    assert diagnostic.code == "W407"
    assert "1.000 on labelled training inputs and 0.500 on validation inputs" in diagnostic.message


def test_a_last_state_that_is_worse_is_told_only_if_it_is_kept():
    last, best = TrainTable(epochs=9, select="last"), TrainTable(epochs=9)
    (diagnostic,) = check_selection(last, "accuracy", best=1.0, last=0.602)
    assert (diagnostic.code, "0.6020" in diagnostic.message) == ("W408", True)
    assert not list(check_selection(last, "accuracy", best=1.0, last=0.99))
    assert not list(check_selection(best, "accuracy", best=1.0, last=0.6))
    assert not list(check_selection(last, "elbo", best=-9.0, last=-99.0))
