"""Checks that the capability tokens which parts require are provided, and that none of their conflicts are."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from rcmvae_core.plugin.core_tables import DataTable, LatentTable, TrainTable
from rcmvae_core.plugin.declaration import Plugin, claim
from rcmvae_core.plugin.parameters import Capabilities
from rcmvae_core.plugin.registry import Registry
from rcmvae_core.plugin.resolved import ResolvedPart
from rcmvae_core.spec.error_collector import ErrorCollector

LATENT, TRAIN = "latent", "train"
"""The names of `[latent]` and `[train]` among the unreadable kinds."""
_LABELS = "labels.some"  # a token of the core that `[data]` provides
_CHANGEABLE = "weights.changeable"  # and another that the keys of `[loss.<label>]` provide
_AVERAGE = "train.average"  # of `[train]`
_HAS_LABELS = "data.labels"
_KEYS = {
    "layout.shared": 'write `layout = "shared"` in `[latent]`',
    "layout.decentralized": 'write `layout = "decentralized"` in `[latent]`',
    "channels.many": "write `channels = 2`, or more, in `[latent]`",
    "labels.some": "give labels in `[data]`: write `labels_per_class` or `labels`, above 0, if the data have labels, or "
    "name a `label_store`",
    "weights.changeable": "write `changeable = true` in `[loss.LABEL]`",
    "inputs.counts": 'write `scale = "log"` in `[data]`, or another that can be inverted: `minmax` or `none`',
    "inputs.values": 'write `scale = "standard"` in `[data]`, or another than `counts`',
    "inputs.missing": 'write `missing = "mask"` in `[data]`',
    "train.average": "write `average = { decay = 0.999 }` in `[train]`",
    "inputs.unbounded": 'write `scale = "standard"` in `[data]`',
}
"""How a spec provides the tokens of the core's tables."""
_UNBOUNDED, _COUNTS, _VALUES = "inputs.unbounded", "inputs.counts", "inputs.values"
_MISSING = "inputs.missing"

Owner = ResolvedPart | str


def provided(
    parts: Sequence[ResolvedPart], latent: LatentTable | None, train: TrainTable | None
) -> dict[str, Owner]:
    """Return every capability token with what provides it.

    Args:
        parts: the parts that could be read.
        latent: `[latent]`; None if it has an error.
        train: `[train]`; None if it has an error.
    """
    tables = {"latent": latent, "train": train}
    owners: dict[str, Owner] = {
        token: f"`[{name}]`"
        for name, table in tables.items()
        if table is not None
        for token in table.capabilities().provides
    }
    conditional: list[tuple[str, str, ResolvedPart]] = []
    for part in parts:
        for token, condition in map(claim, part.capabilities().provides):
            if condition:
                conditional.append((token, condition, part))
            else:
                owners[token] = part
        if part.registered.plugin.kind == "data" and part.keys is not None:
            if part.keys.label_store is not None:
                owners.setdefault(_HAS_LABELS, "`data.label_store`")
            if _HAS_LABELS in owners and part.keys.gives_labels:
                owners[_LABELS] = part
            owners |= _of_inputs(part.keys)
        if part.registered.plugin.kind == "loss" and part.keys is not None and part.keys.changeable:
            owners.setdefault(_CHANGEABLE, f"`loss.{part.label}.changeable`")
    return owners | {token: part for token, condition, part in conditional if condition in owners}


def _of_inputs(keys: DataTable) -> dict[str, Owner]:
    """Return the tokens that say what x is, with the keys that provide them."""
    scale: Owner = "`data.scale`"
    owners: dict[str, Owner] = {
        _UNBOUNDED if keys.scale in ("standard", "robust", "counts") else _COUNTS: scale
    }
    owners |= {_VALUES: scale} if keys.scale != "counts" else {}
    return owners | ({_MISSING: "`data.missing`"} if keys.missing == "mask" else {})


def check(
    parts: Sequence[ResolvedPart],
    owners: Mapping[str, Owner],
    unreadable: Collection[str],
    registry: Registry,
    errors: ErrorCollector,
) -> None:
    """Report E201 for every requirement that is not met and E202 for every conflict.

    Args:
        parts: the parts that could be read.
        owners: as `provided` returns them.
        unreadable: the kinds with an error in a table of theirs: a token that one of them could provide is no second
            error.
        registry: the installed plugins.
        errors: receives the errors.
    """
    for part in parts:
        place, tokens = part.place, part.capabilities()
        assert place is not None  # noqa: S101 - the spec names it
        for token in tokens.requires:
            if token not in owners and not _may_be_unread(token, parts, unreadable, registry):
                errors.add("E201", _lack(part, token, parts, registry), place, _remedy(token, registry))
        for token in tokens.conflicts:
            if owners.get(token, part) is not part:
                message = f"{part} does not go with `{token}` of {owners[token]}"
                errors.add("E202", message, place, [f"`{token}`: {registry.meaning(token)}"])

    if owners.get(_MISSING) is not None:
        _check_missing_values(parts, owners, unreadable, registry, errors)


