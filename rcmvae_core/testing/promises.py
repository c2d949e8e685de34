"""What each kind of plugin promises: the checks of the kit, by kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from rcmvae_core.testing import (
    declaration,
    judging,
    latent,
    learning,
    likelihood,
    nets,
    objective,
    outside,
    weights,
)
from rcmvae_core.testing.probe import Probe
from rcmvae_core.testing.subject import Subject

Check = Callable[[Subject], None]
Arrays = Callable[[Subject], Iterator[Probe]]

DECLARATION: tuple[tuple[str, Check], ...] = (
    ("import_fence", declaration.import_fence),
    ("documented", declaration.documented),
    ("parameters", declaration.parameters),
    ("bounds", declaration.bounds),
    ("tokens", declaration.tokens),
    ("schema", declaration.in_schema),
)
"""What every plugin promises."""
ARRAYS: Mapping[str, Arrays] = {
    "encoder": nets.encoder,
    "backbone": nets.backbone,
    "conditioner": nets.conditioner,
    "prior": latent.prior,
    "routing": latent.routing,
    "head": likelihood.head,
    "loss": objective.loss,
    "schedule": objective.schedule,
    "augmentation": objective.augmentation,
    "classifier": learning.classifier,
    "curriculum": learning.curriculum,
    "optimizer": learning.optimizer,
}
"""The functions over arrays of each kind's parts."""
OTHER: Mapping[str, tuple[tuple[str, Check], ...]] = {
    "data": (("contract", outside.data),),
    "figure": (("drawing", outside.figure),),
    "tracker": (("following", outside.tracker),),
    "score": (("judging", judging.score),),
    "acquisition": (("choosing", judging.acquisition),),
    "encoder": (("channel_axes", weights.axes), ("reach", weights.reach)),
    "backbone": (("reach", weights.reach),),
    "conditioner": (("reach", weights.reach),),
}
"""What a kind promises besides."""
