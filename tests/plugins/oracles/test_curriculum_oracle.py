"""Curricula against plain Python that iterates over the steps of a run."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rcmvae_plugins.curricula.annealing import annealing
from rcmvae_plugins.curricula.channels import channels
from rcmvae_plugins.curricula.params import AnnealingParams, ChannelsParams, WarmupParams
from rcmvae_plugins.curricula.warmup import warmup

from rcmvae_core.plugin.duration import Duration
from rcmvae_core.plugin.protocols import BuildContext, Progress

CONTEXT = BuildContext(
    input_shape=(4,),
    examples=40,
    labelled=0,
    classes=2,
    channels=6,
    dim=2,
    embedding_dim=3,
    layout="decentralized",
    steps_per_epoch=10,
    epochs=9,
)
HELPS = {
    "boost": Duration(2, "epochs"),
    "kl_boost": 3.0,
    "temperature_boost": 2.0,
    "soft": True,
    "logit_bias": 1.5,
}


def seen(curriculum, state, step):
    """All outputs of a curriculum at a step, as plain numbers."""
    effect = curriculum.effect(state, jnp.int32(step))
    return jax.device_get((curriculum.active(state, jnp.int32(step)), effect))


@pytest.mark.parametrize("ramp", [0, 7])
def test_warmup_lets_the_reconstruction_alone_at_first(ramp) -> None:
    curriculum = warmup(WarmupParams(over=Duration(2, "epochs"), ramp=Duration(ramp)), CONTEXT)
    for step in range(40):
        active, effect = seen(curriculum, curriculum.init(), step)
        share = min(max((step - 20) / ramp, 0), 1) if ramp else float(step >= 20)
        assert effect.weight_factors == pytest.approx((1, share, share, share))
        assert active.all()
        assert not effect.soft
        assert effect.temperature == 1
        assert not effect.logit_bias.any()


def test_annealing_multiplies_each_kl_by_its_own_schedule() -> None:
    params = AnnealingParams(latent=lambda step: step / 10.0, channel=lambda step: 1 - step / 20.0)
    curriculum = annealing(params, CONTEXT)
    for step in range(10):
        _, effect = seen(curriculum, curriculum.init(), step)
        assert effect.weight_factors == pytest.approx((1, step / 10, 1 - step / 20, 1))


def test_channels_by_epoch_walks_through_its_stages() -> None:
    params = ChannelsParams(active=(1, 3, 6), at_epoch=(0, 3, 4), **HELPS)
    curriculum = channels(params, CONTEXT)
    for step in range(90):
        active, effect = seen(curriculum, curriculum.init(), step)
        number = 0 if step < 30 else 1 if step < 40 else 2
        count, before, since = (1, 1, 0), (3, 1, 30), (6, 3, 40)
        unlocked, old, began = (count, before, since)[number]
        boosted = number > 0 and step - began < 20
        assert active.tolist() == [k < unlocked for k in range(6)]
        assert effect.soft == boosted
        assert effect.temperature == (2 if boosted else 1)
        kl = 3 if boosted else 1
        assert effect.weight_factors == (1, kl, kl, 1)
        assert effect.logit_bias.tolist() == [1.5 if boosted and old <= k < unlocked else 0 for k in range(6)]


def by_hand(values, *, stages, patience, min_delta, cooldown):
    """The stage after each evaluation, and the evaluation after which it began."""
    stage, since, best, waited, rest = 0, 0, np.inf, 0, 0
    for number, value in enumerate(values, 1):
        better = value < best - min_delta
        best = value if better else best
        waited = 0 if better or rest > 0 else waited + 1
        rest = max(rest - 1, 0)
        if waited >= patience and stage < stages - 1:
            stage, since, best, waited, rest = stage + 1, number, np.inf, 0, cooldown
        yield stage, since


@settings(deadline=None, max_examples=40)
@given(
    values=st.lists(st.integers(0, 12), min_size=1, max_size=40),
    patience=st.integers(1, 4),
    min_delta=st.sampled_from([0.0, 0.5, 2.0]),
    cooldown=st.integers(0, 3),
)
def test_a_plateau_is_found_as_by_hand(values, patience, min_delta, cooldown) -> None:
    params = ChannelsParams(
        active=(1, 2, 4, 6), patience=patience, min_delta=min_delta, cooldown=cooldown, **HELPS
    )
    curriculum = channels(params, CONTEXT)
    state = curriculum.init()
    rules = {"patience": patience, "min_delta": min_delta, "cooldown": cooldown}
    expected = by_hand(values, stages=4, **rules)
    for number, (value, (stage, since)) in enumerate(zip(values, expected, strict=True), 1):
        step = jnp.int32(10 * number)
        state = curriculum.advance(state, Progress(step, jnp.float32(value)))
        assert (int(state.number), int(state.since)) == (stage, 10 * since)
        active, effect = seen(curriculum, state, step)
        assert active.sum() == (1, 2, 4, 6)[stage]
        assert effect.soft == (stage > 0 and 10 * (number - since) < 20)


def test_a_plateau_keeps_the_types_of_its_state() -> None:
    curriculum = channels(ChannelsParams(active=(1, 6)), CONTEXT)
    state = jax.tree.map(jnp.asarray, curriculum.init())
    after = jax.eval_shape(curriculum.advance, state, Progress(jnp.int32(1), jnp.float32(1)))
    assert [(a.shape, a.dtype, a.weak_type) for a in after] == [
        (a.shape, a.dtype, a.weak_type) for a in state
    ]


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"active": (1, 1)}, "increase"),
        ({"active": (1, 2), "at_epoch": (0,)}, "one epoch for each stage"),
        ({"active": (1, 2), "at_epoch": (1, 2)}, "begin with 0"),
        ({"active": (1, 2), "at_epoch": (0, 0)}, "increase"),
    ],
)
def test_stages_that_make_no_sense_are_refused(values, word) -> None:
    with pytest.raises(ValueError, match=word):
        ChannelsParams(**values)


def test_more_channels_than_there_are_is_refused() -> None:
    with pytest.raises(ValueError, match=r"`active` reaches 7, but `latent\.channels` is 6"):
        channels(ChannelsParams(active=(1, 7)), CONTEXT)


def test_only_a_split_asks_the_encoder_for_its_channels() -> None:
    assert ChannelsParams(active=(1,), split=0.0).capabilities().requires == ("encoder.channels",)
    assert ChannelsParams(active=(1,)).capabilities().requires == ()
