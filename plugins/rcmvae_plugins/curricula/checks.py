"""What curricula ask of other tables."""

from __future__ import annotations

from collections.abc import Iterator

from rcmvae_core.errors import Diagnostic
from rcmvae_core.resolve import ResolvedSpec


def check(resolved: ResolvedSpec) -> Iterator[Diagnostic]:
    """The last stage of `channels` may not unlock more channels than there are."""
    for part in resolved.parts.get("curriculum", ()):
        if part.registered.plugin.impl == "rcmvae_plugins.curricula.channels:channels":
            last, channels = part.params.active[-1], resolved.latent.channels
            if last > channels:
                message = f"{part}: active reaches {last}, but `latent.channels` is {channels}"
                yield Diagnostic("E216", message, part.place, help=["unlock fewer, or have more"])
