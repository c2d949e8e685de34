"""Explain a diagnostic code (`explain E201`), a value of a spec (`explain SPEC PATH`), or print a page (`explain prior`)."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

from rcmvae_core.cli import manual
from rcmvae_core.cli.arguments import add_format, add_settings, read_tree
from rcmvae_core.cli.diagnostics import as_json, print_diagnostics, print_warnings, printable
from rcmvae_core.cli.output import show
from rcmvae_core.errors import Diagnostic, RunError, fail
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.spec.describe_plugin import Facts, as_words, of_field
from rcmvae_core.spec.messages import suggest
from rcmvae_core.spec.provenance import Setting, settings

_CODE = re.compile(r"[EW](\d{3}|-[A-Z0-9-]+)", re.IGNORECASE)
_MAX_WIDTH = 160


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "subject",
        nargs="?",
        metavar="CODE|SPEC|PAGE",
        help="a code such as E201, a TOML file, or a page of the documentation such as prior or predicting",
    )
    parser.add_argument(
        "path",
        nargs="?",
        metavar="PATH",
        help="a value of the spec, such as loss.kl_z.weight, or a table (default: every value)",
    )
    add_settings(parser)
    parser.add_argument("--list", action="store_true", help="list every code and every page")
    add_format(parser)


def main(options: argparse.Namespace) -> int:
    """Explain a code or a spec, print a page, or list codes and pages.

    Raises:
        RcmvaeError: E108 if the code, the page or the value is unknown; the errors of the spec.
    """
    if options.list:
        titles = {code: manual.title(manual.page(code)) for code in manual.codes()}
        pages, failed = manual.pages_of_packages(discover())
        titles |= {code: manual.title(text) for code, text in pages.items()}
        titles |= {name: _heading(path) for name, path in manual.documents().items()}
        show(
            titles,
            options,
            lambda _: "\n".join(f"{name}  {printable(text)}" for name, text in titles.items()),
        )
        print_warnings([_left_out(error) for error in failed], options.format)
    elif options.subject is None:
        help_ = ["write explain CODE, explain SPEC PATH, explain PAGE or explain --list"]
        fail("E108", "nothing to explain", help=help_)
    elif options.path is None and _CODE.fullmatch(options.subject):
        _explain_code(options)
    elif options.path is None and not _is_spec(options.subject):
        _print_page(options)
    else:
        _explain_spec(options)
    return 0


def _heading(path: Path) -> str:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((line.lstrip("# ") for line in lines if line.startswith("#")), "")


def _left_out(error: RunError) -> Diagnostic:
    """Return the warning that the pages of a package are left out of a list."""
    (failure,) = error.diagnostics
    help_ = [*failure.help, "see `rcmvae plugins doctor --verbose`"]
    return Diagnostic("W481", f"the pages of a package are left out: {failure.message}", help=help_)


def _is_spec(subject: str) -> bool:
    return "." in subject or Path(subject).is_file()


def _explain_code(options: argparse.Namespace) -> None:
    code = options.subject.upper()
    if code in manual.codes():
        text = manual.page(code)
    else:
        others, failed = manual.pages_of_packages(discover())
        if code not in others:
            if failed:  # it may be a code of theirs
                raise failed[0]
            help_ = [*suggest(code, [*manual.codes(), *others], "codes"), "all codes: rcmvae explain --list"]
            fail("E108", f"unknown diagnostic code `{options.subject}`", help=help_)
        text = others[code]
    severity = "warning" if code.startswith("W") else "error"
    values = {"code": code, "severity": severity, "title": manual.title(text), "page": text}
    show(values, options, lambda _: text.removesuffix("\n"))


def _print_page(options: argparse.Namespace) -> None:
    text = manual.document(options.subject)
    if text is None:
        known = [*{Path(name).name for name in manual.documents()}, *manual.codes()]
        help_ = [*suggest(options.subject, known, "pages"), "all codes and pages: rcmvae explain --list"]
        fail("E108", f"there is no code and no page `{options.subject}`", help=help_)
    show({"name": options.subject, "page": text}, options, lambda _: text.removesuffix("\n"))


def _explain_spec(options: argparse.Namespace) -> None:
    registry = discover()
    resolved, root = read_tree(Path(options.subject), options.settings, registry)
    by_key = {setting.key: setting for setting in settings(resolved, root, registry.kinds).values()}
    key: str = options.path or ""
    exact = by_key.get(key)
    below = [setting for name, setting in by_key.items() if not key or name.startswith(f"{key}.")]
    selected = [exact] if exact else below
    if not selected:
        fail("E108", f"the spec has no value `{key}`", help=suggest(key, list(by_key), "values"))
    if options.format == "text":
        print_diagnostics(resolved.warnings)
    values = {
        "values": [_as_json(setting) for setting in selected],
        "diagnostics": [as_json(each) for each in resolved.warnings],
    }
    lines = _lines(exact) if exact else _overview(selected)
    show(values, options, lambda _: "\n".join(lines))


def _overview(selected: list[Setting]) -> Iterator[str]:
    return (f"{_head(setting)}  # {printable(setting.origin)}" for setting in selected if not setting.inner)


def _head(setting: Setting) -> str:
    return f"[{setting.key}]" if setting.part is not None else f"{setting.key} = {setting.text}"


def _lines(setting: Setting) -> Iterator[str]:
    """Yield the description of a value, one fact per line."""
    yield _head(setting)
    yield f"  {'from':<8} {_origin(setting)}"
    if setting.place is not None and setting.place.source.kind == "file":
        lines = setting.place.source.text.split("\n")
        yield f"  {'':<8}   {printable(lines[setting.place.span.line - 1].strip()[:_MAX_WIDTH])}"
    for name, text in as_words(_facts(setting)).items():
        yield f"  {name:<8} {printable(text)}"


def _origin(setting: Setting) -> str:
    return printable(str(setting.place)) if setting.place is not None else "default"


def _facts(setting: Setting) -> Facts:
    if setting.part is not None:
        plugin, owner = setting.part.registered
        unit = {"unit": plugin.unit} if plugin.unit else {}
        return {"part": f"{setting.part} of {owner.name} {owner.version}", **unit, "doc": plugin.summary}
    return of_field(setting.field) if setting.field is not None else {}


def _as_json(setting: Setting) -> dict[str, object]:
    return {"path": setting.key, "value": setting.value, "from": _origin(setting), **_facts(setting)}
