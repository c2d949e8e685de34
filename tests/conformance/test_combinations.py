"""Every combination of parts works, or is refused at validation with a reason."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from rcmvae_core.model import Batch
from tests.conformance import table
from tests.conformance.combinations import (
    AXES,
    IMAGE,
    Combination,
    choices,
    every,
    inputs,
    losses_that_apply,
    make,
    pairwise,
    registry,
    representative,
    verdict,
)

DOCS = Path(__file__).parents[2] / "docs" / "combinations.md"
PAIRS = list(pairwise())
FIRST = 6


def some(shapes):
    """Parameters of given shapes, small and away from where any part starts."""
    rng = np.random.default_rng(0)
    return jax.tree.map(lambda a: (0.3 * rng.normal(size=a.shape)).astype(a.dtype), shapes)


def conforms(combination: Combination, losses: Mapping[str, str], *, encoder: str = "dense") -> None:
    """Shapes, one compilation, finite gradients that reach every part, and keys that decide everything."""
    model = make(combination, losses, encoder=encoder)
    batch, carry = Batch(inputs(4), inputs(3, seed=2), jnp.array([0, 1, 2])), model.start()
    params = some(jax.eval_shape(model.init, jax.random.key(0), inputs(12, seed=1)))
    traces = []

    @jax.jit
    def step(params, carry, key):
        traces.append(1)
        gradient = jax.value_and_grad(model.loss, has_aux=True)
        (total, (output, following)), grads = gradient(params, carry, batch, step=jnp.int32(3), key=key)
        return total, output, following, grads

    total, output, following, grads = step(params, carry, jax.random.key(1))
    assert total.shape == ()
    assert all(term.shape == () for term in output.terms.values())
    for leaf in jax.tree.leaves((total, output, following, grads)):
        assert np.isfinite(leaf).all()
    assert jax.tree.map(jnp.shape, grads) == jax.tree.map(jnp.shape, params)
    for part in ("encoder", "backbone", "head"):
        assert any(np.count_nonzero(leaf) for leaf in jax.tree.leaves(grads[part])), part
    same, *_ = step(params, carry, jax.random.key(1))
    other, *_ = step(params, carry, jax.random.key(2))
    assert float(same) == float(total) != float(other)
    assert len(traces) == 1
    kinds = [(np.shape(a), a.dtype) for a in jax.tree.leaves(carry)]
    assert [(a.shape, a.dtype) for a in jax.tree.leaves(following)] == kinds
    samples = jax.eval_shape(lambda p, k: model.sample(p, k, 2), params, jax.random.key(0))
    assert samples.shape == (2, combination.channels, *IMAGE)


def some_losses(combination: Combination, turn: int) -> dict[str, str]:
    """The two that every model has, and every third of the others that apply: three turns see them all."""
    found = losses_that_apply(combination)
    others = [name for name in found if name not in {"reconstruction", "kl_latent"}]
    return {n: v for n, v in found.items() if n not in others or others.index(n) % 3 == turn % 3}


@pytest.mark.parametrize(("turn", "combination"), list(enumerate(PAIRS))[:FIRST], ids=str)
def test_every_choice_works(turn, combination) -> None:
    """The first combinations, chosen greedily for their pairs, hold every choice; one of them has the other encoder."""
    conforms(combination, some_losses(combination, turn), encoder="conv" if turn == 0 else "dense")


def test_the_first_combinations_hold_every_choice() -> None:
    few, all_ = ({each for c in found for each in enumerate(c)} for found in (PAIRS[:FIRST], every()))
    assert few == all_


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
    why = verdict(combination)
    assert (why is None) == (representative(combination) is None)
    if why is None:
        conforms(combination, losses_that_apply(combination))
    else:
        assert re.fullmatch(r"(E20[12]: [^;]+(; )?)+", why)


def test_every_choice_is_in_some_pair() -> None:
    used = {(axis, choice) for combination in PAIRS for axis, choice in zip(AXES, combination, strict=True)}
    for axis in AXES[1:]:
        for choice in choices(axis):
            assert (axis, choice) in used


def test_only_prior_layout_and_conditioner_decide() -> None:
    """What the table shows is everything there is to know; `test_the_full_cross_product` asks the rest."""
    asked = [c for c in every() if c.is_plain]
    for combination in asked[:: len(asked) // 60]:
        assert (verdict(combination) is None) == (representative(combination) is None)


def test_a_refusal_names_both_sides() -> None:
    for combination, reason in ((c, representative(c)) for c in every()):
        if reason is not None:
            assert combination.conditioner in reason
            assert combination.prior in reason


def test_film_goes_with_the_heteroscedastic_head_everywhere() -> None:
    found = [
        c
        for c in every()
        if c.conditioner == "film" and c.head.startswith("heteroscedastic") and c.prior != "standard"
    ]
    assert len(found) == 2 * 3 * len(choices("routing")) * 2 * 2
    assert all(representative(combination) is None for combination in found)
    assert all(verdict(combination) is None for combination in found[::8])


def test_the_table_of_the_docs_is_current() -> None:
    current = table.page()
    if os.environ.get("RCMVAE_UPDATE_GOLDEN"):
        DOCS.write_text(current)
    assert DOCS.read_text() == current, "RCMVAE_UPDATE_GOLDEN=1 python -m pytest tests/conformance writes it"


def test_the_cross_product_counts_every_choice() -> None:
    sizes = [2, *(len(choices(axis)) for axis in AXES[1:])]
    assert len(every()) == np.prod(sizes)
    assert len(registry().names("prior")) == sizes[1] == 4
    plain = [len(registry().names(axis)) for axis in AXES[1:]]
    assert sum(c.is_plain for c in every()) == 2 * np.prod(plain)
