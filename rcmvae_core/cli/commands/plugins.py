"""List the installed plugins, show one, check them against their contract, or diagnose the installation."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from typing import Any

from rcmvae_core.cli.arguments import add_format, add_subcommand
from rcmvae_core.cli.diagnostics import printable
from rcmvae_core.cli.output import show
from rcmvae_core.cli.plugin_page import format_plugin
from rcmvae_core.errors import RcmvaeError, fail, quoted
from rcmvae_core.plugin.declaration import Registered
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.plugin.entry_points import canonical
from rcmvae_core.plugin.registry import Registry
from rcmvae_core.spec.describe_plugin import Facts, of_plugin
from rcmvae_core.spec.messages import suggest, unknown_kind, unknown_plugin
from rcmvae_core.spec.parse import parse_override

_DOCTOR = """Find what is wrong with the installed plugins, and how to fix it. Findings are:

  broken:         a distribution or one of its declarations cannot be used
  too new:        it was written for another version of the plugin contract
  conflict:       a requirement is missing or has another version
  claimed twice:  several distributions provide the same name
  shadowed:       an old name or a second copy of a distribution is never used
  slow:           importing the declarations takes more than 50 ms
  blocked:        RCMVAE_PLUGINS excludes it

The exit code is 1 if something is broken, too new, in conflict or claimed twice, else 0."""
_CHECK = "Check plugins against the contract of their kind. The exit code is 1 if a check fails, else 0."


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    subparsers = parser.add_subparsers(dest="subcommand", required=True, metavar="list|show|check|doctor")
    listing = add_subcommand(subparsers, "list", "list the plugins, one per line")
    kinds = listing.add_mutually_exclusive_group()
    kinds.add_argument("only", nargs="?", metavar="KIND", help="list the plugins of this kind only")
    kinds.add_argument("--kind", metavar="KIND", help="the same")
    showing = add_subcommand(
        subparsers, "show", "show the description, the parameters and an example of a plugin"
    )
    showing.add_argument(
        "names",
        nargs="+",
        metavar="NAME",
        help="a plugin, such as film; or KIND NAME, such as conditioner film",
    )
    checking = add_subcommand(
        subparsers, "check", "check plugins against the contract of their kind", description=_CHECK
    )
    checking.add_argument(
        "names",
        nargs="+",
        metavar="NAME",
        help="a plugin, KIND NAME if several kinds have a plugin of this name, or a distribution",
    )
    checking.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", dest="values",
        help="the value of a parameter that has no default, as TOML; can be repeated",
    )  # fmt: skip
    checking.set_defaults(action="rcmvae_core.cli.actions.plugins_check:main")
    doctor = add_subcommand(subparsers, "doctor", "find errors of the installation", description=_DOCTOR)
    doctor.add_argument("--verbose", action="store_true", help="print tracebacks")
    doctor.add_argument(
        "--import", action="store_true", dest="load", help="import every implementation as well"
    )
    doctor.set_defaults(action="rcmvae_core.cli.actions.plugins_doctor:main")
    for subparser in (listing, showing, checking, doctor):
        add_format(subparser)


def check(options: argparse.Namespace) -> None:
    """Find the installed plugins, and those that `plugins check` has to check.

    Raises:
        RcmvaeError: E108 or E201 if a name is unknown; the error of a value that is not TOML.
    """
    options.registry = discover()
    if options.subcommand == "check":
        options.chosen = _choose(options.registry, options.names)
        options.parameters = dict[str, Any]()
        for setting in options.values:
            options.parameters |= parse_override(setting).plain


def main(options: argparse.Namespace) -> int:
    """List the plugins, or show one.

    Raises:
        RcmvaeError: E108 if the kind is unknown, E201 if the plugin is, E211 if it is broken.
    """
    registry: Registry = options.registry
    if options.subcommand == "show":
        facts = [
            each for kind, name in _named(registry, options.names) for each in _describe(registry, kind, name)
        ]
        pages = [format_plugin(each, registry.kinds[str(each["kind"])]) for each in facts]
        show({"plugins": facts}, options, lambda _: "\n\n".join(pages))
        return 0
    kind_name: str | None = options.only or options.kind
    if kind_name is not None and kind_name not in registry.kinds:
        raise RcmvaeError([unknown_kind(kind_name, registry)])
    rows = [_row(each) for each in registry if kind_name in (None, each.plugin.kind)]
    show({"plugins": rows}, options, lambda _: "\n".join(_align(row.values() for row in rows)) or "none")
    return 0


def _named(registry: Registry, names: list[str]) -> list[tuple[str, str]]:
    """Return kind and name of the plugins that KIND NAME, or a name alone, stands for; old names count too.

    Raises:
        RcmvaeError: E108 if the kind, or a name alone, is unknown.
    """
    if len(names) > 1:
        kind, name, *more = names
        if more or kind not in registry.kinds:
            raise RcmvaeError([unknown_kind(more[0] if more else kind, registry)])
        return [(kind, name)]
    (name,) = names
    kinds = [
        kind for kind in registry.kinds if registry.claims(kind, name) or registry.current_name(kind, name)
    ]
    if not kinds:
        known = sorted({each.plugin.name for each in registry})
        fail("E108", f"unknown plugin `{name}`", help=suggest(name, known, "plugins"))
    return [(kind, name) for kind in kinds]


def _row(registered: Registered) -> dict[str, str]:
    plugin, owner = registered.plugin, registered.distribution
    return {
        "kind": plugin.kind,
        "name": plugin.name,
        "distribution": owner.name,
        "version": owner.version,
        "summary": plugin.summary,
    }


def _align(rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """Yield rows as lines with aligned columns."""
    table = [[printable(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for row in table:
        yield "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()


def _describe(registry: Registry, kind: str, name: str) -> list[Facts]:
    """Describe the plugin of each distribution that provides a name.

    Args:
        registry: the plugins.
        kind: a kind.
        name: a name, which may be an old one.

    Returns:
        As `of_plugin` does, for each plugin.

    Raises:
        RcmvaeError: E201 if the name is unknown, E211 if a plugin is broken.
    """
    claims = registry.claims(kind, name) or registry.claims(kind, registry.current_name(kind, name) or "")
    if not claims:
        raise RcmvaeError([unknown_plugin(kind, name, registry)])
    try:
        return [of_plugin(registered, registry) for registered in claims]
    except Exception as error:  # noqa: BLE001 - importing a plugin can raise anything
        message = f"{kind} `{name}` is broken: {type(error).__name__}: {error}".splitlines()[0]
        fail("E211", message, help=["see `rcmvae plugins doctor --verbose`"])


def _choose(registry: Registry, names: list[str]) -> list[Registered]:
    """Return the plugins that a name, or a kind and a name, selects.

    Raises:
        RcmvaeError: E108 or E201 if there are none, E108 if several kinds have a plugin of this name.
    """
    if len(names) > 1:
        return _of_kind(registry, names)
    (name,) = names
    owned = [each for each in registry if canonical(each.distribution.name) == canonical(name)]
    return owned or _of_name(registry, name)


def _of_kind(registry: Registry, names: list[str]) -> list[Registered]:
    kind, name, *more = names
    if more or kind not in registry.kinds:
        raise RcmvaeError([unknown_kind(kind, registry)])
    claims = list(registry.claims(kind, name))
    if not claims:
        raise RcmvaeError([unknown_plugin(kind, name, registry)])
    return claims


def _of_name(registry: Registry, name: str) -> list[Registered]:
    plugins = [each for each in registry if each.plugin.name == name]
    kinds = sorted({each.plugin.kind for each in plugins})
    if len(kinds) > 1:
        message = f"`{name}` is a plugin of several kinds: {quoted(kinds)}"
        fail("E108", message, help=[f"give the kind, such as: rcmvae plugins check {kinds[0]} {name}"])
    if not plugins:
        names = sorted(
            {each.plugin.name for each in registry} | {each.distribution.name for each in registry}
        )
        fail("E108", f"unknown plugin or distribution `{name}`", help=suggest(name, names, "plugins"))
    return plugins
