"""Keeps the coordinates of a model's inputs in its run directory, as some take minutes to compute."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import attrs
import numpy as np
from jaxtyping import Float

from rcmvae_core.errors import Diagnostic, RcmvaeError
from rcmvae_core.rundir.contents import PROJECTIONS
from rcmvae_core.runtime.atomic_files import atomic_write
from rcmvae_core.runtime.npz import read_npz
from rcmvae_core.runtime.outputs import refuse_links
from rcmvae_core.runtime.partial_files import remove_abandoned
from rcmvae_core.runtime.records import RecordError

if TYPE_CHECKING:
    from rcmvae_core.explore.projection_fits import ProjectionFits

_FORMAT = 1
_PLANE = 2


class PlaneFacts(NamedTuple):
    """What is known of a plane without its fit.

    Args:
        axes: what they show; empty if there is no plane.
        invertible: whether points can be taken back to features.
        reason: why there is no plane; empty if there is one.
    """

    axes: tuple[str, str]
    invertible: bool
    reason: str


class Coordinates(NamedTuple):
    """Where the inputs of a model lie, as they were fitted.

    Args:
        map_facts: of the map of all inputs.
        map_places: of each input on the map; zeros if there is none.
        channel_facts: of the plane of each channel.
        channel_places: of each input in the plane of its most probable channel; zeros if there is none.
    """

    map_facts: PlaneFacts
    map_places: Float[np.ndarray, "N 2"]
    channel_facts: tuple[PlaneFacts, ...]
    channel_places: Float[np.ndarray, "N 2"]


@attrs.frozen
class KeptProjections:
    """The files of projections in a run directory, `projections/NAME.npz`.

    Args:
        run: the run directory.
        writable: whether files may be written; they are only read otherwise.
        warn: called with a W441 for a file that cannot be used.
    """

    run: Path
    writable: bool
    warn: Callable[[Diagnostic], None]

    def read(self, fits: ProjectionFits) -> Coordinates | None:
        """Return the coordinates of a projection; None if there is no file, or none that belongs to these inputs."""
        path = self._path(fits)
        try:
            if not path.exists():
                return None
            return _read(path, _identity(fits), *fits.inputs.responsibilities.shape)
        except (OSError, RecordError) as error:
            self.warn(Diagnostic("W441", f"`{path}` cannot be used: {error}; it is computed again"))
            return None

    def write(self, fits: ProjectionFits, coordinates: Coordinates) -> None:
        """Write the coordinates, unless they may change with what is installed, or the folder cannot be written."""
        if not self.writable or coordinates.map_facts.reason:
            return
        path = self._path(fits)
        try:
            path.parent.mkdir(exist_ok=True)
            refuse_links((path.parent, path))
            remove_abandoned(path.parent)
            with atomic_write(path) as partial, partial.open("wb") as file:
                np.savez(file, **_as_arrays(coordinates), identity=_identity(fits))
        except (OSError, RcmvaeError) as error:
            self.warn(
                Diagnostic("W441", f"`{path}` cannot be written: {error}; it is computed again next time")
            )

    def _path(self, fits: ProjectionFits) -> Path:
        return self.run / PROJECTIONS / f"{fits.part.name}.npz"


def _identity(fits: ProjectionFits) -> np.ndarray:
    """Return a hash of everything that coordinates depend on: the plugin, its parameters, and what it is fitted to."""
    part, inputs = fits.part, fits.inputs
    owner = part.registered.distribution
    facts = (_FORMAT, part.name, owner.name, owner.version, part.params, fits.seed, inputs.shared)
    digest = blake2b(repr(facts).encode(), digest_size=16)
    for array in (inputs.latents, inputs.responsibilities):
        digest.update(repr((array.shape, array.dtype.str)).encode())
        digest.update(np.ascontiguousarray(array).data)
    return np.array(digest.hexdigest())


def _as_arrays(coordinates: Coordinates) -> dict[str, Any]:
    facts = (coordinates.map_facts, *coordinates.channel_facts)
    return {
        "map": coordinates.map_places,
        "channels": coordinates.channel_places,
        "axes": np.array([each.axes for each in facts], np.str_),
        "invertible": np.array([each.invertible for each in facts]),
        "reasons": np.array([each.reason for each in facts], np.str_),
    }


def _read(path: Path, identity: np.ndarray, count: int, channels: int) -> Coordinates:
    """Read a file.

    Args:
        path: the file.
        identity: of what is expected in it.
        count: the number of inputs.
        channels: the number of channels.

    Raises:
        RecordError: if it is corrupt, or belongs to something else.
    """
    if read_npz(path, ["identity"])["identity"].tolist() != identity.tolist():
        raise RecordError("it is of another state of the model, or of other parameters")
    forms = {
        "map": ("f", (count, _PLANE)),
        "channels": ("f", (count, _PLANE)),
        "axes": ("U", (1 + channels, _PLANE)),
        "invertible": ("b", (1 + channels,)),
        "reasons": ("U", (1 + channels,)),
    }
    arrays = read_npz(path, forms)
    for name, form in forms.items():
        if (arrays[name].dtype.kind, arrays[name].shape) != form:
            raise RecordError(
                f"its array `{name}` has the type {arrays[name].dtype} and the shape {arrays[name].shape}"
            )
    if not all(np.isfinite(arrays[name]).all() for name in ("map", "channels")):
        raise RecordError("it has numbers that are not finite")
    rows = zip(
        arrays["axes"].tolist(), arrays["invertible"].tolist(), arrays["reasons"].tolist(), strict=True
    )
    facts = [PlaneFacts((x, y), invertible, reason) for (x, y), invertible, reason in rows]
    return Coordinates(facts[0], arrays["map"], tuple(facts[1:]), arrays["channels"])
