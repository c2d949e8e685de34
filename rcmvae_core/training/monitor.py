"""Detects losses that are not finite, and states whose loss falls although the model is degenerate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from jaxtyping import Bool, Float, Int

from rcmvae_core.errors import Diagnostic, RunError, fail, quoted
from rcmvae_core.training.evaluation import EvalOutputs

DEAD_USAGE = 1e-3
"""A channel is dead when the mean of q(c|x) is below this."""
COLLAPSED_VARIANCE = 1e-2
"""A latent dimension is collapsed when the variance of its mean over inputs is below this (Burda et al., 2016)."""
AT_BOUND_SHARE = 0.5
"""Sigma is reported to be at its bounds when more than this share of it is."""
PATIENCE = 3
"""Evaluations in a row that must agree before a warning is raised."""
_LISTED = 10
"""Channels that a message lists."""


def check_finite(broken: Mapping[str, int], seed: int, saved: str | None) -> None:
    """Raise if a loss term was not finite.

    Args:
        broken: the first step at which each term was not finite, -1 for a term that always was.
        seed: of the run.
        saved: the name of the last checkpoint, such as "step 468", if there is one.

    Raises:
        RunError: E401, which names the terms that broke first.
    """
    steps = {name: step for name, step in broken.items() if step >= 0}
    if not steps:
        return
    first = min(steps.values())
    # The total is a sum of the terms, and never the cause.
    names = [n for n, step in steps.items() if step == first and n != "total"] or ["total"]
    verb = "are" if len(names) > 1 else "is"
    message = f"at step {first} of seed {seed}, {quoted(names)} {verb} not finite"
    help_ = [
        "a smaller `train.optimizer` learning rate, or `clip_norm = 1.0`, usually helps",
        'so does a warm-up of the weights: weight.linear = { start = 0.0, end = 1.0, over = "5 epochs" }',
    ]
    if saved is not None:
        help_.append(f"the last good checkpoint, of {saved}, is kept")
    fail("E401", message, help=help_, error=RunError)


class TrainingMonitor:
    """Warnings of one seed, each raised once, and only when it has lasted for `PATIENCE` evaluations."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        """Evaluations in a row with each warning, by code; `PATIENCE` + 1 for one that was raised."""

    def update(self, outputs: EvalOutputs, active: Bool[np.ndarray, " K"]) -> Iterator[Diagnostic]:
        """Take the outputs of an evaluation into account, and yield the warnings to raise now.

        Args:
            outputs: of the held-out inputs.
            active: channels that are unlocked.

        Yields:
            A warning for each new symptom.
        """
        warnings = {diagnostic.code: diagnostic for diagnostic in diagnose(outputs, active)}
        raised = {code for code, count in self._counts.items() if count >= PATIENCE}
        self._counts = {
            code: self._counts.get(code, 0) + 1 if self._counts.get(code, 0) < PATIENCE else PATIENCE + 1
            for code in {*warnings, *raised}
        }
        yield from (
            warnings[code] for code, count in self._counts.items() if count == PATIENCE and code in warnings
        )


def diagnose(outputs: EvalOutputs, active: Bool[np.ndarray, " K"]) -> Iterator[Diagnostic]:
    """Yield a warning for dead channels, for collapsed latents, and for sigma at its bounds.

    Args:
        outputs: of the held-out inputs.
        active: channels that are unlocked.
    """
    q = np.asarray(outputs.responsibilities)
    usage = q.mean(axis=0, dtype=np.float64)
    dead = np.flatnonzero(active & (usage < DEAD_USAGE))
    if dead.size:
        listed = ", ".join(map(str, dead[:_LISTED])) + (", ..." if dead.size > _LISTED else "")
        yield Diagnostic(
            "W401",
            f"{dead.size} of {int(active.sum())} channels are used for less than {DEAD_USAGE:.1%} of the inputs: "
            f"{listed}",
            help=[
                "fewer `latent.channels`, or loss `usage_entropy` with a negative weight, which spreads them"
            ],
        )
    yield from _diagnose_latents(np.asarray(outputs.latents, np.float64), q.argmax(axis=1))
    share = float(np.mean(np.asarray(outputs.at_bound), dtype=np.float64))
    if share > AT_BOUND_SHARE:
        yield Diagnostic(
            "W403",
            f"sigma is at one of its bounds for {share:.0%} of the reconstructed values",
            help=["widen `sigma_min` and `sigma_max`: at a bound sigma does not depend on x"],
        )


def _diagnose_latents(
    latents: Float[np.ndarray, "N D"], channels: Int[np.ndarray, " N"]
) -> Iterator[Diagnostic]:
    # Within a channel: means that differ only between channels would hide a collapse.
    by_channel = [latents[channels == c] for c in np.unique(channels)]
    variances = np.array([rows.var(axis=0) for rows in by_channel if len(rows) > 1])
    collapsed, total = int(np.sum(variances < COLLAPSED_VARIANCE)), variances.size
    if total and collapsed > total / 2:
        yield Diagnostic(
            "W402",
            f"{collapsed} of {total} latent dimensions of the channels in use do not depend on x "
            f"(variance of their means below {COLLAPSED_VARIANCE})",
            help=["a smaller weight of the latent KL, one that grows from zero, or a smaller `latent.dim`"],
        )
