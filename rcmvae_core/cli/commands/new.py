"""Write a package of working plugins, or a spec for the installed plugins, to start from."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from rcmvae_core.cli.arguments import add_format, add_subcommand
from rcmvae_core.cli.ask_source import Source, ask_source, read_size
from rcmvae_core.cli.diagnostics import as_json, print_diagnostics, printable
from rcmvae_core.cli.interview import interview
from rcmvae_core.cli.output import show
from rcmvae_core.cli.source_path import source_path
from rcmvae_core.cli.streams import print_document, print_message
from rcmvae_core.errors import Diagnostic, RcmvaeError, SpecError, fail, quoted
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.plugin.kinds import KINDS
from rcmvae_core.plugin.registry import Registry
from rcmvae_core.runtime.atomic_files import write_file, write_folder
from rcmvae_core.runtime.outputs import check_outputs, output_errors
from rcmvae_core.scaffold.complete import choose_plugins, complete_draft
from rcmvae_core.scaffold.defaults import LATENT_CHOICES, kinds_in_order
from rcmvae_core.scaffold.draft import Draft
from rcmvae_core.scaffold.names import name_errors, parse_plugins
from rcmvae_core.scaffold.package import Package, name_conflicts, render_package, try_commands
from rcmvae_core.scaffold.spec_text import example_keys, render_spec

_KINDS = [kind for kind in KINDS if kind.table]


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    subparsers = parser.add_subparsers(dest="subcommand", required=True, metavar="plugin|spec")
    plugin = add_subcommand(subparsers, "plugin", "write a package of working plugins")
    plugin.add_argument(
        "plugins",
        nargs="+",
        metavar="KIND NAME",
        help="a plugin, such as conditioner my_gate; can be repeated",
    )
    plugin.add_argument(
        "-o", "--out", type=Path, metavar="DIR", help="the folder (default: named as the distribution)"
    )
    plugin.add_argument(
        "--package", metavar="NAME", help="the name of the package (default: that of the first plugin)"
    )
    spec = add_subcommand(
        subparsers, "spec", "write a commented spec; ask for its plugins if no option is given"
    )
    spec.add_argument("file", nargs="?", type=Path, metavar="FILE", help="the file (default: print the spec)")
    spec.add_argument(
        "--from",
        dest="source",
        metavar="PATH",
        help="look at this folder of images, table, .npz or .npy file, and write a recipe that fits",
    )
    spec.add_argument(
        "--label",
        metavar="NAME",
        help="with --from: the column, the array or the file that has the labels",
    )
    spec.add_argument(
        "--size",
        type=_size,
        metavar="HxW",
        help="with --from a folder: height and width of images in pixels (default: chosen by the images)",
    )
    spec.add_argument("--name", metavar="NAME", help="the name of the run (default: that of the file)")
    spec.add_argument("--minimal", action="store_true", help="leave out values that have a default")
    _add_choices(spec)
    for subparser in (plugin, spec):
        add_format(subparser)


def _add_choices(parser: argparse.ArgumentParser) -> None:
    """Add an option for each size of the latent space and each kind of plugin."""
    for size, values in LATENT_CHOICES.items():
        type_ = type(values[0])
        parser.add_argument(
            f"--{size}", type=type_, metavar="VALUE", help=f"the value of `{size}` in `[latent]`"
        )
    for kind in _KINDS:
        option = f"--{kind.name}"
        if kind.slot in ("one", "optional"):
            parser.add_argument(option, metavar="NAME", help=f"the {kind.name}")
        else:
            parser.add_argument(
                option,
                metavar="NAME",
                action="append",
                help=f"{_article(kind.name)} {kind.name}; can be repeated",
            )
        if kind.slot == "optional":
            off = f"--no-{kind.name}"
            parser.add_argument(
                off, action="store_const", const="", dest=kind.name, help=f"leave out the {kind.name}"
            )


def _article(noun: str) -> str:
    return "an" if noun[0] in "aeiou" else "a"


def main(options: argparse.Namespace) -> int:
    """Write a package or a spec."""
    if options.subcommand == "plugin":
        return _write_package(options)
    _check_source(options)
    if options.source is None and _is_interactive(options) and (own := _ask_source(options)) is not None:
        options.source, options.label, options.size = own
    return _write_spec(options) if options.source is None else _write_recipe(options)


def _check_source(options: argparse.Namespace) -> None:
    """Raise E424 for `--label` without `--from`, and for choices beside `--from`, which makes them by the data."""
    if options.source is None:
        for name in ("label", "size"):
            if getattr(options, name) is not None:
                fail("E424", f"`--{name}` has no effect without `--from`", help=["add --from PATH"])
        return
    source = source_path(options.source)
    if options.size is not None and source is not None and source.is_file():
        fail("E424", "`--size` has no effect on a file", help=["give a folder of images, or leave it out"])
    names = (*LATENT_CHOICES, *(kind.name for kind in _KINDS))
    chosen = [f"--{name}" for name in names if getattr(options, name) is not None]
    chosen += ["--minimal"] if options.minimal else []
    if chosen:
        help_ = ["leave them out, and change the spec or use `--set` afterwards"]
        fail("E424", f"`--from` excludes {quoted(chosen)}", help=help_)


def _size(text: str) -> tuple[int, int]:
    size = read_size(text)
    if size is None:
        raise argparse.ArgumentTypeError(f"expected one number or two, such as 32 or 32x48, got {text}")
    return size


def _ask_source(options: argparse.Namespace) -> Source | None:
    _refuse_existing(options.file)
    if not discover().names("data"):
        return None  # resolving the spec says what is missing
    return ask_source()


def _refuse_existing(file: Path | None) -> None:
    if file is not None:
        check_outputs([file], [])


def _write_recipe(options: argparse.Namespace) -> int:
    _refuse_existing(options.file)
    # Reading data needs NumPy and the plugins, which writing any other spec does without.
    action: int = import_module("rcmvae_core.cli.actions.new_from").main(options)
    return action


def _write_package(options: argparse.Namespace) -> int:
    plugins = parse_plugins(options.plugins)
    package = Package(options.package or plugins[0].name, tuple(plugins))
    target: Path = options.out if options.out is not None else Path(package.distribution)
    errors = [
        *name_errors(plugins, package.name, discover()),
        *name_conflicts(plugins),
        *output_errors([target]),
    ]
    if errors:
        raise RcmvaeError(errors)
    texts = render_package(package)
    write_folder(target, texts)
    folder = shlex.quote(str(target) if target.is_absolute() else f"./{target}")
    checks = [f"rcmvae plugins check {kind} {name}" for kind, name in plugins]
    files = [str(target / name) for name in texts]
    commands = [
        f"pip install -e {shlex.quote(f'{folder}[test]')}",
        *checks,
        f"python -m pytest {folder}",
        *try_commands(package),
    ]
    values = {
        "package": package.name,
        "distribution": package.distribution,
        "folder": str(target),
        "files": files,
        "next": commands,
    }
    show(values, options, lambda _: _as_text(files, commands))
    return 0


def _as_text(files: list[str], commands: list[str]) -> str:
    lines = [*files, "", "next:", *(f"  {command}" for command in commands)]
    return "\n".join(map(printable, lines))


def _write_spec(options: argparse.Namespace) -> int:
    file: Path | None = options.file
    _refuse_existing(file)
    registry = discover()
    draft = interview(registry) if _is_interactive(options) else _draft(options, registry)
    completed = complete_draft(draft, registry, default_name=file.stem if file is not None else "run")
    if completed.resolved is None:
        raise SpecError(completed.errors)
    text = render_spec(completed.draft, completed.resolved, registry, minimal=options.minimal)
    if file is not None:
        write_file(file, text)
    examples = example_keys(completed.draft, completed.resolved, registry)
    print_spec(options, text, examples, completed.resolved.warnings)
    return 0


def print_spec(
    options: argparse.Namespace, text: str, examples: list[str], warnings: Sequence[Diagnostic]
) -> None:
    """Print the spec, or its file and what to do next.

    Args:
        options: of the verb.
        text: the spec.
        examples: the keys whose values are only examples.
        warnings: of the spec.
    """
    file: Path | None = options.file
    commands = (
        [] if file is None else [f"rcmvae {verb} {shlex.quote(str(file))}" for verb in ("validate", "run")]
    )
    if options.format == "text":
        print_diagnostics(warnings)
    values = {
        "file": file and str(file),
        "toml": text,
        "examples": examples,
        "next": commands,
        "diagnostics": [as_json(warning) for warning in warnings],
    }
    if file is None and options.format == "text":
        print_document(text)
    else:
        show(values, options, lambda _: _as_text([str(file)], commands))
    if examples and options.format == "text":
        print_message(f"replace the example values: {', '.join(examples)}")


def _is_interactive(options: argparse.Namespace) -> bool:
    """Return whether no option is given and stdin is a terminal."""
    names = (*LATENT_CHOICES, *(kind.name for kind in _KINDS), "name")
    no_choice = all(getattr(options, name) is None for name in names)
    no_option = no_choice and not options.minimal and options.format == "text"
    return no_option and sys.stdin is not None and sys.stdin.isatty()


def _draft(options: argparse.Namespace, registry: Registry) -> Draft:
    """Return a draft of the choices that the options make; all others are open."""
    sizes = {name: getattr(options, name) for name in LATENT_CHOICES if getattr(options, name) is not None}
    draft = Draft(sizes=sizes, name=options.name)
    for kind in kinds_in_order(registry):
        value = getattr(options, kind.name, None) if kind in _KINDS else None
        if value is not None:
            names = [value] if isinstance(value, str) else value
            draft = choose_plugins(draft, kind.name, filter(None, names), registry)
    return draft
