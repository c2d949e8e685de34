"""Checks callbacks against the losses of a spec."""

from __future__ import annotations

from collections.abc import Iterator

from rcmvae_core.errors import Diagnostic
from rcmvae_core.plugin.resolved import ResolvedSpec
from rcmvae_plugins.callbacks.params import PlateauParams


def check(resolved: ResolvedSpec) -> Iterator[Diagnostic]:
    """Yield an E216 for a callback that would change a weight which is not changeable."""
    labels = {part.label: part.keys.changeable for part in resolved.parts.get("loss", ())}
    for part in resolved.parts.get("callback", ()):
        if not isinstance(part.params, PlateauParams) or labels.get(part.params.loss):
            continue
        label = part.params.loss
        lack = "is not changeable" if label in labels else "does not exist"
        known = ", ".join(f"`{each}`" for each, changeable in labels.items() if changeable) or "none"
        help_ = [f"write `changeable = true` in `[loss.{label}]`"] if label in labels else []
        yield Diagnostic(
            "E216",
            f"callback `plateau` changes the weight of loss `{label}`, which {lack}",
            part.place,
            help=[*help_, f"changeable losses: {known}"],
        )
