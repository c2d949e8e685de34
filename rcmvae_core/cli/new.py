"""Write something new: a package of plugins that works as it stands, or a spec of what is installed."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from rcmvae_core.cli.common import add_json
from rcmvae_core.cli.output import as_json, complain, printable
from rcmvae_core.cli.questions import interview
from rcmvae_core.discovery import discover
from rcmvae_core.errors import Diagnostic, RcmvaeError, SpecError
from rcmvae_core.files import refuse_existing, write_file, write_folder
from rcmvae_core.kinds import KINDS
from rcmvae_core.registry import Registry
from rcmvae_core.scaffold.complete import SIZES, choose, complete, kinds_in_order
from rcmvae_core.scaffold.draft import Draft
from rcmvae_core.scaffold.names import faults, pairs
from rcmvae_core.scaffold.package import Package, clashes, commands, render
from rcmvae_core.scaffold.spec_text import examples, spec_text

_TABLED = [kind for kind in KINDS if kind.table]


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="plugin|spec")
    plugin = actions.add_parser("plugin", help="a package of working plugins", allow_abbrev=False)
    plugin.add_argument(
        "plugins", nargs="+", metavar="KIND NAME", help="such as conditioner my_gate; several share a package"
    )
    plugin.add_argument(
        "--out", type=Path, metavar="FOLDER", help="where; else in a folder of the distribution's name"
    )
    plugin.add_argument("--package", metavar="NAME", help="the package's name; else that of the first plugin")
    spec = actions.add_parser(
        "spec", help="a spec with a comment on everything; asks where no option is given", allow_abbrev=False
    )
    spec.add_argument("file", nargs="?", type=Path, metavar="FILE", help="where; else it is printed")
    spec.add_argument("--name", help="the run's name; else that of the file")
    spec.add_argument("--minimal", action="store_true", help="leave out what has a default")
    _add_choices(spec)
    for action in (plugin, spec):
        add_json(action)


def _add_choices(parser: argparse.ArgumentParser) -> None:
    for size, values in SIZES.items():
        kind = type(values[0])
        parser.add_argument(f"--{size}", type=kind, metavar="VALUE", help=f"`{size}` of `[latent]`")
    for kind in _TABLED:
        if kind.slot in ("one", "optional"):
            parser.add_argument(f"--{kind.name}", metavar="NAME", help=f"the {kind.name}")
        else:
            again = f"a {kind.name}; may be repeated"
            parser.add_argument(f"--{kind.name}", metavar="NAME", action="append", help=again)
        if kind.slot == "optional":
            out = f"leave the {kind.name} out"
            parser.add_argument(f"--no-{kind.name}", action="store_const", const="", dest=kind.name, help=out)


def main(options: argparse.Namespace) -> int:
    """Write a package or a spec."""
    return _plugin(options) if options.action == "plugin" else _spec(options)


def _plugin(options: argparse.Namespace) -> int:
    wanted = pairs(options.plugins)
    package = Package(options.package or wanted[0].name, tuple(wanted))
    target: Path = options.out if options.out is not None else Path(package.distribution)
    found = [*faults(wanted, package.name, discover()), *clashes(wanted), *refuse_existing(target)]
    if found:
        raise RcmvaeError(found)
    texts = render(package)
    write_folder(target, texts)
    files = [str(target / name) for name in texts]
    place = shlex.quote(str(target) if target.is_absolute() else f"./{target}")
    checks = [f"rcmvae plugins check {kind} {name}" for kind, name in wanted]
    following = [f"pip install -e {place}", *checks, f"python -m pytest {place}", *commands(package)]
    if options.format == "json":
        about = {"package": package.name, "distribution": package.distribution, "folder": str(target)}
        print(json.dumps({**about, "files": files, "next": following}, indent=2))
    else:
        _tell(files, following)
    return 0


def _tell(files: list[str], following: list[str]) -> None:
    print("\n".join(printable(line) for line in files))
    print("\nnext:\n" + "\n".join(f"  {printable(line)}" for line in following))


def _spec(options: argparse.Namespace) -> int:
    file: Path | None = options.file
    if file is not None and (found := refuse_existing(file)):
        raise RcmvaeError(found)
    registry = discover()
    draft = interview(registry) if _asks(options) else _given(options, registry)
    completed = complete(draft, registry, default_name=file.stem if file is not None else "run")
    if completed.resolved is None:
        raise SpecError(completed.faults)
    text = spec_text(completed.draft, completed.resolved, registry, minimal=options.minimal)
    if file is not None:
        write_file(file, text)
    missing = examples(completed.draft, completed.resolved, registry)
    _tell_spec(options, text, missing, completed.resolved.warnings)
    return 0


def _tell_spec(
    options: argparse.Namespace, text: str, missing: list[str], warnings: Sequence[Diagnostic]
) -> None:
    file: Path | None = options.file
    following = (
        [] if file is None else [f"rcmvae {verb} {shlex.quote(str(file))}" for verb in ("validate", "run")]
    )
    if options.format == "json":
        about = {"file": file and str(file), "toml": text, "examples": missing, "next": following}
        print(json.dumps({**about, "diagnostics": [as_json(warning) for warning in warnings]}, indent=2))
        return
    complain(warnings)
    if file is None:
        print(text, end="")
    else:
        _tell([str(file)], following)
    if missing:
        print(f"put your own in place of the examples: {', '.join(missing)}", file=sys.stderr)


def _asks(options: argparse.Namespace) -> bool:
    """Whether there is someone to ask, and nothing was said yet."""
    said = [getattr(options, name) for name in (*SIZES, *(kind.name for kind in _TABLED), "name")]
    silent = all(value is None for value in said) and not options.minimal and options.format == "text"
    return silent and sys.stdin is not None and sys.stdin.isatty()


def _given(options: argparse.Namespace, registry: Registry) -> Draft:
    """What the options choose; the rest is open."""
    sizes = {name: getattr(options, name) for name in SIZES if getattr(options, name) is not None}
    draft = Draft(sizes=sizes, name=options.name)
    for kind in kinds_in_order(registry):
        named = getattr(options, kind.name, None) if kind in _TABLED else None
        if named is not None:
            names = [named] if isinstance(named, str) else named
            draft = choose(draft, kind.name, filter(None, names), registry)
    return draft
