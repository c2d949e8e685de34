"""Says what is known about a saved spec: which distributions it was trained with, and what it is read for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

import attrs

from rcmvae_core.plugin.declaration import Distribution, Kind, Registered, requirement
from rcmvae_core.plugin.entry_points import version
from rcmvae_core.plugin.registry import Registry

Purpose = Literal["everything", "training", "use", "report", "data"]
MadeWith = Mapping[tuple[str, str], Distribution]
"""The distribution of each plugin, by kind and name."""
_REPORTED = {"use": ("score", "calibrator"), "report": ("figure",)}
"""The kinds for analysis that a purpose uses besides what it needs."""
_NEEDED = {
    "everything": ("model", "training", "analysis"),
    "training": ("model", "training"),
    "use": ("model",),
    "report": (),
    "data": (),
}


@attrs.frozen
class Saved:
    """A saved spec.

    Args:
        made_with: the distributions of its plugins when its model was trained; empty if that is not known.
        purpose: `everything` reads all of it, `training` all that training needs, `use` only what a trained model consists of, `report` nothing
            but the figures, `data` nothing else than the data. What else cannot be read raises when it is used.
    """

    made_with: MadeWith
    purpose: Purpose = "training"

    def needs(self, kind: Kind) -> bool:
        """Return whether the spec cannot be used without its plugins of a kind."""
        return kind.needed_by in _NEEDED[self.purpose]

    def reports(self, kind: str) -> bool:
        """Return whether plugins of a kind for analysis are used: all of them in training, and few kinds after it."""
        return self.purpose == "training" or kind in _REPORTED.get(self.purpose, ())

    def prefer(self, registry: Registry, stated: Mapping[tuple[str, str], str]) -> dict[tuple[str, str], str]:
        """Return the distribution of each name that several claim: as stated, or else the one it was trained with.

        Args:
            registry: the installed plugins.
            stated: `[plugins.prefer]`.
        """
        owners = {
            key: distribution.name
            for key, distribution in self.made_with.items()
            if any(claim.distribution.name == distribution.name for claim in registry.claims(*key))
        }
        return owners | dict(stated)

    def distribution(self, registered: Registered) -> Distribution | None:
        """Return the distribution that a plugin was of when the model was trained; None if that is not known."""
        plugin = registered.plugin
        names = (plugin.name, *plugin.renamed_from)
        known = (self.made_with.get((plugin.kind, name)) for name in names)
        return next((distribution for distribution in known if distribution is not None), None)

    def help(self, kind: str, name: str) -> list[str]:
        """Return help for an error of a plugin: the version it was trained with, if another one or none is installed.

        Args:
            kind: its kind.
            name: its name in the spec.
        """
        made_with = self.made_with.get((kind, name))
        return [] if made_with is None else list(_difference(made_with))

    def missing(self) -> list[str]:
        """Return help that names the distributions that are not installed any more."""
        distributions = sorted(set(self.made_with.values()))
        return [line for each in distributions if version(each.name) is None for line in _difference(each)]


def _difference(made_with: Distribution) -> Iterator[str]:
    """Yield help if the installed version of a distribution is not the one that a model was trained with."""
    installed = version(made_with.name)
    if installed == made_with.version:
        return
    state = "which is not installed" if installed is None else f"and {installed} is installed"
    yield f"it was trained with {made_with.name} {made_with.version}, {state}: {requirement(made_with)}"
