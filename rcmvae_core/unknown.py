"""Names that nothing installed has, told with what may have been meant."""

from __future__ import annotations

from rcmvae_core.errors import Diagnostic
from rcmvae_core.registry import Registry
from rcmvae_core.structure import suggest


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
