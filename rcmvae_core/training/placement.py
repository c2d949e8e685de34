"""Where arrays live: a batch is split over all devices, everything else is on each of them."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from jaxtyping import Array, Float

_BATCH = "batch"


class Placement(NamedTuple):
    """The devices of a run, of every process, in one row."""

    mesh: Mesh

    @property
    def devices(self) -> int:
        """How many there are."""
        return self.mesh.size

    def split(self, x: Float[Array, "B *x"]) -> Float[Array, "B *x"]:
        """A batch inside a compiled function: each device gets an equal share of its rows."""
        if self.devices == 1:
            return x
        return jax.lax.with_sharding_constraint(x, NamedSharding(self.mesh, PartitionSpec(_BATCH)))

    def replicate(self, tree: Any) -> Any:
        """Arrays that are the same in every process, on each device."""
        if self.devices == 1:
            return jax.tree.map(jnp.asarray, tree)
        return jax.tree.map(self._put, tree)

    def _put(self, array: Any) -> Array:
        everywhere = NamedSharding(self.mesh, PartitionSpec())
        if isinstance(array, Array) and jnp.issubdtype(array.dtype, jax.dtypes.prng_key):
            return jax.random.wrap_key_data(
                jax.device_put(np.asarray(jax.random.key_data(array)), everywhere)
            )
        return jax.device_put(np.asarray(array), everywhere)


def everywhere() -> Placement:
    """All devices of all processes.

    Example:
        >>> everywhere().devices == jax.device_count()
        True
    """
    return Placement(Mesh(np.array(jax.devices()), (_BATCH,)))
