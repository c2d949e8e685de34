"""Every combination of plugins works, or is an error of validation with a reason."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from rcmvae_core.model.build import Batch
from tests.testing import table
from tests.testing.combinations import (
    AXES,
    IMAGE,
    Combination,
    choices,
    every,
    inputs,
    losses_that_apply,
    make,
    names,
    pairwise,
    registry,
    representative,
    verdict,
)

DOCS = Path(__file__).parents[2] / "docs" / "combinations.md"
PAIRS = list(pairwise())
FIRST = 15


def random_params(shapes):
    """Small random parameters, away from their initial values."""
    rng = np.random.default_rng(0)
    return jax.tree.map(lambda a: (0.3 * rng.normal(size=a.shape)).astype(a.dtype), shapes)


def conforms(combination: Combination, losses: Mapping[str, str], *, encoder: str = "dense") -> None:
    """Shapes, one compilation, finite gradients that reach every plugin, and randomness by keys only."""
    model = make(combination, losses, encoder=encoder)
    batch = Batch(inputs(4), inputs(3, seed=2), jnp.array([0, 1, 2]))
    params = random_params(jax.eval_shape(model.init, jax.random.key(0), inputs(12, seed=1)))
    carry = model.init_state(params)
    traces = []

    @jax.jit
    def step(params, carry, key):
        traces.append(1)
        gradient = jax.value_and_grad(model.loss, has_aux=True)
        (total, (output, next_carry)), grads = gradient(params, carry, batch, step=jnp.int32(3), key=key)
        return total, output, next_carry, grads

    total, output, next_carry, grads = step(params, carry, jax.random.key(1))
    assert total.shape == ()
    assert all(term.shape == () for term in output.terms.values())
    for leaf in jax.tree.leaves((total, output, next_carry, grads)):
        assert np.isfinite(leaf).all()
    assert jax.tree.map(jnp.shape, grads) == jax.tree.map(jnp.shape, params)
    for part in ("encoder", "backbone", "head"):
        assert any(np.count_nonzero(leaf) for leaf in jax.tree.leaves(grads[part])), part
    same, *_ = step(params, carry, jax.random.key(1))
    other, *_ = step(params, carry, jax.random.key(2))
    assert float(same) == float(total) != float(other)
    assert len(traces) == 1
    kinds = [(np.shape(a), a.dtype) for a in jax.tree.leaves(carry)]
    assert [(a.shape, a.dtype) for a in jax.tree.leaves(next_carry)] == kinds
    samples = jax.eval_shape(
        lambda p, k: model.decode(p, model.sample_latents(p, k, 2)), params, jax.random.key(0)
    )
    assert samples.shape == (2, combination.channels, *IMAGE)


def some_losses(combination: Combination, turn: int) -> dict[str, str]:
    """The two that every model has, and a third of the others: three turns cover all."""
    losses = losses_that_apply(combination)
    others = [name for name in losses if name not in {"reconstruction", "kl_latent"}]
    return {n: v for n, v in losses.items() if n not in others or others.index(n) % 3 == turn % 3}


@pytest.mark.parametrize(("turn", "combination"), list(enumerate(PAIRS))[:FIRST], ids=str)
def test_every_choice_works(turn, combination) -> None:
    """The first combinations, chosen greedily by pairs, contain every choice; one has the convolutional encoder."""
    conforms(combination, some_losses(combination, turn), encoder="conv" if turn == 0 else "dense")


def test_the_first_combinations_contain_every_choice() -> None:
    first, all_ = ({each for c in group for each in enumerate(c)} for group in (PAIRS[:FIRST], every()))
    assert first == all_


@pytest.mark.long
@pytest.mark.parametrize("combination", PAIRS, ids=str)
def test_every_pair_of_choices_works(combination) -> None:
    conforms(combination, losses_that_apply(combination))


@pytest.mark.long
def test_the_other_encoder_works() -> None:
    conforms(PAIRS[0], losses_that_apply(PAIRS[0]), encoder="conv")


@pytest.mark.long
@pytest.mark.parametrize("combination", [c for c in every() if c.is_plain], ids=str)
def test_the_full_cross_product(combination) -> None:
    reason = verdict(combination)
    assert (reason is None) == (representative(combination) is None)
    if reason is None:
        conforms(combination, losses_that_apply(combination))
    else:
        assert re.fullmatch(r"(E20[12]: [^;]+(; )?)+", reason)


def test_every_choice_is_in_some_pair() -> None:
    used = {(axis, choice) for combination in PAIRS for axis, choice in zip(AXES, combination, strict=True)}
    for axis in AXES[1:]:
        for choice in choices(axis):
            assert (axis, choice) in used


def test_only_prior_layout_and_conditioner_decide() -> None:
    """A sample; `test_the_full_cross_product` checks all."""
    plain = [c for c in every() if c.is_plain]
    for combination in plain[:: len(plain) // 60]:
        assert (verdict(combination) is None) == (representative(combination) is None)


def test_an_error_names_both_sides() -> None:
    for combination, reason in ((c, representative(c)) for c in every()):
        if reason is not None:
            assert combination.conditioner in reason
            assert combination.prior in reason


def test_film_works_with_the_heteroscedastic_head() -> None:
    combinations = [
        c
        for c in every()
        if c.conditioner == "film" and c.head.startswith("heteroscedastic") and c.prior != "standard"
    ]
    assert len(combinations) == 2 * 4 * len(choices("routing")) * 2 * 2
    assert all(representative(combination) is None for combination in combinations)
    assert all(verdict(combination) is None for combination in combinations[::8])


def test_the_table_of_the_docs_is_current() -> None:
    current = table.page()
    if os.environ.get("RCMVAE_UPDATE_GOLDEN"):
        DOCS.write_text(current)
    assert DOCS.read_text() == current, "update with RCMVAE_UPDATE_GOLDEN=1 python -m pytest tests/testing"


def test_the_cross_product_counts_every_choice() -> None:
    sizes = [2, *(len(choices(axis)) for axis in AXES[1:])]
    assert len(every()) == np.prod(sizes)
    assert len(registry().names("prior")) == sizes[1] == 5
    plain = [len(names(axis)) for axis in AXES[1:]]
    assert sum(c.is_plain for c in every()) == 2 * np.prod(plain)
