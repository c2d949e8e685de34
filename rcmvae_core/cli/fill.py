"""Print a spec with every default written out, ready to run; comments say where each value came from."""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from rcmvae_core.cli.common import add_json, add_settings, read_tree
from rcmvae_core.cli.output import as_json, complain, printable
from rcmvae_core.discovery import discover
from rcmvae_core.provenance import Setting, settings
from rcmvae_core.resolved_toml import Path as Names
from rcmvae_core.resolved_toml import document, dumps

_SCHEMA = "#:schema ./.rcmvae/schema.json\n"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("spec", type=Path, metavar="SPEC", help="a TOML file")
    add_settings(parser)
    parser.add_argument("--docs", action="store_true", help="say above each parameter what it is")
    add_json(parser)


def main(options: argparse.Namespace) -> int:
    """Fill in."""
    registry = discover()
    resolved, root = read_tree(options.spec, options.settings, registry)
    whole = document(resolved, registry.kinds)
    known = settings(resolved, root, registry.kinds)
    if options.format == "json":
        origins = {setting.key: setting.origin for setting in known.values() if not setting.inner}
        warnings = [as_json(warning) for warning in resolved.warnings]
        print(json.dumps({"spec": whole, "origins": origins, "diagnostics": warnings}, indent=2))
        return 0
    complain(resolved.warnings)
    print(_SCHEMA + _Comments(known, docs=options.docs).render(whole), end="")
    return 0


class _Comments:
    """What is said beside the values."""

    def __init__(self, known: dict[Names, Setting], *, docs: bool) -> None:
        self.known, self.docs = known, docs
        self.absent: defaultdict[Names, list[Setting]] = defaultdict(list)
        for path, setting in known.items():
            if setting.value is None and setting.field is not None and not setting.inner:
                self.absent[path[:-1]].append(setting)

    def render(self, whole: dict[str, object]) -> str:
        return dumps(whole, self.behind, above=self.above, below=self.below)

    def behind(self, path: Names) -> str:
        setting = self.known.get(path)
        return printable(setting.origin) if setting else ""

    def above(self, path: Names) -> Iterator[str]:
        setting = self.known.get(path)
        if self.docs and setting is not None:
            yield from _docs(setting)

    def below(self, path: Names) -> Iterator[str]:
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
