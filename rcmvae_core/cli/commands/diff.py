"""Compare two specs after defaults; the exit code is 0 whether they differ or not."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path

import attrs

from rcmvae_core.cli.arguments import add_format, read_tree
from rcmvae_core.cli.diagnostics import as_json, print_diagnostics, printable
from rcmvae_core.cli.output import show
from rcmvae_core.errors import Diagnostic, SpecError
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.plugin.registry import Registry
from rcmvae_core.spec.provenance import Setting, settings
from rcmvae_core.spec.write import Path as Names


@attrs.frozen
class Difference:
    """A value of one spec and that of the other; None if a spec does not have its path."""

    a: Setting | None
    b: Setting | None


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("a", type=Path, metavar="A", help="a spec or a run directory")
    parser.add_argument("b", type=Path, metavar="B", help="another spec or run directory")
    add_format(parser)


def main(options: argparse.Namespace) -> int:
    """Compare the specs and print the differences.

    Raises:
        SpecError: with the errors of both specs.
    """
    registry = discover()
    specs: list[dict[Names, Setting]] = []
    warnings: list[Diagnostic] = []
    errors: list[Diagnostic] = []
    for path in (options.a, options.b):
        try:
            by_path, of_spec = _read(path, registry)
        except SpecError as error:
            errors += error.diagnostics
        else:
            specs.append(by_path)
            warnings += of_spec
    if errors:
        raise SpecError(errors)
    differences = list(compare(*specs))
    if options.format == "text":
        print_diagnostics(warnings)
    a, b = printable(str(options.a)), printable(str(options.b))
    show(_as_json(differences, warnings), options, lambda _: _as_text(differences, a, b))
    return 0


def _read(path: Path, registry: Registry) -> tuple[dict[Names, Setting], Iterable[Diagnostic]]:
    file = path / "spec.toml" if path.is_dir() else path
    resolved, root = read_tree(file, (), registry)
    return settings(resolved, root, registry.kinds), resolved.warnings


def compare(a: dict[Names, Setting], b: dict[Names, Setting]) -> Iterator[Difference]:
    """Yield the differences in the order of `a`, then the values that only `b` has."""
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
    # A name that neither spec sets is that of its file, and has no effect on the run.
    unnamed = a.path == ("name",) and a.place is b.place is None
    return a.value == b.value or unnamed


def _as_json(differences: Iterable[Difference], warnings: Iterable[Diagnostic]) -> dict[str, object]:
    def side(setting: Setting | None) -> dict[str, object] | None:
        return setting and {"value": setting.value, "origin": setting.origin, "part": _part(setting)}

    rows = [
        {"path": either.key, "a": side(d.a), "b": side(d.b)}
        for d in differences
        if (either := d.a or d.b) is not None
    ]
    return {"same": not rows, "differences": rows, "diagnostics": [as_json(d) for d in warnings]}


def _part(setting: Setting) -> str | None:
    if setting.part is None:
        return None
    owner = setting.part.registered.distribution
    return f"{setting.part.kind} {setting.part.name} of {owner.name} {owner.version}"


def _as_text(differences: list[Difference], a: str, b: str) -> str:
    """Return the differences as text.

    Args:
        differences: between the specs.
        a: the name of the first spec.
        b: the name of the second.
    """
    if not differences:
        return f"{a} and {b} are the same"
    changed = [f"  {d.a.key}: {_value(d.a)} -> {_value(d.b)}" for d in differences if d.a and d.b]
    groups = {
        "changed": changed,
        f"only in {a}": [f"  {_line(d.a)}" for d in differences if d.a and not d.b],
        f"only in {b}": [f"  {_line(d.b)}" for d in differences if d.b and not d.a],
    }
    return "\n".join(line for title, lines in groups.items() if lines for line in (title, *lines))


def _value(setting: Setting) -> str:
    return printable(f"{_part(setting) or setting.text} ({setting.origin})")


def _line(setting: Setting) -> str:
    if setting.part is not None:
        return printable(f"[{setting.key}] ({setting.origin})")
    return f"{setting.key} = {_value(setting)}"
