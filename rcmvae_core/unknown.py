"""Names that nothing installed has, or that a spec does not name, told with what may have been meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rcmvae_core.errors import Diagnostic
from rcmvae_core.registry import Registry
from rcmvae_core.structure import suggest

if TYPE_CHECKING:
    from rcmvae_core.resolve import ResolvedSpec


def unknown_kind(name: str, registry: Registry) -> Diagnostic:
    """There is no such kind."""
    help_ = suggest(name, sorted(registry.kinds), "kinds")
    return Diagnostic("E108", f"there is no kind `{name}`", help=help_)


def unknown_plugin(kind: str, name: str, registry: Registry) -> Diagnostic:
    """There is no plugin of this kind and name; where the kind is unknown as well, another one is suggested."""
    help_ = (
        suggest(name, registry.names(kind), f"{kind} plugins")
        if kind in registry.kinds
        else unknown_kind(kind, registry).help
    )
    return Diagnostic("E108", f"there is no {kind} `{name}`", help=help_)


def unknown_acquisition(name: str, spec: ResolvedSpec) -> Diagnostic:
    """A spec has no such acquisition."""
    known = [part.name for part in spec.parts.get("acquisition", ())]
    return Diagnostic(
        "E431", f"the spec has no acquisition `{name}`", help=suggest(name, known, "acquisitions")
    )
