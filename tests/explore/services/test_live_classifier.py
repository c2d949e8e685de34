"""Labels change what a model predicts at once, as training and `rcmvae learn` would count them."""

from __future__ import annotations

from pathlib import Path

import attrs
import jax.numpy as jnp
import numpy as np
import pytest

from rcmvae_core.data.label_overlay import with_store_labels
from rcmvae_core.data.split import given_labels, split_dataset
from rcmvae_core.errors import RcmvaeError
from rcmvae_core.explore.live_classifier import make_view
from rcmvae_core.explore.live_parts import classifier_part


def tau_by_hand(q, labels, classes, alpha):
    """τ[c, y] = (S[c, y] + α) / Σ_y (S[c, y] + α), where S sums q(c|x) over the labelled inputs of class y."""
    counts = np.zeros((q.shape[1], classes))
    for row, label in zip(q, labels, strict=True):
        counts[:, label] += row
    return (counts + alpha) / (counts + alpha).sum(axis=1, keepdims=True), counts


def test_labels_of_the_run_give_the_tau_that_training_began_with(pictures, opened):
    view = opened(pictures).view()
    given = view.given
    q = pictures.model.responsibilities[given.labelled]
    alpha = classifier_part(pictures.model, Path("none")).params.alpha
    tau, counts = tau_by_hand(q, given.given, 10, alpha)
    np.testing.assert_allclose(view.tau, tau, atol=1e-5)
    np.testing.assert_allclose(view.evidence, counts, atol=1e-4)
    np.testing.assert_allclose(view.probabilities, pictures.model.responsibilities @ tau, atol=1e-5)
    assert (view.labels >= 0).sum() == 50
    assert view.held_out == (0, 0, None)


def test_arrays_are_those_of_predictions(pictures):
    predicted = pictures.model.trained.predict(pictures.data.dataset.inputs)
    for name in ("channels", "responsibilities", "ood", "sigma", "latents"):
        np.testing.assert_array_equal(getattr(pictures.model, name), getattr(predicted, name))
    np.testing.assert_allclose(pictures.model.scores["channel"], predicted.scores["channel"], rtol=1e-6)
    assert pictures.model.usage.sum() == pytest.approx(1, abs=1e-5)
    assert pictures.model.counts.sum() == len(predicted.labels)
    for name in ("channel", "usage", "sigma", "reconstruction_error", "ood", "score/channel"):
        assert len(pictures.model.column(name)) == len(predicted.labels)
    with pytest.raises(RcmvaeError, match="E485"):
        pictures.model.column("score/none")


def test_a_view_predicts_as_the_model_with_its_classifier_rebuilt(pictures, opened):
    workspace, trained = opened(pictures), pictures.model.trained
    workspace.labels.assign(pictures.data.split.train[:50].tolist(), 2)
    view, state = workspace.view(), trained.states[0]
    q = jnp.asarray(pictures.model.responsibilities[view.given.labelled])
    labels, known = jnp.asarray(view.given.given), jnp.zeros(10, bool)
    carry = trained.model.rebuild_classifier(state.carry, q, labels, known)
    scale = (
        len(view.given.given) / trained.info.context.labelled
    )  # counts are scaled to the labels of training
    carry = carry._replace(classifier=carry.classifier * scale)
    rebuilt = trained.in_states((state._replace(carry=carry),), trained.seeds, trained.ood_scorer.training)
    predicted = rebuilt.predict(pictures.data.dataset.inputs)
    np.testing.assert_allclose(view.probabilities, predicted.probabilities, atol=1e-6)
    np.testing.assert_array_equal(view.prediction, predicted.labels)
    for name in ("entropy", "aleatoric", "epistemic"):
        np.testing.assert_allclose(getattr(view, name), getattr(predicted, name), atol=1e-6)


