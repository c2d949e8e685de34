"""Kinds and plugins by name; one broken plugin never stops the rest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

import attrs
import pluggy

from rcmvae_core import hookspecs
from rcmvae_core.declarations import Kind, Plugin, claim, load_object
from rcmvae_core.kinds import CORE_TOKENS, KINDS
from rcmvae_core.params import fields
from rcmvae_core.tables import TrainTable

_TABLE = re.compile(r"(train\.)?[a-z][a-z0-9_]*")
RESERVED_TABLES = frozenset({"rcmvae", "name", "extends", "seeds", "plugins", "latent"})


class Distribution(NamedTuple):
    """An installed package; `tests` and notebooks may make one by hand."""

    name: str
    version: str


class Registered(NamedTuple):
    """A plugin and the distribution that declares it."""

    plugin: Plugin
    distribution: Distribution


class Broken(NamedTuple):
    """A distribution, or one declaration of it, that cannot be used.

    Args:
        distribution: whose it is.
        state: `broken` (an error), `too new` (another API version) or `blocked` (by RCMVAE_PLUGINS).
        reason: one line.
        help: what to do.
        declaration: (kind, name) when only this declaration is at fault.
        detail: the traceback, if there is one.
    """

    distribution: Distribution
    state: Literal["broken", "too new", "blocked"]
    reason: str
    help: str
    declaration: tuple[str, str] | None = None
    detail: str = ""


@attrs.frozen
class Registry:
    """What is installed. An instance, never a global: `discover()` makes one, tests make their own.

    Args:
        kinds: every kind, by name.
        plugins: the claims on each (kind, name); more than one is settled by `[plugins.prefer]`.
        broken: what could not be used, and why.
        checks: `rcmvae_check` of each distribution.
        seconds: how long the declarations of each distribution that was let in took to import.
    """

    kinds: Mapping[str, Kind]
    plugins: Mapping[tuple[str, str], tuple[Registered, ...]]
    broken: tuple[Broken, ...] = ()
    checks: tuple[tuple[Distribution, Any], ...] = ()
    seconds: Mapping[Distribution, float] = attrs.field(factory=dict[Distribution, float], eq=False)

    def names(self, kind: str) -> list[str]:
        """Names that a spec may use for a kind, sorted."""
        return sorted(name for kind_, name in self.plugins if kind_ == kind)

    def claims(self, kind: str, name: str) -> tuple[Registered, ...]:
        """Every plugin that claims a name; empty when none does."""
        return self.plugins.get((kind, name), ())

    def older(self, kind: str) -> dict[str, str]:
        """Older names of a kind's plugins, each with what it is called now; a name that is in use is not older."""
        return {
            old: name for (kind_, name), found in self.plugins.items() if kind_ == kind
            for r in found for old in r.plugin.renamed_from if (kind, old) not in self.plugins
        }  # fmt: skip

    def renamed(self, kind: str, old: str) -> str | None:
        """The name that replaced `old`."""
        return self.older(kind).get(old)

    def providers(self, token: str) -> list[str]:
        """The plugins that may provide a capability, as `kind name`."""
        return sorted(
            f"{kind} `{name}`" for (kind, name), found in self.plugins.items()
            if any(token == claim(text)[0] for r in found for text in r.plugin.provides)
        )  # fmt: skip

    def parameters(self, plugin: Plugin) -> type:
        """The class of a plugin's parameters.

        Raises:
            TypeError: if it is not one, or has a parameter of an unknown kind.
            Exception: whatever its import raises.
        """
        cls = load_object(plugin.params)
        for name, field in fields(cls).items():
            if field.rule.kind is not None and field.rule.kind not in self.kinds:
                raise TypeError(
                    f"its parameter `{name}` is of kind `{field.rule.kind}`, which does not exist"
                )
        return cls

    def meaning(self, token: str) -> str:
        """What a capability token stands for."""
        return _vocabulary(self.kinds.values()).get(token, "")

    def __iter__(self) -> Iterator[Registered]:
        for key in sorted(self.plugins):
            yield from self.plugins[key]


def _vocabulary(kinds: Iterable[Kind]) -> dict[str, str]:
    return dict(CORE_TOKENS) | {token: text for kind in kinds for token, text in kind.tokens.items()}


def _fault(
    plugin: Plugin, kinds: Mapping[str, Kind], vocabulary: Mapping[str, str]
) -> tuple[str, str] | None:
    """Why a declaration cannot be used, and what its author should do."""
    kind = kinds.get(plugin.kind)
    if kind is None:
        return f"kind `{plugin.kind}` does not exist", "known kinds: " + ", ".join(sorted(kinds))
    claims = [claim(text) for text in plugin.provides]
    for token, _ in claims:
        if token not in kind.tokens:
            known = ", ".join(f"`{t}`" for t in kind.tokens) or "none"
            return f"token `{token}` is not in the vocabulary of kind `{kind.name}`", f"its tokens: {known}"
    conditions = [condition for _, condition in claims if condition]
    for token in (*plugin.requires, *plugin.conflicts, *conditions):
        if token not in vocabulary:
            return f"token `{token}` is unknown", "known tokens: " + ", ".join(
                f"`{t}`" for t in sorted(vocabulary)
            )
    return None


