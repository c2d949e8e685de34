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
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        model.partial_fit(other, Y, sample_weight=[1.0])
