"""Heads: the likelihood of inputs.

The axes are those of `rcmvae_core.protocols`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from jaxtyping import Array, Float, Key

from rcmvae_core.protocols.nets import Params

Likelihood = Any
"""What a head gives: a pytree whose arrays begin with [B M] or broadcast."""


class Head(NamedTuple):
    """p(x|features).

    Args:
        init: `(key, features) -> params`; features are [B M F] or [B M H W F].
        apply: `(params, features) -> likelihood`, a pytree whose arrays begin with [B M] or broadcast.
        negative_log_likelihood: `(likelihood, x [B *x], weights [B M]) -> [B M]`, summed over the input.
        mean: `likelihood -> [B M *x]`, E[x].
        sample: `(likelihood, key) -> [B M *x]`.
        blend: `(likelihood, weights [B M]) -> likelihood` of the weighted mean, M = 1.
        at_bound: `likelihood -> [B M]`, the share of its standard deviations that lie on a bound they are held
            within; None where there is no bound.
    """

    init: Callable[..., Params]
    apply: Callable[[Params, Float[Array, "..."]], Likelihood]
    negative_log_likelihood: Callable[..., Float[Array, "B M"]]
    mean: Callable[[Likelihood], Float[Array, "..."]]
    sample: Callable[[Likelihood, Key[Array, ""]], Float[Array, "..."]]
    blend: Callable[[Likelihood, Float[Array, "B M"]], Likelihood]
    at_bound: Callable[[Likelihood], Float[Array, "B M"]] | None = None