def _check_missing_values(
    parts: Sequence[ResolvedPart],
    owners: Mapping[str, Owner],
    unreadable: Collection[str],
    registry: Registry,
    errors: ErrorCollector,
) -> None:
    """Report E201 unless the head can leave missing values out and inputs are features.

    Args:
        parts: as of `check`.
        owners: as of `check`.
        unreadable: as of `check`.
        registry: as of `check`.
        errors: as of `check`.
    """
    part = next(part for part in parts if part.registered.plugin.kind == "data")
    assert part.place is not None  # noqa: S101 - the spec names it
    is_image = "data.image" in part.capabilities().provides
    for token in ("head.missing", *(["data.features"] if is_image else [])):
        if token not in owners and not _may_be_unread(token, parts, unreadable, registry):
            lack = _lack('`missing = "mask"`', token, parts, registry)
            errors.add("E201", lack, part.place, _remedy(token, registry))


def met(tokens: Plugin | Capabilities, provided: Collection[str]) -> bool:
    """Return whether all required tokens are among the provided ones, and no conflict is."""
    return set(tokens.requires) <= set(provided) and not set(tokens.conflicts) & set(provided)


def require_known(tokens: Capabilities, registry: Registry) -> None:
    """Check that all tokens are declared.

    Raises:
        ValueError: if a token is declared by no kind, nor by the core.
    """
    provided = [token for text in tokens.provides for token in claim(text) if token]
    for token in (*provided, *tokens.requires, *tokens.conflicts):
        if not registry.meaning(token):
            raise ValueError(f"its capabilities name `{token}`, which no kind declares")


def _may_be_unread(
    token: str, parts: Sequence[ResolvedPart], unreadable: Collection[str], registry: Registry
) -> bool:
    """Return whether a token, or one that it depends on, could come from a table with an error.

    Args:
        token: the token, which nothing provides.
        parts: as of `check`.
        unreadable: as of `check`.
        registry: as of `check`.
    """
    claims = [claim(text) for part in parts for text in part.capabilities().provides]
    conditions = {condition for own, condition in claims if own == token and condition}
    of_core = {_LABELS: "data", _CHANGEABLE: "loss", _AVERAGE: TRAIN, _VALUES: "data"}
    kinds = {of_core.get(t) or registry.kind_of_token(t) or LATENT for t in {token, *conditions}}
    return not kinds.isdisjoint(unreadable)


def _lack(part: ResolvedPart | str, token: str, parts: Sequence[ResolvedPart], registry: Registry) -> str:
    """Return the message for a requirement that is not met.

    Args:
        part: what requires the token.
        token: the token.
        parts: as of `check`.
        registry: as of `check`.
    """
    kind = registry.kind_of_token(token)
    candidate = next((str(other) for other in parts if other.kind == kind), None)
    provider = f"{candidate} does not provide" if candidate else "nothing provides"
    return f"{part} requires `{token}`, which {provider}"


def _remedy(token: str, registry: Registry) -> list[str]:
    """Return what a token means, and which plugins or keys of the core provide it."""
    meaning = f"`{token}`: {registry.meaning(token)}"
    if token in _KEYS:
        return [meaning, _KEYS[token]]
    names = providers(token, registry)
    return [meaning, *([f"provided by: {', '.join(names)}"] if names else [])]


def providers(token: str, registry: Registry) -> list[str]:
    """Return the plugins that can provide a token, with the value of a parameter that decides it."""
    from rcmvae_core.spec.capability_conditions import tokens  # noqa: PLC0415 - only an error needs them
    from rcmvae_core.spec.describe_plugin import example  # noqa: PLC0415

    named: set[str] = set()
    for registered in registry:
        plugin = registered.plugin
        try:
            listed = tokens(plugin, registry.parameters(plugin), example)["provides"]
        except Exception:  # noqa: BLE001 - a broken plugin, which is reported where a spec names it
            listed = list(plugin.provides)
        for text in listed:
            own, _, condition = text.partition(" if ")
            if own == token:
                # A condition on another token is left out: it is one of the layout, and so not the plugin's choice.
                shown = f" with `{condition}`" if " " in condition else ""
                named.add(f"{plugin.kind} `{plugin.name}`{shown}")
    return sorted(named)
