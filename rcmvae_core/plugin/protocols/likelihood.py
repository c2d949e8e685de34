"""Defines heads, the likelihood of inputs.

The axes are those of `rcmvae_core.plugin.protocols`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from jaxtyping import Array, Float, Key

from rcmvae_core.plugin.protocols.nets import Params

Likelihood = Any
"""The parameters of a distribution of inputs: a pytree whose arrays begin with [B M] or broadcast."""


class Head(NamedTuple):
    """The likelihood p(x|features).

    Args:
        init: `(key, features) -> params`; features are [B M F] or [B M H W F].
        apply: `(params, features) -> likelihood`, a pytree whose arrays begin with [B M] or broadcast.
        negative_log_likelihood: `(likelihood, x [B *x], weights [B M]) -> [B M]`, summed over the input.
        mean: `likelihood -> [B M *x]`, E[x].
        sample: `(likelihood, key) -> [B M *x]`.
        blend: `(likelihood, weights [B M]) -> likelihood` of the weighted mean, M = 1.
        at_bound: `likelihood -> [B M]`, the fraction of its standard deviations that are at one of their bounds; None
            without bounds.
        observe: `(likelihood, x [B *x]) -> likelihood` with what it takes from the input itself, such as the sum of its
            counts, so that `mean` reconstructs this input; None where it takes nothing.
    """

    init: Callable[..., Params]
    apply: Callable[[Params, Float[Array, "..."]], Likelihood]
    negative_log_likelihood: Callable[..., Float[Array, "B M"]]
    mean: Callable[[Likelihood], Float[Array, "..."]]
    sample: Callable[[Likelihood, Key[Array, ""]], Float[Array, "..."]]
    blend: Callable[[Likelihood, Float[Array, "B M"]], Likelihood]
    at_bound: Callable[[Likelihood], Float[Array, "B M"]] | None = None
    observe: Callable[[Likelihood, Float[Array, "..."]], Likelihood] | None = None
