"""A spec's tree and a registry to a resolved spec, or every diagnostic at once."""

from __future__ import annotations

import attrs

from rcmvae_core.errors import Diagnostic, Place, SpecError
from rcmvae_core.registry import Registry
from rcmvae_core.resolve import capabilities
from rcmvae_core.resolve.faults import Faults
from rcmvae_core.resolve.parts import PartReader, keys_of
from rcmvae_core.resolve.preamble import check_tables, check_version, read_name, read_prefer, read_seeds
from rcmvae_core.resolve.records import Part, ResolvedSpec
from rcmvae_core.spec.tree import Node, Slot
from rcmvae_core.structure import show
from rcmvae_core.tables import LatentTable, TrainTable

__all__ = ["Part", "ResolvedSpec", "resolve", "slots"]


def slots(registry: Registry) -> dict[tuple[str, ...], Slot]:
    """Where a spec names parts, so that overlays replace rather than mix them."""
    return {
        kind.path: Slot(
            keys_of(kind),
            many=kind.slot == "many",
            labelled=kind.slot == "labelled",
            older=registry.older(kind.name),
        )
        for kind in registry.kinds.values()
        if kind.table
    }


def resolve(root: Node, registry: Registry, default_name: str = "run") -> ResolvedSpec:
    """Check a spec against what is installed.

    Args:
        root: the merged tree.
        registry: what is installed.
        default_name: the run's name when the spec has none.

    Raises:
        SpecError: with every fault found.
    """
    faults, entries = Faults(), root.table or {}
    check_version(entries, faults)
    check_tables(entries, registry, faults)
    prefer = read_prefer(entries, registry, faults)
    name, seeds = read_name(entries, default_name, faults), read_seeds(entries, faults)
    reader = PartReader(root, registry, prefer, faults)
    latent, train = reader.core_table("latent", LatentTable), reader.core_table("train", TrainTable)
    parts = {kind.name: reader.slot(kind) for kind in registry.kinds.values() if kind.table}
    if not parts["loss"] and not faults.failed:
        faults.add("E210", "the spec has no loss to minimise", root.place, reader.offers("loss"))
    chosen = [part for group in parts.values() for part in group]
    capabilities.check(chosen, latent, registry, root.place, faults)
    given = capabilities.provided(chosen, latent)
    for kind in registry.kinds.values():
        if kind.default == "every" and root.at(kind.path) is None:
            parts[kind.name] = reader.every(kind, given)
    if faults.failed or latent is None or train is None:
        raise SpecError(faults.ordered())
    everyone = [part for of_kind in parts.values() for part in of_kind]  # those that came by themselves too
    tokens = frozenset(capabilities.provided(everyone, latent))
    resolved = ResolvedSpec(name, seeds, latent, train, parts, tokens, prefer)
    _run_checks(resolved, registry, root.place, faults)
    if faults.failed:
        raise SpecError(faults.ordered())
    return attrs.evolve(resolved, warnings=faults.ordered())


def _run_checks(resolved: ResolvedSpec, registry: Registry, start: Place, faults: Faults) -> None:
    """The rules that distributions add; one that breaks is its author's fault."""
    for distribution, check in registry.checks:
        try:
            found = list(check(resolved))
            strange = [show(d) for d in found if not isinstance(d, Diagnostic)]
            why = f"it gave {strange[0]}, not a Diagnostic" if strange else ""
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - the author's fault, told to the user
            found, why = [], f"{type(error).__name__}: {error}".splitlines()[0]
        if why:
            help_ = ["report it to its author, or leave it out: RCMVAE_PLUGINS"]
            faults.add("E211", f"the check of {distribution.name} failed: {why}", start, help_)
            continue
        for diagnostic in found:
            faults.report(diagnostic)
