"""Units: the values of the data from the inputs of the model, and the check that they are counts."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from rcmvae_core.data.scaling import Method, fit_values
from rcmvae_core.data.units import fit_units
from rcmvae_core.errors import RcmvaeError
from rcmvae_core.plugin.parameters import Capabilities
from rcmvae_core.plugin.protocols import Dataset, Units
from rcmvae_core.plugin.resolved import ResolvedPart, ResolvedSpec

COUNTS = np.random.default_rng(0).poisson(np.random.default_rng(1).gamma(0.3, 3000, (40, 6))).astype(float)


class Part(ResolvedPart):
    """A part that requires counts, or nothing."""

    place = None

    needed: tuple[str, ...]

    def __init__(self, *requires: str) -> None:
        object.__setattr__(self, "needed", requires)

    def capabilities(self) -> Capabilities:
        return Capabilities(requires=self.needed)

    def __str__(self) -> str:
        return "head `poisson`"


class Spec(ResolvedSpec):
    """A spec with one part."""

    def __init__(self, *requires: str) -> None:
        object.__setattr__(self, "parts", {"head": (Part(*requires),)})


def dataset(inputs: np.ndarray, maximum: float = 1.0) -> Dataset:
    return Dataset(inputs, np.zeros(len(inputs), np.int32), np.arange(30), np.arange(30, 40), ("a",), maximum)


@pytest.mark.parametrize("method", ["minmax", "log"])
@pytest.mark.parametrize("xp", [np, jnp])
def test_counts_come_back_from_inputs(method: Method, xp: Any) -> None:
    scaling = fit_values(COUNTS[:30], method)
    units = fit_units(Spec("inputs.counts"), dataset(COUNTS), np.arange(30), scaling)
    assert units is not None
    x = scaling(COUNTS[:30])
    assert x.min() == 0
    assert x.max() == pytest.approx(1)
    values = units.values(xp.asarray(x))
    np.testing.assert_array_equal(np.round(values), COUNTS[:30])
    np.testing.assert_allclose(values, COUNTS[:30], rtol=1e-5, atol=1e-3)
    np.testing.assert_allclose(units.scaled(values), x, atol=1e-6)
    np.testing.assert_allclose(scaling.inverse(x), COUNTS[:30], rtol=1e-5, atol=1e-3)
    assert units.total == pytest.approx(COUNTS[:30].sum(axis=1).mean())


def test_images_are_divided_by_their_maximum() -> None:
    images = np.random.default_rng(0).integers(0, 256, (40, 3, 3, 1), np.uint8)
    units = fit_units(Spec("inputs.counts"), dataset(images, 255.0), np.arange(40), None)
    assert units is not None
    np.testing.assert_allclose(units.values(images / 255.0), images, atol=1e-6)


def test_a_logarithm_of_negative_values_is_odd() -> None:
    values = np.array([[-3.0], [0.0], [3.0]])
    scaling = fit_values(values, "log")
    np.testing.assert_allclose(scaling(values)[:, 0], [0, 0.5, 1])
    np.testing.assert_allclose(scaling.inverse(scaling(values)), values)
    np.testing.assert_allclose(Units(is_log=True).values(np.log1p([0.0, 3.0])), [0, 3])


@pytest.mark.parametrize("value", [0.5, -1.0, 2.0**23])
def test_other_numbers_are_no_counts(value: float) -> None:
    inputs = COUNTS.copy()
    inputs[2, 5] = value
    with pytest.raises(
        RcmvaeError, match=r"E302: head `poisson` needs counts.*input 2 has the value .* in feature 5"
    ):
        fit_units(Spec("inputs.counts"), dataset(inputs), np.arange(30), fit_values(inputs, "minmax"))
    assert fit_units(Spec(), dataset(inputs), np.arange(30), None) is None


def test_missing_values_are_not_counted() -> None:
    inputs = COUNTS.copy()
    inputs[:, 0] = np.nan
    units = fit_units(Spec("inputs.counts"), dataset(inputs), np.arange(40), fit_values(COUNTS, "minmax"))
    assert units is not None
    assert units.total == pytest.approx(COUNTS[:, 1:].sum(axis=1).mean())
