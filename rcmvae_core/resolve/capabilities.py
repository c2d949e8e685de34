"""Capabilities: what each part provides, and whether what it requires and refuses agrees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rcmvae_core.declarations import Plugin, claim
from rcmvae_core.errors import Place
from rcmvae_core.params import Capabilities
from rcmvae_core.registry import Registry
from rcmvae_core.resolve.faults import Faults
from rcmvae_core.resolve.records import Part
from rcmvae_core.tables import LatentTable

_LABELS = "labels.some"  # given by `[data]` beside its part
_HAS_LABELS = "data.labels"


def provided(chosen: Sequence[Part], latent: LatentTable | None) -> dict[str, str]:
    """Every capability of the chosen parts and the core's tables, and whose it is."""
    found = dict.fromkeys(latent.capabilities().provides, "`[latent]`") if latent else {}
    depending: list[tuple[str, str, str]] = []
    for part in chosen:
        claims = [claim(text) for text in part.capabilities().provides]
        found |= {token: str(part) for token, condition in claims if not condition}
        depending += [(token, condition, str(part)) for token, condition in claims if condition]
        if part.kind == "data" and part.keys is not None:
            if part.keys.label_store is not None:
                found.setdefault(_HAS_LABELS, "`data.label_store`")
            if _HAS_LABELS in found and part.keys.gives_labels:
                found[_LABELS] = str(part)
    return found | {token: owner for token, condition, owner in depending if condition in found}


def check(
    chosen: Sequence[Part], latent: LatentTable | None, registry: Registry, start: Place, faults: Faults
) -> None:
    """Report every requirement that is not met and every conflict.

    Args:
        chosen: the parts that could be read.
        latent: `[latent]`, if it could be read.
        registry: what is installed.
        start: the spec's first place, for a part that stands nowhere.
        faults: where to report.
    """
    given = provided(chosen, latent)
    for part in chosen:
        name, place = str(part), part.place or start
        for token in part.capabilities().requires:
            if token not in given and _settled(token, chosen, latent, registry):
                faults.add("E201", _lack(name, token, chosen, registry), place, _remedy(token, registry))
        for token in part.capabilities().conflicts:
            if given.get(token, name) != name:
                help_ = [f"`{token}`: {registry.meaning(token)}"]
                faults.add("E202", f"{name} does not go with `{token}` of {given[token]}", place, help_)


def fits(part: Part, given: Mapping[str, str]) -> bool:
    """Whether all that a part requires is given, and nothing it refuses."""
    return met(part.capabilities(), given)


def met(tokens: Plugin | Capabilities, given: Mapping[str, str]) -> bool:
    """Whether all that is required is given, and nothing that is refused."""
    return set(tokens.requires) <= given.keys() and not set(tokens.conflicts) & given.keys()


def _owner(token: str, registry: Registry) -> str | None:
    return next((kind.name for kind in registry.kinds.values() if token in kind.tokens), None)


def _settled(token: str, chosen: Sequence[Part], latent: LatentTable | None, registry: Registry) -> bool:
    """Whether the part that ought to provide a token was read; else its own fault is enough."""
    if token == _LABELS:
        return any(part.kind == "data" and part.keys is not None for part in chosen)
    owner = _owner(token, registry)
    if owner is None:
        return latent is not None
    return registry.kinds[owner].slot != "one" or any(part.kind == owner for part in chosen)


def _lack(name: str, token: str, chosen: Sequence[Part], registry: Registry) -> str:
    owner = _owner(token, registry)
    who = next((str(part) for part in chosen if part.kind == owner), None)
    return f"{name} requires `{token}`, which " + (f"{who} does not provide" if who else "nothing provides")


def _remedy(token: str, registry: Registry) -> list[str]:
    providers = registry.providers(token)
    meaning = f"`{token}`: {registry.meaning(token)}"
    return [meaning, *([f"provided by: {', '.join(providers)}"] if providers else [])]
