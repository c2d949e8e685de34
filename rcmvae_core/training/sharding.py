"""Places arrays on devices: a batch is sharded over all of them, everything else is replicated."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from jaxtyping import Array, Float

_BATCH = "batch"


class DeviceMesh(NamedTuple):
    """The devices of a run, of all its processes, along one axis.

    Args:
        devices: JAX's mesh of them.
    """

    devices: Mesh

    @property
    def size(self) -> int:
        """The number of devices."""
        return self.devices.size

    def shard_batch(self, x: Float[Array, "B *x"]) -> Float[Array, "B *x"]:
        """Shard a batch inside a compiled function: each device gets an equal share of its rows.

        Returns:
            The sharded batch.
        """
        if self.size == 1:
            return x
        return jax.lax.with_sharding_constraint(x, NamedSharding(self.devices, PartitionSpec(_BATCH)))

    def replicate(self, tree: Any) -> Any:
        """Copy a tree of arrays, which must be the same in every process, to each device."""
        if self.size == 1:
            return jax.tree.map(jnp.asarray, tree)
        return jax.tree.map(self._put, tree)

    def _put(self, array: Any) -> Array:
        replicated = NamedSharding(self.devices, PartitionSpec())
        if isinstance(array, Array) and jnp.issubdtype(array.dtype, jax.dtypes.prng_key):
            return jax.random.wrap_key_data(
                jax.device_put(np.asarray(jax.random.key_data(array)), replicated)
            )
        return jax.device_put(np.asarray(array), replicated)


def all_devices() -> DeviceMesh:
    """Return the mesh of all devices of all processes.

    Example:
        >>> all_devices().size == jax.device_count()
        True
    """
    return DeviceMesh(Mesh(np.array(jax.devices()), (_BATCH,)))
