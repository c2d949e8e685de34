"""Explain a diagnostic code (`explain E201`), or where a value of a spec comes from (`explain SPEC PATH`)."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

from rcmvae_core.cli.arguments import add_format, add_settings, read_tree
from rcmvae_core.cli.diagnostics import as_json, print_diagnostics, printable
from rcmvae_core.cli.output import show
from rcmvae_core.errors import fail
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.spec.describe_plugin import Facts, as_words, of_field
from rcmvae_core.spec.messages import suggest
from rcmvae_core.spec.provenance import Setting, settings

PAGES = Path(__file__).parents[1] / "pages"
_CODE = re.compile(r"[EWew]\d{3}")
_MAX_WIDTH = 160


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("subject", nargs="?", metavar="CODE|SPEC", help="a code such as E201, or a TOML file")
    parser.add_argument(
        "path",
        nargs="?",
        metavar="PATH",
        help="a value of the spec, such as loss.kl_z.weight, or a table (default: every value)",
    )
    add_settings(parser)
    parser.add_argument("--list", action="store_true", help="list every code")
    add_format(parser)


def main(options: argparse.Namespace) -> int:
    """Explain a code or a spec, or list the codes.

    Raises:
        RcmvaeError: E108 if the code or the value is unknown; the errors of the spec.
    """
    if options.list:
        titles = {code: title(code) for code in codes()}
        show(titles, options, lambda _: "\n".join(f"{code}  {text}" for code, text in titles.items()))
    elif options.subject is None:
        fail("E108", "nothing to explain", help=["write explain CODE, explain SPEC PATH or explain --list"])
    elif options.path is None and not _is_spec(options.subject):
        _explain_code(options)
    else:
        _explain_spec(options)
    return 0


def codes() -> list[str]:
    """Return every code that has a page."""
    return sorted(page.stem for page in PAGES.glob("*.md"))


def title(code: str) -> str:
    """Return the meaning of a code as one line."""
    return page(code).splitlines()[0].partition(": ")[2]


def page(code: str) -> str:
    """Return the page of a code, in Markdown."""
    return (PAGES / f"{code}.md").read_text(encoding="utf-8")


def _is_spec(subject: str) -> bool:
    return not _CODE.fullmatch(subject) and ("." in subject or Path(subject).exists())


def _explain_code(options: argparse.Namespace) -> None:
    code, names = options.subject.upper(), codes()
    if code not in names:
        help_ = [*suggest(code, names, "codes"), "all codes with their meanings: rcmvae explain --list"]
        fail("E108", f"unknown diagnostic code `{options.subject}`", help=help_)
    severity = "warning" if code.startswith("W") else "error"
    text = page(code)
    values = {"code": code, "severity": severity, "title": title(code), "page": text}
    show(values, options, lambda _: text.removesuffix("\n"))


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
        registered = setting.part.registered
        owner = registered.distribution
        return {"part": f"{setting.part} of {owner.name} {owner.version}", "doc": registered.plugin.summary}
    return of_field(setting.field) if setting.field is not None else {}


def _as_json(setting: Setting) -> dict[str, object]:
    return {"path": setting.key, "value": setting.value, "from": _origin(setting), **_facts(setting)}
