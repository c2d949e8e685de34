"""Exports the trained model of a run."""

from __future__ import annotations

import argparse

from rcmvae_core.cli.actions.load_run import load_run
from rcmvae_core.cli.output import show_files
from rcmvae_core.cli.run_arguments import added
from rcmvae_core.errors import RcmvaeError
from rcmvae_core.inference import export
from rcmvae_core.inference.exporters import write_by
from rcmvae_core.inference.trained_model import TrainedModel
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.plugin.resolved import ResolvedPart
from rcmvae_core.runtime.atomic_files import replacing
from rcmvae_core.spec.messages import unknown_plugin

_KIND = "exporter"


def main(options: argparse.Namespace) -> int:
    """Load the model and write the folder."""
    names = [] if options.by is None else [options.by]
    trained = load_run(options, added(_KIND, names))
    exporter = None if options.by is None else _find(trained, options.by)
    with replacing(options.out) as partial:
        if exporter is None:
            export.write(trained, partial)
        else:
            write_by(trained, exporter, partial)
    show_files(sorted(options.out.iterdir()), options)
    return 0


def _find(trained: TrainedModel, name: str) -> ResolvedPart:
    """Return the exporter of this name.

    Raises:
        RcmvaeError: E108 if none has it; E204 and others if that of the run cannot be used.
    """
    for part in trained.resolved.parts.get(_KIND, ()):
        if part.name == name:
            return part
    trained.resolved.many(_KIND)
    raise RcmvaeError([unknown_plugin(_KIND, name, discover())])
