"""Covariates: the decoder reads them, the channels do not, and every other part sees the features only."""

from __future__ import annotations

import json

import attrs
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from rcmvae_core.errors import SpecError
from rcmvae_core.inference import model_info
from rcmvae_core.model import covariates
from rcmvae_core.model.build import build_part
from rcmvae_core.model.model import Model, build_model
from rcmvae_core.plugin.protocols import BuildContext
from rcmvae_core.training.setup import init_sample, prepare

ROWS, F, C, K = 90, 3, 4, 4
SETTINGS = ("train.batch_size=16", "train.epochs=1", "head=gaussian", "data.scale=standard")
READ = ("film", "cin", "concat", "component_aware")


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    rng = np.random.default_rng(0)
    path = tmp_path_factory.mktemp("covariates") / "rows.csv"
    batches, kinds = rng.integers(0, 3, ROWS), rng.integers(0, 2, ROWS)
    lines = ["a,batch,b,age,c,y"]
    for batch, kind, values, age in zip(
        batches, kinds, rng.normal(size=(ROWS, F)), rng.random(ROWS), strict=True
    ):
        a, b, c = values + 5 * batch + age
        lines.append(f"{a},{'ABC'[batch]},{b},{age},{c},{'pq'[kind]}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return f'data.table={{ path = "{path}", label = "y" }}'


@pytest.fixture(scope="module")
def make(resolve_tiny, table):
    """Prepares the tiny spec on the table, with its covariates."""

    def make(*settings, names='["batch", "age"]'):
        return prepare(resolve_tiny([table, f"data.covariates={names}", *SETTINGS, *settings]))

    return make


@pytest.fixture(scope="module")
def built(make):
    prepared = make()
    x = init_sample(prepared)
    return prepared, jax.jit(prepared.model.init)(jax.random.key(0), x), x[:6]


def moved(x):
    """The inputs with the covariates of other rows."""
    return x.at[:, F:].set(jnp.roll(x[:, F:], 1, axis=0))


def run(model: Model, params, x):
    return model.forward(params, x, step=jnp.int32(0), active=jnp.ones(K, bool), key=None)


def trained_a_little(params):
    """Parameters whose conditioners are not zero, as they are at the start."""
    leaves, tree = jax.tree.flatten(params)
    keys = jax.random.split(jax.random.key(1), len(leaves))
    noisy = [a + 0.1 * jax.random.normal(k, jnp.shape(a)) for a, k in zip(leaves, keys, strict=True)]
    return jax.tree.unflatten(tree, noisy)


def test_the_effect_is_that_of_least_squares() -> None:
    """NumPy's least squares of minimum norm, which a small ridge approaches, also for features that sum to one."""
    rng = np.random.default_rng(1)
    s = np.concatenate([np.eye(3)[rng.integers(0, 3, 500)], rng.normal(size=(500, 1))], axis=1)
    v = s @ rng.normal(size=(4, 2)) * 3 + rng.normal(size=(500, 2))
    context = BuildContext(
        (6,), 1, 0, 0, K, 2, 3, "shared", 1, 1,
        covariate_means=tuple(s.mean(axis=0)), covariate_spreads=tuple(s.std(axis=0)),
    )  # fmt: skip
    x = np.concatenate([v, s], axis=1)
    standard = (s - s.mean(axis=0)) / s.std(axis=0)
    expected = np.linalg.lstsq(standard, v - v.mean(axis=0))[0]
    np.testing.assert_allclose(covariates.fit_effect(context, jnp.asarray(x)), expected, rtol=0.01, atol=0.01)


def test_the_encoder_begins_without_the_linear_effect(built) -> None:
    prepared, params, _ = built
    x = init_sample(prepared)
    effect = params["encoder"]["covariates"]
    adjusted = covariates._adjust(prepared.context, effect, x)
    s = covariates._standardised(prepared.context, x)
    covariance = (s - s.mean(axis=0)).T @ adjusted / len(x)
    assert np.abs(covariance).max() < 2e-3
    assert np.abs(effect).max() > 0.05


def test_channels_do_not_depend_on_covariates_but_the_decoder_does(built) -> None:
    """Rows that differ by the covariates and their effect have the same q(c|x), q(z|x, c), and another E[x]."""
    prepared, params, x = built
    model, params = prepared.model, trained_a_little(params)
    params["encoder"]["covariates"] = built[1]["encoder"]["covariates"]
    other = moved(x)
    change = covariates._standardised(prepared.context, other) - covariates._standardised(prepared.context, x)
    other = other.at[:, :F].add(change @ params["encoder"]["covariates"])
    first, second = (run(model, params, each) for each in (x, other))
    np.testing.assert_allclose(first.log_responsibilities, second.log_responsibilities, atol=1e-4)
    np.testing.assert_allclose(first.latents, second.latents, atol=1e-4)
    assert np.abs(model.mean(first, x) - model.mean(second, other))[:, :F].max() > 1e-3


@pytest.mark.parametrize("conditioner", READ)
def test_every_conditioner_with_the_token_reads_them(make, conditioner) -> None:
    prepared = make(f"conditioner={conditioner}")
    model, x = prepared.model, init_sample(prepared)
    params = trained_a_little(model.init(jax.random.key(0), x))
    z, channels = jnp.zeros((6, 1, 2)), jnp.tile(jnp.arange(K), (6, 1))
    plain = model.decode_channels(params, z, channels)
    assert plain.shape == (6, K, F + C)
    np.testing.assert_allclose(plain[0, 0, F:], prepared.context.covariate_means, rtol=1e-6)
    own = model.decode_channels(params, z, channels, x[:6])
    np.testing.assert_array_equal(own[:, 1, F:], x[:6, F:])
    assert np.abs(own - plain)[..., :F].max() > 1e-3
    np.testing.assert_allclose(model.decode(params, z, x[:6]), own, atol=1e-6)
    means = x[:6].at[:, F:].set(jnp.asarray(prepared.context.covariate_means))
    np.testing.assert_allclose(model.decode_channels(params, z, channels, means), plain, atol=1e-5)


def test_a_conditioner_without_the_token_is_refused(resolve_tiny, table) -> None:
    settings = [table, 'data.covariates=["batch"]', *SETTINGS, "conditioner=none"]
    with pytest.raises(SpecError, match=r"requires `decoder.covariates`, which conditioner `none`") as caught:
        resolve_tiny(settings)
    assert "film" in str(caught.value.diagnostics[0].help)
    resolve_tiny([table, *SETTINGS, "conditioner=none"])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (['data.covariates=["batch"]', "data.scale=counts"], "`covariates` need another `scale`"),
        (['data.covariates=["batch"]', "data.missing=mask"], '`covariates` need `missing = "fill"`'),
        (['data.covariates=["batch", "batch"]'], "`covariates` names a column twice"),
    ],
)
def test_keys_that_contradict_each_other(resolve_tiny, table, changes, message) -> None:
    with pytest.raises(SpecError, match=message):
        resolve_tiny([table, *SETTINGS, *changes])


