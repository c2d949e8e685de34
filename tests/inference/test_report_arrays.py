"""The arrays of a report: against the model's own functions, for every layout and size, and in a file."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from rcmvae_core.inference.forward_stats import describe
from rcmvae_core.inference.ood import build_scorer
from rcmvae_core.inference.report_arrays.build import HeldOut, ReportBuilder
from rcmvae_core.inference.report_arrays.sizes import EXTREMES, SPREAD, report_sizes, shown_inputs
from rcmvae_core.plugin.protocols import BuildContext
from rcmvae_core.plugin.protocols.report_arrays import ReportArrays, Snapshot
from rcmvae_core.rundir import report_arrays
from rcmvae_core.runtime.records import RecordError
from rcmvae_core.spec.parse import parse, parse_override
from rcmvae_core.spec.resolve import resolve_layers
from rcmvae_core.training.compiled import compile_programs, evaluate, init_labelled_state
from rcmvae_core.training.setup import prepare
from tests.support.small_training import TINY, registry, resolve_tiny

__all__ = ["registry", "resolve_tiny"]


def build(resolved):
    """Return the prepared run, its first state, and the report arrays of this state."""
    prepared = prepare(resolved)
    programs, split = compile_programs(prepared), prepared.split
    state = init_labelled_state(prepared, programs, 0)
    _, outputs = evaluate(prepared, programs, state, split.test)
    labels = prepared.dataset.labels[split.test]
    read = programs.feed.inputs_at
    held_out = HeldOut(read, split.test, labels, prepared.dataset.class_names, split.held_out)
    describe_batch = jax.jit(partial(describe, prepared.model))
    builder = ReportBuilder(prepared.model, held_out, describe_batch)
    scorer = None
    if resolved.parts.get("score"):
        stats = jax.device_get(describe_batch(state, read(split.train[:500]), None))
        scorer = build_scorer(
            resolved, prepared.context, (stats,), (np.asarray(prepared.model.tau(state.carry)),)
        )
    return prepared, state, read, builder(state, outputs, scorer)


@pytest.fixture(scope="module")
def built(resolve_tiny):
    settings = ["head=heteroscedastic", "head.heteroscedastic.scale=pixel", "data.held_out_classes=['9']"]
    return build(resolve_tiny([*settings, "score={elbo={}, unexplained={}}", "routing.soft.top_m=2"]))


def test_the_arrays_are_those_of_the_model(built) -> None:
    prepared, state, read, arrays = built
    positions = arrays.members[:20]
    x = read(prepared.split.test[positions])
    forward = prepared.model.forward(state.params, x, step=state.step, active=state.carry.active, key=None)
    np.testing.assert_allclose(arrays.channel_means[:20], forward.encoder_output.mean, atol=1e-5)
    np.testing.assert_allclose(arrays.channel_log_vars[:20], forward.encoder_output.log_var, atol=1e-5)
    np.testing.assert_allclose(arrays.channel_kl[:20], forward.kl, atol=1e-4)
    np.testing.assert_allclose(arrays.responsibilities[positions], forward.responsibilities, atol=1e-5)
    rows, channels = np.arange(20)[:, None], np.asarray(forward.selection.channels)
    np.testing.assert_allclose(arrays.selections[:20][rows, channels], forward.selection.weights, atol=1e-5)
    np.testing.assert_allclose(arrays.selections.sum(axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(arrays.noisy_selections.sum(axis=1), 1, atol=1e-5)
    assert arrays.selections.astype(bool).sum(axis=1).max() == 2


def test_samples_of_latents_are_of_the_posterior(built) -> None:
    arrays = built[3]
    standard = (arrays.channel_samples - arrays.channel_means) / np.exp(arrays.channel_log_vars / 2)
    assert abs(standard.mean()) < 4 / np.sqrt(standard.size)
    assert abs(standard.var() - 1) < 4 * np.sqrt(2 / standard.size)


def test_pictures_are_decoded_by_the_channels_that_they_name(built) -> None:
    prepared, state, read, arrays = built
    x = read(prepared.split.test[arrays.shown])
    np.testing.assert_allclose(arrays.inputs, x)
    forward = prepared.model.forward(state.params, x, step=state.step, active=state.carry.active, key=None)
    every = np.asarray(prepared.model.decode(state.params, forward.encoder_output.mean))
    order, rows = np.argsort(-np.asarray(forward.responsibilities), axis=1), np.arange(len(x))
    np.testing.assert_allclose(arrays.selected_reconstructions, every[rows, order[:, 0]], atol=1e-5)
    np.testing.assert_allclose(arrays.alternative_reconstructions, every[rows, order[:, 1]], atol=1e-5)
    few = len(arrays.channel_reconstructions)
    np.testing.assert_allclose(
        arrays.channel_reconstructions, every[:few, arrays.decoded_channels], atol=1e-5
    )
    usage = arrays.responsibilities.mean(axis=0)
    assert (np.diff(usage[arrays.decoded_channels]) <= 0).all()
    variance = (
        np.asarray(forward.likelihood.sigma) ** 2
        * np.asarray(forward.selection.weights)[..., None, None, None]
    )
    np.testing.assert_allclose(arrays.sigma_maps, np.sqrt(variance.sum(axis=1)), rtol=1e-4)


def test_traversals_walk_along_one_coordinate(built) -> None:
    prepared, state, _, arrays = built
    assert arrays.traversals.shape == (4, 2, 9, 8, 8, 1)
    assert np.diff(arrays.traversal_values, axis=2).min() > 0
    middle = arrays.traversal_values[:, :, 4]  # the prior's mean as its samples show it
    assert np.abs(middle).max() < 4 / np.sqrt(256)
    means = np.broadcast_to(arrays.traversal_values[:, :, 4][:, None], (4, 4, 2))
    decoded = np.asarray(prepared.model.decode(state.params, jnp.asarray(means)))
    own = decoded[np.arange(4), arrays.decoded_channels]
    np.testing.assert_allclose(arrays.traversals[:, 0, 4], own, atol=1e-5)
    np.testing.assert_allclose(arrays.traversals[:, 1, 4], own, atol=1e-5)


def test_scores_are_of_test_and_of_held_out_inputs(built) -> None:
    prepared, _, _, arrays = built
    assert arrays.score_names[0] == "unexplained"  # it decides
    assert arrays.scores.shape == (len(prepared.split.test), 2)
    assert arrays.held_out_scores.shape == (len(prepared.split.held_out), 2)
    assert arrays.score_thresholds.shape == (2,)
    assert arrays.tau.shape == arrays.evidence.shape == (4, 9)
    assert arrays.evidence.sum() == pytest.approx(45, rel=1e-4)  # five labels of each class


@pytest.mark.parametrize(
    "settings",
    [
        ["latent.layout=shared"],
        ["latent.channels=1"],
        ["latent.dim=1"],
        ["latent.dim=5", "routing=gumbel"],
        ["prior=vamp"],
        ["prior=geometric_mog", "conditioner=none"],
        ["head=gaussian", "train.inputs=stream"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_every_layout_and_size(resolve_tiny, settings) -> None:
    check_sizes(settings, *build(resolve_tiny(settings)))


@pytest.fixture
def resolve_without(registry):
    """The tiny spec without some of its text."""

    def make(*texts: str, settings=()):
        spec = TINY
        for text in texts:
            spec = spec.replace(text.encode(), b"")
        return resolve_layers([parse(spec, "tiny.toml"), *map(parse_override, settings)], registry)

    return make


def test_a_prior_that_counts_the_channel_already(resolve_without) -> None:
    settings = ["prior=vamp", "latent.layout=shared"]
    check_sizes(settings, *build(resolve_without("[loss.kl_c.kl_channel]", settings=settings)))


def test_without_labels(resolve_without) -> None:
    settings = ["data.labels_per_class=0"]
    resolved = resolve_without("[loss.labels.supervised]", "[classifier.tau]", settings=settings)
    arrays = check_sizes(settings, *build(resolved))
    assert arrays.tau.shape == (4, 0)
    assert arrays.probabilities.shape[1] == arrays.evidence.size == arrays.class_samples.size == 0


def check_sizes(settings, prepared, state, read, arrays) -> ReportArrays:
    del state, read
    context, count = prepared.context, len(prepared.split.test)
    assert arrays.channel_means.shape == (count, context.posteriors, context.dim)
    assert arrays.samples.shape == (context.channels, 8, 8, 8, 1)
    assert arrays.traversals.shape[:3] == (context.channels, min(context.dim, 2), 9)
    assert arrays.prior_means.shape == (context.channels, context.dim)
    assert len(arrays.alternative_reconstructions) == (len(arrays.shown) if context.channels > 1 else 0)
    assert (len(arrays.pseudo_inputs) > 0) == ("prior=vamp" in settings)
    assert np.isfinite(arrays.log_weights).all()
    elbo = -(arrays.negative_log_likelihood + arrays.kl_latent + arrays.kl_channel).mean()
    bound = (np.logaddexp.reduce(arrays.log_weights, axis=1) - np.log(arrays.log_weights.shape[1])).mean()
    assert bound > elbo - 1.0
    return arrays


def test_arrays_survive_their_file(built, tmp_path) -> None:
    arrays = built[3]
    report_arrays.save(tmp_path / "a.npz", arrays)
    again = report_arrays.load(tmp_path / "a.npz")
    for name in ReportArrays._fields:
        mine, other = getattr(arrays, name), getattr(again, name)
        assert mine == other if isinstance(mine, tuple) else np.array_equal(mine, other), name
    assert (tmp_path / "a.npz").stat().st_size < 2_000_000


def test_another_format_is_refused(tmp_path) -> None:
    report_arrays.save(tmp_path / "a.npz", ReportArrays(np.zeros(1, np.int64), np.ones((1, 1)), ("a",)))
    with np.load(tmp_path / "a.npz") as arrays:
        changed = dict(arrays) | {"format": np.int64(99)}
    np.savez(tmp_path / "b.npz", **changed)
    with pytest.raises(RecordError, match="format is not 1"):
        report_arrays.load(tmp_path / "b.npz")


def test_snapshots_are_read_in_order_up_to_an_epoch(tmp_path) -> None:
    (tmp_path / report_arrays.FOLDER).mkdir()
    one, two = np.ones(2), np.zeros(3, np.int64)
    for epoch in (10, 2, 30):
        snapshot = Snapshot(
            epoch, one, one, one > 0, np.ones((2, 4)), np.ones((2, 0)), np.ones((3, 1)), two, two
        )
        report_arrays.save_snapshot(tmp_path / report_arrays.snapshot_name(5, epoch), snapshot)
    assert [each.epoch for each in report_arrays.load_snapshots(tmp_path, 5, 20)] == [2, 10]
    assert report_arrays.load_snapshots(tmp_path, 0, 20) == ()


def test_pictures_are_spread_and_extreme() -> None:
    values = np.arange(1000.0)
    shown = shown_inputs(1000, [values, np.full(1000, np.nan)])
    assert shown[0] == 0
    assert len(set(shown.tolist())) == len(shown) == SPREAD + 2 * EXTREMES - 2  # 0 and 999 are spread too
    assert set(range(992, 1000)) <= set(shown.tolist())


@pytest.mark.parametrize(
    ("shape", "channels", "classes"), [((28, 28, 1), 200, 10), ((64, 64, 3), 10, 200), ((5,), 1, 0)]
)
def test_sizes_bound_the_arrays(shape, channels, classes) -> None:
    context = BuildContext(shape, 1, 1, classes, channels, 8, 16, "decentralized", 1, 1)
    sizes, pixels = report_sizes(context, 10_000), np.prod(shape)
    assert sizes.members * channels * 8 <= 4_000_000
    assert sizes.channel_samples * channels * pixels <= 4_000_000
    assert sizes.class_samples * classes * pixels <= 4_000_000
    assert sizes.channels <= 12
    assert sizes.members >= 1
    assert sizes.bound_inputs >= 16
