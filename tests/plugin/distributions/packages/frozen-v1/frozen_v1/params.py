"""Parameters; no JAX here."""

import attrs

from rcmvae_core import Capabilities, Duration, ScheduleFn, param, schedule


@attrs.frozen
class RingParams:
    """`[anchor.ring]`."""

    radius: float = param(2.0, doc="Radius of the circle.", gt=0, le=100)


@attrs.frozen
class ShiftParams:
    """`[conditioner.shift]`."""

    scale: float = param(1.0, doc="Factor of the map.", ge=0, le=10)
    bias: bool = param(False, doc="Whether a shift is added that all channels share.", renamed_from=("use_bias",))


@attrs.frozen
class AnchoredParams:
    """`[loss.LABEL.anchored]`."""

    norm: str = param("squared", doc="How a distance is measured.", choices=("squared", "absolute"))
    over: tuple[int, ...] = param((0, 1), doc="Coordinates that count.", ge=0, min_length=1)
    spread: ScheduleFn = schedule(1.0, doc="Factor of the points.", ge=0, le=10)

    def __attrs_post_init__(self):
        if len(set(self.over)) < len(self.over):
            raise ValueError("`over` names a coordinate twice")

    def capabilities(self):
        """It reads the channels that an anchor needs."""
        return Capabilities(requires=("latent.channels",))


@attrs.frozen
class SawtoothParams:
    """`sawtooth`."""

    low: float = param(doc="Where each tooth begins.", ge=-1e6, le=1e6)
    high: float = param(doc="Where each tooth ends.", ge=-1e6, le=1e6)
    period: Duration = param(Duration(1, "epochs"), doc="Length of a tooth.")

    def extent(self):
        """Lowest and highest value."""
        return min(self.low, self.high), max(self.low, self.high)
