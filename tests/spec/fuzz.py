"""Resolve a batch of mutants; run as a program, since the type checks of the test run make it twenty times slower.

`python tests/spec/fuzz.py BATCH COUNT` prints the codes that were met, each with its count, and how many mutants
were refused; it fails at the first mutant that breaks a promise, and shows it.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections import Counter
from pathlib import Path

import jsonschema
import tomli
from spec_mutations import SCHEDULED, Mutant, Mutator

from rcmvae_core.cli import diagnostics
from rcmvae_core.cli.arguments import read
from rcmvae_core.cli.manual import codes
from rcmvae_core.errors import Diagnostic, SpecError
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.spec.json_schema import schema
from rcmvae_core.spec.write import document, dumps

EXPERIMENTS = Path(__file__).parents[2] / "experiments"
CODE = re.compile(r"[EW][1-4]\d\d")
PAGES = frozenset(codes())


class Fuzz:
    """Resolves specs in one folder against the installed plugins."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "spec.toml"
        self.registry = discover()
        self.schema = jsonschema.Draft7Validator(schema(self.registry))
        self.bases = [path.read_bytes() for path in sorted(EXPERIMENTS.glob("*.toml"))]
        self.path.write_bytes(
            b"extends = " + json.dumps([str(EXPERIMENTS / "quickstart.toml")]).encode() + SCHEDULED
        )
        resolved, _ = read(self.path, [], self.registry)
        filled = dumps(document(resolved, self.registry.kinds)).encode()
        self.bases += [self.path.read_bytes(), filled]

    def diagnostics(self, mutant: Mutant) -> tuple[Diagnostic, ...]:
        """Return the errors of a spec; if there are none, check that its filled-in form resolves to the same and fits the schema."""
        content, arguments = mutant
        self.path.write_bytes(content)
        try:
            resolved, _ = read(self.path, arguments, self.registry)
        except SpecError as error:
            reported = error.diagnostics
        else:
            filled = dumps(document(resolved, self.registry.kinds))
            self.path.write_text(filled, encoding="utf-8")
            assert read(self.path, [], self.registry)[0] == resolved
            for text in [filled] if arguments else [filled, content.decode()]:
                self.schema.validate(tomli.loads(text))
            return ()
        assert any(d.severity == "error" for d in reported)
        return reported


def check(diagnostic: Diagnostic) -> None:
    """Assert that the code has a page, the place is inside its source, and every format can show the diagnostic."""
    assert CODE.fullmatch(diagnostic.code)
    assert diagnostic.code in PAGES
    assert diagnostic.message
    if diagnostic.place is not None:
        span = diagnostic.place.span
        lines = diagnostic.place.source.text.split("\n")
        assert 1 <= span.line <= span.end_line <= len(lines)
        assert 1 <= span.column <= len(lines[span.line - 1]) + 1
        assert (span.end_line, span.end_column) >= (span.line, span.column)
    for colour in (False, True):
        shown = diagnostics.text(diagnostic, colour=colour)
        plain = re.sub(r"\033\[[\d;]*m", "", shown) if colour else shown
        assert plain.replace("\n", "").isprintable()
    assert "\n" not in diagnostics.github(diagnostic)
    json.dumps(diagnostics.as_json(diagnostic))


def main(batch: int, count: int) -> None:
    met: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        fuzz = Fuzz(Path(folder))
        mutator = Mutator(batch, fuzz.bases)
        for number in range(count):
            mutant = mutator.mutant()
            try:
                reported = fuzz.diagnostics(mutant)
                for diagnostic in reported:
                    check(diagnostic)
            except BaseException as error:
                raise AssertionError(f"mutant {number} of batch {batch}: {mutant!r}") from error
            met.update({d.code for d in reported} | ({"refused"} if reported else set()))
    print(json.dumps(met))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
