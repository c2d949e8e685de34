"""Builds the sections about what ran: spec, parts, environment, and how to run it again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from rcmvae_core.report.html import Html, element, join, section, table
from rcmvae_core.report.records import PartView, RunView

_HEADER = re.compile(r"\[(?P<path>[^\]]+)\]")
_ENTRY = re.compile(r"(?P<key>[\w-]+|\"[^\"]*\") = ")
COMMANDS: tuple[tuple[str, str], ...] = (
    ("rcmvae run spec.toml --locked", "train again with the same versions"),
    ("rcmvae run spec.toml --set train.epochs=50", "train again with another value"),
    ("rcmvae predict . FILE -o predictions.csv", "use the model"),
    ("rcmvae compare . ../OTHER", "compare with another run"),
    ("rcmvae report .", "draw this page again"),
)
RESUME = ("rcmvae resume .", "continue this run")


def parts_section(run: RunView) -> Html:
    """Build the table of the model's parts: plugin, package with version, and parameters with defaults dimmed."""
    if not run.parts:
        return Html()
    head = [
        [
            element("th", title, scope="col")
            for title in ("Kind", "Plugin", "Package", "Version", "Parameters")
        ]
    ]
    return section("Parts", table("Parts of the model", head, map(_part, run.parts)))


def _part(part: PartView) -> Html:
    kind = f"{part.kind} {part.label}" if part.label else part.kind
    pairs = [
        element("code", f"{name} = {_json(value)}", class_="default" if name in part.defaults else "given")
        for name, value in part.parameters.items()
    ]
    return element(
        "tr",
        element("th", kind, scope="row"),
        element("td", element("code", part.plugin)),
        element("td", part.distribution),
        element("td", part.version),
        element("td", *_spaced(pairs), class_="pairs") if pairs else element("td", "none", class_="note"),
    )


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _spaced(pieces: list[Html]) -> Iterator[str]:
    for number, piece in enumerate(pieces):
        yield from (" ", piece) if number else (piece,)


def spec_section(run: RunView) -> Html:
    """Build the resolved spec with defaults dimmed; copied from the page, it is exactly the spec that ran."""
    # A parser drops one line feed right after <pre>: this one, not the spec's own.
    lines = (
        element("span", line, class_="default") if is_default else line
        for line, is_default in spec_lines(run)
    )
    content = element(
        "pre", Html("\n"), *lines, class_="spec", tabindex="0", role="region", aria_label="Resolved spec"
    )
    note = "Every value of the run; defaults are dimmed." if run.defaults else ""
    return section("Spec", content, note=note)


def spec_lines(run: RunView) -> Iterator[tuple[str, bool]]:
    """Yield the lines of the spec, with their ends, and whether each is a value that is a default."""
    prefix = ""
    for line in run.spec_text.splitlines(keepends=True):
        if match := _HEADER.match(line):
            prefix = f"{match['path']}."
        entry = _ENTRY.match(line)
        yield line, entry is not None and f"{prefix}{entry['key']}" in run.defaults


def again_section(run: RunView) -> Html:
    """Build the commands that run it again, or resume it."""
    commands = COMMANDS if run.summary else (RESUME, *COMMANDS[:2])
    rows = [
        element("div", element("dt", element("code", command)), element("dd", why))
        for command, why in commands
    ]
    note = "In the folder of the run, where this page is:"
    return section("Run it again", element("dl", *rows, class_="commands"), note=note)


def environment_section(run: RunView) -> Html:
    """Build the table of versions, platform and backend."""
    rows = [
        element("tr", element("th", name, scope="row"), element("td", value))
        for name, value in run.environment.items()
    ]
    head = [[element("th", title, scope="col") for title in ("Name", "Value")]]
    return section("Environment", table("Versions and platform", head, rows)) if rows else join([])
