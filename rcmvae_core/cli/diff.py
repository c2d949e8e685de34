"""Compare two specs after defaults: what each run would really do differently. Equal or not, the exit code is 0."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import attrs

from rcmvae_core.cli.common import add_json, read_tree
from rcmvae_core.cli.output import as_json, complain, printable
from rcmvae_core.discovery import discover
from rcmvae_core.errors import Diagnostic, SpecError
from rcmvae_core.provenance import Setting, settings
from rcmvae_core.registry import Registry
from rcmvae_core.resolved_toml import Path as Names


@attrs.frozen
class Difference:
    """A value of one spec beside that of the other; None where a spec has no such path."""

    a: Setting | None
    b: Setting | None


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("a", type=Path, metavar="A", help="a spec, or a run directory")
    parser.add_argument("b", type=Path, metavar="B", help="the other")
    add_json(parser)


def main(options: argparse.Namespace) -> int:
    """Compare."""
    registry = discover()
    specs: list[dict[Names, Setting]] = []
    warnings: list[Diagnostic] = []
    faults: list[Diagnostic] = []
    for path in (options.a, options.b):
        try:
            found, warned = _read(path, registry)
        except SpecError as error:
            faults += error.diagnostics
        else:
            specs.append(found)
            warnings += warned
    if faults:
        raise SpecError(faults)
    differences = list(compare(*specs))
    if options.format == "json":
        print(json.dumps(_as_json(differences, warnings), indent=2))
        return 0
    complain(warnings)
    _show(differences, printable(str(options.a)), printable(str(options.b)))
    return 0


def _read(path: Path, registry: Registry) -> tuple[dict[Names, Setting], Iterable[Diagnostic]]:
    file = path / "spec.toml" if path.is_dir() else path
    resolved, root = read_tree(file, (), registry)
    return settings(resolved, root, registry.kinds), resolved.warnings


def compare(a: dict[Names, Setting], b: dict[Names, Setting]) -> Iterator[Difference]:
    """What differs, in the order of `a`, then what only `b` has."""
    for path in (*a, *(path for path in b if path not in a)):
        difference = Difference(a.get(path), b.get(path))
        inner = any(side is not None and side.inner for side in (difference.a, difference.b))
        if not inner and not _same(difference):
            yield difference


def _same(difference: Difference) -> bool:
    a, b = difference.a, difference.b
    if a is None or b is None:
        return False
    if a.part is not None and b.part is not None:
        return a.part.registered == b.part.registered
    # A name that neither gives is the file's, and says nothing of the run.
    unnamed = a.path == ("name",) and a.place is b.place is None
    return a.value == b.value or unnamed


def _as_json(differences: Iterable[Difference], warnings: Iterable[Diagnostic]) -> dict[str, object]:
    def side(setting: Setting | None) -> dict[str, object] | None:
        return setting and {"value": setting.value, "origin": setting.origin, "part": _part(setting)}

    found = [
        {"path": shown.key, "a": side(d.a), "b": side(d.b)}
        for d in differences
        if (shown := d.a or d.b) is not None
    ]
    return {"same": not found, "differences": found, "diagnostics": [as_json(d) for d in warnings]}


def _part(setting: Setting) -> str | None:
    if setting.part is None:
        return None
    owner = setting.part.registered.distribution
    return f"{setting.part.kind} {setting.part.name} of {owner.name} {owner.version}"


def _show(differences: list[Difference], a: str, b: str) -> None:
    if not differences:
        print(f"{a} and {b} are the same")
        return
    changed = [f"  {d.a.key}: {_value(d.a)} -> {_value(d.b)}" for d in differences if d.a and d.b]
    groups = {
        "changed": changed,
        f"only in {a}": [f"  {_line(d.a)}" for d in differences if d.a and not d.b],
        f"only in {b}": [f"  {_line(d.b)}" for d in differences if d.b and not d.a],
    }
    print("\n".join(line for title, lines in groups.items() if lines for line in (title, *lines)))


def _value(setting: Setting) -> str:
    return printable(f"{_part(setting) or setting.text} ({setting.origin})")


def _line(setting: Setting) -> str:
    if setting.part is not None:
        return printable(f"[{setting.key}] ({setting.origin})")
    return f"{setting.key} = {_value(setting)}"
