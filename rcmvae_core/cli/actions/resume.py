"""Resumes an interrupted run."""

from __future__ import annotations

import argparse

from rcmvae_core.cli.actions.train import train
from rcmvae_core.experiment.request import RunRequest


def main(options: argparse.Namespace) -> int:
    """Train the rest of the run."""
    request = RunRequest(
        options.resolved, options.registry, options.run, resume=True, allow_edited=options.allow_edited
    )
    return train(request, options.format)
