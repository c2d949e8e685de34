"""Parameters of curricula."""

from __future__ import annotations

from itertools import pairwise

import attrs

from rcmvae_core.params import Capabilities, Duration, ScheduleFn, param, schedule


@attrs.frozen
class WarmupParams:
    """`[curriculum.warmup]`."""

    over: Duration = param(doc="How long nothing but the reconstruction is learnt.")
    ramp: Duration = param(Duration(0), doc="How long the other terms then take to come in.")


@attrs.frozen
class AnnealingParams:
    """`[curriculum.annealing]`; the factors multiply the weights of the terms."""

    latent: ScheduleFn = schedule(1.0, doc="Factor on the KL of the continuous latents.", ge=0, le=1e6)
    channel: ScheduleFn = schedule(1.0, doc="Factor on the KL of the channel.", ge=0, le=1e6)


@attrs.frozen
class ChannelsParams:
    """`[curriculum.channels]`."""

    active: tuple[int, ...] = param(
        doc="How many channels are unlocked, stage by stage.", ge=1, le=10_000, min_length=1
    )
    at_epoch: tuple[int, ...] | None = param(
        None,
        doc="Epochs after which each stage begins, the first 0; absent, on a plateau.",
        ge=0,
        le=1_000_000,
    )
    patience: int = param(
        3,
        doc="On a plateau: evaluations without a better validation reconstruction before a stage ends.",
        ge=1,
        le=1_000_000,
    )
    min_delta: float = param(
        0.1, doc="On a plateau: how much better, in nats an input, counts as better.", ge=0, le=1e9
    )
    cooldown: int = param(
        2, doc="On a plateau: evaluations after an unlock that do not count.", ge=0, le=1_000_000
    )
    boost: Duration = param(Duration(2, "epochs"), doc="How long the helps below last after each unlock.")
    kl_boost: float = param(1.0, doc="During a boost: factor on both KL terms.", ge=0, le=1e6)
    temperature_boost: float = param(
        1.0, doc="During a boost: factor on the routing's temperature.", ge=1e-3, le=1e3
    )
    soft: bool = param(False, doc="During a boost: select channels softly, whatever the routing would do.")
    logit_bias: float = param(
        0.0, doc="During a boost: added to the logits of the channels just unlocked.", ge=-100, le=100
    )
    split: float | None = param(
        None,
        doc="Start new channels as copies of the worst-reconstructing one, with noise of so many standard "
        "deviations of each array; absent, they start as initialised.",
        ge=0,
        le=10,
    )

    def __attrs_post_init__(self) -> None:
        stages = len(self.active)
        if any(a >= b for a, b in pairwise(self.active)):
            raise ValueError(f"active must grow, got {_listed(self.active)}")
        if self.at_epoch is None:
            return
        if len(self.at_epoch) != stages:
            raise ValueError(f"active has {stages} elements and at_epoch has {len(self.at_epoch)}: one each")
        if self.at_epoch[0] != 0 or any(a >= b for a, b in pairwise(self.at_epoch)):
            raise ValueError(f"at_epoch must begin with 0 and grow, got {_listed(self.at_epoch)}")

    def capabilities(self) -> Capabilities:
        """A copy needs an encoder that tells channels apart."""
        return Capabilities(requires=("encoder.channels",) if self.split is not None else ())


def _listed(values: tuple[int, ...]) -> str:
    return ", ".join(map(str, values))
