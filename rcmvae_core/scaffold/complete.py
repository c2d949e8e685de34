"""What goes with what was chosen: the resolver judges, and what is open is filled with what it accepts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, get_args

from rcmvae_core.declarations import Kind
from rcmvae_core.errors import Diagnostic, SpecError
from rcmvae_core.params import fields
from rcmvae_core.registry import Registry
from rcmvae_core.resolve import ResolvedSpec, resolve
from rcmvae_core.scaffold.draft import Draft, tables
from rcmvae_core.tables import LatentTable

SIZES: Mapping[str, tuple[Any, ...]] = {
    "channels": (10, 1),
    "dim": (2,),
    "layout": get_args(fields(LatentTable)["layout"].type),
}
"""What each size is tried as, the default first."""
_SIZES = {size: values[0] for size, values in SIZES.items()}
_FIRST: Mapping[str, tuple[str, ...]] = {
    "data": ("digits",),
    "encoder": ("dense",),
    "prior": ("mixture",),
    "routing": ("soft",),
    "conditioner": ("film",),
    "backbone": ("dense",),
    "head": ("bernoulli",),
    "loss": ("reconstruction", "kl_latent", "kl_channel", "supervised"),
    "classifier": ("tau",),
    "optimizer": ("adam",),
}
"""What a spec gets of a kind where no one chooses, if it is installed and fits."""
_SLOTS = ("one", "optional", "labelled", "many")
_UNFINISHED = "E210"  # something is not named yet
_OF_TOKENS = frozenset({"E201", "E202"})


class Completed(NamedTuple):
    """A draft with everything that was open filled in.

    Args:
        draft: with nothing open.
        resolved: what it resolves to; None if what was chosen does not go together.
        faults: why not.
    """

    draft: Draft
    resolved: ResolvedSpec | None
    faults: tuple[Diagnostic, ...] = ()


def kinds_in_order(registry: Registry) -> list[Kind]:
    """Kinds with a table: what every spec has first, and losses after the classifier, whose labels they may need."""
    return sorted((k for k in registry.kinds.values() if k.table), key=lambda kind: _SLOTS.index(kind.slot))


def choose(draft: Draft, kind: str, names: Iterable[str], registry: Registry) -> Draft:
    """A draft that names these parts of a kind; of what each requires besides, the first that fits."""
    draft = draft.naming(kind, {})
    for name in names:
        chosen = draft.parts[kind]
        needed = list(tables(registry, kind, name)) or [{}]
        options = [draft.naming(kind, {**chosen, name: table}) for table in needed]
        draft = options[0] if len(options) == 1 else _best(options, registry) or draft
    return draft


def offers(draft: Draft, kind: Kind, registry: Registry, like: Draft | None = None) -> list[str]:
    """The current plugins of a kind with which a draft can still become a valid spec.

    Args:
        draft: what was chosen.
        kind: the kind.
        registry: what is installed.
        like: as of `complete`.
    """

    def fits(name: str) -> bool:
        return complete(choose(draft, kind.name, [name], registry), registry, like).resolved is not None

    return [name for name in current(kind, registry) if fits(name)]


def complete(
    draft: Draft, registry: Registry, like: Draft | None = None, default_name: str = "run"
) -> Completed:
    """Fill in what is open: with what is usual if that goes with the draft, else with what does.

    Args:
        draft: what was chosen.
        registry: what is installed.
        like: a whole draft to take what is open from, instead of what is usual.
        default_name: the run's name where the draft has none.
    """
    chosen, draft = draft, draft.over(_usual(registry) if like is None else like)
    resolved, faults = judge(draft, registry, default_name)
    if resolved is not None:
        return Completed(draft, resolved)
    draft = chosen.over(Draft(_SIZES))
    for _ in range(2):
        draft = _fitting(draft, chosen, registry)
        resolved, faults = judge(draft, registry, default_name)
        if resolved is not None:
            return Completed(draft, resolved)
        if {fault.code for fault in faults} <= _OF_TOKENS:
            break  # only a rule that whole specs are held to could not speak before
    return Completed(draft, None, faults)


def _usual(registry: Registry) -> Draft:
    """The first choice of everything, whether it fits together or not."""
    parts = {
        kind.name: {name: next(tables(registry, kind.name, name), {}) for name in _preferred(kind, registry)}
        for kind in kinds_in_order(registry)
    }
    return Draft(_SIZES, parts)


def _fitting(draft: Draft, chosen: Draft, registry: Registry) -> Draft:
    """The draft with what `chosen` leaves open filled in, each as the first choice with the fewest faults."""
    for size, values in SIZES.items():
        if size not in chosen.sizes:
            draft = _best((draft.sized(size, value) for value in values), registry) or draft
    for kind in kinds_in_order(registry):
        if kind.name not in chosen.parts:
            draft = _filled(draft, kind, registry)
    return draft


def judge(
    draft: Draft, registry: Registry, default_name: str = "run"
) -> tuple[ResolvedSpec | None, tuple[Diagnostic, ...]]:
    """What a draft resolves to, or why it does not."""
    try:
        return resolve(draft.root(registry.kinds), registry, default_name), ()
    except SpecError as error:
        return None, tuple(fault for fault in error.diagnostics if fault.severity == "error")


def _filled(draft: Draft, kind: Kind, registry: Registry) -> Draft:
    """The draft with a kind that no one chose."""
    nothing, preferred = draft.naming(kind.name, {}), _preferred(kind, registry)
    if kind.slot == "many":
        return nothing
    if kind.slot == "labelled":
        grown = _grown(nothing, kind.name, preferred, registry)
        if grown.parts[kind.name]:
            return grown
    names = sorted(current(kind, registry), key=lambda name: name not in preferred)
    options = [choose(draft, kind.name, [name], registry) for name in names]
    if kind.slot == "optional":
        options.insert(len(preferred), nothing)
        return _best(options, registry) or nothing
    return _best(options, registry, enough=_count(nothing, registry)) or nothing


def _preferred(kind: Kind, registry: Registry) -> list[str]:
    return [name for name in _FIRST.get(kind.name, ()) if name in current(kind, registry)]


def _grown(draft: Draft, kind: str, names: Sequence[str], registry: Registry) -> Draft:
    """The draft with every part that adds no fault."""
    for name in names:
        wider = choose(draft, kind, [*draft.parts[kind], name], registry)
        if _count(wider, registry) <= _count(draft, registry):
            draft = wider
    return draft


def current(kind: Kind, registry: Registry) -> list[str]:
    """The plugins of a kind that are not deprecated."""
    return [n for n in registry.names(kind.name) if not registry.claims(kind.name, n)[0].plugin.deprecated]


def _best(options: Iterable[Draft], registry: Registry, enough: int = 0) -> Draft | None:
    """The first option with no more faults than are good enough; if there is none, the first with the fewest."""
    best: tuple[int, Draft] | None = None
    for option in options:
        count = _count(option, registry)
        if count <= enough:
            return option
        if best is None or count < best[0]:
            best = count, option
    return best[1] if best else None


def _count(draft: Draft, registry: Registry) -> int:
    return sum(fault.code != _UNFINISHED for fault in judge(draft, registry)[1])
