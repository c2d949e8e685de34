"""Check projections, which draw the inputs of a trained model in a plane."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from jaxtyping import Float

from rcmvae_core.plugin.protocols import FittedProjection, NotApplicable, Projection
from rcmvae_core.testing.plugin_case import PluginCase
from rcmvae_core.testing.report import CheckFailed, CheckSkipped

_SIZES = ((24, 2), (24, 1), (24, 5), (3, 2), (1, 3))
"""Numbers of inputs, and of features of each."""
_OTHERS = 7


def check_projection(case: PluginCase) -> None:
    """Check that a projection places any inputs, each by itself, is random only by its key, and takes points back."""
    fit = case.build()
    if not isinstance(fit, Projection):
        raise CheckFailed(f"a projection must be a function of features and a key, got {fit!r}"[:200])
    reasons = [_check_fit(fit, count, size) for count, size in _SIZES]
    if all(reasons):
        raise CheckSkipped(f"it does not apply here: {reasons[0]}")


def _check_fit(fit: Callable[..., Any], count: int, size: int) -> str:
    """Check the fit to random inputs.

    Args:
        fit: the projection.
        count: number of inputs.
        size: number of features of each.

    Returns:
        Why it does not apply; empty if it does.
    """
    features = np.random.default_rng(count + size).normal(1.0, 2.0, (count, size)).astype(np.float32)
    copied = features.copy()
    first, second = (fit(features, jax.random.key(5)) for _ in range(2))
    if isinstance(first, NotApplicable):
        if not first.reason.strip():
            raise CheckFailed("it does not apply, and gives no reason")
        return first.reason
    if not isinstance(first, FittedProjection) or not isinstance(second, FittedProjection):
        kind = type(first).__name__
        raise CheckFailed(f"its result must be a `FittedProjection` or `NotApplicable`, got a `{kind}`")
    _check_axes(first.axes)
    places = _finite(first.transform(features), (count, 2), "transform")
    if not np.array_equal(places, second.transform(features)):
        raise CheckFailed("with the same key it gives other places")
    others = np.random.default_rng(0).normal(size=(_OTHERS, size)).astype(np.float32)
    together = _finite(first.transform(np.concatenate([others, features])), (_OTHERS + count, 2), "transform")
    if not np.allclose(together[_OTHERS:], places, rtol=1e-4, atol=1e-5):
        raise CheckFailed("the place of an input depends on the other inputs")
    if first.inverse is not None:
        back = _finite(first.inverse(places), (count, size), "inverse")
        if not np.allclose(first.transform(back), places, rtol=1e-4, atol=1e-4):
            raise CheckFailed("`transform` does not take what `inverse` returns back to the points")
    if not np.array_equal(copied, features):
        raise CheckFailed("it changes its arguments")
    return ""


def _check_axes(axes: Any) -> None:
    if not isinstance(axes, tuple) or [type(axis) for axis in axes] != [str, str] or not all(axes):
        raise CheckFailed(f"`axes` must be two texts, got {axes!r}"[:200])


def _finite(array: Any, shape: tuple[int, int], name: str) -> Float[np.ndarray, "n a"]:
    """Return an array of a fit.

    Args:
        array: what a function returned.
        shape: the expected shape.
        name: of the function.

    Raises:
        CheckFailed: if it has another shape, or numbers that are not finite.
    """
    if not isinstance(array, np.ndarray) or array.shape != shape or array.dtype.kind != "f":
        form = f"{array.dtype} {list(array.shape)}" if isinstance(array, np.ndarray) else type(array).__name__
        raise CheckFailed(f"`{name}` must return floats {list(shape)} as a NumPy array, got {form}")
    if not np.isfinite(array).all():
        raise CheckFailed(f"`{name}` returns numbers that are not finite")
    return array