def _kind_fault(kind: Kind, taken: Mapping[str, Kind], owners: Mapping[str, str]) -> str | None:
    if kind.name in taken:
        return f"kind `{kind.name}` is already declared by {owners.get(kind.name, 'the core')}"
    if kind.slot == "one":
        return f"kind `{kind.name}` has slot `one`, but only the core may make a table obligatory"
    tables = {k.table for k in taken.values() if k.table} | {"train"}
    tables |= {f"train.{name}" for name in fields(TrainTable)}
    if kind.table and (kind.path[0] in RESERVED_TABLES or kind.table in tables):
        return f"kind `{kind.name}` claims the table `[{kind.table}]`, which is taken"
    if kind.table and not _TABLE.fullmatch(kind.table):
        return f"kind `{kind.name}` claims the table `[{kind.table}]`, but a kind's table is `NAME` or `train.NAME`"
    try:
        _ = fields(load_object(kind.keys)) if kind.keys else {}
    except Exception as error:  # noqa: BLE001 - an author's mistake must not stop the tool
        return f"the keys of kind `{kind.name}` cannot be imported: {type(error).__name__}: {error}".splitlines()[
            0
        ]
    clash = sorted(set(kind.tokens) & set(_vocabulary(taken.values())))
    return f"kind `{kind.name}` declares token `{clash[0]}` again" if clash else None


def build(modules: Iterable[tuple[Distribution, object]], broken: Iterable[Broken] = ()) -> Registry:
    """Make a registry from loaded plugin modules.

    Args:
        modules: pairs of a distribution and the module, or any object, that holds its hooks.
        broken: what failed before.
    """
    return _Builder(list(broken)).build(modules)


class _Hooks(pluggy.PluginManager):
    """Hooks of modules."""

    def parse_hookimpl_opts(self, plugin: object, name: str) -> pluggy.HookimplOpts | None:
        # Half of a module's names are Python's own, such as `__spec__`, and pluggy takes each apart.
        return None if name[:2] == name[-2:] == "__" else super().parse_hookimpl_opts(plugin, name)


class _Builder:
    """One registry in the making; faults are gathered, never raised."""

    def __init__(self, broken: list[Broken]) -> None:
        self.broken = broken
        self.loaded: list[tuple[Distribution, object]] = []
        self.manager = _Hooks("rcmvae")
        self.manager.add_hookspecs(hookspecs)

    def build(self, modules: Iterable[tuple[Distribution, object]]) -> Registry:
        for owner, module in modules:
            if not self.manager.is_registered(module):  # registering it again would undo the first
                self.register(owner, module)
        kinds = self.kinds()
        return Registry(
            kinds, self.plugins(kinds), tuple(self.broken), tuple(self.implementations("rcmvae_check"))
        )

    def register(self, owner: Distribution, module: object) -> None:
        try:
            self.manager.register(module)
            self.manager.check_pending()
            self.loaded.append((owner, module))
        except Exception as error:  # noqa: BLE001 - an author's mistake must not stop the tool
            if self.manager.is_registered(module):
                self.manager.unregister(module)
            self.broken.append(failed(owner, error))

    def implementations(self, hook: str) -> Iterator[tuple[Distribution, Any]]:
        """Who implements a hook, one by one: calling them together would let one stop all."""
        found = {id(i.plugin): i.function for i in getattr(self.manager.hook, hook).get_hookimpls()}
        return ((owner, found[id(module)]) for owner, module in self.loaded if id(module) in found)

    def collect(self, hook: str, cls: type) -> Iterator[tuple[Distribution, Any]]:
        """What the implementations of a hook give, one by one; anything but `cls` is a fault."""
        for owner, implementation in self.implementations(hook):
            try:
                items = list(implementation())
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # noqa: BLE001 - a plugin may even call sys.exit
                self.broken.append(failed(owner, error))
                continue
            for item in items:
                if isinstance(item, cls):
                    yield owner, item
                else:
                    why = f"{hook} gave {item!r}, not a {cls.__name__}"
                    self.broken.append(
                        Broken(owner, "broken", why, f"yield rcmvae_core.{cls.__name__} records")
                    )

    def kinds(self) -> dict[str, Kind]:
        kinds, owners = {kind.name: kind for kind in KINDS}, dict[str, str]()
        for owner, kind in self.collect("rcmvae_kinds", Kind):
            why = _kind_fault(kind, kinds, owners)
            if why is None:
                kinds[kind.name], owners[kind.name] = kind, owner.name
            else:
                self.broken.append(Broken(owner, "broken", why, "choose another name, table or token"))
        return kinds

    def plugins(self, kinds: Mapping[str, Kind]) -> dict[tuple[str, str], tuple[Registered, ...]]:
        plugins: dict[tuple[str, str], tuple[Registered, ...]] = {}
        vocabulary = _vocabulary(kinds.values())
        for owner, plugin in self.collect("rcmvae_plugins", Plugin):
            key = (plugin.kind, plugin.name)
            fault = _fault(plugin, kinds, vocabulary)
            if fault is None and any(r.distribution == owner for r in plugins.get(key, ())):
                fault = ("it is declared twice by the same distribution", "remove one of the two")
            if fault is None:
                plugins[key] = (*plugins.get(key, ()), Registered(plugin, owner))
            else:
                why = f"{plugin.kind} `{plugin.name}`: {fault[0]}"
                self.broken.append(Broken(owner, "broken", why, fault[1], declaration=key))
        return plugins


def failed(distribution: Distribution, error: BaseException) -> Broken:
    """The record of an error that a distribution's code raised."""
    import traceback  # noqa: PLC0415 - only a fault needs it, and start-up counts

    reason = f"{type(error).__name__}: {error}".splitlines()[0]
    return Broken(
        distribution,
        "broken",
        reason,
        "repair or uninstall it; its traceback: `rcmvae plugins doctor --verbose`",
        detail="".join(traceback.format_exception(error)),
    )
