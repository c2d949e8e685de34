"""The likelihood of a table: each column against SciPy, sums and integrals of one, means in units, and refusals."""

from __future__ import annotations

import itertools

import attrs
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from rcmvae_plugins.heads._levels import cumulative_log_probs
from rcmvae_plugins.heads.params import TableParams
from rcmvae_plugins.heads.table import TableLikelihood, table
from scipy import special, stats

from rcmvae_core.plugin.protocols import ColumnBlock, Units
from tests.plugins.nets import context, normal

BLOCKS = (
    ColumnBlock("number", center=170.0, spread=10.0),
    ColumnBlock("category", 3),
    ColumnBlock("positive", center=np.log(30_000.0), spread=0.8),
    ColumnBlock("flag"),
    ColumnBlock("count", center=np.log(4.0)),
    ColumnBlock("ordinal", levels=(1.0, 2.0, 5.0)),
    ColumnBlock("ordinal", levels=(0.0, 1.0)),
    ColumnBlock("category", 1),
)
NUMBER, CATEGORY, POSITIVE, FLAG, COUNT, ORDINAL, BINARY, PAIR = 0, slice(1, 4), 4, 5, 6, 7, 8, 9
ROW = np.array([180.0, 0, 1, 0, 50_000.0, 1, 6, 2, 1, 0])
CENTER = (140.0, 0, 0, 0, 1000.0, 0, 0, 1, 0, 0)
SPREAD = (60.0, 1, 1, 1, 200_000.0, 1, 30, 4, 1, 1)
UNITS = {
    "minmax": Units(CENTER, SPREAD),
    "standard": Units(
        (170.0, 0.3, 0.3, 0.3, 4e4, 0.1, 4.0, 2.0, 0.5, 0.5), tuple(s / 5 for s in SPREAD), deviations=4.0
    ),
    "log": Units(tuple(np.log1p(CENTER)), tuple(np.log1p(SPREAD)), is_log=True),
}


def built(scale="minmax", blocks=BLOCKS, rows=3, channels=2, **values):
    """A head, its parameters away from their start, and its likelihood of some features."""
    features = sum(block.features for block in blocks)
    place = context((features,))
    head = table(TableParams(**values), attrs.evolve(place, units=UNITS[scale], columns=blocks))
    h = normal(rows, channels, 5)
    params = head.init(jax.random.key(0), h)
    params = jax.tree.map(lambda leaf: leaf + 0.3 * normal(*leaf.shape, seed=leaf.size), params)
    return head, params, head.apply(params, h)


def repeated(likelihood: TableLikelihood, count: int) -> TableLikelihood:
    """The likelihood of one input for many."""
    every = jax.tree.map(lambda a: jnp.broadcast_to(a, (count, *a.shape[1:])), likelihood)
    return every._replace(log_sigma=likelihood.log_sigma)


def nll(head, likelihood, rows, scale="minmax"):
    x = UNITS[scale].scaled(jnp.asarray(np.asarray(rows), jnp.float32))
    weights = jnp.ones((len(x), likelihood.mean.shape[1]))
    return np.asarray(head.negative_log_likelihood(likelihood, x, weights), float)


def by_hand(params, likelihood: TableLikelihood, row, scale="minmax"):
    """The terms of each column by SciPy, for the first input and channel."""
    mean, log_mean, log_rate = (np.asarray(each, float)[0, 0] for each in likelihood[:3])
    sigma = np.exp(np.asarray(likelihood.log_sigma, float)[0, 0])
    ends = UNITS[scale].scaled(np.array([[170.0] * 10, [180.0] * 10]))[:, NUMBER]
    x = UNITS[scale].scaled(row[None])[0, NUMBER]
    groups = dict(zip(("category", "flag", "ordinal_2", "ordinal_3"), likelihood.log_p, strict=True))
    category, flags, binary, ordinal = (np.asarray(p, float)[0, 0] for p in groups.values())
    return {
        "number": stats.norm.logpdf(x, mean[0], sigma[0] * (ends[1] - ends[0])),
        "positive": stats.lognorm.logpdf(
            row[POSITIVE] / 30_000.0, sigma[1] * 0.8, scale=np.exp(log_mean[0]) / 30_000.0
        ),
        "count": stats.poisson.logpmf(row[COUNT], np.exp(log_rate[0])),
        "category": category[0] @ row[CATEGORY],
        "flag": flags[0][int(row[FLAG])],
        "pair": flags[1][int(row[PAIR])],
        "ordinal": ordinal[0][[1, 2, 5].index(row[ORDINAL])],
        "binary": binary[0][int(row[BINARY])],
    }