def test_uncertainties_are_those_of_predictions(pictures, opened):
    view = opened(pictures).view()
    p = view.probabilities.astype(np.float64)
    expected = -np.sum(p * np.log(np.maximum(p, 1e-300)), axis=1)
    np.testing.assert_allclose(view.entropy, expected, atol=1e-6)
    row = -np.sum(view.tau * np.log(view.tau), axis=1)
    np.testing.assert_allclose(view.aleatoric, pictures.model.responsibilities @ row, atol=1e-4)
    assert not view.epistemic.any()
    assert view.column("prediction").dtype == np.int32
    assert view.column("entropy").dtype == np.float32
    with pytest.raises(RcmvaeError, match="E485"):
        view.column("nothing")


def test_a_label_of_a_training_input_moves_tau_and_one_of_a_test_input_does_not(pictures, opened):
    workspace = opened(pictures)
    before = workspace.view()
    test = pictures.data.split.test[:40]
    targets = pictures.data.targets
    for label in range(10):
        chosen = [int(i) for i in test if targets[i] == label]
        if chosen:
            workspace.labels.assign(chosen, label)
    view = workspace.view()
    np.testing.assert_array_equal(view.tau, before.tau)
    right = int((view.prediction[test] == targets[test]).sum())
    assert (view.held_out.correct, view.held_out.of) == (right, 40)
    assert view.target == before.target
    assert before.target is not None
    assert before.target.of == len(pictures.data.split.test)
    free = workspace.queue.candidates(view)[:3].tolist()
    workspace.labels.assign(free, 2)
    assert not np.array_equal(workspace.view().tau, view.tau)
    assert set(free) <= set(workspace.view().given.labelled.tolist())


def test_a_new_class_claims_a_free_channel_and_a_renamed_one_does_not(pictures, opened):
    workspace = opened(pictures)
    workspace.labels.rename_class(3, "drei")
    assert workspace.claims() == []
    new = workspace.labels.add_class("strange")["classes"][-1]["id"]
    assert workspace.claims() == []
    chosen = workspace.queue.candidates(workspace.view())[:4].tolist()
    workspace.labels.assign(chosen, new)
    (claim,) = workspace.claims()
    view = workspace.view()
    assert claim["class"] == new == 10
    assert "4 training labels" in claim["reason"]
    assert view.tau.shape == (14, 11)
    assert view.class_names[3] == "drei"
    for channel in claim["channels"]:
        assert view.tau[channel].argmax() == new
        assert view.evidence[channel, new] == pytest.approx(4 / len(claim["channels"]), rel=1e-4)


def test_merged_and_retired_classes_count_as_in_training(pictures, opened):
    workspace = opened(pictures)
    before = workspace.view()
    workspace.labels.merge_classes(1, 7)
    workspace.labels.retire_class(4)
    view = workspace.view()
    given = before.given.given.copy()
    given[given == 1] = 7
    assert view.given.given.tolist() == given[given != 4].tolist()
    assert view.labelled == 45
    assert view.tau.shape == (14, 10)
    assert not np.isin(view.labels, (1, 4)).any()


@pytest.mark.parametrize(
    "keys", [{}, {"held_out_classes": ("3", "late")}, {"label_noise": 0.3}, {"labels_per_class": 0}]
)
def test_training_is_given_the_same_labels(pictures, opened, keys):
    labels, part, train = opened(pictures).labels, pictures.data.part, pictures.data.split.train
    for name in ("new", "late"):
        labels.add_class(name)
    labels.assign(train[:30].tolist(), 6)
    labels.assign(train[30:60].tolist(), 10)
    labels.assign(train[60:65].tolist(), 11)
    labels.assign(pictures.data.split.test[:30].tolist(), 5)
    labels.merge_classes(1, 7)
    labels.retire_class(4)
    without = attrs.evolve(part, keys=attrs.evolve(part.keys, **keys))
    drawn = attrs.evolve(without.keys, held_out_classes=keys.get("held_out_classes", ())[:1])
    _, split = split_dataset(attrs.evolve(without, keys=drawn), pictures.data.loaded)
    state = labels.state
    overlaid = with_store_labels(
        pictures.data.loaded, state.labels, state.classes, state.first_names, state.revision
    )
    given = given_labels(without.keys, split, overlaid)
    stored = attrs.evolve(without.keys, label_store=str(labels.path))
    dataset, expected = split_dataset(attrs.evolve(without, keys=stored), pictures.data.loaded)
    np.testing.assert_array_equal(given.labelled, expected.labelled)
    np.testing.assert_array_equal(given.given, expected.given)
    assert given.class_names == dataset.class_names
    assert [overlaid.dataset.class_names[number] for number in given.classes] == list(given.class_names)


