"""Holds what is computed of a model when it is first needed: its decoder, its neighbours and its projections."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import cached_property
from threading import Lock
from typing import Any

from rcmvae_core.errors import fail, quoted
from rcmvae_core.explore.decoding import Decoder
from rcmvae_core.explore.explored_model import ExploredModel
from rcmvae_core.explore.joined_features import Latents
from rcmvae_core.explore.kept_projections import KeptProjections
from rcmvae_core.explore.neighbours import LatentSpace, latent_space
from rcmvae_core.explore.projections import Projected, project
from rcmvae_core.inference.restore import Warn
from rcmvae_core.plugin.resolved import ResolvedPart, ResolvedSpec

_KEPT = 4
"""Models whose services are kept."""
_ACRONYM = 4
"""Letters up to which the name of a projection is an acronym, such as `pca`."""


class ModelServices:
    """What is computed of one model; any thread may call any method.

    Args:
        model: with its arrays.
        earlier: returns the services of the model that it was trained from; None for the first.
        writable: whether coordinates may be kept in the run directory.
        warn: called with the diagnostics of kept coordinates.
    """

    def __init__(
        self,
        model: ExploredModel,
        earlier: Callable[[], ModelServices] | None,
        *,
        writable: bool,
        warn: Warn,
    ) -> None:
        self.model, self._earlier = model, earlier
        self._kept = KeptProjections(model.path, writable, warn)
        self._lock, self._locks, self._projected = Lock(), dict[str, Lock](), dict[str, Projected]()

    @cached_property
    def decoder(self) -> Decoder:
        """Decodes latents with programs that stay compiled."""
        return Decoder(self.model.trained)

    @cached_property
    def space(self) -> LatentSpace:
        """Where neighbours are looked for."""
        return latent_space(self.model.responsibilities, self.model.latents, shared=self._is_shared)

    @property
    def _is_shared(self) -> bool:
        return self.model.trained.info.context.layout == "shared"

    def latents(self, stats: Any) -> Latents:
        """Return what a projection places inputs by.

        Args:
            stats: of the first seed.
        """
        return Latents(stats.latents, stats.responsibilities, self._is_shared)

    def projected(self, name: str) -> Projected:
        """Return the places of all inputs by a projection, computed once.

        A model that was trained from another one is turned as that one lies, where axes have no direction of their own.

        Args:
            name: of the projection.

        Raises:
            RcmvaeError: E435 if the spec does not have it; E218 if it fails.
        """
        part = _part(self.model.trained.resolved, name)
        with self._lock:
            lock = self._locks.setdefault(name, Lock())
        with lock:
            if name not in self._projected:
                self._projected[name] = self._project(part)
            return self._projected[name]

    def _project(self, part: ResolvedPart) -> Projected:
        earlier = None if self._earlier is None else self._earlier()
        has_it = earlier is not None and part.name in projection_names(earlier.model.trained.resolved)
        known = earlier.projected(part.name) if earlier is not None and has_it else None
        inputs = self.latents(self.model.stats[0])
        return project(part, self.model.trained.info.context, inputs, kept=self._kept, earlier=known)


class ServicesByModel:
    """The services of the models that were used last.

    Args:
        find: returns a model with its arrays.
        writable: as of `ModelServices`.
        warn: as of `ModelServices`.
    """

    def __init__(self, find: Callable[[int | None], ExploredModel], *, writable: bool, warn: Warn) -> None:
        self._find, self._writable, self._warn = find, writable, warn
        self._lock, self._kept = Lock(), OrderedDict[int, ModelServices]()

    def __call__(self, number: int | None = None) -> ModelServices:
        """Return the services of a model, or of the one that is shown.

        Raises:
            RcmvaeError: E485 if there is no such model.
        """
        model = self._find(number)
        with self._lock:
            services = self._kept.get(model.number)
            if services is None:
                services = self._kept[model.number] = self._make(model)
            self._kept.move_to_end(model.number)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
            return services

    def _make(self, model: ExploredModel) -> ModelServices:
        parent = model.parent
        earlier = None if parent is None else lambda: self(parent)
        return ModelServices(model, earlier, writable=self._writable, warn=self._warn)


def projection_names(resolved: ResolvedSpec) -> list[str]:
    """Return the projections that a spec has, or that are installed if it names none."""
    return [part.name for part in resolved.parts.get("projection", ())]


def projection_rows(resolved: ResolvedSpec) -> list[dict[str, Any]]:
    """Return the projections for the page; `invertible` is known once one has been computed."""
    return [
        {
            "name": part.name,
            "title": part.name.upper()
            if len(part.name) <= _ACRONYM
            else part.name.replace("_", " ").capitalize(),
            "description": part.registered.plugin.summary,
            "invertible": None,
        }
        for part in resolved.parts.get("projection", ())
    ]


def _part(resolved: ResolvedSpec, name: str) -> ResolvedPart:
    """Return a projection.

    Raises:
        RcmvaeError: E485 if the spec does not have it.
    """
    found = next((part for part in resolved.parts.get("projection", ()) if part.name == name), None)
    if found is None:
        known = quoted(projection_names(resolved))
        fail("E485", f"there is no projection `{name}`", help=[f"the projections are {known}"])
    return found