@pytest.mark.parametrize("scale", UNITS)
def test_each_column_is_scipys(scale):
    head, params, likelihood = built(scale)
    rows = np.stack([ROW, [150, 1, 0, 0, 900.0, 0, 0, 5, 0, 1], [171, 0, 0, 1, 3e5, 1, 25, 1, 1, 1]])
    for row in rows:
        expected = -sum(by_hand(params, likelihood, row, scale).values())
        actual = nll(head, jax.tree.map(lambda a: a[:1], likelihood), row[None], scale)[0, 0]
        assert actual == pytest.approx(expected, rel=2e-4, abs=2e-3)


def test_levels_are_softmax_and_cumulative_logits():
    _, params, likelihood = built()
    h = np.asarray(normal(3, 2, 5), float)
    own = params["outputs"]["Dense_0"]
    outputs = h @ np.asarray(own["kernel"], float) + np.asarray(own["bias"], float)
    category, flags, binary, ordinal = (np.asarray(p, float) for p in likelihood.log_p)
    # In the order of the layout: number, positive, count, then groups by name.
    np.testing.assert_allclose(
        category[..., 0, :], special.log_softmax(outputs[..., 3:6], axis=-1), rtol=1e-4, atol=1e-5
    )
    np.testing.assert_allclose(flags[..., 1], special.log_expit(outputs[..., 6:8]), rtol=1e-4, atol=1e-5)
    for log_p, location, name in (
        (binary, outputs[..., 8], "ordinal_2"),
        (ordinal, outputs[..., 9], "ordinal_3"),
    ):
        own = params[name]
        first = float(own["first"][0, 0])
        cuts = [first]
        if "gaps" in own:
            cuts.append(first + float(np.log1p(np.exp(own["gaps"][0, 0]))) + 1e-3)
        at_most = [0.0, *(special.expit(cut - location) for cut in cuts), 1.0]
        expected = np.stack([high - low for low, high in itertools.pairwise(at_most)], axis=-1)
        np.testing.assert_allclose(np.exp(log_p[..., 0, :]), expected, rtol=1e-4, atol=1e-6)


def test_levels_between_near_and_far_cuts_have_exact_logarithms():
    location = np.array([-60.0, -5.0, 0.0, 3.0, 60.0])
    cuts = np.array([[-1.0, -0.999, 8.0]])
    actual = cumulative_log_probs(jnp.float32(location)[None, :, None], jnp.float32(cuts))[0, :, 0]
    high = np.longdouble(cuts[0, None, :]) - location[:, None]
    log_sigmoid = lambda z: -np.logaddexp(0, -z)  # noqa: E731
    gap = np.log(-np.expm1(-np.diff(np.longdouble(np.float32(cuts[0])))))
    expected = [
        log_sigmoid(high[:, 0]),
        *(log_sigmoid(high[:, i + 1]) + log_sigmoid(-high[:, i]) + gap[i] for i in (0, 1)),
    ]
    expected.append(log_sigmoid(-high[:, 2]))
    np.testing.assert_allclose(actual, np.stack(expected, axis=-1).astype(float), rtol=1e-4, atol=1e-5)


def test_discrete_columns_sum_to_one():
    blocks = tuple(block for block in BLOCKS if block.type not in ("number", "positive"))
    order = [1, 2, 3, 5, 6, 7, 8, 9]
    units = Units(tuple(CENTER[i] for i in order), tuple(SPREAD[i] for i in order))
    UNITS["discrete"] = units
    head, _, likelihood = built("discrete", blocks, rows=1)
    choices = (
        [(1, 0, 0), (0, 1, 0), (0, 0, 1)],
        [(0,), (1,)],
        [(n,) for n in range(40)],
        [(1,), (2,), (5,)],
        [(0,), (1,)],
        [(0,), (1,)],
    )
    rows = np.array([[v for part in row for v in part] for row in itertools.product(*choices)], float)
    np.testing.assert_allclose(
        np.exp(-nll(head, repeated(likelihood, len(rows)), rows, "discrete")).sum(axis=0), 1, rtol=1e-4
    )


@pytest.mark.parametrize("type_", ["number", "positive"])
def test_densities_integrate_to_one(type_):
    blocks = (ColumnBlock(type_, center=1.0, spread=0.5),)
    UNITS["one"] = Units((-1.0,), (4.0,))
    head, _, likelihood = built("one", blocks, rows=1, channels=1)
    values = np.linspace(-15, 17, 200_001) if type_ == "number" else np.exp(np.linspace(-8, 8, 200_001))
    density = np.exp(-nll(head, repeated(likelihood, len(values)), values[:, None], "one")[:, 0])
    # A number has a density of x, a positive one of v in units of the geometric mean.
    places = (values + 1) / 4 if type_ == "number" else values / np.e
    assert np.trapezoid(density, places) == pytest.approx(1, rel=2e-3)


