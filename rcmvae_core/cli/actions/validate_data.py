"""Checks a spec against its data, as a run does before its first step."""

from __future__ import annotations

from rcmvae_core.cli.streams import print_lines
from rcmvae_core.data.load import data_notes
from rcmvae_core.errors import Diagnostic
from rcmvae_core.plugin.resolved import ResolvedSpec
from rcmvae_core.training.data_warnings import data_warnings
from rcmvae_core.training.setup import prepare


def check(resolved: ResolvedSpec) -> tuple[Diagnostic, ...]:
    """Read and split the data, build the model, and print what was noticed to stderr.

    Returns:
        The warnings that a run would begin with.

    Raises:
        RcmvaeError: as `prepare`: E302 if the data do not have what the spec asks for, E305 to E307 if they cannot be
            used, E217 if a part does not support these sizes.
    """
    prepared = prepare(resolved)
    print_lines(f"note: {note}" for note in data_notes(prepared.dataset, prepared.columns))
    return data_warnings(prepared)
