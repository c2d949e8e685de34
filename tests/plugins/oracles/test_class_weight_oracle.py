"""Class weights of the loss and of τ: a weight of n acts as if each label of the class were given n times."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
from rcmvae_plugins.classifiers.params import TauParams
from rcmvae_plugins.classifiers.tau import tau
from rcmvae_plugins.losses.params import SupervisedParams
from rcmvae_plugins.losses.supervised import supervised
from sklearn.utils.class_weight import compute_class_weight

from rcmvae_core.plugin.protocols import LabelledBatch

K, Y = 5, 4
RNG = np.random.default_rng(0)
LABELS = np.array([0, 0, 0, 0, 1, 1, 2, 3])
Q = RNG.dirichlet(np.ones(K), len(LABELS))
TAU = jnp.asarray(RNG.dirichlet(np.ones(Y), K), jnp.float32)
WEIGHTS = (1.0, 3.0, 2.0, 5.0)
COUNTS = (4, 2, 1, 1)


def loss_values(make_context, make_inputs, class_weight, rows=slice(None)):
    context = make_context(label_counts=COUNTS)
    log_q = jnp.log(jnp.asarray(Q[rows], jnp.float32))
    batch = LabelledBatch(None, log_q, jnp.asarray(LABELS[rows]), TAU)
    return supervised(SupervisedParams(class_weight=class_weight), context)(make_inputs(labelled=batch))


def counted(make_context, class_weight, rows=slice(None), labelled=8):
    classifier = tau(
        TauParams(class_weight=class_weight, decay=0.0), make_context(label_counts=COUNTS, labelled=labelled)
    )
    return classifier.update(classifier.init(), jnp.asarray(Q[rows], jnp.float32), jnp.asarray(LABELS[rows]))


REPEATED = np.repeat(np.arange(len(LABELS)), np.asarray(WEIGHTS, int)[LABELS])


def test_the_loss_of_weighted_labels_is_that_of_repeated_ones(make_context, make_inputs):
    weighted = loss_values(make_context, make_inputs, WEIGHTS)
    repeated = loss_values(make_context, make_inputs, None, REPEATED)
    np.testing.assert_allclose(weighted.sum(), repeated.sum(), rtol=1e-5)


def test_tau_counts_weighted_labels_as_repeated_ones(make_context):
    weighted = counted(make_context, WEIGHTS)
    repeated = counted(make_context, None, REPEATED, len(REPEATED))
    np.testing.assert_allclose(weighted, repeated, rtol=1e-5)


def test_balanced_weights_are_scikit_learns(make_context, make_inputs):
    expected = compute_class_weight("balanced", classes=np.arange(Y), y=LABELS)
    np.testing.assert_allclose(make_context(label_counts=COUNTS).class_weights("balanced"), expected)
    plain, balanced = (loss_values(make_context, make_inputs, kind) for kind in (None, "balanced"))
    np.testing.assert_allclose(balanced / plain, expected[LABELS], rtol=1e-5)


def test_balanced_counts_of_all_classes_are_equal(make_context):
    np.testing.assert_allclose(counted(make_context, "balanced").sum(axis=0), [2, 2, 2, 2], rtol=1e-5)


def test_balanced_weights_have_mean_one_without_classes_that_have_no_label(make_context):
    counts = np.array([8, 2, 0, 0])
    weights = np.array(make_context(label_counts=(8, 2, 0, 0)).class_weights("balanced"))
    assert weights.tolist() == [0.625, 2.5, 1, 1]
    assert (weights * counts).sum() / counts.sum() == 1


def test_where_counts_are_unknown_balanced_weights_are_one(make_context):
    assert make_context().class_weights("balanced") == (1.0,) * Y


@pytest.mark.parametrize(("build", "params"), [(supervised, SupervisedParams), (tau, TauParams)])
def test_another_number_of_weights_or_another_word_is_refused(make_context, build, params):
    with pytest.raises(ValueError, match="`class_weight` has 2 values for 4 classes"):
        build(params(class_weight=(1.0, 2.0)), make_context())
    with pytest.raises(ValueError, match='must be "balanced" or a list of numbers, got "even"'):
        params(class_weight="even")
