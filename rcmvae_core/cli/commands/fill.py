"""Print a spec with every default written out, ready to run; comments show where each value comes from."""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from rcmvae_core.cli.arguments import add_format, add_settings, read_tree
from rcmvae_core.cli.diagnostics import as_json, print_diagnostics, printable
from rcmvae_core.cli.output import show
from rcmvae_core.cli.streams import print_document
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.spec.provenance import Setting, settings
from rcmvae_core.spec.write import Path as Names
from rcmvae_core.spec.write import document, dumps

_SCHEMA = "#:schema ./.rcmvae/schema.json\n"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("spec", type=Path, metavar="SPEC", help="a TOML file")
    add_settings(parser)
    parser.add_argument(
        "--docs", action="store_true", help="print the description of each parameter above it"
    )
    add_format(parser)


def main(options: argparse.Namespace) -> int:
    """Print the spec."""
    registry = discover()
    resolved, root = read_tree(options.spec, options.settings, registry)
    spec = document(resolved, registry.kinds)
    by_path = settings(resolved, root, registry.kinds)
    if options.format == "json":
        origins = {setting.key: setting.origin for setting in by_path.values() if not setting.inner}
        warnings = [as_json(warning) for warning in resolved.warnings]
        show({"spec": spec, "origins": origins, "diagnostics": warnings}, options, str)
        return 0
    print_diagnostics(resolved.warnings)
    print_document(_SCHEMA + _Comments(by_path, docs=options.docs).render(spec))
    return 0


class _Comments:
    """The comments of a spec: the origin of each value, absent parameters, and descriptions."""

    def __init__(self, settings: dict[Names, Setting], *, docs: bool) -> None:
        self.settings, self.docs = settings, docs
        self.absent: defaultdict[Names, list[Setting]] = defaultdict(list)
        for path, setting in settings.items():
            if setting.value is None and setting.field is not None and not setting.inner:
                self.absent[path[:-1]].append(setting)

    def render(self, spec: dict[str, object]) -> str:
        """Return a spec as TOML with the comments."""
        return dumps(spec, self.behind, above=self.above, below=self.below)

    def behind(self, path: Names) -> str:
        """Return the comment behind a value: its origin."""
        setting = self.settings.get(path)
        return printable(setting.origin) if setting else ""

    def above(self, path: Names) -> Iterator[str]:
        """Yield the comments above a value or a table: its description."""
        setting = self.settings.get(path)
        if self.docs and setting is not None:
            yield from _docs(setting)

    def below(self, path: Names) -> Iterator[str]:
        """Yield the comments below a table: its absent parameters."""
        for setting in self.absent.get(path, ()):
            if self.docs:
                yield from _docs(setting)
            assert setting.field is not None  # noqa: S101 - only parameters are absent
            yield f"{setting.path[-1]} = (absent: {printable(setting.field.type_name)})"


def _docs(setting: Setting) -> Iterator[str]:
    if setting.part is not None:
        yield printable(setting.part.registered.plugin.summary)
    elif setting.field is not None:
        bounds = setting.field.rule.interval()
        yield printable(setting.field.rule.doc + (f" In {bounds}." if bounds else ""))
