"""What is said about one input: its prediction step by step, in closed form."""

from __future__ import annotations

import json

import numpy as np
import pytest

from rcmvae_core.data.load import encode_table
from rcmvae_core.experiment.array_dataset import as_dataset
from rcmvae_core.explore.explored_model import open_model
from rcmvae_core.explore.input_detail import explain, likely_channels, model_detail, number, prediction_json
from rcmvae_core.explore.neighbours import latent_space, nearest
from tests.explore.untrained import untrained

RNG = np.random.default_rng(0)


def drawn(channels, classes, seeds):
    q = RNG.dirichlet(np.full(channels, 0.2), seeds)
    return list(q), [RNG.dirichlet(np.ones(classes), channels) for _ in range(seeds)]


@pytest.mark.parametrize("seeds", [1, 3])
@pytest.mark.parametrize(("channels", "classes"), [(1, 2), (10, 3), (100, 200)])
def test_products_and_the_rest_add_up_to_the_prediction(channels, classes, seeds):
    q, taus = drawn(channels, classes, seeds)
    found = explain(q, taus)
    total = found.rest + sum(share.product for share in found.channels)
    np.testing.assert_allclose(total, q[0] @ taus[0], rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(found.seeds[0], total, rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(
        found.probabilities, np.mean([a @ b for a, b in zip(q, taus, strict=True)], axis=0)
    )
    assert sum(share.q for share in found.channels) >= 0.99
    assert found.probabilities[found.label] == found.probabilities.max()
    # H(p) is the sum of both and of I(channel; label), which is at least 0.
    assert found.entropy >= found.aleatoric + found.epistemic - 1e-9
    assert (found.epistemic > 0) == (seeds > 1)


def test_likely_channels_are_the_fewest():
    for _ in range(9):
        q = RNG.dirichlet(np.full(12, 0.3))
        likely = likely_channels(q)
        assert q[likely].sum() >= 0.99 - 1e-9 or len(likely) == 12
        assert q[likely[:-1]].sum() < 0.99
        assert (np.diff(q[likely]) <= 0).all()


def test_without_a_classifier_there_is_no_label():
    found = explain([np.array([0.4, 0.6])], [np.zeros((2, 0))])
    assert prediction_json(found, [])["prediction"] == -1
    assert found.entropy == 0


def test_json_has_only_finite_numbers():
    assert [number(value) for value in (1, np.float32(0.5), np.nan, -np.inf)] == [1.0, 0.5, None, None]


FORMS = {
    "images": (RNG.integers(0, 256, (24, 4, 4, 1)).astype(np.uint8), ()),
    "table": ({"a": RNG.normal(size=24), "b": np.array(["x", "y", "z"] * 8, object)}, ("latent.dim=1",)),
    "series": (RNG.normal(size=(24, 7)), ("latent.dim=8", "latent.layout=shared")),
    "one channel": (RNG.normal(size=(24, 3)), ("latent.channels=1",)),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_model_says_the_same_of_an_input_as_its_prediction(form, tmp_path):
    inputs, settings = FORMS[form]
    trained = untrained(inputs, np.arange(24) % 3, settings, seeds=(0, 1))
    dataset = encode_table(as_dataset(inputs, np.arange(24) % 3), trained.info.columns)
    model, expected = open_model(tmp_path, 0, dataset, trained=trained), trained.predict(dataset.inputs)
    space = latent_space(model.responsibilities, model.latents, shared=form == "series")
    detail = model_detail(model, 5, trained.tau, nearest(space, 5, 4))
    found = json.loads(json.dumps(detail, allow_nan=False))
    np.testing.assert_allclose(found["p"], expected.probabilities[5], rtol=1e-5)
    assert found["prediction"] == expected.labels[5]
    for name in ("entropy", "aleatoric", "epistemic"):
        assert found[name] == pytest.approx(getattr(expected, name)[5], abs=1e-6)
    scores = [score["value"] for score in found["scores"]]
    assert scores == pytest.approx([values[5] for values in expected.scores.values()], rel=1e-4)
    assert len(scores) > 1
    assert sum(score["decides"] for score in found["scores"]) == 1
    assert len(found["neighbours"]) == 4
    likelihoods = [stats.negative_log_likelihood[5] for stats in model.stats]
    assert found["log_likelihood"] == pytest.approx(-np.mean(likelihoods))
    assert found["elbo"] < found["log_likelihood"]


def test_a_classifier_may_predict_otherwise():
    q, taus = drawn(4, 3, 1)
    other = np.array([0.2, 0.3, 0.5])
    found = explain(q, taus, [other])
    np.testing.assert_allclose(found.rest + sum(share.product for share in found.channels), other)
    assert found.label == 2
