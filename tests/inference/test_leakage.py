"""Which inputs lie among training inputs of a known class."""

from __future__ import annotations

import numpy as np

from rcmvae_core.cli.actions.evaluate_text import as_text
from rcmvae_core.inference.leakage import find_leakage
from rcmvae_core.inference.predictions import Predictions
from rcmvae_core.plugin.protocols import ForwardStats

RNG = np.random.default_rng(0)
CENTRES = np.array([[0.0, 0.0], [6.0, 0.0]])
LABELS = np.repeat([0, 1], 100)


def said(record, latents):
    """Statistics or predictions of inputs with these latents, in one channel."""
    latents = np.asarray(latents, np.float64)
    fields = dict.fromkeys(record._fields, np.zeros(len(latents)))
    return record(**fields | {"responsibilities": np.ones((len(latents), 1)), "latents": latents})


def leakage(other, labels=LABELS):
    training, own = (CENTRES[LABELS] + RNG.uniform(-reach, reach, (200, 2)) for reach in (1, 0.5))
    return find_leakage(
        said(ForwardStats, training),
        labels,
        said(Predictions, own),
        said(Predictions, other),
        class_names=("cat", "dog"),
        shared=True,
    )


def test_inputs_in_a_class_leak_and_those_apart_or_between_classes_do_not() -> None:
    found = leakage([[0, 0], [0.2, 0.1], [6, 0.1], [3, 0], [0, 40]])
    assert found.classes == {"cat": 2, "dog": 1}
    assert found.leaked == 3
    assert found.share == 0.6
    assert found.test_share == 1.0


def test_inputs_among_mixed_classes_or_among_none_with_a_label_do_not_leak() -> None:
    mixed = np.where(np.arange(200) % 5 == 0, LABELS, -1)
    assert leakage([[0, 0]], labels=mixed).leaked == 0
    assert leakage([[0, 0]], labels=np.full(200, -1)) is None


def test_the_text_says_it_in_a_sentence() -> None:
    score = {"auroc": 0.9, "aupr": 0.9, "fpr_at_95": 0.1}
    neighbourhood = leakage([[0, 0], [0.2, 0.1], [6, 0.1], [3, 0]])._asdict()
    ood = {"inputs": 4, "against": "held-out classes bird", "scores": {"label": score}, "decides": "label"}
    lines = as_text({"inputs": 9, "ood": ood | {"neighbourhood": neighbourhood}}).splitlines()
    assert lines[-3] == (
        "3 of 4 (75 %) lie among training inputs of a known class in latent space, as 100 % of the test inputs do:"
    )
    assert (
        lines[-2] == "no farther from the 10 nearest than 95 % of training inputs, most of these of one class"
    )
    assert lines[-1] == "classes they lie among: cat 2, dog 1"
    without = as_text({"inputs": 9, "ood": ood})
    assert "nearest" not in without
