"""Defines the registry: the kinds and plugins that are installed, by name, and what could not be used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

import attrs

from rcmvae_core.plugin.declaration import Distribution, Kind, Plugin, Registered, load_object
from rcmvae_core.plugin.kinds import CORE_TOKENS
from rcmvae_core.plugin.parameters import fields

BUILT_INS = "rcmvae"
"""The distribution of the core's own kinds, and of the built-in plugins."""
RESERVED_TABLES = frozenset({"rcmvae", "name", "extends", "seeds", "plugins", "latent"})
"""The tables and keys of a spec that no kind may claim, beside `train`."""


class Broken(NamedTuple):
    """A distribution, or one declaration of it, that cannot be used.

    Args:
        distribution: the distribution.
        state: `broken` (an error), `too new` (another version of the contract) or `blocked` (by RCMVAE_PLUGINS).
        reason: one line.
        help: how to fix it.
        declaration: (kind, name) if only this declaration cannot be used; None for the whole distribution.
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
    """The installed kinds and plugins: an instance and never a global, so that tests can make their own.

    Args:
        kinds: every kind, by name.
        plugins: the plugins that claim each (kind, name); `[plugins.prefer]` chooses one of several.
        broken: what cannot be used, and why.
        checks: the `rcmvae_check` of each distribution that has one.
        owners: the distribution of each kind that is not the core's own.
        seconds: how long importing the declarations of each allowed distribution took.
        pages: the `rcmvae_pages` of each distribution that has one.
    """

    kinds: Mapping[str, Kind]
    plugins: Mapping[tuple[str, str], tuple[Registered, ...]]
    broken: tuple[Broken, ...] = ()
    checks: tuple[tuple[Distribution, Any], ...] = ()
    owners: Mapping[str, str] = attrs.field(factory=dict[str, str])
    seconds: Mapping[Distribution, float] = attrs.field(factory=dict[Distribution, float], eq=False)
    pages: tuple[tuple[Distribution, Any], ...] = ()

    def names(self, kind: str) -> list[str]:
        """Return the names of a kind's plugins, sorted."""
        return sorted(name for plugin_kind, name in self.plugins if plugin_kind == kind)

    def claims(self, kind: str, name: str) -> tuple[Registered, ...]:
        """Return every plugin that claims a name; an empty tuple for an unknown name."""
        return self.plugins.get((kind, name), ())

    def candidates(
        self, kind: str, name: str, prefer: Mapping[tuple[str, str], str]
    ) -> tuple[Registered, ...]:
        """Return the plugins that a name can stand for: none if it is unknown, several if the choice is open.

        Args:
            kind: the kind.
            name: the name.
            prefer: the chosen distribution by kind and name.
        """
        owner = prefer.get((kind, name))
        return tuple(r for r in self.claims(kind, name) if owner in (None, r.distribution.name))

    def defaults(self, kind: str) -> Iterator[Registered]:
        """Yield the plugins that a spec without the kind's table gets if they fit: those of the kind's own distribution.

        Others have to be named, so that installing a package does not change what a spec means.
        """
        owner = self.owners.get(kind, BUILT_INS)
        for name in self.names(kind):
            yield from (r for r in self.claims(kind, name) if r.distribution.name == owner)

    def old_names(self, kind: str) -> dict[str, str]:
        """Return the current name by old name of a kind's plugins; a name that is in use is not an old one."""
        return {
            old: name
            for (plugin_kind, name), claims in self.plugins.items()
            if plugin_kind == kind
            for registered in claims
            for old in registered.plugin.renamed_from
            if (kind, old) not in self.plugins
        }

    def current_name(self, kind: str, old: str) -> str | None:
        """Return the name that replaced an old one; None if `old` is not an old name."""
        return self.old_names(kind).get(old)

    def kind_of_token(self, token: str) -> str | None:
        """Return the kind that declares a capability token; None for a token of the core's tables."""
        return next((kind.name for kind in self.kinds.values() if token in kind.tokens), None)

    def parameters(self, plugin: Plugin) -> type:
        """Import the class of a plugin's parameters.

        Raises:
            TypeError: if it does not declare parameters, or has one of an unknown kind.
            Exception: whatever the import raises.
        """
        cls = load_object(plugin.params)
        for name, field in fields(cls).items():
            if field.rule.kind is not None and field.rule.kind not in self.kinds:
                raise TypeError(f"its parameter `{name}` is of the unknown kind `{field.rule.kind}`")
        return cls

    def meaning(self, token: str) -> str:
        """Return the meaning of a capability token; an empty string for an unknown token."""
        return vocabulary(self.kinds.values()).get(token, "")

    def __iter__(self) -> Iterator[Registered]:
        for key in sorted(self.plugins):
            yield from self.plugins[key]


def vocabulary(kinds: Iterable[Kind]) -> dict[str, str]:
    """Return the meaning of every capability token of the core's tables and of these kinds."""
    return dict(CORE_TOKENS) | {token: text for kind in kinds for token, text in kind.tokens.items()}
