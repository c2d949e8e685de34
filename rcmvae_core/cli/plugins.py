"""What is installed: list the plugins, show one, check its promises, or find out what is wrong with them."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator

from rcmvae_core.cli import check
from rcmvae_core.cli.common import add_json
from rcmvae_core.cli.output import printable
from rcmvae_core.cli.sheet import sheet
from rcmvae_core.discovery import discover
from rcmvae_core.errors import Diagnostic, RcmvaeError
from rcmvae_core.facts import of_plugin
from rcmvae_core.registry import Registered, Registry
from rcmvae_core.unknown import unknown_kind, unknown_plugin

_DOCTOR = """What is wrong with the installed plugins, and what to do. Broken: it, or a declaration of it, cannot be
used. Too new: written for another version of the plugin contract. Conflict: what it requires is missing or of another
version. Claimed twice: several distributions provide one name. Shadowed: an old name, or another copy of the
distribution, is never reached. Slow: its declarations take more than 50 ms to import. Blocked: RCMVAE_PLUGINS leaves it
out. The exit code is 1 where something is broken, too new or in conflict, else 0."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="list|show|check|doctor")
    listing = actions.add_parser("list", help="every plugin, a line each")
    listing.add_argument("--kind", metavar="KIND", help="only those of a kind")
    show = actions.add_parser("show", help="everything about one plugin")
    show.add_argument("kind", metavar="KIND", help="such as conditioner")
    show.add_argument("name", metavar="NAME", help="such as film")
    doctor = actions.add_parser("doctor", help="what is wrong, and what to do", description=_DOCTOR)
    doctor.add_argument("--verbose", action="store_true", help="with tracebacks")
    doctor.add_argument("--import", action="store_true", dest="load", help="import every implementation too")
    checking = actions.add_parser(
        "check", help="every promise of a plugin's kind; exit code 1 if one is not kept"
    )
    check.configure(checking)
    for action in (listing, show, checking, doctor):
        add_json(action)


def main(options: argparse.Namespace) -> int:
    """List, show, check or diagnose."""
    registry = discover()
    as_text = options.format == "text"
    if options.action == "doctor":
        return _doctor(registry, options, as_text=as_text)
    if options.action == "check":
        return check.check(registry, options, as_text=as_text)
    if options.kind is not None and options.kind not in registry.kinds:
        raise RcmvaeError([unknown_kind(options.kind, registry)])
    if options.action == "show":
        _show(registry, str(options.kind), options.name, as_text=as_text)
    else:
        _list(registry, options.kind, as_text=as_text)
    return 0


def _doctor(registry: Registry, options: argparse.Namespace, *, as_text: bool) -> int:
    from rcmvae_core.cli.doctor import diagnose, examine  # noqa: PLC0415 - it reads much that others need not

    found = examine(registry, load=options.load)
    print(diagnose(found, verbose=options.verbose) if as_text else json.dumps(found.as_json(), indent=2))
    return 0 if found.healthy else 1


def _list(registry: Registry, kind: str | None, *, as_text: bool) -> None:
    rows = [_row(registered) for registered in registry if kind in (None, registered.plugin.kind)]
    if as_text:
        print("\n".join(_aligned(row.values() for row in rows)) or "none")
    else:
        print(json.dumps({"plugins": rows}, indent=2))


def _row(registered: Registered) -> dict[str, str]:
    plugin, owner = registered.plugin, registered.distribution
    return {
        "kind": plugin.kind,
        "name": plugin.name,
        "distribution": owner.name,
        "version": owner.version,
        "summary": plugin.summary,
    }


def _aligned(rows: Iterable[Iterable[str]]) -> Iterator[str]:
    table = [[printable(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for row in table:
        yield "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()


def _show(registry: Registry, kind: str, name: str, *, as_text: bool) -> None:
    claims = registry.claims(kind, name) or registry.claims(kind, registry.renamed(kind, name) or "")
    if not claims:
        raise RcmvaeError([unknown_plugin(kind, name, registry)])
    try:
        facts = [of_plugin(registered, registry) for registered in claims]
    except Exception as error:  # noqa: BLE001 - the author's fault, told to the user
        message = f"{kind} `{name}` is broken: {type(error).__name__}: {error}".splitlines()[0]
        raise RcmvaeError(
            [Diagnostic("E211", message, help=["see `rcmvae plugins doctor --verbose`"])]
        ) from None
    if as_text:
        print("\n\n".join(sheet(one, registry.kinds[kind]) for one in facts))
    else:
        print(json.dumps({"plugins": facts}, indent=2))