@pytest.mark.parametrize("head", ["gaussian", "table", "heteroscedastic"])
def test_the_likelihood_is_that_of_the_features(make, head) -> None:
    """Built alone for F features, the head gives the same numbers."""
    prepared = make(f"head={head}")
    context = prepared.context
    alone = build_part(
        prepared.resolved.one("head"),
        attrs.evolve(context, input_shape=(F,), covariate_means=(), covariate_spreads=()),
    )
    wrapped, x = prepared.model.parts.head, init_sample(prepared)[:5]
    hidden = jax.random.normal(jax.random.key(0), (5, 2, 7))
    params, weights = wrapped.init(jax.random.key(1), hidden), jnp.full((5, 2), 0.5)
    likelihood = wrapped.apply(params, hidden)
    expected = alone.negative_log_likelihood(alone.apply(params, hidden), x[:, :F], weights)
    np.testing.assert_allclose(wrapped.negative_log_likelihood(likelihood, x, weights), expected, rtol=1e-6)
    assert wrapped.mean(likelihood).shape[2:] == (F,)
    if wrapped.observe is not None:
        wrapped.observe(likelihood, x)


def test_no_loss_can_change_what_is_known(built) -> None:
    prepared, params, x = built

    def entropy(x):
        log_q = prepared.model.infer(params, x, jnp.ones(K, bool))[1]
        return -(jnp.exp(log_q) * log_q).sum()

    gradient = jax.grad(entropy)(x)
    assert not gradient[:, F:].any()
    assert gradient[:, :F].any()


def test_augmentations_change_features_only(make) -> None:
    nested = "loss.agree={ weight = 1.0, channel_consistency = { augmentation.noise = {} } }"
    prepared = make("augmentation.noise={ std = 0.1 }", nested)
    (augment,) = prepared.model.parts.augmentations
    x = init_sample(prepared)[:5]
    changed = augment(x, jax.random.key(0))
    np.testing.assert_array_equal(changed[:, F:], x[:, F:])
    assert (changed[:, :F] != x[:, :F]).all()


