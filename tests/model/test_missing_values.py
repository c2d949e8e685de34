"""Models of data with missing values: nothing they compute is NaN, and what they cannot go with is refused."""

from __future__ import annotations

import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from rcmvae_core.errors import RcmvaeError, SpecError
from rcmvae_core.estimator.programs import prepare_arrays
from rcmvae_core.inference import model_info
from rcmvae_core.inference.forward_stats import describe
from rcmvae_core.model.build import Batch
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.plugin.protocols import Dataset
from rcmvae_core.training.setup import init_sample, prepare
from rcmvae_core.training.state import make_init_state

ROWS, SHARE = 60, 0.3
SMALL = ["train.batch_size=8", "train.epochs=1", "train.labelled_batch_size=4", 'data.missing="mask"']
LOSSES = [
    "loss.agree.channel_consistency.augmentation.compose.of={corrupt={probability=0.5},noise={std=0.1}}",
    "loss.worst.virtual_adversarial={}",
    "loss.shape.mmd={}",
    "loss.views.cross_view={weak={noise={}},strong={corrupt={probability=0.5}}}",
]


@pytest.fixture
def settings(tmp_path):
    """Settings of the tiny spec that read a table of numbers, counts and categories, a third of it empty."""
    rng = np.random.default_rng(0)
    columns = (
        rng.normal(size=ROWS), rng.poisson(4, ROWS), rng.choice(["a", "b", "c"], ROWS), rng.choice(["p", "q"], ROWS),
    )  # fmt: skip
    rows = [["" if rng.random() < SHARE else str(cell) for cell in row] for row in zip(*columns, strict=True)]
    rows[0], rows[1] = [""] * 4, [str(column[1]) for column in columns]
    labels = rng.choice(["left", "right"], ROWS)
    lines = ["real,visits,kind,pair,y", *(",".join([*r, y]) for r, y in zip(rows, labels, strict=True))]
    path = tmp_path / "rows.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return [f'data.table={{ path = "{path}", label = "y", counts = ["visits"] }}', *SMALL]


HEADS = [
    ("table", 'data.scale="standard"'),
    ("gaussian", 'data.scale="robust"'),
    ("heteroscedastic", 'data.scale="log"'),
    ("bernoulli", 'data.scale="minmax"'),
    ("categorical", 'data.scale="minmax"'),
]


@pytest.mark.parametrize(("head", "scale"), HEADS)
def test_a_step_on_gaps_is_finite(resolve_tiny, settings, head, scale):
    more = LOSSES if head == "gaussian" else []
    prior = ["prior=vamp"] if head == "table" else []
    prepared = prepare(resolve_tiny([*settings, f"head={head}", scale, *more, *prior]))
    model, x = prepared.model, init_sample(prepared)
    assert 0.15 < float(jnp.isnan(x).mean()) < 0.45
    assert prepared.context.input_shape == (6,)
    assert prepared.columns is not None
    assert prepared.columns.features == ("real", "visits", "kind=a", "kind=b", "kind=c", "pair=q")
    params = model.init(jax.random.key(0), x)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(params))
    batch = Batch(x[:8], x[8:12], jnp.array([0, 1, 0, 1]))
    state = model.init_state(params)

    @jax.jit
    def step(params):
        return jax.value_and_grad(
            lambda p: model.loss(p, state, batch, step=jnp.int32(3), key=jax.random.key(1)), has_aux=True
        )(params)

    (value, (output, _)), gradients = step(params)
    assert np.isfinite(value), output.terms
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(gradients))


def test_statistics_of_rows_with_gaps_are_finite_and_those_of_whole_rows_as_ever(resolve_tiny, settings):
    prepared = prepare(resolve_tiny([*settings, "head=gaussian"]))
    model, x = prepared.model, init_sample(prepared)
    state = make_init_state(model, prepared.optimizer)(jax.random.key(0), x)
    stats = jax.jit(lambda x: describe(model, state, x, None))(x)
    mean = np.asarray(
        model.mean(model.forward(state.params, x, step=state.step, active=state.carry.active, key=None), x)
    )
    for name, array in stats._asdict().items():
        if name not in ("sigma", "measured"):
            assert np.isfinite(array).all(), name
    x = np.asarray(x)
    some = np.flatnonzero(np.isnan(x).any(axis=1) & ~np.isnan(x).all(axis=1))[0]
    expected = 6 * np.nanmean((x[some] - mean[some]) ** 2), 6 * np.nanvar(x[some])
    np.testing.assert_allclose((stats.squared_error[some], stats.variation[some]), expected, rtol=1e-5)
    assert (np.asarray(stats.squared_error)[np.isnan(x).all(axis=1)] == 0).all()
    whole = np.flatnonzero(~np.isnan(x).any(axis=1))
    error = np.square(x[whole] - mean[whole]).sum(axis=1)
    np.testing.assert_allclose(np.asarray(stats.squared_error)[whole], error, rtol=1e-5)


