"""Weights of classes and of examples in an estimator: what they mean, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from rcmvae_core import RCMVAEClassifier
from rcmvae_core.errors import RcmvaeError
from rcmvae_core.estimator.class_weights import class_prior_setting, class_weight_setting
from tests.support.tiny import TINY

X = np.array([[0.0, 0.0], [0.1, 0.0], [1.0, 1.0], [0.9, 1.0]]).repeat(10, axis=0)
Y = np.repeat(["a", "b"], 20)


def test_a_mapping_of_classes_is_put_in_their_order_and_others_are_one():
    assert class_weight_setting({"b": 2}, ("a", "b", "c")) == "[1.0, 2.0, 1.0]"
    assert class_weight_setting([1, 2], ("a", "b")) == "[1.0, 2.0]"
    assert class_weight_setting("balanced", ("a", "b")) == '"balanced"'
    with pytest.raises(ValueError, match="names the class z, which y does not have; it has a, b"):
        class_weight_setting({"z": 2}, ("a", "b"))


def fitted(**parameters):
    return RCMVAEClassifier(TINY, random_state=0, **parameters)


def test_the_class_weight_reaches_the_loss_and_the_classifier():
    model = fitted(class_weight={"b": 3}).fit(X, Y)
    resolved = model.model_.resolved
    assert resolved.one("classifier").params.class_weight == (1.0, 3.0)
    (supervised,) = (part for part in resolved.parts["loss"] if part.name == "supervised")
    assert supervised.params.class_weight == (1.0, 3.0)


def test_balanced_weights_know_the_labels():
    model = fitted(class_weight="balanced").fit(X, np.array(["a"] * 30 + ["b"] * 10))
    assert model.model_.info.context.label_counts == (30, 10)
    assert fitted().fit(X, Y).model_.info.context.label_counts == ()


def test_another_word_or_number_of_weights_is_an_error_without_a_traceback_of_plugins():
    with pytest.raises(RcmvaeError, match=r"E207.*even"):
        fitted(class_weight="even").fit(X, Y)
    with pytest.raises(RcmvaeError, match=r"E217.*3 values for 2 classes"):
        fitted(class_weight=[1, 2, 3]).fit(X, Y)


def test_the_class_prior_reaches_the_losses_that_depend_on_it():
    spec = {**TINY, "loss": {**TINY["loss"], "usage": {"weight": 1.0, "class_usage": {}}}}
    model = RCMVAEClassifier(spec, random_state=0, class_prior={"b": 0.25, "a": 0.75}).fit(X, Y)
    assert model.model_.info.context.class_prior == (0.75, 0.25)
    with pytest.raises(ValueError, match="class_prior names the class c, which y does not have; it has a, b"):
        fitted(class_prior={"a": 0.5, "b": 0.3, "c": 0.2}).fit(X, Y)
    with pytest.raises(ValueError, match="class_prior has no share of b: give one for every class of y"):
        fitted(class_prior={"a": 1.0}).fit(X, Y)
    with pytest.raises(TypeError, match="class_prior must be a mapping"):
        fitted(class_prior="balanced").fit(X, Y)


def test_a_number_names_a_class_of_the_same_value():
    spec = {**TINY, "loss": {**TINY["loss"], "usage": {"weight": 1.0, "class_usage": {}}}}
    model = RCMVAEClassifier(spec, random_state=0, class_prior={0: 0.9, 1: 0.1}, class_weight={1: 4})
    model.fit(X, np.repeat([0.0, 1.0], 20))
    assert model.model_.info.context.class_prior == (0.9, 0.1)
    assert model.model_.resolved.one("classifier").params.class_weight == (1.0, 4.0)


def test_a_class_prior_is_written_as_toml():
    names = ("0", "two words")
    assert class_prior_setting({"two words": 0.5, 0: 0.5}, names) == '{ 0 = 0.5, "two words" = 0.5 }'
    assert class_prior_setting(np.array([98, 2]), names) == "[98.0, 2.0]"


def test_equal_sample_weights_change_nothing_and_others_do():
    plain, equal = fitted().fit(X, Y), fitted().fit(X, Y, sample_weight=np.full(40, 0.5))
    np.testing.assert_array_equal(plain.transform(X), equal.transform(X))
    other = fitted().fit(X, Y, sample_weight=np.repeat([1.0, 2.5], 20))
    assert (plain.transform(X) != other.transform(X)).any()


def test_examples_of_weight_zero_are_not_seen():
    wrong = Y.copy()
    wrong[::2] = np.where(Y[::2] == "a", "b", "a")
    model = fitted().fit(X, wrong, sample_weight=np.tile([0.0, 1.0], 20))
    assert model.score(X, Y) == 1


def test_a_later_partial_fit_sees_no_example_of_weight_zero_either():
    wrong = np.where(Y == "a", "b", "a")
    model = fitted(epochs=8).partial_fit(X[::2], Y[::2])
    other = X + 0.01
    weights = np.tile([0.0, 1.0], 20)
    model.partial_fit(other, np.where(weights > 0, Y, wrong), sample_weight=weights)
    assert model.score(X, Y) == 1
    with pytest.raises(
        ValueError, match=r"of shape \(1,\): give a number from 0 to 1e\+12 for each of 40 inputs"
    ):
        model.partial_fit(other, Y, sample_weight=[1.0])


def test_examples_of_weight_zero_are_as_if_they_were_not_given():
    """Neither scaling, columns, counts nor what a later call remembers know of them."""
    weights = np.tile([0.0, 1.0], 20)
    far = np.where(weights[:, None] > 0, X, X + 1000)
    weighted = fitted(class_weight="balanced").fit(far, Y, sample_weight=weights)
    without = fitted(class_weight="balanced").fit(X[1::2], Y[1::2])
    np.testing.assert_array_equal(weighted.predict_proba(X), without.predict_proba(X))
    assert weighted.model_.info.context.label_counts == (10, 10)
    np.testing.assert_array_equal(weighted.memory_.inputs, without.memory_.inputs)


def test_columns_are_not_fitted_to_examples_of_weight_zero():
    frame = {"color": np.tile(["red", "blue", "never", "red"], 10), "size": X[:, 0]}
    model = fitted(epochs=1).fit(frame, Y, sample_weight=np.tile([1.0, 1.0, 0.0, 1.0], 10))
    assert model.columns_ is not None
    assert model.columns_.columns[0].values == ("blue", "red")


def test_weights_that_hardly_differ_give_the_prior_of_no_weights():
    """They were repeated eightfold, and so counted as eight times as many labels."""
    y = np.r_[np.zeros(6, int), np.ones(4, int), np.full(30, -1)]
    plain, near = (
        fitted(class_weight="balanced", epochs=1).fit(X, y, sample_weight=weights).model_.info.context
        for weights in (None, np.linspace(0.99, 1.01, 40))
    )
    assert plain.label_counts == (6, 4)
    np.testing.assert_allclose(near.label_counts, plain.label_counts, atol=0.05)
    np.testing.assert_allclose(near.class_prior, plain.class_prior, atol=0.01)


def test_few_labels_of_small_weight_train():
    y = np.full(40, -1)
    y[[0, 20]] = [0, 1]
    model = fitted().fit(X, y, sample_weight=np.where(y >= 0, 1e-3, 1.0))
    assert model.score(X, Y == "b") == 1


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1.0, 2.0], r"of shape \(2,\)"),
        (np.ones((40, 1)), r"of shape \(40, 1\)"),
        ([-1.0] * 40, "the sample weight of input 0 is -1, and so 39 more"),
        ([1.0] * 39 + [1e308], r"the sample weight of input 39 is 1e\+308"),
        ([1.0] * 39 + [np.nan], "the sample weight of input 39 is nan"),
        ([0.0] * 20 + [1.0] * 20, "every sample weight of an example with a label is zero"),
    ],
)
def test_unusable_sample_weights_are_named(weights, message):
    y = np.where(np.arange(40) < 20, np.arange(40) % 2, -1)
    with pytest.raises(ValueError, match=message):
        fitted().fit(X, y, sample_weight=weights)
