"""Checks the parameters of curricula against other tables of a spec."""

from __future__ import annotations

from collections.abc import Iterator

from rcmvae_core.errors import Diagnostic
from rcmvae_core.plugin.resolved import ResolvedSpec


def check(resolved: ResolvedSpec) -> Iterator[Diagnostic]:
    """Report a `channels` curriculum that unlocks more channels than the model has (E216)."""
    for part in resolved.parts.get("curriculum", ()):
        if part.registered.plugin.impl == "rcmvae_plugins.curricula.channels:channels":
            last, channels = part.params.active[-1], resolved.latent.channels
            if last > channels:
                message = f"{part}: `active` reaches {last}, but `latent.channels` is {channels}"
                yield Diagnostic(
                    "E216", message, part.place, help=["reduce `active`, or increase `latent.channels`"]
                )