def test_a_run_without_classifier_gets_one(rows, opened):
    workspace = opened(rows)
    view = workspace.view()
    assert view.tau.shape == (5, 0)
    assert set(view.prediction.tolist()) == {-1}
    assert view.confidence.max() == 0
    assert workspace.summary()["held_out"]["of"] == 0
    assert workspace.summary()["target"] is None
    for name in ("low", "high"):
        workspace.labels.add_class(name)
    uninformed = workspace.view()
    np.testing.assert_allclose(uninformed.tau, 0.5)
    train = rows.data.split.train
    channel = int(rows.model.channels[train[0]])
    core = workspace.core(0, channel, 1.0)
    chosen = [int(i) for i in core if i in set(train.tolist())][:3]
    workspace.labels.assign(chosen, 1)
    assert [claim["class"] for claim in workspace.claims()] == [1]
    assert workspace.view().confidence.max() > 0.5


def test_views_of_kept_revisions_stay(pictures, opened):
    workspace = opened(pictures)
    first = workspace.view()
    assert workspace.view() is first
    workspace.labels.assign([int(pictures.data.split.train[0])], 1)
    assert workspace.view() is not first
    assert workspace.view(0, 0) is first
    with pytest.raises(RcmvaeError, match="E485"):
        workspace.view(0, 99)
    with pytest.raises(RcmvaeError, match="E485"):
        workspace.view(5)


def test_many_labels_are_counted_and_compile_few_programs(pictures, opened):
    workspace = opened(pictures)
    train = pictures.data.split.train.tolist()
    for count in (60, 61, 300, 301, 1100):
        workspace.labels.assign(train[:count], 9)
        view = workspace.view()
        q = pictures.model.responsibilities[view.given.labelled]
        alpha = classifier_part(pictures.model, Path("none")).params.alpha
        tau, _ = tau_by_hand(q, view.given.given, 10, alpha)
        np.testing.assert_allclose(view.tau, tau, atol=1e-4)


def test_seeds_are_an_ensemble(pictures, opened):
    trained, state = pictures.model.trained, opened(pictures).labels.state
    first = pictures.model.stats[0]
    other = first._replace(responsibilities=np.roll(first.responsibilities, 1, axis=1))
    two = attrs.evolve(
        pictures.model,
        trained=trained.in_states((trained.states[0],) * 2, (0, 1)),
        stats=(first, other),
    )
    part = classifier_part(two, Path("none"))
    view, single = (make_view(model, pictures.data, state, part) for model in (two, pictures.model))
    np.testing.assert_allclose(view.taus[1], np.roll(view.taus[0], 1, axis=0), atol=1e-6)
    np.testing.assert_allclose(view.probabilities, single.probabilities, atol=1e-6)
    assert view.epistemic.max() < 1e-6  # channels have other numbers, and the same labels
    np.testing.assert_allclose(view.aleatoric, single.aleatoric, atol=1e-6)
    mixed = other._replace(responsibilities=np.full_like(first.responsibilities, 1 / 14))
    unlike = make_view(attrs.evolve(two, stats=(first, mixed)), pictures.data, state, part)
    assert unlike.epistemic.max() > 100 * view.epistemic.max()
