"""A run with a curriculum: one compiled program, locked channels untouched, new ones copied."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from rcmvae_core.model.build import Batch
from rcmvae_core.model.param_paths import map_by_path
from rcmvae_core.training.compiled import compile_programs
from rcmvae_core.training.events import EpochEnd
from rcmvae_core.training.learning_rates import with_learning_rates
from rcmvae_core.training.loop import train
from rcmvae_core.training.seed_run import SeedJob
from rcmvae_core.training.setup import init_sample, prepare
from rcmvae_core.training.unlocking import make_unlocking, worst_channel
from tests.support.compilations import compilations

STAGES = 'curriculum.channels={active=[1, 2, 4], at_epoch=[0, 1, 2], boost="1 epochs", kl_boost=2.0, temperature_boost=1.5, soft=true, logit_bias=1.0, split=0.1}'
EVERYTHING = [
    STAGES,
    "curriculum.warmup={over=5, ramp=10}",
    "curriculum.annealing.latent.cyclical={start=0.0, end=1.0, period=10}",
    'routing.gumbel={straight_through=true, top_m=2, soft_embedding="1 epochs", temperature={exponential={start=2.0, end=0.5, over="2 epochs"}}}',
    "train.optimizer.adam.learning_rate.cosine={start=0.01, end=0.0, over=40}",
]


def channels_of(model, params) -> dict[str, np.ndarray]:
    """Every array that has channels, channels first."""
    flat = {
        jax.tree_util.keystr(p, simple=True, separator="/"): a
        for p, a in jax.tree_util.tree_leaves_with_path(params)
    }
    return {path: np.moveaxis(np.asarray(flat[path]), axis, 0) for path, axis in model.channel_axes.items()}


def test_a_run_with_everything_that_moves_compiles_once(resolve_tiny) -> None:
    prepared = prepare(resolve_tiny([*EVERYTHING, "train.epochs=4"]))
    programs, rows = compile_programs(prepared), []
    with compilations() as seen:
        for seed in (0, 1):
            train(
                prepared,
                programs,
                [SeedJob(seed)],
                lambda e: rows.append(e) if isinstance(e, EpochEnd) else None,
            )
    assert [row.metrics["curriculum/active_channels"] for row in rows] == [1, 2, 4, 4] * 2
    # Two functions are called `advance`: that of the epoch, and that of the curricula after an evaluation.
    assert [seen[name] for name in ("init_state", "streams", "advance", "unlock")] == [1, 1, 2, 1]


def test_a_plateau_unlocks_in_a_run(resolve_tiny) -> None:
    settings = [
        "curriculum.channels={active=[2, 4], patience=1, min_delta=1e6, cooldown=0}",
        "train.epochs=3",
    ]
    prepared, rows = prepare(resolve_tiny(settings)), []
    train(
        prepared,
        compile_programs(prepared),
        [SeedJob(0)],
        lambda e: rows.append(e) if isinstance(e, EpochEnd) else None,
    )
    # The first evaluation is better than none; the second is not by a million nats.
    assert [row.metrics["curriculum/active_channels"] for row in rows] == [2, 2, 4]


def test_classes_claim_channels_as_they_are_unlocked(resolve_tiny) -> None:
    """Where one channel is unlocked at the start, all classes share it, and labels alone cannot part them."""
    settings = ["curriculum.channels={active=[1, 4], at_epoch=[0, 1]}", "train.epochs=1"]
    prepared = prepare(resolve_tiny(settings))
    (trained,) = train(prepared, compile_programs(prepared), [SeedJob(0)], lambda _: None)
    counts = np.asarray(trained.state.carry.classifier)
    owned = counts > 0.99 * counts.sum(axis=0)
    assert owned[1:].sum(axis=1).tolist() == [1, 1, 1], counts


def test_every_epoch_records_the_effect_of_the_curricula(resolve_tiny) -> None:
    settings = [
        "curriculum.channels={active=[2, 4], at_epoch=[0, 1]}",
        'curriculum.channels.boost="1 epochs"',
        *(
            f"curriculum.channels.{boost}"
            for boost in ("temperature_boost=3.0", "kl_boost=2.0", "logit_bias=-1.5", "soft=true")
        ),
        "train.epochs=3",
    ]
    prepared, rows = prepare(resolve_tiny(settings)), []
    train(
        prepared,
        compile_programs(prepared),
        [SeedJob(0)],
        lambda e: rows.append(e.metrics) if isinstance(e, EpochEnd) else None,
    )
    effects = {
        "temperature": [1, 3, 1], "soft": [0, 1, 0], "logit_bias": [0, -1.5, 0], "kl_latent_weight": [1, 2, 1],
        "kl_channel_weight": [1, 2, 1], "reconstruction_weight": [1, 1, 1], "other_weight": [1, 1, 1],
    }  # fmt: skip
    assert {name: [row[f"curriculum/{name}"] for row in rows] for name in effects} == effects


def test_locked_channels_have_no_responsibility_and_no_gradient(resolve_tiny) -> None:
    prepared = prepare(resolve_tiny(['prior.mixture.pi="learned"', 'loss.kl_z.kl_latent.reduce="sum"',
                                     "curriculum.channels={active=[2, 4], at_epoch=[0, 9]}"]))  # fmt: skip
    model = prepared.model
    x = init_sample(prepared)[:8]
    params = model.init(jax.random.key(0), x)
    # Away from the start, where FiLM is the identity and embeddings do nothing.
    params = jax.tree.map(lambda a: a + 0.1, params)
    state = model.init_state()
    assert state.active.tolist() == [True, True, False, False]
    batch = Batch(x, x[:4], jnp.array([0, 1, 2, 3]))
    gradient = jax.jit(jax.grad(model.loss, has_aux=True))
    grads, (_, after) = gradient(params, state, batch, step=jnp.int32(0), key=jax.random.key(1))
    _, log_q = model.infer(params, x, state.active)
    assert (np.exp(log_q)[:, 2:] == 0).all()
    assert (np.asarray(after.usage)[2:] == 0.9 / 4).all()
    for path, array in channels_of(model, grads).items():
        assert (array[2:] == 0).all(), path
        assert (array[:2] != 0).any(), path


def test_a_new_channel_is_a_copy_of_the_worst(resolve_tiny) -> None:
    settings = [STAGES.replace("split=0.1", "split=0.0"), "train.optimizer.adamw={}"]
    prepared = prepare(resolve_tiny(settings))
    model, unlocking = prepared.model, make_unlocking(prepared.model, prepared.optimizer)
    programs = compile_programs(prepared)
    state = programs.init_state(jax.random.key(0), init_sample(prepared))
    state = programs.feed.advance(state, programs.feed.max_steps(0))
    before, slots = channels_of(model, state.params), channels_of(model, state.optimizer[0].mu)
    assert (np.asarray(slots["embeddings"][0]) != 0).any()
    state = unlocking.unlock(state._replace(step=jnp.int32(40)), jnp.int32(0))
    after, reset = channels_of(model, state.params), channels_of(model, state.optimizer[0].mu)
    for path, array in before.items():
        np.testing.assert_array_equal(after[path][0], array[0])
        for fresh in (1, 2, 3):
            np.testing.assert_array_equal(after[path][fresh], array[0])
        assert (reset[path][1:] == 0).all()
        np.testing.assert_array_equal(reset[path][0], slots[path][0])
    again = unlocking.unlock(state, jnp.int32(3))
    for path, array in channels_of(model, again.params).items():
        np.testing.assert_array_equal(array, after[path])


def test_noise_makes_copies_differ_by_its_size(resolve_tiny) -> None:
    prepared = prepare(resolve_tiny([STAGES]))
    programs = compile_programs(prepared)
    state = programs.init_state(jax.random.key(0), init_sample(prepared))
    spread = float(jnp.std(state.params["encoder"]["posterior"]["kernel"]))
    before = channels_of(prepared.model, state.params)["encoder/posterior/kernel"]
    state = programs.unlocking.unlock(state._replace(step=jnp.int32(40)), jnp.int32(0))
    after = channels_of(prepared.model, state.params)["encoder/posterior/kernel"]
    noise = (after[1:] - before[0]).ravel()
    assert noise.std() == pytest.approx(0.1 * spread, rel=4 / np.sqrt(2 * noise.size))


def test_the_worst_channel_has_the_inputs_that_fit_worst() -> None:
    responsibilities = np.array([[1.0, 0.0, 0.0], [0.2, 0.8, 0.0], [0.1, 0.8, 0.1]])
    assert worst_channel(responsibilities, np.array([1.0, 5.0, 4.0])) == 1
    # Of a channel with a tenth of one input nothing is known.
    assert worst_channel(responsibilities, np.array([9.0, 1.0, 50.0])) == 1


def test_an_array_with_a_learning_rate_of_its_own_takes_smaller_steps() -> None:
    import optax

    params = {"prior": {"u": jnp.ones(3)}, "head": {"u": jnp.ones(3)}}
    grads = jax.tree.map(lambda a: 2 * a, params)
    plain = optax.adam(1e-2)
    scaled = with_learning_rates(plain, {"prior/u": 0.1})
    expected, _ = plain.update(grads, plain.init(params), params)
    found, _ = scaled.update(grads, scaled.init(params), params)
    np.testing.assert_allclose(found["prior"]["u"], 0.1 * expected["prior"]["u"], rtol=1e-6)
    np.testing.assert_array_equal(found["head"]["u"], expected["head"]["u"])
    assert with_learning_rates(plain, {}) is plain


def test_a_path_that_names_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="prior/w"):
        map_by_path({"prior": {"u": 1}}, {"prior/w": 0.1}, 1.0)