@pytest.mark.parametrize(
    ("prior", "layout"),
    [
        ("vamp", "decentralized"),
        ("geometric_mog", "shared"),
        ("geometric_mog", "decentralized"),
        ("mixture", "shared"),
        ("mixture", "decentralized"),
        ("vamp_mixture", "shared"),
        ("vamp_mixture", "decentralized"),
    ],
)
def test_priors_have_their_own_inputs_at_the_training_means(make, prior, layout) -> None:
    prepared = make(f"prior={prior}", f"latent.layout={layout}")
    model, x = prepared.model, init_sample(prepared)
    params = jax.jit(model.init)(jax.random.key(0), x)
    assert np.isfinite(run(model, params, x[:5]).kl).all()
    assert model.sample_latents(params, jax.random.key(0), 3).shape == (3, K, 2)
    pseudo = model.parts.prior.pseudo_inputs
    if pseudo is not None:
        own = pseudo(params["prior"])
        np.testing.assert_allclose(own[:, F:], np.tile(prepared.context.covariate_means, (K, 1)), rtol=1e-6)
        means = model.infer(params, own, jnp.ones(K, bool))[0].mean
        assert np.isfinite(means).all()


def test_channel_axes_name_arrays_of_the_wrapped_encoder(built) -> None:
    prepared, params, _ = built
    axes = {path: axis for path, axis in prepared.model.channel_axes.items() if path.startswith("encoder/")}
    assert axes
    for path, axis in axes.items():
        array = params
        for name in path.split("/"):
            array = array[name]
        assert array.shape[axis] == K


def test_bounds_of_log_p_decode_with_the_covariates(built) -> None:
    prepared, params, x = built
    model, params, active = prepared.model, trained_a_little(params), jnp.ones(K, bool)
    weights = model.log_weights(params, x, active=active, key=jax.random.key(0), samples=2)
    assert np.isfinite(weights).all()
    posterior = model.infer(params, x, active)[0]
    bounds = [
        model.elbo(params, each, posterior, step=jnp.int32(0), active=active, key=jax.random.key(0))
        for each in (x, moved(x))
    ]
    assert np.abs(bounds[0] - bounds[1]).max() > 1e-3  # of the same posteriors: only the decoder has moved


def test_the_record_of_the_model_keeps_them(make, resolve_tiny, table) -> None:
    prepared = make()
    values = json.loads(json.dumps(model_info.as_json(model_info.build_info(prepared))))
    again = model_info.from_json(values)
    assert again.context == prepared.context
    assert again.fitted is not None
    assert again.fitted.covariates == (prepared.context.covariate_means, prepared.context.covariate_spreads)
    assert prepared.context.covariates == C
    model = build_model(prepared.resolved, again.context, for_training=False)
    x = init_sample(prepared)[:3]
    shapes = [jax.tree.map(np.shape, each.init(jax.random.key(0), x)) for each in (prepared.model, model)]
    assert shapes[0] == shapes[1]
    plain = model_info.as_json(model_info.build_info(prepare(resolve_tiny([table, *SETTINGS]))))
    assert not {name for name in (*plain, *plain["columns"]) if "covariate" in name}
    for changes, message in (
        ({"covariate_means": values["covariate_means"][:2]}, "has 2 values, and `columns` 4 covariates"),
        ({"covariate_spreads": [0.0] * C}, "must be above 0"),
        ({"columns": values["columns"] | {"covariates": 9}}, "at least one column"),
    ):
        with pytest.raises(model_info.RecordError, match=message):
            model_info.from_json(values | changes)


def test_counts_are_those_of_the_features(make, tmp_path) -> None:
    rng = np.random.default_rng(0)
    counts, batches = rng.poisson(4, (ROWS, 2)), rng.integers(0, 2, ROWS)
    lines = ["u,v,batch,y", *(f"{u},{v},{'AB'[b]},p" for (u, v), b in zip(counts, batches, strict=True))]
    path = tmp_path / "counts.csv"
    path.write_text("\n".join(lines) + "\n")
    read = f'data.table={{ path = "{path}", label = "y" }}'
    prepared = make(read, "head=poisson", "data.scale=log", names='["batch"]')
    units = prepared.context.units
    assert units is not None
    assert len(units.spread) == 2
    rows = np.asarray(prepared.dataset.inputs)[prepared.split.train, :2]
    assert units.total == pytest.approx(rows.sum(axis=1).mean())
    params = prepared.model.init(jax.random.key(0), x := init_sample(prepared))
    assert np.isfinite(run(prepared.model, params, x[:4]).nll).all()
