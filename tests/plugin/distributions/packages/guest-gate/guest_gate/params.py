"""Parameters of the gate."""

import attrs

from rcmvae_core import param


@attrs.frozen
class GateParams:
    """`[conditioner.gate]`."""

    sharpness: float = param(1.0, doc="Factor before the sigmoid.", gt=0, le=100)
