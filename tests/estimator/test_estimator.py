"""The estimator: labels of every type, images, partial fits, pipelines and pickles."""

from __future__ import annotations

import io
from typing import Any

import joblib
import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from rcmvae_core.errors import SpecError
from rcmvae_core.estimator.classifier import RCMVAEClassifier
from rcmvae_core.plugin.protocols import Table
from tests.support.tiny import TINY

CORNERS = np.array([[0, 0], [9000, 0], [0, 0.003], [9000, 0.003]])


def corners(classes: int, count: int = 15, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return clusters in the corners of a rectangle whose sides differ by a factor of millions, and their classes."""
    rng = np.random.default_rng(seed)
    y = np.repeat(np.arange(classes), count)
    return CORNERS[y] - 5 + rng.normal(0, 0.05, (len(y), 2)) * CORNERS[3], y


def tiny(**parameters: Any) -> RCMVAEClassifier:
    return RCMVAEClassifier(TINY, random_state=0, **parameters)


@pytest.fixture(scope="module")
def three() -> RCMVAEClassifier:
    """An estimator fitted to three named classes with two labels each."""
    X, y = corners(3)
    names = np.array(["ash", "beech", "cedar"], object)[y]
    names[np.arange(45) % 15 >= 2] = None
    return tiny().fit(X, names)


def test_a_few_labels_assign_classes_to_the_clusters(three) -> None:
    X, y = corners(3, seed=1)
    assert three.classes_.tolist() == ["ash", "beech", "cedar"]
    assert three.score(X, three.classes_[y]) == 1
    p = three.predict_proba(X)
    assert p.shape == (45, 3)
    assert p.dtype == np.float64
    np.testing.assert_allclose(p.sum(axis=1), 1, atol=1e-12)


def test_transform_is_the_latent_beside_the_channel(three) -> None:
    X, _ = corners(3)
    transformed = three.transform(X)
    names = three.get_feature_names_out().tolist()
    assert names == ["latent0", "latent1", "channel0", "channel1", "channel2", "channel3"]
    assert transformed.shape == (45, 6)
    np.testing.assert_allclose(transformed[:, 2:].sum(axis=1), 1, atol=1e-6)
    stats = three.trained_.forward_stats(X)[0]
    np.testing.assert_array_equal(transformed[:, :2], stats.latents)


def test_score_samples_is_the_elbo_of_each_input(three) -> None:
    X, _ = corners(3)
    scores = three.score_samples(X)
    np.testing.assert_array_equal(scores, three.trained_.forward_stats(X)[0].elbo)
    assert three.score_samples(CORNERS[3:] - 5) < scores.min()  # a corner without training inputs


@pytest.mark.parametrize(
    ("convert", "unlabeled"),
    [(lambda y: y, -1), (lambda y: np.where(y < 0, np.nan, y), 7), (lambda y: np.where(y < 0, 9, y), 9),
     (lambda y: np.where(y < 0, "?", np.array(["a", "b", "-"])[y]), "?")],
)  # fmt: skip
def test_a_missing_label_may_be_written_in_any_way(convert, unlabeled) -> None:
    X, y = corners(2)
    y[np.arange(30) % 15 >= 3] = -1
    plain, other = tiny(epochs=1).fit(X, y), tiny(epochs=1, unlabeled=unlabeled).fit(X, convert(y))
    np.testing.assert_array_equal(plain.predict_proba(X), other.predict_proba(X))
    assert len(other.classes_) == 2


def test_targets_and_parameters_that_do_not_fit_are_an_error(three) -> None:
    X, y = corners(2)
    with pytest.raises(ValueError, match="y has no label"):
        tiny().fit(X, np.full(30, -1))
    with pytest.raises(ValueError, match="Unknown label type"):
        tiny().fit(X, y + 0.5)
    with pytest.raises(ValueError, match="infinity"):
        tiny().fit(X, np.where(y, np.inf, 0))
    with pytest.raises(NotFittedError):
        _ = tiny().trained_
    with pytest.raises(ValueError, match="expected features"):
        tiny().fit(np.zeros((3, 2, 2, 1, 1)), [0, 1, 1])
    with pytest.raises(SpecError, match="`channels` must be at least 1"):
        tiny(channels=0).fit(X, y)


def test_partial_fit_adds_a_class_and_keeps_the_others() -> None:
    """Its examples were trained on before without a label; the channel that they have taken then gets their class."""
    spread = {**TINY["loss"], "spread": {"weight": -20.0, "usage_entropy": {}}}
    X, y = corners(4)
    names = np.array(["ash", "beech", "cedar", None], object)[y]
    model = RCMVAEClassifier({**TINY, "loss": spread}, random_state=0).fit(X, names)
    before = joblib_copy(model)
    names[y == 3] = "aspen"
    model.partial_fit(X[40:], names[40:])
    assert model.classes_.tolist() == ["ash", "beech", "cedar", "aspen"]
    assert model.score(X, names) == 1
    assert before.classes_.tolist() == ["ash", "beech", "cedar"]
    assert model.model_.state.step > before.model_.state.step


def test_the_first_partial_fit_is_a_fit_and_a_later_one_corrects_labels() -> None:
    X, y = corners(2)
    model = tiny().partial_fit(X, y, classes=[0, 1, 2])
    assert model.classes_.tolist() == [0, 1, 2]
    assert model.score(X, y) == 1
    model.partial_fit(X, 1 - y)
    assert model.score(X, 1 - y) == 1


def test_images_of_any_range() -> None:
    rng = np.random.default_rng(0)
    y = np.arange(40) % 2
    X = rng.normal(0, 3, (40, 6, 6)) + 40 * np.where(y[:, None, None], np.eye(6), np.eye(6)[::-1])
    model = tiny(batch_size=16, learning_rate=0.02, dim=3, channels=2).fit(X, y)
    assert model.score(X[..., None], y) == 1
    assert model.transform(X).shape == (40, 5)
    assert model.model_.resolved.train.batch_size == 16
    with pytest.raises(ValueError, match="an input of X has shape"):
        model.predict(X[:, :, :5])


def joblib_copy(estimator: Any) -> Any:
    buffer = io.BytesIO()
    joblib.dump(estimator, buffer)
    buffer.seek(0)
    return joblib.load(buffer)


@pytest.mark.parametrize("kind", [dict, Table])
def test_columns_of_numbers_in_a_mapping_are_found_by_name(kind) -> None:
    rng = np.random.default_rng(0)
    columns = {"a": rng.normal(size=40), "b": rng.normal(size=40)}
    model = RCMVAEClassifier(spec=TINY, epochs=1, random_state=0).fit(kind(columns), np.arange(40) % 2)
    assert model.columns_ is not None
    turned = {"b": columns["b"], "a": columns["a"]}
    np.testing.assert_array_equal(model.predict_proba(kind(columns)), model.predict_proba(kind(turned)))


def test_a_pickled_copy_predicts_the_same(three) -> None:
    X, _ = corners(3)
    copy = joblib_copy(three)
    np.testing.assert_array_equal(copy.predict_proba(X), three.predict_proba(X))
    assert copy.trained_.tau[0].tolist() == three.trained_.tau[0].tolist()
    x = X
    scores, copied = three.trained_.score(x), copy.trained_.score(x)
    assert scores
    assert all(np.array_equal(copied[name], values) for name, values in scores.items())


def test_random_state_decides_the_result() -> None:
    X, y = corners(2)
    one, same, other = (tiny(epochs=1).set_params(random_state=seed).fit(X, y) for seed in (3, 3, 4))
    np.testing.assert_array_equal(one.transform(X), same.transform(X))
    assert (one.transform(X) != other.transform(X)).any()


def test_pipelines_and_searches() -> None:
    X, y = corners(2)
    pipeline = make_pipeline(StandardScaler(), tiny())
    assert cross_val_score(pipeline, X, y, cv=2).mean() == 1
    search = GridSearchCV(pipeline, {"rcmvaeclassifier__learning_rate": [0.01, 1e-9]}, cv=2).fit(X, y)
    assert search.best_params_ == {"rcmvaeclassifier__learning_rate": 0.01}
    assert list(pipeline.fit(X, y)[-1].get_feature_names_out())[:1] == ["latent0"]
