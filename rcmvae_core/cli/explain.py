"""What a diagnostic's code means (`explain E201`), or where a value of a spec comes from (`explain SPEC PATH`)."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator
from pathlib import Path

from rcmvae_core.cli.common import add_json, add_settings, read_tree
from rcmvae_core.cli.output import as_json, complain, printable
from rcmvae_core.discovery import discover
from rcmvae_core.errors import Diagnostic, RcmvaeError
from rcmvae_core.facts import Facts, as_words, of_field
from rcmvae_core.provenance import Setting, settings
from rcmvae_core.structure import suggest

PAGES = Path(__file__).parent / "pages"
_CODE = re.compile(r"[EWew]\d{3}")
_WIDEST = 160


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("subject", nargs="?", metavar="CODE|SPEC", help="a code such as E201, or a TOML file")
    parser.add_argument(
        "path",
        nargs="?",
        metavar="PATH",
        help="a value of the spec, such as loss.kl_z.weight, or a table; else all",
    )
    add_settings(parser)
    parser.add_argument("--list", action="store_true", help="list every code")
    add_json(parser)


def main(options: argparse.Namespace) -> int:
    """Explain."""
    as_text = options.format == "text"
    if options.list:
        titles = {code: title(code) for code in codes()}
        print("\n".join(f"{c}  {t}" for c, t in titles.items()) if as_text else json.dumps(titles, indent=2))
    elif options.subject is None:
        raise _unknown("nothing to explain", ["write explain CODE, explain SPEC PATH or explain --list"])
    elif options.path is None and not _is_spec(options.subject):
        _explain_code(options.subject, as_text=as_text)
    else:
        _explain_spec(options, as_text=as_text)
    return 0


def codes() -> list[str]:
    """Every code that has a page."""
    return sorted(page.stem for page in PAGES.glob("*.md"))


def title(code: str) -> str:
    """A code's meaning in one line."""
    return page(code).splitlines()[0].partition(": ")[2]


def page(code: str) -> str:
    """The page of a code, Markdown."""
    return (PAGES / f"{code}.md").read_text(encoding="utf-8")


def _is_spec(subject: str) -> bool:
    return not _CODE.fullmatch(subject) and ("." in subject or Path(subject).exists())


def _unknown(message: str, help_: list[str]) -> RcmvaeError:
    return RcmvaeError([Diagnostic("E108", message, help=help_)])


def _explain_code(subject: str, *, as_text: bool) -> None:
    code, known = subject.upper(), codes()
    if code not in known:
        help_ = [*suggest(code, known, "codes"), "all with their meanings: rcmvae explain --list"]
        raise _unknown(f"there is no diagnostic code `{subject}`", help_)
    if as_text:
        print(page(code), end="")
        return
    severity = "warning" if code.startswith("W") else "error"
    print(
        json.dumps({"code": code, "severity": severity, "title": title(code), "page": page(code)}, indent=2)
    )


def _explain_spec(options: argparse.Namespace, *, as_text: bool) -> None:
    registry = discover()
    resolved, root = read_tree(Path(options.subject), options.settings, registry)
    known = {setting.key: setting for setting in settings(resolved, root, registry.kinds).values()}
    asked: str = options.path or ""
    exact = known.get(asked)
    found = [exact] if exact else [s for key, s in known.items() if not asked or key.startswith(f"{asked}.")]
    if not found:
        raise _unknown(f"the spec has no value `{asked}`", suggest(asked, list(known), "values"))
    if not as_text:
        values = [_as_json(setting) for setting in found]
        print(
            json.dumps({"values": values, "diagnostics": [as_json(d) for d in resolved.warnings]}, indent=2)
        )
        return
    complain(resolved.warnings)
    if exact:
        print("\n".join(_lines(exact)))
    else:
        print("\n".join(f"{_head(s)}  # {printable(s.origin)}" for s in found if not s.inner))


def _head(setting: Setting) -> str:
    return f"[{setting.key}]" if setting.part is not None else f"{setting.key} = {setting.text}"


def _lines(setting: Setting) -> Iterator[str]:
    """Everything about one value, a fact a line."""
    yield _head(setting)
    yield f"  {'from':<8} {_origin(setting)}"
    if setting.place is not None and setting.place.source.kind == "file":
        lines = setting.place.source.text.split("\n")
        yield f"  {'':<8}   {printable(lines[setting.place.span.line - 1].strip()[:_WIDEST])}"
    for name, words in as_words(_facts(setting)).items():
        yield f"  {name:<8} {printable(words)}"


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
