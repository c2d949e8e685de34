"""Channels for classes: who shares one, what a new class claims, and what the copy of a channel is."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from rcmvae_core.training.class_channels import Claim, add_classes, classes_that_share
from rcmvae_core.training.compiled import compile_programs, init_labelled_state
from rcmvae_core.training.learning_rates import largest_learning_rates
from rcmvae_core.training.setup import prepare


@pytest.fixture(scope="module")
def prepared(resolve_tiny):
    return prepare(resolve_tiny(["latent.channels=12"]))


@pytest.fixture(scope="module")
def programs(prepared):
    return compile_programs(prepared)


def test_a_class_that_shares_a_channel_is_not_its_main_class() -> None:
    responsibilities = np.array([[0.9, 0.1], [0.6, 0.4], [0.6, 0.4], [0.2, 0.8], [1.0, 0.0]])
    labels = np.array([0, 1, 1, 2, -1])
    # Of channel 0, class 1 has 1.2 and class 0 has 0.9; class 3 has no label, and -1 is none.
    assert classes_that_share(responsibilities, labels, 4).tolist() == [True, False, False, False]
    assert not classes_that_share(np.zeros((0, 2)), np.zeros(0, int), 4).any()


@pytest.fixture
def certain(prepared, programs):
    """The state of an encoder that is certain of channel 2 for every input, where the others have a given usage."""

    def make(usage: float):
        state = init_labelled_state(prepared, programs, 0)
        chosen = np.arange(12) == 2
        logits = state.params["encoder"]["logits"]
        logits = {"kernel": 0 * logits["kernel"], "bias": jnp.where(chosen, 30.0, -30.0)}
        params = {**state.params, "encoder": {**state.params["encoder"], "logits": logits}}
        carry = state.carry._replace(usage=jnp.where(chosen, 1.0, usage))
        return state._replace(params=params, carry=carry)

    return make


def channel_arrays(prepared, state, channel: int) -> list[np.ndarray]:
    leaves = jax.tree_util.tree_leaves_with_path(state.params)
    named = {jax.tree_util.keystr(path, simple=True, separator="/"): array for path, array in leaves}
    axes = prepared.model.channel_axes
    return [np.take(np.asarray(named[name]), channel, axis=axis) for name, axis in axes.items()]


def test_an_unused_channel_that_a_new_class_claims_is_a_copy_of_where_its_inputs_are(
    prepared, programs, certain
) -> None:
    state, new = certain(0.0), np.arange(10) == 3
    after, claims = add_classes(prepared, programs, state, new)
    ((claim,),) = claims.values()
    assert list(claims) == [3]
    assert claim == Claim(claim.channel, 2)
    assert str(claim) == f"{claim.channel}, now a copy of 2"
    for copy, source in zip(
        channel_arrays(prepared, after, claim.channel), channel_arrays(prepared, after, 2), strict=True
    ):
        np.testing.assert_array_equal(copy, source)
    for channel in set(range(12)) - {claim.channel}:
        for kept, before in zip(
            channel_arrays(prepared, after, channel), channel_arrays(prepared, state, channel), strict=True
        ):
            np.testing.assert_array_equal(kept, before)
    assert after.carry.usage[np.array([2, claim.channel])].tolist() == [0.5, 0.5]
    tau = np.asarray(prepared.model.tau(after.carry))
    assert tau[claim.channel].argmax() == 3
    assert tau[2].argmax() != 3


def test_a_channel_in_use_stays_as_it_is(prepared, programs, certain) -> None:
    state, new = certain(0.05), np.arange(10) == 3
    after, claims = add_classes(prepared, programs, state, new)
    ((claim,),) = claims.values()
    assert claim.copy_of is None
    assert str(claim) == str(claim.channel)
    jax.tree.map(np.testing.assert_array_equal, after.params, state.params)


def test_the_learning_rates_before_and_after_a_step(resolve_tiny, prepared) -> None:
    cosine = "train.optimizer.adam.learning_rate.cosine={start=0.01, end=1e-5, over=100}"
    optimizer = resolve_tiny([cosine]).one("optimizer")
    before, after = largest_learning_rates(optimizer, prepared.context, 100, 140)
    assert (before, after) == pytest.approx((0.01, 1e-5))
    before, after = largest_learning_rates(optimizer, prepared.context, 50, 140)
    assert after == pytest.approx((0.01 + 1e-5) / 2)
    constant = resolve_tiny(["train.optimizer.adam.learning_rate=0.01"]).one("optimizer")
    assert largest_learning_rates(constant, prepared.context, 100, 140) in (None, pytest.approx((0.01, 0.01)))
