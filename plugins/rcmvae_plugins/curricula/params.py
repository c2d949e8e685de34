"""Defines the parameters of curricula."""

from __future__ import annotations

from itertools import pairwise

import attrs

from rcmvae_core.plugin.duration import Duration
from rcmvae_core.plugin.parameters import Capabilities, ScheduleFn, param, schedule


@attrs.frozen
class WarmupParams:
    """Parameters of `[curriculum.warmup]`."""

    over: Duration = param(doc="Duration of training on the reconstruction only.")
    ramp: Duration = param(
        Duration(0), doc="Duration of the following linear increase of the other terms' weights."
    )


@attrs.frozen
class AnnealingParams:
    """Parameters of `[curriculum.annealing]`; the factors multiply the weights of the terms."""

    latent: ScheduleFn = schedule(
        1.0, doc="Factor on the KL of the continuous latents, by step.", ge=0, le=1e6
    )
    channel: ScheduleFn = schedule(1.0, doc="Factor on the KL of the channel, by step.", ge=0, le=1e6)


@attrs.frozen
class ChannelsParams:
    """Parameters of `[curriculum.channels]`."""

    active: tuple[int, ...] = param(
        doc="Number of unlocked channels in each stage.", ge=1, le=10_000, min_length=1
    )
    at_epoch: tuple[int, ...] | None = param(
        None,
        doc="Epoch at which each stage begins, the first of them 0; if absent, stages begin on a plateau.",
        ge=0,
        le=1_000_000,
    )
    patience: int = param(
        3,
        doc="On a plateau: number of evaluations without a better validation reconstruction that end a stage.",
        ge=1,
        le=1_000_000,
    )
    min_delta: float = param(
        0.1, doc="On a plateau: smallest decrease that counts as better, in nats per input.", ge=0, le=1e9
    )
    cooldown: int = param(
        2, doc="On a plateau: number of evaluations after an unlock that are ignored.", ge=0, le=1_000_000
    )
    boost: Duration = param(
        Duration(2, "epochs"), doc="Duration of the boost, the settings below, after each unlock."
    )
    kl_boost: float = param(1.0, doc="During a boost: factor on the weights of both KL terms.", ge=0, le=1e6)
    temperature_boost: float = param(
        1.0, doc="During a boost: factor on the temperature of the routing.", ge=1e-3, le=1e3
    )
    soft: bool = param(False, doc="During a boost: use soft selection, whatever the routing.")
    logit_bias: float = param(
        0.0, doc="During a boost: added to the logits of the new channels.", ge=-100, le=100
    )
    split: float | None = param(
        None,
        doc="Initialize new channels as copies of the channel with the worst reconstruction, with noise of this many "
        "standard deviations of each array; if absent, they keep their initial values.",
        ge=0,
        le=10,
    )

    def __attrs_post_init__(self) -> None:
        stages = len(self.active)
        if any(a >= b for a, b in pairwise(self.active)):
            raise ValueError(f"`active` must increase, got {_listed(self.active)}")
        if self.at_epoch is None:
            return
        if len(self.at_epoch) != stages:
            raise ValueError(
                f"`active` has {stages} elements and `at_epoch` has {len(self.at_epoch)}; give one epoch for each stage"
            )
        if self.at_epoch[0] != 0 or any(a >= b for a, b in pairwise(self.at_epoch)):
            raise ValueError(f"`at_epoch` must begin with 0 and increase, got {_listed(self.at_epoch)}")

    def capabilities(self) -> Capabilities:
        """Return a requirement of `split`: an encoder with parameters for each channel, which can be copied."""
        return Capabilities(requires=("encoder.channels",) if self.split is not None else ())


def _listed(values: tuple[int, ...]) -> str:
    return ", ".join(map(str, values))
