"""Valid conditioners with invalid declarations or parameters."""

from __future__ import annotations

import attrs
from matplotlib.figure import Figure

from rcmvae_core import param
from tests.testing.violations.conditioner import CHANNELS, shifted
from tests.testing.violations.violation import violates


def with_parameters(cls: type, check: str, message: str):
    """Return a decorator of a conditioner with invalid parameters."""
    return violates("conditioner", check, message, params=f"{__name__}:{cls.__name__}", **CHANNELS)


@violates("conditioner", "documented", "has no docstring", **CHANNELS)
def says_nothing(params, context):
    return shifted()


@attrs.frozen
class Undocumented:
    size: int = param(3, doc="", ge=1)


@with_parameters(Undocumented, "documented", "parameters without `doc`: `size`")
def has_an_undocumented_parameter(params, context):
    """h + W e."""
    return shifted()


@attrs.define
class Loose:
    size: int = param(3, doc="A size.", ge=1, le=9)


@with_parameters(Loose, "parameters", "is not frozen")
def has_loose_parameters(params, context):
    """h + W e."""
    return shifted()


@attrs.frozen
class Picky:
    size: int = param(3, doc="A size.", ge=1, le=9)

    def __attrs_post_init__(self):
        if self.size == 9:
            raise ValueError("`size` must be less than 9")


@with_parameters(Picky, "bounds", "is within its bounds, but rejected")
def refuses_its_own_bound(params, context):
    """h + W e."""
    return shifted()


@attrs.frozen
class Width:
    width: float = param(1.0, doc="A width.", ge=0.0, le=2.0)


@with_parameters(Width, "edges", "is not finite")
def breaks_at_its_edge(params, context):
    """(h + W e) / width."""
    return shifted(lambda h: h / params.width)


@with_parameters(Width, "import_fence", "imports jax")
def imports_jax_in_its_declaration(params, context):
    """width · (h + W e); its parameters are in a module that imports JAX."""
    return shifted(lambda h: (1 + params.width) * h)


@violates("conditioner", "tokens", "requires and excludes", **CHANNELS, conflicts=("latent.channels",))
def contradicts_itself(params, context):
    """h + W e."""
    return shifted()


@attrs.frozen
class Scheduled:
    """A plugin among the parameters of a figure."""

    width: object = param(None, doc="Width.", kind="schedule")


@violates("figure", "parameters", "`width` is a plugin.*not built", params=f"{__name__}:Scheduled")
def draws_by_a_schedule(params, data):
    """A figure."""
    del params, data
    return Figure()
