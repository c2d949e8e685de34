"""What training looks out for: losses that are not finite, and states that train well but say little."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from jaxtyping import Bool

from rcmvae_core.errors import Diagnostic, RunError
from rcmvae_core.training.evaluate import Held

DEAD = 1e-3
"""A channel is dead when the mean of q(c|x) is below this."""
STILL = 1e-2
"""A latent dimension is still when the variance of its mean over inputs is below this (Burda et al., 2016)."""
BOUND = 0.5
"""Sigma is at its bounds when more than this share of it is."""
_NAMED = 10
PATIENCE = 3
"""Evaluations in a row that must agree before a warning is given."""


def check_finite(broken: Mapping[str, int], seed: int, saved: str | None) -> None:
    """Raise if a term was not finite.

    Args:
        broken: the first step at which each term was not finite, -1 for those that always were.
        seed: of the run.
        saved: the step of the last good checkpoint, in words, if there is one.

    Raises:
        RunError: E401, which names the terms that were the first.
    """
    steps = {name: step for name, step in broken.items() if step >= 0}
    if not steps:
        return
    first = min(steps.values())
    # The total is never the cause.
    names = [n for n, step in steps.items() if step == first and n != "total"] or ["total"]
    listed = ", ".join(f"`{name}`" for name in names)
    message = f"at step {first} of seed {seed}, {listed} {'are' if len(names) > 1 else 'is'} not finite"
    help_ = [
        "a smaller `train.optimizer` learning rate, or `clip_norm = 1.0`, usually helps",
        'so does a warm-up of the weights: weight.linear = { start = 0.0, end = 1.0, over = "5 epochs" }',
    ]
    if saved is not None:
        help_.append(f"the last good checkpoint, of {saved}, is kept")
    raise RunError([Diagnostic("E401", message, help=help_)])


class Watch:
    """Warnings of one seed, each told once, and only when it lasts."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def look(self, held: Held, active: Bool[np.ndarray, " K"]) -> Iterator[Diagnostic]:
        """What has now lasted for `PATIENCE` evaluations, and was not told before."""
        found = {diagnostic.code: diagnostic for diagnostic in symptoms(held, active)}
        self._seen = {
            code: self._seen.get(code, 0) + 1 if self._seen.get(code, 0) < PATIENCE else PATIENCE + 1
            for code in {*found, *(c for c, n in self._seen.items() if n >= PATIENCE)}
        }
        yield from (found[code] for code, count in self._seen.items() if count == PATIENCE and code in found)


def symptoms(held: Held, active: Bool[np.ndarray, " K"]) -> Iterator[Diagnostic]:
    """Dead channels, collapsed latents, and sigma at its bounds, with their numbers.

    Args:
        held: what the model says of held-out inputs.
        active: channels that are unlocked.
    """
    q = np.asarray(held.responsibilities)
    usage = q.mean(axis=0, dtype=np.float64)
    dead = np.flatnonzero(active & (usage < DEAD))
    if dead.size:
        named = ", ".join(map(str, dead[:_NAMED])) + (", ..." if dead.size > _NAMED else "")
        yield Diagnostic(
            "W401",
            f"{dead.size} of {int(active.sum())} channels are used for less than {DEAD:.1%} of the inputs: {named}",
            help=[
                "fewer `latent.channels`, or loss `usage_entropy` with a negative weight, which spreads them"
            ],
        )
    yield from _collapsed(np.asarray(held.latents, np.float64), q.argmax(axis=1))
    share = float(np.mean(np.asarray(held.at_bound), dtype=np.float64))
    if share > BOUND:
        yield Diagnostic(
            "W403",
            f"sigma is at one of its bounds for {share:.0%} of what is reconstructed",
            help=["wider `sigma_min` and `sigma_max`; at a bound sigma says nothing of x"],
        )


def _collapsed(latents: np.ndarray, channel: np.ndarray) -> Iterator[Diagnostic]:
    used = [latents[channel == c] for c in np.unique(channel)]
    variances = np.array([rows.var(axis=0) for rows in used if len(rows) > 1])
    still, everything = int(np.sum(variances < STILL)), variances.size
    if everything and still > everything / 2:
        yield Diagnostic(
            "W402",
            f"{still} of {everything} latent dimensions of the channels in use do not move with x "
            f"(variance of their means below {STILL})",
            help=["a smaller weight of the latent KL, one that grows from zero, or a smaller `latent.dim`"],
        )
