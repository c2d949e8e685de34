"""Builds a registry from modules with hooks; a broken distribution or declaration never affects the others."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pluggy

from rcmvae_core.errors import quoted
from rcmvae_core.plugin import hookspecs
from rcmvae_core.plugin.core_tables import TrainTable
from rcmvae_core.plugin.declaration import Distribution, Kind, Plugin, Registered, claim, load_object
from rcmvae_core.plugin.kinds import KINDS
from rcmvae_core.plugin.parameters import fields
from rcmvae_core.plugin.registry import RESERVED_TABLES, Broken, Registry, vocabulary

_TABLE = re.compile(r"(train\.)?[a-z][a-z0-9_]*")
Plugins = dict[tuple[str, str], tuple[Registered, ...]]


def build(modules: Iterable[tuple[Distribution, object]], broken: Iterable[Broken] = ()) -> Registry:
    """Build a registry from loaded plugin modules.

    Args:
        modules: pairs of a distribution and the module, or any object, that has its hooks.
        broken: what could not be loaded.

    Returns:
        The registry, with what is broken.
    """
    return _Builder(list(broken)).build(modules)


def broken_by(error: BaseException, distribution: Distribution) -> Broken:
    """Return the record of an error that a distribution's code raised."""
    import traceback  # noqa: PLC0415 - only an error needs it, and start-up time counts

    return Broken(
        distribution,
        "broken",
        f"{type(error).__name__}: {error}".splitlines()[0],
        "repair or uninstall it; its traceback: `rcmvae plugins doctor --verbose`",
        detail="".join(traceback.format_exception(error)),
    )


class _Hooks(pluggy.PluginManager):
    """The plugin manager for modules."""

    def parse_hookimpl_opts(self, plugin: object, name: str) -> pluggy.HookimplOpts | None:
        # Half of a module's names are Python's own, such as `__spec__`, and pluggy inspects each.
        return None if name[:2] == name[-2:] == "__" else super().parse_hookimpl_opts(plugin, name)


class _Builder:
    """A registry under construction; errors are collected in `broken` and never raised."""

    def __init__(self, broken: list[Broken]) -> None:
        self.broken = broken
        self.loaded: list[tuple[Distribution, object]] = []
        self.manager = _Hooks("rcmvae")
        self.manager.add_hookspecs(hookspecs)

    def build(self, modules: Iterable[tuple[Distribution, object]]) -> Registry:
        for owner, module in modules:
            if not self.manager.is_registered(
                module
            ):  # pluggy refuses a second time, and `register` would undo it
                self.register(owner, module)
        kinds, owners = self.kinds()
        plugins = self.plugins(kinds)
        checks, pages = (tuple(self.implementations(hook)) for hook in ("rcmvae_check", "rcmvae_pages"))
        return Registry(kinds, plugins, tuple(self.broken), checks, owners, pages=pages)

    def register(self, owner: Distribution, module: object) -> None:
        try:
            self.manager.register(module)
            self.manager.check_pending()
            self.loaded.append((owner, module))
        except Exception as error:  # noqa: BLE001 - a plugin's own code may raise anything
            if self.manager.is_registered(module):
                self.manager.unregister(module)
            self.broken.append(broken_by(error, owner))

    def implementations(self, hook: str) -> Iterator[tuple[Distribution, Any]]:
        """Yield the implementations of a hook, one per distribution.

        They are called one by one: pluggy would call all together, and the first that raises would end the call.
        """
        functions = {id(i.plugin): i.function for i in getattr(self.manager.hook, hook).get_hookimpls()}
        return ((owner, functions[id(module)]) for owner, module in self.loaded if id(module) in functions)

    def collect(self, hook: str, cls: type) -> Iterator[tuple[Distribution, Any]]:
        """Yield the records that the implementations of a hook return; anything but `cls` is broken."""
        for owner, implementation in self.implementations(hook):
            try:
                items = list(implementation())
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # noqa: BLE001 - a plugin may even call sys.exit
                self.broken.append(broken_by(error, owner))
                continue
            for item in items:
                if isinstance(item, cls):
                    yield owner, item
                else:
                    reason = f"{hook} gave {item!r}, not a {cls.__name__}"
                    help_ = f"yield rcmvae_core.{cls.__name__} records"
                    self.broken.append(Broken(owner, "broken", reason, help_))

    def kinds(self) -> tuple[dict[str, Kind], dict[str, str]]:
        """Return every kind, and the distribution of those that are not the core's own, by name."""
        kinds, owners = {kind.name: kind for kind in KINDS}, dict[str, str]()
        for owner, kind in self.collect("rcmvae_kinds", Kind):
            reason = _kind_error(kind, kinds, owners)
            if reason is None:
                kinds[kind.name], owners[kind.name] = kind, owner.name
            else:
                self.broken.append(Broken(owner, "broken", reason, "choose another name, table or token"))
        return kinds, owners

    def plugins(self, kinds: Mapping[str, Kind]) -> Plugins:
        plugins: Plugins = {}
        meanings = vocabulary(kinds.values())
        for owner, plugin in self.collect("rcmvae_plugins", Plugin):
            key = (plugin.kind, plugin.name)
            error = _plugin_error(plugin, kinds, meanings)
            if error is None and any(r.distribution == owner for r in plugins.get(key, ())):
                error = ("it is declared twice by the same distribution", "remove one of the two")
            if error is None:
                plugins[key] = (*plugins.get(key, ()), Registered(plugin, owner))
            else:
                reason = f"{plugin.kind} `{plugin.name}`: {error[0]}"
                self.broken.append(Broken(owner, "broken", reason, error[1], declaration=key))
        return plugins


