"""Reports errors of the installed plugins, for `rcmvae plugins doctor`."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from rcmvae_core.cli.actions.installation import Diagnosis, examine
from rcmvae_core.cli.diagnostics import printable
from rcmvae_core.cli.output import show


def main(options: argparse.Namespace) -> int:
    """Print the diagnosis; the exit code is 1 if something is to be repaired."""
    diagnosis = examine(options.registry, load=options.load)
    show(diagnosis.as_json(), options, lambda _: as_text(diagnosis, verbose=options.verbose))
    return 0 if diagnosis.healthy else 1


def as_text(diagnosis: Diagnosis, *, verbose: bool = False) -> str:
    """Return a diagnosis as text.

    Args:
        diagnosis: the findings.
        verbose: with tracebacks.
    """
    return "\n".join(_lines(diagnosis, verbose=verbose))


def _lines(diagnosis: Diagnosis, *, verbose: bool) -> Iterator[str]:
    yield ", ".join(f"{count} {name}" for name, count in diagnosis.counts.items())
    for finding in diagnosis.findings:
        owners = ", ".join(f"{owner.name} {owner.version}" for owner in finding.distributions)
        yield f"{finding.state}: {printable(f'{owners}: {finding.reason}')}"
        yield f"  = help: {printable(finding.help)}"
        if verbose and finding.detail:
            yield from (f"    {printable(line)}" for line in finding.detail.splitlines())
    yield "healthy" if diagnosis.healthy else "not healthy"