@pytest.mark.parametrize("scale", ["minmax", "standard", "log"])
def test_means_in_units_are_those_of_the_distributions_and_of_samples(scale):
    head, _, likelihood = built(scale, rows=1, channels=1)
    actual = np.asarray(UNITS[scale].values(head.mean(likelihood)), float)[0, 0]
    mean, log_mean, log_rate = (np.asarray(each, float)[0, 0, 0] for each in likelihood[:3])
    sigma = np.exp(float(likelihood.log_sigma[0, 0, 1])) * 0.8
    category, flags, binary, ordinal = (np.exp(np.asarray(p, float)[0, 0]) for p in likelihood.log_p)
    expected = np.zeros(10)
    expected[NUMBER] = UNITS[scale].values(np.full((1, 10), mean))[0, NUMBER]
    expected[CATEGORY], expected[FLAG], expected[PAIR] = category[0], flags[0, 1], flags[1, 1]
    expected[POSITIVE] = stats.lognorm.mean(sigma, scale=np.exp(log_mean))
    expected[COUNT], expected[ORDINAL], expected[BINARY] = (
        np.exp(log_rate),
        ordinal[0] @ [1, 2, 5],
        binary[0, 1],
    )
    np.testing.assert_allclose(actual, expected, rtol=2e-3, atol=2e-3)
    draws = jax.vmap(lambda key: head.sample(likelihood, key))(jax.random.split(jax.random.key(1), 4000))[
        :, 0, 0
    ]
    values = np.asarray(UNITS[scale].values(draws), float)
    error = 6 * values.std(axis=0) / np.sqrt(len(values)) + 2e-3 * np.abs(expected) + 1e-2
    far = np.abs(values.mean(axis=0) - expected) > error
    assert not far[1:].any()  # of a number the mean is that of x
    assert set(np.round(values[:, ORDINAL], 3)) <= {1.0, 2.0, 5.0}


def test_a_blend_has_the_weighted_mean():
    head, _, likelihood = built()
    weights = jnp.array([[0.25, 0.75], [1.0, 0.0], [0.5, 0.5]])
    blend = head.blend(likelihood, weights)
    expected = (weights[..., None] * head.mean(likelihood)).sum(axis=1)
    np.testing.assert_allclose(head.mean(blend)[:, 0], expected, rtol=1e-4, atol=1e-4)
    alone = nll(head, likelihood, np.stack([ROW] * 3))
    assert nll(head, blend, np.stack([ROW] * 3))[1, 0] == pytest.approx(alone[1, 0], rel=1e-5)


def test_unseen_values_are_improbable_and_finite():
    head, _, likelihood = built(rows=1)
    usual = nll(head, likelihood, ROW[None])
    for place, value in ((slice(1, 4), 0.0), (POSITIVE, -5.0), (POSITIVE, 0.0)):
        other = ROW.copy()
        other[place] = value
        changed = nll(head, likelihood, other[None])
        assert np.isfinite(changed).all()
        assert (changed > usual).all()
    near = ROW.copy()
    near[ORDINAL] = 2.4  # the nearest level counts
    np.testing.assert_allclose(nll(head, likelihood, near[None]), usual, rtol=1e-5)


def test_columns_begin_as_their_training_values_whatever_their_units():
    features = jnp.zeros((1, 1, 5))
    place = attrs.evolve(context((10,)), units=UNITS["standard"], columns=BLOCKS)
    head = table(TableParams(), place)
    likelihood = head.apply(head.init(jax.random.key(0), features), features)
    values = UNITS["standard"].values(head.mean(likelihood))[0, 0]
    assert float(values[NUMBER]) == pytest.approx(170, rel=1e-3)
    assert float(values[COUNT]) == pytest.approx(4, rel=1e-3)
    assert float(likelihood.log_mean[0, 0, 0]) == pytest.approx(np.log(30_000.0), rel=1e-5)


def test_sigmas_at_their_bound_are_counted():
    head, params, _ = built(sigma_min=0.5)
    params = params | {"log_sigma": jnp.array([-9.0, 1.0])}
    assert np.asarray(head.at_bound(head.apply(params, normal(3, 2, 5)))).tolist() == [[0.5]]


def test_inputs_that_are_no_table_are_refused():
    with pytest.raises(
        ValueError, match=r"inputs have the shape \[4\], and the columns of a table 0 features"
    ):
        table(TableParams(), context((4,)))
    with pytest.raises(ValueError, match=r"`sigma_start` must be greater than `sigma_min`, 0\.5, got 0\.5"):
        TableParams(sigma_min=0.5, sigma_start=0.5)
