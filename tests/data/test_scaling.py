"""Scaling: by training inputs, kept outside their range, and back."""

from __future__ import annotations

import json

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from rcmvae_core.data.scaling import as_json, fit_values, from_json
from rcmvae_core.errors import RcmvaeError

METHODS = ["minmax", "standard", "robust"]
FINITE = st.floats(allow_nan=False, allow_infinity=False)
TABLES = arrays.arrays(np.float64, st.tuples(st.integers(2, 8), st.integers(1, 4)), elements=FINITE)


@pytest.mark.parametrize(
    ("method", "center", "spread"), [("minmax", 0, 10), ("standard", 4, 3.4058773), ("robust", 3, 2.965204)]
)
def test_center_and_spread(method, center, spread):
    values = np.array([[0.0], [2.0], [3.0], [3.0], [6.0], [10.0]])
    scaling = fit_values(values, method)
    assert scaling.center == pytest.approx([center])
    if method == "robust":
        low, high = np.quantile(values, (0.25, 0.75))
        spread = (high - low) / 1.3489795
    assert scaling.spread == pytest.approx([spread if method != "standard" else values.std()], rel=1e-6)


def test_counts_are_shares_on_a_logarithmic_scale():
    """The depth of an input, the sum of its counts, changes nothing; a feature that is constant then is 1/2."""
    rng = np.random.default_rng(0)
    counts = rng.poisson(rng.gamma(1, 2, (200, 5)))
    counts[:, 4] = 0
    scaling = fit_values(counts, "counts")
    mean = counts.sum(axis=1).mean()
    logs = np.log1p(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1e-12) * mean)
    u = (logs - logs.mean(axis=0)) / np.where(logs.std(axis=0) > 0, logs.std(axis=0), 1)
    inner = np.abs(u) <= 4
    np.testing.assert_allclose(scaling(counts)[inner], (0.5 + u / 8)[inner], atol=1e-6)
    np.testing.assert_allclose(scaling(counts * 7), scaling(counts), atol=1e-6)
    np.testing.assert_allclose(scaling(jnp.asarray(counts)), scaling(counts), atol=1e-5)
    back = scaling.inverse(scaling(counts))
    np.testing.assert_allclose(back, np.expm1(logs), rtol=1e-3, atol=1e-3)
    assert np.isfinite(scaling(np.zeros((2, 5)))).all()
    assert scaling.outside(counts)[0].sum() == 0
    restored = from_json(json.loads(json.dumps(as_json(scaling))))
    np.testing.assert_array_equal(restored(counts), scaling(counts))
    with pytest.raises(
        RcmvaeError, match=r"E302: `scale` is `counts`, and the smallest training value is -1"
    ):
        fit_values(counts - 1, "counts")


# One row in eight is very large, and half of them are tiny: the quartiles of `robust` are those of the tiny ones.
LARGE = np.array([[1e-300]] * 5 + [[1e-299]] * 2 + [[1.7e308]])


@given(TABLES, st.sampled_from(METHODS))
@example(LARGE, "robust")
def test_scaled_values_are_finite_and_come_back(values, method):
    scaling = fit_values(values, method)
    x = scaling(values)
    assert x.dtype == np.float32
    assert np.isfinite(x).all()
    if method == "minmax" and (np.abs(values) < 1e307).all():
        assert ((x >= 0) & (x <= 1)).all()
    size = np.maximum(np.abs(values).max(axis=0), 1e-300)
    if (np.abs(values) < 1e300).all() and (np.abs(x) < 2).all():
        assert np.allclose(scaling.inverse(x) / size, values / size, atol=1e-4)


@pytest.mark.parametrize("method", METHODS)
def test_values_far_outside_are_kept_apart_and_counted(method):
    values = np.random.default_rng(0).normal(3, 2, (500, 3))
    scaling = fit_values(values, method)
    far = np.array([[3.0, 3, 3], [3, 3, 3000], [3, -11, 3]])
    outside, is_far = scaling.outside(far)
    assert outside.tolist() == [0, 1, 1]
    assert is_far.tolist() == [False, True, False]
    x = scaling(far)
    assert x[1, 2] > 1.2
    assert (np.diff(scaling(np.linspace(-500, 500, 99)[:, None] * np.ones(3)), axis=0) > 0).all()


@pytest.mark.parametrize("method", METHODS)
def test_four_deviations_are_the_ends_of_the_range(method):
    scaling = fit_values(np.random.default_rng(0).normal(size=(99, 2)), method)
    if method != "minmax":
        assert scaling((scaling.center + 4 * scaling.spread)[None]) == pytest.approx(1)
        assert scaling((scaling.center - 4 * scaling.spread)[None]) == pytest.approx(0)


def test_images_are_scaled_together_and_constants_are_left():
    images = np.arange(32.0).reshape(2, 4, 4, 1)
    assert fit_values(images, "minmax")(images).max() == 1
    assert fit_values(np.full((3, 2), 7.0), "standard")(np.full((3, 2), 7.0)).tolist() == [[0.5, 0.5]] * 3


@pytest.mark.parametrize("method", METHODS)
def test_what_is_stored_is_what_was_fitted_and_jax_agrees(method):
    values = np.random.default_rng(1).normal(size=(50, 4)) * [1, 10, 1000, 0]
    scaling = fit_values(values, method)
    stored = from_json(json.loads(json.dumps(as_json(scaling))))
    assert np.array_equal(stored(values), scaling(values))
    assert np.allclose(scaling(jnp.asarray(values)), scaling(values), atol=1e-5)


@pytest.mark.parametrize("method", METHODS)
def test_inputs_of_another_unit_are_narrow(method):
    values = np.random.default_rng(0).uniform(0, 1000, (500, 3))
    values[:, 2] = 7.0
    scaling = fit_values(values, method)
    assert not scaling.is_narrow(values)
    assert not scaling.is_narrow(np.clip(values, 0, 30)), "a thirtieth"
    assert scaling.is_narrow(values / 1000)
    assert not scaling.is_narrow(values[:7] / 1000), "too few to say"
    assert not scaling.is_narrow(values / np.array([1000.0, 1, 1])), "one of two features varies"
    images = fit_values(np.random.default_rng(0).uniform(0, 1, (9, 4, 4, 1)), method)
    assert images.is_narrow(np.full((9, 4, 4, 1), 0.5))
    assert not fit_values(np.ones((9, 2)), method).is_narrow(np.ones((9, 2))), "constant features say nothing"


def test_samples_of_counts_are_counts_and_half_precision_does_not_overflow():
    counts = np.random.default_rng(0).poisson(40, (60, 2000)).astype(np.float64)
    scaling = fit_values(counts, "counts")
    assert np.array_equal(scaling(counts.astype(np.float16)), scaling(counts))
    samples = scaling.inverse(np.linspace(-3, 3, 2000, dtype=np.float32)[None])
    assert (samples >= 0).all()
    assert np.isfinite(samples).all()