def _plugin_error(
    plugin: Plugin, kinds: Mapping[str, Kind], meanings: Mapping[str, str]
) -> tuple[str, str] | None:
    """Return why a plugin's declaration cannot be used and how to fix it; None if it can.

    Args:
        plugin: the declaration.
        kinds: the known kinds.
        meanings: the known capability tokens.
    """
    kind = kinds.get(plugin.kind)
    if kind is None:
        return f"unknown kind `{plugin.kind}`", f"known kinds: {', '.join(sorted(kinds))}"
    claims = [claim(text) for text in plugin.provides]
    for token, _ in claims:
        if token not in kind.tokens:
            reason = f"token `{token}` is not in the vocabulary of kind `{kind.name}`"
            return reason, f"its tokens: {quoted(kind.tokens) or 'none'}"
    conditions = [condition for _, condition in claims if condition]
    for token in (*plugin.requires, *plugin.conflicts, *conditions):
        if token not in meanings:
            return f"unknown token `{token}`", f"known tokens: {quoted(sorted(meanings))}"
    return None


def _kind_error(kind: Kind, others: Mapping[str, Kind], owners: Mapping[str, str]) -> str | None:
    """Return why a kind's declaration cannot be used; None if it can.

    Args:
        kind: the declaration.
        others: the kinds that were declared before.
        owners: the distribution of each of them that is not the core's own.
    """
    if kind.name in others:
        return f"kind `{kind.name}` is already declared by {owners.get(kind.name, 'the core')}"
    if kind.slot == "one":
        return f"kind `{kind.name}` has slot `one`, but only the core may require a table"
    tables = {k.table for k in others.values() if k.table} | {"train"}
    tables |= {f"train.{name}" for name in fields(TrainTable)}
    if kind.table and (kind.path[0] in RESERVED_TABLES or kind.table in tables):
        return f"kind `{kind.name}` claims the table `[{kind.table}]`, which is taken"
    if kind.table and not _TABLE.fullmatch(kind.table):
        return f"kind `{kind.name}` claims the table `[{kind.table}]`, but a kind's table is `NAME` or `train.NAME`"
    try:
        _ = fields(load_object(kind.keys)) if kind.keys else {}
    except Exception as error:  # noqa: BLE001 - a plugin's own code may raise anything
        reason = f"the keys of kind `{kind.name}` cannot be imported: {type(error).__name__}: {error}"
        return reason.splitlines()[0]
    clash = sorted(set(kind.tokens) & set(vocabulary(others.values())))
    return f"kind `{kind.name}` declares token `{clash[0]}` again" if clash else None