def test_the_model_file_says_that_values_may_be_missing(resolve_tiny, settings):
    prepared = prepare(resolve_tiny([*settings, "head=table", 'data.scale="standard"']))
    values = json.loads(json.dumps(model_info.as_json(model_info.build_info(prepared))))
    assert values["missing"] is True
    assert values["columns"]["masked"] is True
    again = model_info.from_json(values)
    assert again.context == prepared.context
    assert again.columns == prepared.columns
    filled = prepare(resolve_tiny([*settings, "head=table", 'data.scale="standard"', 'data.missing="fill"']))
    values = model_info.as_json(model_info.build_info(filled))
    assert "missing" not in values
    assert "masked" not in values["columns"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            ["head=poisson", 'data.scale="minmax"'],
            'missing = "mask"` requires `head.missing`, which head `poisson`',
        ),
        (['data.scale="counts"', "head=gaussian"], "the sum of an input is not known"),
        (["data=digits", 'data.missing="mask"'], 'missing = "mask"` requires `data.features`'),
    ],
)
def test_what_cannot_leave_values_out_is_refused(resolve_tiny, settings, changes, message):
    kept = [each for each in settings if changes[0] != "data=digits" or not each.startswith("data.")]
    with pytest.raises(SpecError) as caught:
        resolve_tiny([*kept, *changes])
    assert message in "\n".join(each.message for each in caught.value.diagnostics)


def test_counts_without_a_size_go_with_gaps(resolve_tiny, settings):
    resolve_tiny([*settings, 'head.poisson.size="none"', 'data.scale="minmax"'])


def test_an_array_with_gaps_needs_the_key_and_names_it(resolve_tiny, tmp_path):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(ROWS, 3))
    x[rng.random(x.shape) < SHARE] = np.nan
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "y.npy", rng.integers(0, 2, ROWS))
    data = f'data.npy={{ inputs = "{tmp_path}/x.npy", labels = "{tmp_path}/y.npy", form = "features" }}'
    few = [each for each in SMALL if not each.startswith("data.")]
    with pytest.raises(RcmvaeError) as caught:
        prepare(resolve_tiny([data, *few, "head=gaussian"]))
    assert caught.value.diagnostics[0].code == "E307"
    assert 'write `missing = "mask"` in `[data]`' in caught.value.diagnostics[0].help[0]
    prepared = prepare(resolve_tiny([data, *SMALL, "head=gaussian"]))
    sample = np.asarray(init_sample(prepared))
    assert np.isnan(sample).any()
    assert np.nanmin(sample) == 0
    assert np.nanmax(sample) == 1
    x[3, 1] = np.inf
    np.save(tmp_path / "x.npy", x)
    with pytest.raises(RcmvaeError, match="has the value inf at position 1"):
        prepare(resolve_tiny([data, *SMALL, "head=gaussian"]))


def test_the_estimator_which_fills_gaps_says_so(resolve_tiny, settings):
    rows = np.arange(8)
    dataset = Dataset(np.eye(8), rows % 2, rows, rows[:0], ("left", "right"), 1.0)
    with pytest.raises(RcmvaeError, match="the estimator fills the missing values of data frames"):
        prepare_arrays(resolve_tiny([*settings, "head=gaussian"]), dataset)


def test_every_head_that_says_so_is_tested_here():
    named = {
        registered.plugin.name
        for registered in discover("only:rcmvae")
        if registered.plugin.kind == "head" and "head.missing" in registered.plugin.provides
    }
    assert named == {head for head, _ in HEADS}
